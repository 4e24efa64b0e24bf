"""Planes through a volume: axial, sagittal, coronal, a slab, one cross-hair."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Signal

from gui import tokens
from gui.corners import PaneTag
from gui.crosshair_item import CrosshairItem
from gui.errands import Errands
from gui.mpr_planes import (
    COLORS,
    ORDER,
    TITLES,
    kind_of,
    lines_through,
    moved_into,
    reslicer_of,
)
from gui.stack_source import PlaneStack, SeriesStack
from gui.turns import Turns
from gui.viewport import Viewport
from studies.hanging_protocol import LayoutName
from studies.reslice import PlaneKind, Projection, Reslicer
from studies.volume import NoVolumeError

if TYPE_CHECKING:
    from gui.pane import Pane
    from studies.grayscale import Voi
    from studies.model import Image, Vector

SLABS_MM = (1.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0)
_USUAL_SLAB_MM = 10.0
_TOLD_EVERY_MS = 100
_PROJECTIONS = {
    "mip": Projection.MAXIMUM,
    "minip": Projection.MINIMUM,
    "mean": Projection.AVERAGE,
}


_log = logging.getLogger(__name__)


class MprDesk(QObject):
    """Holds the shared point; the panes hold none of it.

    While a series is read, its slices can be looked at as they were acquired, in
    the pane whose plane lies as they do; the others say how far reading is.

    Signals
    -------
    moved()
        The cross-hair lies elsewhere.
    """

    moved = Signal()

    def __init__(self, viewport: Viewport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._source: SeriesStack | None = None
        self._refused = False
        self._reslicer: Reslicer | None = None
        self._point: Vector = (0.0, 0.0, 0.0)
        self._slab_mm = _USUAL_SLAB_MM
        self._slab_name = "mip"
        self._slab_kind = PlaneKind.CORONAL
        self._lines: dict[int, CrosshairItem] = {}
        self._following = False
        self._errands = Errands("volume", self)
        self._turns = Turns(self)
        self._slices: Pane | None = None
        self._window: Voi | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_TOLD_EVERY_MS)
        self._soon.timeout.connect(self._tell_progress)
        viewport.shown.connect(self._on_shown)
        viewport.settled.connect(self._on_settled)
        viewport.made.connect(self._on_made)
        for pane in viewport.panes:
            self._on_made(pane)

    @property
    def source(self) -> SeriesStack | None:
        """The series whose planes are shown."""
        return self._source

    @property
    def point_mm(self) -> Vector:
        """Where the cross-hair lies, in patient coordinates."""
        return self._point

    @property
    def ready(self) -> bool:
        """Whether there is a volume."""
        return self._reslicer is not None

    @property
    def slab(self) -> tuple[str, float]:
        """Kind and thickness in mm of the slab."""
        return self._slab_name, self._slab_mm

    def show(self, source: SeriesStack) -> None:
        """Cut planes from a series, once all of it is read."""
        if self._source is source and self.ready:
            return
        self.leave()
        self._source, self._refused = source, False
        reasons = source.geometry.reasons if not source.geometry.is_volume else ()
        if reasons:
            self._tell_no_volume("; ".join(reasons))
        elif source.is_loaded:
            self._build()
        else:
            self._show_slices(source)

    def leave(self) -> None:
        """Let go of the volume."""
        self._errands.drop("volume")
        self._turns.clear()
        self._soon.stop()
        self._source = self._reslicer = self._slices = self._window = None
        for lines in self._lines.values():
            lines.set_lines(())

    def on_read(self, key: str) -> None:
        """Say how far reading is."""
        if self._source is None or self._refused or self.ready:
            return
        if key == self._source.key and not self._soon.isActive():
            self._soon.start()

    def on_series_read(self, key: str) -> None:
        """Build the volume."""
        waiting = self._source is not None and not self.ready and not self._refused
        if waiting and self._source is not None and key == self._source.key:
            self._build()

    def close(self) -> None:
        """Wait for a volume that is being built."""
        self.leave()
        self._errands.close()

    # --- cross-hair and slab --------------------------------------------------

    def move_to(self, point_mm: Vector) -> None:
        """Lay the cross-hair on a point; all planes go through it."""
        if self._reslicer is None:
            return
        self._point = point_mm
        self._following = True
        try:
            for pane, stack in self._planes():
                pane.go_to(self._reslicer.index_at(stack.kind, point_mm))
        finally:
            self._following = False
        self._draw_lines()
        self.moved.emit()

    def point_at(self, pane: Pane, row: float, column: float) -> Vector | None:
        """Return the patient's point under an image position of a pane."""
        stack = pane.stack
        if self._reslicer is None or not isinstance(stack, PlaneStack):
            return None
        return self._reslicer.to_patient(stack.kind, pane.index, row, column)

    def thicken(self, by: int) -> float:
        """Make the slab thicker or thinner; return its thickness in mm."""
        near = min(range(len(SLABS_MM)), key=lambda i: abs(SLABS_MM[i] - self._slab_mm))
        self._slab_mm = SLABS_MM[min(max(near + by, 0), len(SLABS_MM) - 1)]
        self._reslab()
        return self._slab_mm

    def next_projection(self) -> str:
        """Turn from maximum to minimum to mean; return its title."""
        names = list(_PROJECTIONS)
        place = names.index(self._slab_name)
        self._slab_name = names[(place + 1) % len(names)]
        self._reslab()
        return TITLES[self._slab_name]

    def turn_slab(self) -> str:
        """Cut the slab in the next direction; return its name."""
        place = ORDER.index(self._slab_kind)
        self._slab_kind = ORDER[(place + 1) % len(ORDER)]
        self._reslab()
        return TITLES[self._slab_kind.value]

    def _reslab(self) -> None:
        if self._reslicer is not None and len(self._viewport.panes) > 3:
            self._show_slab(self._viewport.panes[3])
            self._draw_lines()

    # --- building -------------------------------------------------------------

    def _build(self) -> None:
        """Build the volume in the background: it looks at every voxel."""
        source = self._source
        if source is not None:
            work = partial(reslicer_of, source)
            self._errands.ask("volume", work, self._on_built, self._on_not_built)

    def _on_not_built(self, error: object) -> None:
        if isinstance(error, NoVolumeError):
            self._tell_no_volume("; ".join(error.reasons))
        else:
            self._tell_no_volume(type(error).__name__)

    def _on_built(self, reslicer: object) -> None:
        source = self._source
        if source is None or not isinstance(reslicer, Reslicer):
            return
        self._soon.stop()
        self._reslicer = reslicer
        self._point = reslicer.center_mm
        self._turns.add(
            (
                *(
                    partial(self._show_plane, pane, kind)
                    for pane, kind in zip(self._viewport.panes, ORDER, strict=False)
                ),
                lambda: self._show_slab(self._viewport.panes[3]),
                self._draw_lines,
                self.moved.emit,
            )
        )

    def _show_plane(self, pane: Pane, kind: PlaneKind) -> None:
        """Show the planes of a direction, where its slices were looked at."""
        assert self._source is not None
        assert self._reslicer is not None
        plane = PlaneStack(self._source, self._reslicer, kind)
        window = None
        if pane is self._slices and pane.header is not None:
            self._point = moved_into(pane.header.plane, self._point)
            window = pane.view.voi() if pane.view.voi() != self._window else None
        at = self._reslicer.index_at(kind, self._point)
        title = TITLES[kind.value]
        pane.show_stack(plane, at, title, PaneTag(title[0], COLORS[kind], title))
        if window is not None:
            pane.view.set_voi(window)

    def _show_slab(self, pane: Pane) -> None:
        """Show the slab in the fourth pane, its window as it was."""
        assert self._source is not None
        assert self._reslicer is not None
        stack = PlaneStack(
            self._source,
            self._reslicer,
            self._slab_kind,
            slab_mm=self._slab_mm,
            projection=_PROJECTIONS[self._slab_name],
            name=self._slab_name,
            ask=self._ask_plane,
        )
        at = self._reslicer.index_at(self._slab_kind, self._point)
        title = f"{TITLES[self._slab_name]}, {self._slab_mm:g} mm"
        pane.show_stack(stack, at, title, PaneTag("S", tokens.TEXT_2, title))

    def _ask_plane(self, stack: PlaneStack, index: int) -> None:
        """Make a slow plane in the background; only the last one asked for counts."""

        def answer(made: object) -> None:
            stack.put(index, cast("Image", made))
            show()

        def failed(error: object) -> None:
            _log.warning("a slab could not be made: %s", type(error).__name__)
            stack.fail(index, "The slab could not be computed: try a thinner one.")
            show()

        def show() -> None:
            for pane in self._viewport.panes:
                if pane.stack is stack:
                    pane.on_read(index)

        self._errands.ask("slab", lambda _: stack.cut(index), answer, failed)

    def _planes(self) -> list[tuple[Pane, PlaneStack]]:
        return [
            (pane, pane.stack)
            for pane in self._viewport.panes
            if isinstance(pane.stack, PlaneStack)
        ]

    def _on_shown(self, pane: Pane) -> None:
        """Take the point along when a pane is scrolled."""
        stack = pane.stack
        if (
            self._following
            or self._reslicer is None
            or not isinstance(stack, PlaneStack)
        ):
            return
        row, column = self._reslicer.to_image(stack.kind, self._point)
        point = self._reslicer.to_patient(stack.kind, pane.index, row, column)
        if any(abs(a - b) > 1e-6 for a, b in zip(point, self._point, strict=True)):
            self.move_to(point)

    def _on_settled(self, pane: Pane) -> None:
        """Note which window the slices came with: another one is the reader's."""
        if pane is self._slices and self._window is None:
            self._window = pane.view.voi()

    def _on_made(self, pane: Pane) -> None:
        pane.view.canvas.crosshair_moved.connect(partial(self._on_crosshair, pane))

    def _on_crosshair(self, pane: Pane, row: float, column: float) -> None:
        """Go where the cross-hair tool is held."""
        point = self.point_at(pane, row, column)
        if point is not None:
            self.move_to(point)

    def _draw_lines(self) -> None:
        """Draw in each pane where the other planes cut it."""
        assert self._reslicer is not None
        in_layout = self._viewport.layout_name is LayoutName.MPR
        for pane, stack in self._planes():
            item = self._item(pane)
            if not in_layout:
                item.set_lines(())
                continue
            at = self._reslicer.to_image(stack.kind, self._point)
            item.set_lines(lines_through(stack.kind, at))

    def _item(self, pane: Pane) -> CrosshairItem:
        if id(pane) not in self._lines:
            item = CrosshairItem()
            pane.view.canvas.add_layer(item)
            self._lines[id(pane)] = item
        return self._lines[id(pane)]

    # --- words ----------------------------------------------------------------

    def _show_slices(self, source: SeriesStack) -> None:
        """Show slices as they were acquired, the middle one first."""
        self._slices = self._viewport.panes[ORDER.index(kind_of(source))]
        self._tell_progress()
        source.first = source.count // 2
        self._slices.preset = ""
        self._slices.show_stack(source, source.first)

    def _tell_progress(self) -> None:
        assert self._source is not None
        pixels = self._source.pixels
        words = f"Reading {pixels.loaded} of {pixels.count} images"
        for pane in self._viewport.panes:
            if pane is not self._slices:
                pane.show_loading(words)

    def _tell_no_volume(self, why: str) -> None:
        self._refused = True
        self._soon.stop()
        self._slices = None
        for pane in self._viewport.panes:
            pane.show_nothing(
                "No volume, so no planes", f"{why}. Press O for the slices."
            )
