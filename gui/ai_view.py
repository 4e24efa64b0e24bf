"""A film with what the AI says of it: map, outlines, legend, status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QApplication, QWidget

from explain.heatmap import Heatmap
from gui import tokens
from gui.film_view import FilmView
from gui.heatmap_item import MapMode
from gui.image_words import ImageWords
from gui.margin_stack import MarginStack
from gui.overlay import Overlay
from gui.pane_status import BAND_LEVELS, Level, StatusBand
from review.decision import ReviewedFinding
from studies.model import Float32Array

_FONT_EVENTS = (QEvent.Type.ApplicationFontChange, QEvent.Type.FontChange)


class AiView(FilmView):
    """Lays over a film what the AI says, and hides it again.

    Signals
    -------
    finding_clicked(finding_uid)
    status_action(str)
        A button of the AI status: its id; "cancel" while running.
    """

    finding_clicked = Signal(str)
    status_action = Signal(str)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self.margin = MarginStack(self.canvas)
        self.overlay = Overlay(self.canvas, self.margin.legend)
        self.words = ImageWords(self.canvas, self.overlay)
        self.band = StatusBand()
        self._layout.addWidget(self.band)
        self.band.hide()
        self.canvas.clicked.connect(self._on_clicked)
        self.keys.beneath_held.connect(self.hold_beneath)
        self.margin.legend.opacity_changed.connect(self._on_slider)
        self.margin.card.action.connect(self.status_action)
        self.band.action.connect(self.status_action)
        self._describe()
        self._scale_texts()

    # --- map and findings -----------------------------------------------------

    def set_heatmap(self, heatmap: Heatmap | None) -> None:
        """Lay a map over the film, or none; only one that passes its self-check."""
        self.overlay.set_heatmap(heatmap)
        self._refresh()

    def set_findings(
        self,
        findings: Sequence[ReviewedFinding],
        selected_uid: str | None = None,
        numbers: Mapping[str, int] | None = None,
        segments: Mapping[str, Sequence[Float32Array]] | None = None,
    ) -> None:
        """Show the outlines of the findings that lie on this image.

        Parameters
        ----------
        findings
            All rows of the findings list, in its order.
        numbers
            Number on the tag by finding_uid; else the place in `findings`,
            counted from 1.
        segments
            Lines around the models' segments, by finding_uid.
        """
        self.overlay.set_findings(findings, selected_uid, numbers, segments)
        if not self.canvas.drawing:
            self.canvas.outlines.set_rubber(None)
        self._refresh()

    def set_selected(self, finding_uid: str | None) -> None:
        """Select a finding: its outline comes to the front, a box gets handles."""
        if finding_uid != self.overlay.selected:
            self.overlay.selected = finding_uid
            self._refresh()

    def set_ai_hidden(self, hidden: bool, since: datetime | None = None) -> None:
        """Hide or show all the AI says: map, outlines, numbers, key, legend.

        The reader's own boxes stay. `since` is said on screen; now if None.
        """
        self.overlay.ai_hidden = hidden
        moment = since or self._clock()
        self.margin.set_hidden(f"AI hidden since {moment:%H:%M:%S}" if hidden else "")
        self._refresh()

    def hold_beneath(self, held: bool) -> None:
        """Take map and outlines away while held, to see beneath."""
        self.overlay.beneath = held
        self.overlay.show_items()

    # --- how the map is drawn -------------------------------------------------

    def set_map_mode(self, mode: MapMode) -> None:
        """Draw the map in "colour", as "contour" lines, or "off"."""
        if mode != self.canvas.heat.mode:
            self.canvas.heat.set_mode(mode)
            self._refresh()
            self.view_changed.emit()

    def map_mode(self) -> MapMode:
        """Return how the map is drawn."""
        return self.canvas.heat.mode

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity slider, 0 to 1 (drawn alpha is at most 0.60)."""
        self.canvas.heat.set_opacity(opacity)
        self.canvas.outlines.set_opacity(opacity)
        self.margin.legend.set_opacity(self.canvas.heat.opacity_share)
        self.view_changed.emit()

    def opacity(self) -> float:
        """Return where the opacity slider stands, 0 to 1."""
        return self.canvas.heat.opacity_share

    # --- status ---------------------------------------------------------------

    def set_ai_status(
        self,
        level: Level,
        title: str = "",
        text: str = "",
        actions: Sequence[tuple[str, str]] = (),
        progress: float | None = None,
    ) -> None:
        """Say what the AI does with this film.

        Parameters
        ----------
        level
            "waiting", "running" and "hidden" stand in a card in the margin;
            "refused", "failed" and "quiet" (not attempted, cancelled) in a band
            below the film; "none" says nothing.
        title, text
            Wording of ui.md section 7.
        actions
            (label, id) of buttons; `status_action` tells the id. A running
            state always has Cancel, with the id "cancel".
        progress
            0 to 1 while running; None where it is not known.
        """
        banded = level in BAND_LEVELS
        if banded:
            self.band.show_state(level, title, text, actions)
        self.band.setVisible(banded)
        self.margin.set_status(level, title, text, actions, progress)
        self._place_overlays()
        self._describe()

    # --- bringing the screen in line ------------------------------------------

    def _refresh(self) -> None:
        """Bring outlines, legend, corners and description in line."""
        self.overlay.refresh()
        self.words.update()
        self._place_overlays()
        self._describe()

    def _place_overlays(self) -> None:
        view = None if self.image is None else self.canvas.view
        taken = self.margin.place(view, self.canvas.size())
        self.canvas.corners.set_taken(taken)

    def _describe(self) -> None:
        """Tell assistive technology title, corner texts and outlines."""
        self.setAccessibleName("Film")
        is_shown = self.image is not None
        words = self.words.description() if is_shown else self.empty.text()
        self.setAccessibleDescription(words)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the application's text size."""
        super().changeEvent(event)
        if event.type() in _FONT_EVENTS:
            self._scale_texts()

    def _scale_texts(self) -> None:
        size = QApplication.font().pixelSize()
        # Negative where the font was given in points: no theme, so no scale.
        scale = size / tokens.BODY if size > 0 else 1.0
        self.canvas.corners.set_text_scale(scale)
        self.canvas.outlines.set_text_scale(scale)
        self.margin.set_text_scale(scale)
        self._place_overlays()

    # --- slots ----------------------------------------------------------------

    def _on_view_moved(self) -> None:
        self.words.update()
        self._place_overlays()
        super()._on_view_moved()

    def _on_voi_changed(self) -> None:
        if self.voi() is not None:
            self.words.update_display()
        super()._on_voi_changed()

    def _on_drawing(self, drawing: bool) -> None:
        self.words.update()
        super()._on_drawing(drawing)

    def _on_clicked(self, finding_uid: str | None) -> None:
        if finding_uid is not None and not self.overlay.beneath:
            self.finding_clicked.emit(finding_uid)

    def _on_slider(self, share: float) -> None:
        self.set_opacity(share)
