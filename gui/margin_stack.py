"""Legend and status card, stacked at the right edge of the viewport."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QWidget

from gui.legend import Legend
from gui.pane_status import CARD_LEVELS, Level, StatusCard
from gui.view_geometry import ViewGeometry

_EDGE = 8
_LOW = 560
"""Height of a pane below which the legend is a scale alone."""


class MarginStack:
    """Legend below, card above it; "AI hidden since" takes the place of both."""

    def __init__(self, canvas: QWidget) -> None:
        self.legend = Legend(canvas)
        self.card = StatusCard(canvas)
        self.legend.hide()
        self.card.hide()
        self._hidden, self._waiting, self._scale = "", "", 1.0
        self._status: tuple[
            Level, str, str, tuple[tuple[str, str], ...], float | None
        ] = ("none", "", "", (), None)

    def set_text_scale(self, scale: float) -> None:
        """Grow with the text, 1.0 to 2.0."""
        self._scale = scale
        self.legend.set_text_scale(scale)
        self.card.set_text_scale(scale)

    def set_hidden(self, sentence: str) -> None:
        """Say that the AI is hidden, in these words; "" goes back to the status."""
        self._hidden = sentence
        self._show_card()

    def set_waiting(self, sentence: str) -> None:
        """Say that another image is on its way; "" says no more of it."""
        if sentence != self._waiting:
            self._waiting = sentence
            self._show_card()

    def set_status(
        self,
        level: Level,
        title: str,
        text: str,
        actions: Sequence[tuple[str, str]],
        progress: float | None,
    ) -> None:
        """Show a state that stands in the card; others clear it."""
        self._status = (level, title, text, tuple(actions), progress)
        self._show_card()

    def place(self, view: ViewGeometry | None, size: QSize) -> QRect:
        """Stack what is shown at the lower right, backed where the film is under.

        Return what the stack takes.
        """
        self.legend.set_small(size.height() < _LOW * self._scale)
        bottom = size.height() - _EDGE
        taken = QRect()
        for part in (self.legend, self.card):
            if part.isHidden():
                continue
            height = part.heightForWidth(part.width())
            left = size.width() - _EDGE - part.width()
            rect = QRect(left, bottom - height, part.width(), height)
            part.setGeometry(rect)
            part.set_backed(view is not None and _film(view).intersects(rect))
            bottom = rect.top() - _EDGE
            taken = taken.united(rect)
        return taken

    def _show_card(self) -> None:
        if self._hidden:
            self.card.show_state("hidden", self._hidden, "Press H to show it", (), None)
            self.card.show()
            return
        if self._waiting:
            self.card.show_state("reading", self._waiting, "", (), None)
            self.card.show()
            return
        level, title, text, actions, progress = self._status
        if level in CARD_LEVELS:
            self.card.show_state(level, title, text, actions, progress)
        self.card.setVisible(level in CARD_LEVELS)


def _film(view: ViewGeometry) -> QRect:
    x, y, width, height = (round(value / view.ratio) for value in view.visible())
    return QRect(x, y, width, height)
