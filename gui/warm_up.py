"""Makes ready, while the reader looks for files, what the first study needs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from gui.errands import Errands
from gui.turns import Turns
from gui.viewport import MOST_PANES
from studies.presets import shipped_presets

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.main_window import MainWindow
    from gui.protocol_file import ProtocolFile
    from gui.viewport import Viewport

_AT_A_TURN = 60


class WarmUp(QObject):
    """Panes, protocols, presets and decoders: one thing a turn of the event loop.

    Made when the first study opens, they would hold it up by 0.1 to 0.3 s. What
    is needed before its turn is made at once.

    Parameters
    ----------
    decoders
        Starts the decoder processes; called in a thread, for it waits for them.
    """

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        protocols: ProtocolFile,
        decoders: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._viewport = viewport
        self._protocols = protocols
        self._decoders = decoders
        self._errands = Errands("warm-up", self)
        self._turns = Turns(self)

    @property
    def is_done(self) -> bool:
        """Whether everything is ready."""
        return not (self._turns.busy or self._errands.busy)

    def start(self) -> None:
        """Begin, in the next turn."""
        panes = (
            partial(self._viewport.prepare, count) for count in range(2, MOST_PANES + 1)
        )
        self._turns.add(
            (
                self._start_decoders,
                shipped_presets,
                self._protocols.protocols,
                *panes,
                self._polish,
            )
        )

    def close(self) -> None:
        """Do no more, and wait for the thread."""
        self._turns.clear()
        self._errands.close()

    def _start_decoders(self) -> None:
        decoders = self._decoders
        self._errands.ask("decoders", lambda _: decoders(), _nothing)

    def _polish(self) -> None:
        """Apply the style sheet to what is not shown yet; else showing it does."""
        polished = Qt.WidgetAttribute.WA_WState_Polished
        plain = [
            widget
            for widget in self._window.findChildren(QWidget)
            if not widget.testAttribute(polished)
        ]
        for widget in plain[:_AT_A_TURN]:
            widget.ensurePolished()
        if len(plain) > _AT_A_TURN:
            self._turns.add((self._polish,))


def _nothing(_: object) -> None:
    """Take no answer."""
