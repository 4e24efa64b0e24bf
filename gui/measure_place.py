"""Where the text of a measurement stands: beside it, never on what is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

_GAP = 14.0
_ON_SPOT = 1e6
_ON_OTHERS = 1e3
_ON_OTHER_SPOT = 12.0
_IN_CORNER = 300.0
"""Costs in logical pixels: how much further off the shape a text would rather be."""

_CORNER = QSizeF(230.0, 130.0)
"""What the texts of patient, study and display take of each corner, about."""


def place_text(
    size: QSizeF,
    spot: QPainterPath,
    anchors: Sequence[QPointF],
    taken: Sequence[QRectF],
    view: QRectF,
    others: Sequence[QPainterPath] = (),
) -> QRectF:
    """Return the best place for a text of a size, wholly inside the viewport.

    Parameters
    ----------
    spot
        What must not be covered. Only where it fills the viewport is it, at the
        edge, and then as little as can be.
    anchors
        Points of the shape; the text stands near one of those in view.
    taken
        Texts that are placed already.
    others
        What other measurements measure; left free if it can be.
    """
    inner = view.adjusted(4, 4, -4, -4)
    corners = list(_corners(view))
    visible = [at for at in anchors if view.contains(at)] or list(anchors)

    def cost(rect: QRectF) -> float:
        far = min((_distance(rect, at) for at in visible), default=0.0)
        return (
            far
            + _ON_SPOT * _covered(spot, rect)
            + _ON_OTHER_SPOT * sum(_covered(other, rect) for other in others)
            + _IN_CORNER * any(rect.intersects(corner) for corner in corners)
            + _ON_OTHERS * sum(_overlap(rect, other) for other in taken)
        )

    return min(_candidates(size, spot, visible, inner), key=cost)


def leader(rect: QRectF, anchors: Sequence[QPointF]) -> tuple[QPointF, QPointF] | None:
    """Return the line from a text to the nearest anchor; None where it is close."""
    ends = [(_nearest(rect, at), at) for at in anchors]
    if not ends:
        return None
    start, end = min(ends, key=lambda pair: _length(pair[0] - pair[1]))
    return (start, end) if _length(start - end) > _GAP / 2 else None


def _candidates(
    size: QSizeF, spot: QPainterPath, anchors: Sequence[QPointF], inner: QRectF
) -> Iterable[QRectF]:
    frame = spot.boundingRect().intersected(inner)
    if frame.isEmpty():
        frame = QRectF(inner.center(), QSizeF(1, 1))
    frames = [frame, *(QRectF(at, QSizeF(0, 0)) for at in anchors), _inside(inner)]
    for one in frames:
        for x in (
            one.right() + _GAP,
            one.left() - _GAP - size.width(),
            one.center().x() - size.width() / 2,
        ):
            for y in (
                one.top() - _GAP - size.height(),
                one.center().y() - size.height() / 2,
                one.bottom() + _GAP,
            ):
                yield _kept(QRectF(QPointF(x, y), size), inner)


def _corners(view: QRectF) -> Iterable[QRectF]:
    right, bottom = view.right() - _CORNER.width(), view.bottom() - _CORNER.height()
    for x in (view.left(), right):
        for y in (view.top(), bottom):
            yield QRectF(QPointF(x, y), _CORNER)


def _inside(inner: QRectF) -> QRectF:
    """Return a frame about the viewport: its candidates are held at its edges."""
    return inner.adjusted(-_GAP, -_GAP, _GAP, _GAP)


def _kept(rect: QRectF, inner: QRectF) -> QRectF:
    x = max(min(rect.x(), inner.right() - rect.width()), inner.left())
    y = max(min(rect.y(), inner.bottom() - rect.height()), inner.top())
    return QRectF(QPointF(x, y), rect.size())


def _covered(spot: QPainterPath, rect: QRectF) -> float:
    """Return 0 where nothing of the spot is covered, else more the more there is."""
    if not spot.intersects(rect):
        return 0.0
    steps = [(row / 4, column / 4) for row in range(5) for column in range(5)]
    points = (
        rect.topLeft() + QPointF(across * rect.width(), down * rect.height())
        for down, across in steps
    )
    return 1.0 + sum(spot.contains(point) for point in points)


def _overlap(one: QRectF, other: QRectF) -> float:
    both = one.intersected(other)
    return both.width() * both.height()


def _nearest(rect: QRectF, at: QPointF) -> QPointF:
    x = min(max(at.x(), rect.left()), rect.right())
    return QPointF(x, min(max(at.y(), rect.top()), rect.bottom()))


def _distance(rect: QRectF, at: QPointF) -> float:
    return _length(_nearest(rect, at) - at)


def _length(way: QPointF) -> float:
    return float((way.x() ** 2 + way.y() ** 2) ** 0.5)
