"""The reader's measurements over the film: lines, ticks, handles and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gui import text_block, theme, tokens
from gui.backing import BACKING
from gui.measure_edit import REGIONS, Draft, Points
from gui.measure_mark import Hit, Mark, Words
from gui.measure_place import Rect, Spot, leader, place_text
from gui.measure_shape import (
    frame_path,
    handle_spots,
    joint_path,
    shape_path,
    spot_of,
)
from gui.outline_item import draw_line
from gui.outlines import LineStyle
from gui.screen_item import ScreenItem
from gui.view_geometry import ViewGeometry
from review.measurement import MeasurementKind

_STYLE = LineStyle(tokens.READER, (), "", "")
_GRAB = 8.0
_HANDLE = 8.0
_PADDING = 5.0


def _no_words(kind: MeasurementKind, points: Points) -> Words:
    return (), ()


class MeasureItem(ScreenItem):
    """Paints measurements in logical pixels, by the view's own map.

    `gauge` gives the words of points that are being drawn or moved.
    """

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self.gauge: Callable[[MeasurementKind, Points], Words] = _no_words
        self._marks: tuple[Mark, ...] = ()
        self._selected: str | None = None
        self._moved: tuple[str, Points] | None = None
        self._draft: Draft | None = None
        self._scale = 1.0
        self._texts: dict[str, QRectF] = {}
        self._spots: dict[str, Spot] = {}
        self._placed_for: object = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The measurements of the image shown, as they are kept."""
        return self._marks

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Draw these; one that was being moved stands where it is kept."""
        self._marks = tuple(marks)
        self._moved = None
        self.update()

    @property
    def selected(self) -> Mark | None:
        """The measurement with handles, if it lies on this image."""
        found = (mark for mark in self._marks if mark.uid == self._selected)
        return next(found, None)

    def set_selected(self, uid: str | None) -> None:
        """Give one its handles, or none."""
        self._selected = uid
        self.update()

    @property
    def draft(self) -> Draft | None:
        """The measurement in the making."""
        return self._draft

    def set_draft(self, draft: Draft | None) -> None:
        """Show a measurement in the making, or none."""
        self._draft = draft
        self.update()

    def set_moved(self, uid: str, points: Points | None) -> None:
        """Show one elsewhere while it is moved; None puts it back."""
        self._moved = None if points is None else (uid, points)
        self.update()

    def set_text_scale(self, scale: float) -> None:
        """Write larger, 1.0 to 2.0."""
        self._scale = scale
        self.update()

    def text_rects(self) -> dict[str, QRectF]:
        """Return where the texts stood when last painted, by uid; "" the draft's."""
        return dict(self._texts)

    def hit(self, at: QPointF) -> Hit | None:
        """Return the measurement at a logical point: a handle, a line, or its text.

        The selected one comes first, and its region counts with its inside.
        """
        if self.geometry is None or not self.isVisible():
            return None
        chosen = self.selected
        if chosen is not None:
            handle = self._handle_at(chosen, at)
            if handle is not None or self._is_on(chosen, at, inside=True):
                return Hit(chosen.uid, handle)
        for mark in reversed(self._marks):
            if self._is_on(mark, at, inside=False):
                return Hit(mark.uid)
        return None

    def _handle_at(self, mark: Mark, at: QPointF) -> int | None:
        assert self.geometry is not None
        spots = handle_spots(mark.kind, mark.points, self.geometry)
        near = [(spot - at).manhattanLength() for spot in spots]
        best = min(range(len(near)), key=near.__getitem__)
        reach = spots[best] - at
        return best if max(abs(reach.x()), abs(reach.y())) <= _GRAB else None

    def _is_on(self, mark: Mark, at: QPointF, *, inside: bool) -> bool:
        assert self.geometry is not None
        path = shape_path(mark.kind, mark.points, self.geometry)
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * _GRAB)
        return (
            self._texts.get(mark.uid, QRectF()).contains(at)
            or stroker.createStroke(path).contains(at)
            or (inside and mark.kind in REGIONS and path.contains(at))
        )

    # Painting

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw all lines first, then the texts, which avoid one another."""
        if self.geometry is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = tuple(self._shown())
        for mark in shown:
            self._draw_shape(painter, mark, self.geometry)
        self._place_all(shown, self.geometry)
        for mark in sorted(shown, key=self._is_held):
            self._draw_text(painter, mark)

    def _place_all(self, shown: tuple[Mark, ...], geometry: ViewGeometry) -> None:
        """Find a place for each text, unless all is as it was when last painted.

        The one in hand comes first: its text has the choice.
        """
        state = shown, geometry, self._selected, self._scale
        if state == self._placed_for:
            return
        self._placed_for, self._texts = state, {}
        self._spots = {
            mark.uid: spot_of(mark.kind, mark.points, geometry) for mark in shown
        }
        for mark in sorted(shown, key=lambda mark: not self._is_held(mark)):
            self._texts[mark.uid] = self._place(mark)

    def _is_held(self, mark: Mark) -> bool:
        return mark.uid in ("", self._selected)

    def _shown(self) -> Iterator[Mark]:
        changed = self._draft.uid if self._draft is not None else ""
        for mark in self._marks:
            if mark.uid == changed:
                continue
            if self._moved is not None and self._moved[0] == mark.uid:
                yield self._gauged(mark, self._moved[1])
            else:
                yield mark
        draft = self._draft
        if draft is not None and draft.points:
            blank = Mark(draft.uid, draft.kind, draft.points)
            yield self._gauged(blank, draft.points)

    def _gauged(self, mark: Mark, points: Points) -> Mark:
        lines, doubts = self.gauge(mark.kind, points)
        return replace(mark, points=points, lines=lines, doubts=doubts)

    def _draw_shape(
        self, painter: QPainter, mark: Mark, geometry: ViewGeometry
    ) -> None:
        held = self._is_held(mark)
        joint = joint_path(mark.kind, mark.points, geometry)
        if not joint.isEmpty():
            draw_line(painter, joint, _STYLE, width=0.8)
        path = shape_path(mark.kind, mark.points, geometry)
        draw_line(painter, path, _STYLE, selected=held)
        if held and (mark.uid or self._is_typed()):
            self._draw_handles(painter, mark, geometry)

    def _is_typed(self) -> bool:
        return self._draft is not None and self._draft.complete

    def _draw_handles(
        self, painter: QPainter, mark: Mark, geometry: ViewGeometry
    ) -> None:
        active = self._draft.active if self._draft is not None else None
        draw_line(
            painter, frame_path(mark.kind, mark.points, geometry), _STYLE, width=0.8
        )
        painter.setPen(QPen(QColor(0, 0, 0), 1))
        for index, spot in enumerate(handle_spots(mark.kind, mark.points, geometry)):
            here = index == active and mark.uid == getattr(self._draft, "uid", None)
            side = _HANDLE * (1.6 if here else 1.0)
            painter.setBrush(QColor(tokens.TEXT_1 if here else tokens.READER))
            at = QRectF(spot.x() - side / 2, spot.y() - side / 2, side, side)
            painter.drawRect(at)

    # Texts

    def _size(self, mark: Mark) -> QSizeF:
        size, pitch = self._font_size()
        written = (*mark.lines, *mark.doubts)
        if not written:
            return QSizeF()
        width = text_block.block_width(written, size, 600)
        return QSizeF(width + 2 * _PADDING, pitch * len(written) + 2 * _PADDING - 2)

    def _font_size(self) -> tuple[int, int]:
        return round(tokens.SMALL * self._scale), round(17 * self._scale)

    def _place(self, mark: Mark) -> QRectF:
        size, spot = self._size(mark), self._spots[mark.uid]
        bounds = self.boundingRect()
        view = Rect(0.0, 0.0, bounds.width(), bounds.height())
        if size.isEmpty() or not spot.bounds.grown(1.0).meets(view):
            # Off screen: its text would say something of what is in view.
            return QRectF()
        taken = [_plain(rect) for rect in self._texts.values() if not rect.isEmpty()]
        others = [other for uid, other in self._spots.items() if uid != mark.uid]
        found = place_text((size.width(), size.height()), spot, view, taken, others)
        return QRectF(found.left, found.top, size.width(), size.height())

    def _draw_text(self, painter: QPainter, mark: Mark) -> None:
        rect = self._texts[mark.uid]
        if rect.isEmpty():
            return
        line = leader(_plain(rect), self._spots[mark.uid].anchors)
        if line is not None:
            path = QPainterPath(QPointF(*line[0]))
            path.lineTo(QPointF(*line[1]))
            draw_line(painter, path, _STYLE, width=0.8)
        edge = QColor(tokens.READER)
        held = self._is_held(mark)
        painter.setPen(QPen(edge, 1.2) if held else Qt.PenStyle.NoPen)
        painter.setBrush(BACKING)
        painter.drawRoundedRect(rect, 4, 4)
        self._write(painter, mark, rect)

    def _write(self, painter: QPainter, mark: Mark, rect: QRectF) -> None:
        size, pitch = self._font_size()
        left = rect.left() + _PADDING
        for index, text in enumerate((*mark.lines, *mark.doubts)):
            doubted = index >= len(mark.lines)
            painter.setFont(theme.font(size, weight=400 if index else 600))
            painter.setPen(QColor(tokens.WARNING if doubted else tokens.READER))
            top = rect.top() + _PADDING - 1 + index * pitch
            row = QRectF(left, top, rect.width(), pitch)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, text)


def _plain(rect: QRectF) -> Rect:
    return Rect(rect.left(), rect.top(), rect.right(), rect.bottom())
