"""Linked panes: they scroll, zoom and take a window together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.stack_source import SeriesStack
from gui.viewport import Viewport
from studies.hanging_protocol import LayoutName

if TYPE_CHECKING:
    from gui.pane import Pane
    from studies.model import ImageHeader, Plane

_PARALLEL = 0.98


class LinkDesk(QObject):
    """While on, what is done in one pane is done in the others where it fits.

    Slices of parallel planes in one frame of reference go to the same place in
    the patient; other stacks move by as many images. Zoom and pan go over as
    shares of the whole image, the window only between panes of one modality.
    """

    def __init__(self, viewport: Viewport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._on = False
        self._busy = False
        viewport.stepped.connect(self._on_stepped)
        viewport.view_changed.connect(self._on_view_changed)

    @property
    def on(self) -> bool:
        """Whether panes are linked."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Link the panes, or let each go its own way."""
        self._on = on

    def _others(self, pane: Pane) -> list[Pane]:
        mpr = self._viewport.layout_name is LayoutName.MPR
        if not self._on or self._busy or mpr:
            return []
        return [
            other
            for other in self._viewport.panes
            if other is not pane and isinstance(other.stack, SeriesStack)
        ]

    def _on_stepped(self, pane: Pane, by: int) -> None:
        for other in self._others(pane):
            assert isinstance(other.stack, SeriesStack)
            target = _same_place(pane, other.stack)
            other.go_to(other.index + by if target is None else target)

    def _on_view_changed(self) -> None:
        pane = self._viewport.active
        others = self._others(pane)
        state = pane.view.state()
        if not others or state is None or pane.header is None:
            return
        self._busy = True
        try:
            for other in others:
                header = other.header
                if header is not None:
                    same = header.modality == pane.header.modality
                    other.view.follow(pane.view, window=same)
        finally:
            self._busy = False


def _same_place(pane: Pane, other: SeriesStack) -> int | None:
    """Return the slice of another stack nearest to a pane's, or None.

    Only in one frame of reference and between parallel planes.
    """
    if not isinstance(pane.stack, SeriesStack):
        return None
    here = pane.stack.header(pane.index)
    headers = other.series.images
    if here.plane is None or not here.frame_of_reference_uid:
        return None
    fits = [
        (abs(_distance(here.plane, header.plane)), place)
        for place, header in enumerate(headers)
        if header.plane is not None and _is_parallel(here, header)
    ]
    return min(fits)[1] if fits else None


def _is_parallel(one: ImageHeader, other: ImageHeader) -> bool:
    if one.frame_of_reference_uid != other.frame_of_reference_uid:
        return False
    assert one.plane is not None
    assert other.plane is not None
    pairs = zip(one.plane.normal, other.plane.normal, strict=True)
    return abs(sum(a * b for a, b in pairs)) > _PARALLEL


def _distance(here: Plane, there: Plane | None) -> float:
    assert there is not None
    way = (b - a for a, b in zip(here.position, there.position, strict=True))
    return sum(w * n for w, n in zip(way, here.normal, strict=True))
