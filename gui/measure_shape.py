"""The lines of a measurement on screen, in logical pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from gui.measure_edit import Points, handles, lines, outline
from gui.measure_place import Rect, Spot
from gui.view_geometry import ViewGeometry
from review.measurement import MeasurementKind

_TICK = 5.0
"""Half the length of the tick across the end of a line."""

_ARC = 26.0


def to_screen(points: Points, geometry: ViewGeometry) -> list[QPointF]:
    """Return where points of the image lie, by the view's own map."""
    return [QPointF(*geometry.to_view(row, column)) for row, column in points]


def shape_path(
    kind: MeasurementKind, points: Points, geometry: ViewGeometry
) -> QPainterPath:
    """Return all that is drawn of a measurement, its text apart."""
    path = QPainterPath()
    polygon = to_screen(outline(kind, points), geometry)
    if polygon:
        path.addPolygon(QPolygonF(polygon))
        path.closeSubpath()
    for ends in lines(kind, points):
        start, end = to_screen(ends, geometry)
        path.moveTo(start)
        path.lineTo(end)
        if kind is not MeasurementKind.ANGLE:
            _add_ticks(path, start, end)
    if kind is MeasurementKind.ANGLE and len(points) == 3:
        first, vertex, last = to_screen(points, geometry)
        _add_arc(path, (first, vertex, last))
        _add_ticks(path, first, vertex, both=False)
        _add_ticks(path, last, vertex, both=False)
    return path


def joint_path(
    kind: MeasurementKind, points: Points, geometry: ViewGeometry
) -> QPainterPath:
    """Return the thin line that shows which two lines a Cobb angle lies between."""
    path = QPainterPath()
    if kind is MeasurementKind.COBB and len(points) == 4:
        ends = to_screen(points, geometry)
        path.moveTo((ends[0] + ends[1]) / 2)
        path.lineTo((ends[2] + ends[3]) / 2)
    return path


def frame_path(
    kind: MeasurementKind, points: Points, geometry: ViewGeometry
) -> QPainterPath:
    """Return the frame that an ellipse's handles lie on; empty for anything else."""
    path = QPainterPath()
    if kind is MeasurementKind.ELLIPSE and len(points) == 2:
        corners = outline(MeasurementKind.RECTANGLE, points)
        path.addPolygon(QPolygonF(to_screen(corners, geometry)))
        path.closeSubpath()
    return path


def spot_of(kind: MeasurementKind, points: Points, geometry: ViewGeometry) -> Spot:
    """Return what no text may cover: a region's frame, or the lines."""
    polygon = outline(kind, points)
    # A leader may end at a point, or here and there along a region's edge.
    ends = polygon[:: len(polygon) // 16 or 1] or points
    anchors = tuple(geometry.to_view(*at) for at in ends)
    drawn = tuple(
        (geometry.to_view(*start), geometry.to_view(*end))
        for start, end in lines(kind, points)
    )
    if not polygon:
        return Spot(None, drawn, anchors)
    corners = [geometry.to_view(*at) for at in polygon]
    xs, ys = zip(*corners, strict=True)
    return Spot(Rect(min(xs), min(ys), max(xs), max(ys)), drawn, anchors)


def handle_spots(
    kind: MeasurementKind, points: Points, geometry: ViewGeometry
) -> list[QPointF]:
    """Return where the handles lie."""
    return to_screen(handles(kind, points), geometry)


def _across(start: QPointF, end: QPointF) -> QPointF:
    """Return the unit step at right angles to a line; down if it has no length."""
    way = end - start
    length = math.hypot(way.x(), way.y())
    if length == 0:
        return QPointF(0.0, 1.0)
    return QPointF(-way.y() / length, way.x() / length)


def _add_ticks(
    path: QPainterPath, start: QPointF, end: QPointF, *, both: bool = True
) -> None:
    across = _across(start, end) * _TICK
    for at in (start, end) if both else (start,):
        path.moveTo(at - across)
        path.lineTo(at + across)


def _add_arc(path: QPainterPath, points: Sequence[QPointF]) -> None:
    """Draw the arc of an angle, as it is seen on screen."""
    vertex = points[1]
    ways = [points[0] - vertex, points[2] - vertex]
    shortest = min(math.hypot(way.x(), way.y()) for way in ways)
    radius = min(_ARC, shortest * 0.6)
    # Qt counts degrees anticlockwise, with y upwards.
    start, end = (math.degrees(math.atan2(-way.y(), way.x())) for way in ways)
    sweep = (end - start + 180.0) % 360.0 - 180.0
    frame = QRectF(vertex.x() - radius, vertex.y() - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(frame, start)
    path.arcTo(frame, start, sweep)
