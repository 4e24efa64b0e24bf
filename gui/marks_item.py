"""What others drew, over the film: outlines, fills, texts and letter tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme, tokens
from gui.mark_looks import MarkLook
from gui.mark_paths import MarkPath, image_to_view, path_of
from gui.mark_tags import HEIGHT, Frame, TagPlace, place_tags
from gui.outline_item import draw_line
from gui.outlines import LineStyle
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import ViewGeometry
from studies.mark_model import MadeBy, Mark, MarkKind

LARGEST_ALPHA = 0.60
"""The fill at full opacity: it never hides anatomy."""

DEFAULT_OPACITY = 0.60
_CROSS = 7.0
_REMEMBERED = 512
# Dashed is a machine, solid is a person; what is not stated is neither.
DASHES: Mapping[MadeBy, tuple[float, ...]] = {
    MadeBy.AUTOMATIC: (8.0, 4.0),
    MadeBy.SEMIAUTOMATIC: (),
    MadeBy.MANUAL: (),
    MadeBy.UNKNOWN: (8.0, 3.0, 2.0, 3.0),
}


@lru_cache(maxsize=_REMEMBERED)
def _path(mark: Mark) -> MarkPath:
    """Return a mark's path; kept, so that going back to an image is free."""
    return path_of(mark)


class MarksItem(ScreenItem):
    """Paints the marks of one image in logical pixels; lines keep their width."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._looks: Mapping[str, MarkLook] = {}
        self._opacity = DEFAULT_OPACITY
        self._scale = 1.0
        self._placed: tuple[MarkPath, ...] | None = None
        self._picture: QImage | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is drawn, the last on top."""
        return self._marks

    def set_marks(
        self,
        marks: Sequence[Mark],
        visible: Collection[str] | None = None,
        looks: Mapping[str, MarkLook] | None = None,
    ) -> None:
        """Draw the marks of an image.

        Parameters
        ----------
        visible
            Keys of those to be drawn; None for all.
        looks
            Letter and colour of each key; without one there is no tag, and the
            colour is the mark's own.
        """
        self._marks = tuple(m for m in marks if visible is None or m.key in visible)
        self._looks = looks or {}
        self._placed = None
        self._redraw()

    def set_fill(self, opacity: float) -> None:
        """Fill areas with 0 to 1, of which 1 is an alpha of 0.60."""
        self._opacity = min(max(opacity, 0.0), 1.0)
        self._redraw()

    def set_text_scale(self, scale: float) -> None:
        """Write tags and texts larger, 1.0 to 2.0."""
        self._scale = scale
        self._redraw()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def set_geometry(self, geometry: ViewGeometry) -> None:
        """Place the marks anew."""
        self._placed = self._picture = None
        super().set_geometry(geometry)

    def words(self) -> tuple[str, ...]:
        """Return what is drawn in words, for those who do not see it."""
        return tuple(
            f"{self._tag(mark)} {mark.label}, {mark.kind.value},"
            f" {mark.made_by.value}".strip()
            for mark in self._marks
        )

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Blit the picture; make it first if marks or view changed.

        So a window drag, which paints the film anew, does not draw lines anew.
        """
        if self.geometry is None or not self._marks:
            return
        if self._picture is None:
            self._picture = self._drawn(self.geometry)
        with device_pixels(painter, self.geometry.ratio):
            painter.drawImage(0, 0, self._picture)

    def _drawn(self, geometry: ViewGeometry) -> QImage:
        """Return the viewport in device pixels with all that is drawn."""
        kind = QImage.Format.Format_ARGB32_Premultiplied
        picture = QImage(geometry.width, geometry.height, kind)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.scale(geometry.ratio, geometry.ratio)
        self._draw_all(painter)
        painter.end()
        return picture

    def _draw_all(self, painter: QPainter) -> None:
        """Draw fills, then lines and texts, then the tags; logical pixels."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paths = self._paths()
        for mark, path in zip(self._marks, paths, strict=True):
            self._fill(painter, mark, path)
        for mark, path in zip(self._marks, paths, strict=True):
            self._draw(painter, mark, path)
        self._draw_tags(painter, paths)

    def _tag(self, mark: Mark) -> str:
        look = self._looks.get(mark.key)
        return "" if look is None else look.tag

    def _color(self, mark: Mark) -> QColor:
        look = self._looks.get(mark.key)
        return QColor(*(mark.colour if look is None else look.colour))

    def _paths(self) -> tuple[MarkPath, ...]:
        if self._placed is None:
            assert self.geometry is not None
            transform = image_to_view(self.geometry)
            found = (_path(mark).mapped(transform) for mark in self._marks)
            self._placed = tuple(found)
        return self._placed

    def _fill(self, painter: QPainter, mark: Mark, path: MarkPath) -> None:
        color = self._color(mark)
        if mark.kind is not MarkKind.OVERLAY:
            color.setAlphaF(self._opacity * LARGEST_ALPHA)
        painter.fillPath(path.area, color)

    def _draw(self, painter: QPainter, mark: Mark, path: MarkPath) -> None:
        if mark.kind is MarkKind.OVERLAY:
            # A bitmap of text and lines: a casing of the usual width would hide it.
            casing = QColor(0, 0, 0)
            casing.setAlphaF(tokens.CASING_ALPHA)
            painter.strokePath(path.line, QPen(casing, 1.0))
            return
        style = LineStyle(self._color(mark).name(), DASHES[mark.made_by], "", "")
        if not path.thin.isEmpty():
            painter.strokePath(path.thin, QPen(self._color(mark), 0.8))
        draw_line(painter, path.line, style)
        for at in path.crosses:
            draw_line(painter, _cross(at), LineStyle(style.color, (), "", ""))
        for at, text in path.texts:
            self._write(painter, at, text, self._color(mark))

    def _font(self) -> QFont:
        return theme.font(round(tokens.SMALL * self._scale), weight=600)

    def _write(self, painter: QPainter, at: QPointF, text: str, color: QColor) -> None:
        """Write a text on a dark ground, its upper left corner at a point."""
        metrics = QFontMetricsF(self._font())
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        flags |= int(Qt.TextFlag.TextExpandTabs)
        room = QRectF(at, self.boundingRect().bottomRight())
        rect = metrics.boundingRect(room, flags, text)
        rect.moveTopLeft(at)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 165))
        painter.drawRoundedRect(rect.adjusted(-4, -2, 4, 2), 3, 3)
        painter.setPen(color)
        painter.setFont(self._font())
        painter.drawText(rect, flags, text)

    def _draw_tags(self, painter: QPainter, paths: tuple[MarkPath, ...]) -> None:
        tagged = [
            (mark, path, self._tag(mark))
            for mark, path in zip(self._marks, paths, strict=True)
            if self._tag(mark) and len(path.vertices)
        ]
        metrics = QFontMetricsF(self._font())
        widths = [max(metrics.horizontalAdvance(t) + 12.0, 20.0) for _, _, t in tagged]
        vertices = [path.vertices for _, path, _ in tagged]
        for place in place_tags(vertices, widths, self._frame()):
            mark, _, letter = tagged[place.index]
            self._draw_tag(painter, place, letter, self._color(mark))

    def _frame(self) -> Frame:
        assert self.geometry is not None
        transform = image_to_view(self.geometry)
        image = QRectF(0, 0, self.geometry.columns, self.geometry.rows)
        return Frame(_sides(self.boundingRect()), _sides(transform.mapRect(image)))

    def _draw_tag(
        self, painter: QPainter, place: TagPlace, letter: str, color: QColor
    ) -> None:
        rect = QRectF(place.x, place.y, place.width, HEIGHT)
        end = QPointF(*place.leader)
        on_left = end.x() >= rect.center().x()
        start = QPointF(rect.right() if on_left else rect.left(), rect.center().y())
        leader = QPainterPath(start)
        leader.lineTo(end)
        casing = QColor(0, 0, 0)
        casing.setAlphaF(tokens.CASING_ALPHA)
        painter.strokePath(leader, QPen(casing, 3.0))
        painter.strokePath(leader, QPen(color, 1.2))
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(QColor(0, 0, 0, 205))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setFont(self._font())
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letter)


def _cross(at: QPointF) -> QPainterPath:
    path = QPainterPath()
    for dx, dy in ((_CROSS, 0.0), (0.0, _CROSS)):
        path.moveTo(at - QPointF(dx, dy))
        path.lineTo(at + QPointF(dx, dy))
    return path


def _sides(rect: QRectF) -> tuple[float, float, float, float]:
    return rect.left(), rect.top(), rect.right(), rect.bottom()
