"""What a left drag does over the film: window, zoom, pan, draw, measure and more."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from PySide6.QtCore import QPointF, Qt

from gui.box_edit import box_between, dragged, is_large_enough
from gui.drag import CLICK_SLOP as CLICK_SLOP
from gui.drag import Drag as Drag
from gui.drag import Pane as Pane
from gui.point_drags import CrosshairDrag, MagnifierDrag, ScrollDrag
from review.decision import Box
from review.measurement import MeasurementKind

Tool: TypeAlias = Literal[
    "window",
    "zoom",
    "pan",
    "box",
    "length",
    "angle",
    "ellipse",
    "rectangle",
    "cobb",
    "cardiothoracic",
    "magnifier",
    "crosshair",
    "scroll",
]
MEASURES: dict[Tool, MeasurementKind] = {
    "length": MeasurementKind.LENGTH,
    "angle": MeasurementKind.ANGLE,
    "ellipse": MeasurementKind.ELLIPSE,
    "rectangle": MeasurementKind.RECTANGLE,
    "cobb": MeasurementKind.COBB,
    "cardiothoracic": MeasurementKind.CARDIOTHORACIC,
}
"""The tools that measure, and what."""

_DOUBLING = 180.0
"""Logical pixels of a zoom drag that double the size."""

CURSORS: dict[Tool, Qt.CursorShape] = {
    "window": Qt.CursorShape.ArrowCursor,
    "zoom": Qt.CursorShape.SizeVerCursor,
    "pan": Qt.CursorShape.OpenHandCursor,
    "box": Qt.CursorShape.CrossCursor,
    **dict.fromkeys(MEASURES, Qt.CursorShape.CrossCursor),
    "magnifier": Qt.CursorShape.PointingHandCursor,
    "crosshair": Qt.CursorShape.CrossCursor,
    "scroll": Qt.CursorShape.SizeVerCursor,
}


class WindowDrag(Drag):
    """Right makes the window wider, up makes the film brighter."""

    def step(self, moved: QPointF) -> None:
        """Change the window."""
        self.pane.drag_window(moved.x(), -moved.y())


class PanDrag(Drag):
    """The film follows the pointer."""

    def __init__(self, pane: Pane, start: QPointF) -> None:
        super().__init__(pane, start)
        self._from = pane.view

    def step(self, moved: QPointF) -> None:
        """Place the film by the whole way, so that rounding does not add up."""
        way = (self.last - self.start) * self._from.ratio
        self.pane.set_view(self._from.panned(way.x(), way.y()))


class ZoomDrag(Drag):
    """Up enlarges about the point where the drag began."""

    def __init__(self, pane: Pane, start: QPointF) -> None:
        super().__init__(pane, start)
        self._from = pane.view

    def step(self, moved: QPointF) -> None:
        """Scale the film by the whole way."""
        way = self.start.y() - self.last.y()
        at = self.start * self._from.ratio
        scale = self._from.scale * math.pow(2.0, way / _DOUBLING)
        self.pane.set_view(self._from.zoomed(scale, at.x(), at.y()))


class DrawDrag(Drag):
    """A new box between press and release."""

    def __init__(self, pane: Pane, start: QPointF) -> None:
        super().__init__(pane, start)
        self._box: Box | None = None

    def step(self, moved: QPointF) -> None:
        """Show the box as it would be."""
        view = self.pane.view
        first = view.view_to_image(self.start.x(), self.start.y())
        second = view.view_to_image(self.last.x(), self.last.y())
        self._box = box_between(first, second, view.rows, view.columns)
        self.pane.show_rubber(self._box)

    def finish(self) -> None:
        """Hand the box over, unless the pointer only slipped."""
        meant = self._box is not None and is_large_enough(self._box)
        self.pane.finish_rubber(self._box if meant else None)

    def cancel(self) -> None:
        """Take the box away."""
        self.pane.show_rubber(None)


class EditDrag(Drag):
    """A reader's box moved, or resized at a handle."""

    def __init__(
        self, pane: Pane, start: QPointF, finding_uid: str, box: Box, handle: str
    ) -> None:
        super().__init__(pane, start)
        self._uid, self._from, self._handle = finding_uid, box, handle
        self._box = box

    def step(self, moved: QPointF) -> None:
        """Show the box as it would be."""
        view = self.pane.view
        way = self.last - self.start
        moved_by = view.view_way_to_image(way.x(), way.y())
        self._box = dragged(
            self._from, self._handle, *moved_by, view.rows, view.columns
        )
        self.pane.show_moved(self._uid, self._box)

    def finish(self) -> None:
        """Hand the box over if it changed."""
        if self._box != self._from:
            self.pane.finish_moved(self._uid, self._box)

    def cancel(self) -> None:
        """Put the box back."""
        self.pane.show_moved(self._uid, None)


_DRAGS: dict[Tool, type[Drag]] = {
    "window": WindowDrag,
    "zoom": ZoomDrag,
    "pan": PanDrag,
    "box": DrawDrag,
    "magnifier": MagnifierDrag,
    "crosshair": CrosshairDrag,
    "scroll": ScrollDrag,
}


def drag_for(tool: Tool, pane: Pane, start: QPointF) -> Drag:
    """Return the drag that a tool begins; those of `MEASURES` are `MeasureHands`'."""
    return _DRAGS[tool](pane, start)
