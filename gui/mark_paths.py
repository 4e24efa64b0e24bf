"""Marks as painter paths in image coordinates, and on the screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF, QTransform

from gui.mask_outline import LEVELS, outline
from gui.view_geometry import ViewGeometry
from studies.mark_model import Float64Array, Mark

_POINTS_FOR_LEADER = 4_000


@dataclass(slots=True)
class MarkPath:
    """What is painted of one mark; x is the column and y the row, or the screen's.

    Attributes
    ----------
    line
        Outlines and lines.
    area
        What is filled, by the even-odd rule.
    thin
        Further levels of a fractional region.
    crosses
        Single points.
    texts
        Texts and where they begin.
    vertices : (n, 2)
        Points of the outlines in (x, y), for leaders and hits.
    """

    line: QPainterPath = field(default_factory=QPainterPath)
    area: QPainterPath = field(default_factory=QPainterPath)
    thin: QPainterPath = field(default_factory=QPainterPath)
    crosses: list[QPointF] = field(default_factory=list)
    texts: list[tuple[QPointF, str]] = field(default_factory=list)
    vertices: Float64Array = field(default_factory=lambda: np.zeros((0, 2)))

    def mapped(self, transform: QTransform) -> MarkPath:
        """Return the mark elsewhere."""
        m = transform
        matrix = np.array([[m.m11(), m.m12()], [m.m21(), m.m22()]])
        return MarkPath(
            m.map(self.line),
            m.map(self.area),
            m.map(self.thin),
            [m.map(point) for point in self.crosses],
            [(m.map(point), text) for point, text in self.texts],
            self.vertices @ matrix + (m.dx(), m.dy()),
        )


def image_to_view(geometry: ViewGeometry) -> QTransform:
    """Return the map from image (x = column, y = row) to logical pixels.

    Asked of the geometry at three corners, so that turning, mirroring and pixels
    that are not square come along.
    """
    rows, columns = geometry.rows, geometry.columns
    left, top = geometry.to_view(0, 0)
    along, down = geometry.to_view(0, columns), geometry.to_view(rows, 0)
    return QTransform(
        (along[0] - left) / columns,
        (along[1] - top) / columns,
        (down[0] - left) / rows,
        (down[1] - top) / rows,
        left,
        top,
    )


def path_of(mark: Mark) -> MarkPath:
    """Return a mark's path in image coordinates."""
    made = MarkPath()
    points: list[Float64Array] = []
    for path in (made.line, made.area, made.thin):
        path.setFillRule(Qt.FillRule.OddEvenFill)
    for shape in mark.shapes:
        if len(shape.points) == 1:
            at = QPointF(shape.points[0, 1], shape.points[0, 0])
            if shape.text:
                made.texts.append((at, shape.text))
            else:
                made.crosses.append(at)
            points.append(shape.points)
            continue
        _add(made.line, shape.points, closed=shape.closed)
        if shape.closed:
            _add(made.area, shape.points, closed=True)
        points.append(shape.points)
    if mark.region is not None:
        for line in outline(mark.region):
            _add(made.line, line, closed=True)
            _add(made.area, line, closed=True)
            points.append(line)
        if mark.region.fractional:
            for level in (LEVELS[0], LEVELS[2]):
                for line in outline(mark.region, level):
                    _add(made.thin, line, closed=True)
    if points:
        all_points = np.concatenate(points)[:, ::-1]
        made.vertices = all_points[:: len(all_points) // _POINTS_FOR_LEADER + 1]
    return made


def _add(path: QPainterPath, points: Float64Array, *, closed: bool) -> None:
    path.addPolygon(QPolygonF([QPointF(column, row) for row, column in points]))
    if closed:
        path.closeSubpath()
