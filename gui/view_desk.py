"""How images are looked at: kept with the review, and undone like a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from studies.model import VoiFunction, Window

if TYPE_CHECKING:
    from gui.image_view import ImageView
    from gui.pane import Pane
    from gui.review_model import ReviewModel
    from gui.viewport import Viewport

_SETTLED_MS = 400
"""A drag is one change: it is kept once the hand rests."""


class ViewDesk(QObject):
    """Keeps window, inversion and turning of each stack or film.

    Zoom and pan are not kept here: they are no statement about the image.
    """

    def __init__(self, viewport: Viewport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._model: ReviewModel | None = None
        # By pane: two may show one series, each in a window of its own.
        self._known: dict[tuple[int, str], Mapping[str, Any]] = {}
        self._last: dict[str, Mapping[str, Any]] = {}
        self._initial: dict[str, Mapping[str, Any]] = {}
        self._undone: set[tuple[int, str]] = set()
        self._following = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SETTLED_MS)
        self._rest.timeout.connect(self.keep)
        viewport.view_changed.connect(self._on_view_changed)
        viewport.shown.connect(self._on_shown)

    def work_on(self, model: ReviewModel | None) -> None:
        """Keep views in another review."""
        self._rest.stop()
        if self._model is not None:
            self._model.views_changed.disconnect(self._on_views_changed)
        self._model = model
        self._known.clear()
        self._last.clear()
        self._undone.clear()
        if model is None:
            self._initial.clear()
        if model is not None:
            model.views_changed.connect(self._on_views_changed)

    def keep(self) -> None:
        """Write down what has changed since the hand last rested."""
        self._rest.stop()
        model = self._model
        if model is None:
            return
        for pane in self._viewport.panes:
            key, state = pane.kept_key(), _state(pane.view)
            place = id(pane), key
            if not key or state is None or place not in self._known:
                continue
            if state != self._known[place]:
                self._known[place] = self._last[key] = state
                self._following = True
                try:
                    model.set_view(key, state)
                finally:
                    self._following = False

    def _on_view_changed(self) -> None:
        if not self._following:
            self._rest.start()

    def _on_shown(self, pane: Pane) -> None:
        """Show an image as it was last looked at; else remember how it is shown."""
        key = pane.kept_key()
        place = id(pane), key
        if not key or self._model is None:
            return
        if place in self._known and place not in self._undone:
            return
        self._undone.discard(place)
        shown = _state(pane.view)
        if shown is None:
            return
        # Shown again after another study, it is no longer as it first came.
        initial = self._initial.setdefault(key, shown)
        kept = self._model.views.get(key, initial)
        if kept != shown:
            self._apply(pane.view, kept)
        self._known[place] = kept
        self._last.setdefault(key, kept)

    def _on_views_changed(self) -> None:
        """Follow undo and redo."""
        if self._following or self._model is None:
            return
        views = self._model.views
        shown = {(id(pane), pane.kept_key()): pane for pane in self._viewport.panes}
        for place, known in list(self._known.items()):
            key = place[1]
            wanted, last = views.get(key, self._initial[key]), self._last[key]
            if wanted == last or known != last:
                continue  # nothing of it was undone, or not what this pane shows
            self._known[place] = wanted
            if place in shown:
                self._apply(shown[place].view, wanted)
            else:
                self._undone.add(place)
        for key in self._last:
            self._last[key] = views.get(key, self._initial[key])

    def _apply(self, view: ImageView, kept: Mapping[str, Any]) -> None:
        self._following = True
        try:
            window = _window(kept)
            if window is not None:
                view.set_voi(window)
            view.canvas.set_inverted(bool(kept.get("inverted")))
            turns = kept.get("turns")
            whole = turns if isinstance(turns, int) else 0
            view.canvas.set_orientation(whole % 4, bool(kept.get("mirrored")))
        finally:
            self._following = False


def _state(view: ImageView) -> dict[str, Any] | None:
    """Return what is kept of a view, as JSON values; None without an image."""
    geometry, voi = view.view_geometry(), view.voi()
    if geometry is None:
        return None
    state: dict[str, Any] = {
        "inverted": view.canvas.film.inverted,
        "turns": geometry.turns,
        "mirrored": geometry.mirrored,
    }
    if isinstance(voi, Window):
        state |= {
            "center": voi.center,
            "width": voi.width,
            "explanation": voi.explanation,
            "function": voi.function.value,
        }
    return state


def _window(kept: Mapping[str, Any]) -> Window | None:
    """Return the window that was kept; None for a look-up table of the header."""
    center, width = kept.get("center"), kept.get("width")
    numbers = isinstance(center, int | float) and isinstance(width, int | float)
    if not numbers or center is None or width is None or width <= 0:
        return None
    try:
        function = VoiFunction(str(kept.get("function", "LINEAR")))
    except ValueError:
        function = VoiFunction.LINEAR
    words = str(kept.get("explanation", ""))
    return Window(float(center), float(width), words, function)
