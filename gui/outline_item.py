"""Outlines of the findings over the film, each with its number tag."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explain.rendering import MAXIMUM_ALPHA, START_OPACITY
from gui import theme, tokens
from gui.box_edit import handle_points
from gui.kept_picture import KeptPicture
from gui.outlines import LineStyle, Outline
from gui.screen_item import ScreenItem
from gui.view_geometry import ViewGeometry
from review.decision import Box
from studies.model import Float32Array

_TAG_HEIGHT = 20.0
_GRAB = 8.0


class OutlineItem(ScreenItem):
    """Paints outlines in logical pixels, so that lines keep their width."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._outlines: tuple[Outline, ...] = ()
        self._rubber: Box | None = None
        self._scale = 1.0
        self._fill = START_OPACITY * MAXIMUM_ALPHA
        self._moved: tuple[str, Box] | None = None
        self._paths: dict[int, QPainterPath] = {}
        self._kept = KeptPicture()

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """What is drawn, the last on top."""
        return self._outlines

    def set_outlines(self, outlines: Sequence[Outline]) -> None:
        """Draw these, and forget a box in the making."""
        drawn = tuple(outlines)
        if drawn or self._outlines or self._moved is not None:
            self._outlines, self._moved = drawn, None
            self._paths.clear()
            self._change()

    def _change(self) -> None:
        self._kept.drop()
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self.set_outlines(())
        if self._rubber is not None:
            self.set_rubber(None)

    def set_geometry(self, geometry: ViewGeometry) -> None:
        """Place the outlines anew."""
        self._paths.clear()
        self._kept.drop()
        super().set_geometry(geometry)

    def set_text_scale(self, scale: float) -> None:
        """Write the tags larger, 1.0 to 2.0."""
        self._scale = scale
        self._change()

    def set_opacity(self, opacity: float) -> None:
        """Fill segments with 0 to 1, capped as the map is: it never hides anatomy."""
        self._fill = min(max(opacity, 0.0), 1.0) * MAXIMUM_ALPHA
        if any(outline.fill for outline in self._outlines):
            self._change()

    def _font(self) -> QFont:
        return theme.font(round(tokens.SMALL * self._scale), weight=600)

    @property
    def rubber(self) -> Box | None:
        """The box being drawn, or drawn and not yet a finding."""
        return self._rubber

    def set_rubber(self, box: Box | None) -> None:
        """Show the box being drawn by the reader, or none."""
        self._rubber = box
        self._change()

    def set_moved(self, finding_uid: str, box: Box | None) -> None:
        """Show a finding's box elsewhere while it is dragged; None puts it back."""
        self._moved = None if box is None else (finding_uid, box)
        self._change()

    def editable(self) -> Outline | None:
        """Return the outline with handles, if there is one."""
        return next((o for o in self._outlines if o.editable), None)

    def uid_at(self, point: QPointF) -> str | None:
        """Return the finding whose tag, line or inside lies at a logical point.

        Of several the one with the smallest extent, so that a small finding
        inside a large one can be reached.
        """
        if self.geometry is None:
            return None
        hits = []
        tags = self._tag_rects(self.geometry)
        for outline, tag in zip(self._outlines, tags, strict=True):
            path = self._path(outline, self.geometry)
            stroker = QPainterPathStroker()
            stroker.setWidth(_GRAB)
            tagged = tag.contains(point)
            if (
                tagged
                or path.contains(point)
                or stroker.createStroke(path).contains(point)
            ):
                size = path.boundingRect()
                hits.append((not tagged, size.width() * size.height(), outline))
        if not hits:
            return None
        return min(hits, key=lambda hit: hit[:2])[2].finding_uid

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw all lines, then handles and tags."""
        if self.geometry is not None and (self._outlines or self._rubber is not None):
            self._kept.draw(painter, self.geometry, self._draw)

    def _draw(self, painter: QPainter) -> None:
        assert self.geometry is not None
        painter.scale(self.geometry.ratio, self.geometry.ratio)
        tags = self._tag_rects(self.geometry)
        for outline, tag in zip(self._outlines, tags, strict=True):
            path = self._path(outline, self.geometry)
            if outline.fill:
                color = QColor(outline.fill)
                color.setAlphaF(self._fill)
                painter.fillPath(path, color)
            draw_line(painter, path, outline.kind.value, selected=outline.selected)
            if outline.editable:
                self._draw_handles(painter, self._box(outline), self.geometry)
            self._draw_tag(painter, outline, path, tag)
        if self._rubber is not None:
            path = QPainterPath()
            path.addRect(box_rect(self._rubber, self.geometry))
            draw_line(painter, path, LineStyle(tokens.MISSED, (), "", ""))

    def _box(self, outline: Outline) -> Box:
        assert outline.box is not None
        if self._moved is not None and self._moved[0] == outline.finding_uid:
            return self._moved[1]
        return outline.box

    def _path(self, outline: Outline, geometry: ViewGeometry) -> QPainterPath:
        if outline.box is not None:
            path = QPainterPath()
            path.addEllipse(box_rect(self._box(outline), geometry))
            return path
        if outline.rectangles:
            path = QPainterPath()
            for box in outline.rectangles:
                path.addRect(box_rect(box, geometry))
            return path
        # A hot region has hundreds of points; they stay while the window changes.
        kept = self._paths.get(id(outline))
        if kept is None:
            kept = self._paths[id(outline)] = polygon_path(outline.polygons, geometry)
        return kept

    def _tag_rect(self, outline: Outline, path: QPainterPath) -> QRectF:
        """Return the tag's place: up and right of the shape, within the viewport."""
        at = _upper_right(path)
        if outline.editable:
            # Clear of the handle at the frame's corner.
            at = path.boundingRect().topRight() + QPointF(4, -2)
        text = QFontMetricsF(self._font()).horizontalAdvance(outline.tag)
        width, height = max(text + 12, 22), _TAG_HEIGHT * self._scale
        rect = QRectF(at.x() + 3, at.y() - 3 - height, width, height)
        view = self.boundingRect().adjusted(2, 2, -2, -2)
        if rect.right() > view.right():
            rect.moveRight(view.right())
        if rect.top() < view.top():
            rect.moveTop(view.top())
        return rect

    def _tag_rects(self, geometry: ViewGeometry) -> list[QRectF]:
        """Return the tags' places, beside each other where shapes share a corner."""
        placed: list[QRectF] = []
        for outline in self._outlines:
            rect = self._tag_rect(outline, self._path(outline, geometry))
            for _ in placed:
                taken = next((one for one in placed if one.intersects(rect)), None)
                if taken is not None:
                    rect.moveRight(taken.left() - 2)
            placed.append(rect)
        return placed

    def _draw_tag(
        self, painter: QPainter, outline: Outline, path: QPainterPath, rect: QRectF
    ) -> None:
        if not outline.tag or not path.boundingRect().intersects(self.boundingRect()):
            return
        color = QColor(outline.kind.value.color)
        painter.setPen(QPen(color, 2.0 if outline.selected else 1.2))
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(color)
        painter.setFont(self._font())
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, outline.tag)

    @staticmethod
    def _draw_handles(painter: QPainter, box: Box, geometry: ViewGeometry) -> None:
        frame = QPainterPath()
        frame.addRect(box_rect(box, geometry))
        thin = LineStyle(tokens.MISSED, (3.0, 3.0), "", "")
        draw_line(painter, frame, thin, width=1.0)
        painter.setPen(QPen(QColor(0, 0, 0), 1))
        painter.setBrush(QColor(tokens.MISSED))
        for row, column in handle_points(box).values():
            x, y = geometry.to_view(row, column)
            painter.drawRect(QRectF(x - 4, y - 4, 8, 8))


def box_rect(box: Box, geometry: ViewGeometry) -> QRectF:
    """Return a box of image pixels as a rectangle in logical pixels."""
    first = QPointF(*geometry.to_view(box.row, box.column))
    last = geometry.to_view(box.row + box.rows, box.column + box.columns)
    # Turned or mirrored, the box's first corner is not the upper left one.
    return QRectF(first, QPointF(*last)).normalized()


def polygon_path(
    polygons: Sequence[Float32Array], geometry: ViewGeometry
) -> QPainterPath:
    """Return closed image polygons, in (column, row), in logical pixels."""
    path = QPainterPath()
    for polygon in polygons:
        points = geometry.device_points(polygon) / geometry.ratio
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
        path.closeSubpath()
    return path


def draw_line(
    painter: QPainter,
    path: QPainterPath,
    style: LineStyle,
    *,
    selected: bool = False,
    width: float = 1.8,
) -> None:
    """Draw a line with its black casing, so that it reads on black and white."""
    casing = QColor(0, 0, 0)
    casing.setAlphaF(tokens.CASING_ALPHA)
    width = width + 0.6 if selected else width
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(casing, tokens.CASING_WIDTH))
    painter.drawPath(path)
    pen = QPen(QColor(style.color), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if style.dashes:
        # Qt counts dashes in pen widths.
        pen.setDashPattern([length / width for length in style.dashes])
    painter.setPen(pen)
    painter.drawPath(path)


def _upper_right(path: QPainterPath) -> QPointF:
    """Return the path's point furthest towards the upper right corner."""
    flat = path.toFillPolygon()
    points = [flat.at(index) for index in range(flat.size())]
    return max(points, key=lambda p: p.x() - p.y(), default=QPointF())
