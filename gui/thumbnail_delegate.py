"""Paints an entry of the thumbnail strip: picture, marks, two lines of text."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import icons, list_look, theme, tokens
from gui.findings_model import Index
from gui.thumbnail_model import Entry, EntryRole

SIDE = 88
_LINE = 16
_GAP = 4
_HEADING = 40


class ThumbnailDelegate(QStyledItemDelegate):
    """A square picture with label and description beneath it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return an entry's size (Qt's name)."""
        entry: Entry = index.data(EntryRole)
        if entry.series is None:
            return QSize(SIDE, round(_HEADING * list_look.text_scale()))
        lines = 2 * round(_LINE * list_look.text_scale())
        return QSize(SIDE, SIDE + lines + 3 * _GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint one entry."""
        entry: Entry = index.data(EntryRole)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if entry.series is None:
            self._paint_heading(painter, rect, entry.words)
        else:
            left = rect.left() + max((rect.width() - SIDE) // 2, 0)
            side = min(SIDE, rect.width())
            square = QRect(left, rect.top() + _GAP, side, SIDE)
            self._paint_picture(painter, square, entry)
            self._paint_marks(painter, square, entry)
            self._paint_words(painter, rect, square, entry)
            state: QStyle.StateFlag = option.state
            _paint_frame(painter, square, entry, state)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, words: str) -> None:
        painter.setFont(theme.font(round(11 * list_look.text_scale()), weight=600))
        painter.setPen(QColor(tokens.TEXT_2))
        inner = rect.adjusted(4, 8, -2, 0)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _paint_picture(self, painter: QPainter, square: QRect, entry: Entry) -> None:
        painter.fillRect(square, QColor(tokens.VIEWPORT))
        if entry.picture is not None and not entry.reason:
            painter.drawImage(_fitted(square, entry.picture.size()), entry.picture)
            return
        if not entry.reason:
            icons.paint(painter, "image", tokens.BORDER, _middle(square, 24))
            return
        top = QRectF(square.center().x() - 9, square.top() + 8, 18, 18)
        icons.paint(painter, "warning", tokens.WARNING, top)
        painter.setFont(theme.font(round(10 * list_look.text_scale())))
        painter.setPen(QColor(tokens.TEXT_2))
        words = square.adjusted(4, 30, -4, -2)
        flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(words, flags, f"Not shown: {entry.reason}")

    def _paint_marks(self, painter: QPainter, square: QRect, entry: Entry) -> None:
        """Paint the panes at the top right, key images at the bottom right."""
        right = square.right() - 3
        for pane in reversed(entry.panes[:4]):
            chip = QRectF(right - 16, square.top() + 4, 16, 16)
            painter.setPen(QPen(QColor(tokens.VIEWPORT), 1))
            painter.setBrush(QColor(tokens.FOCUS))
            painter.drawRoundedRect(chip, 3, 3)
            painter.setPen(QColor(tokens.APP))
            painter.setFont(theme.font(10, weight=700))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, pane)
            right -= 19
        if entry.stars:
            chip = QRectF(square.right() - 41, square.bottom() - 19, 38, 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 180))
            painter.drawRoundedRect(chip, 3, 3)
            star = QRectF(chip.left() + 2, chip.top() + 2, 12, 12)
            icons.paint(painter, "star", tokens.WARNING, star)
            painter.setPen(QColor(tokens.TEXT_1))
            painter.setFont(theme.font(10, weight=600))
            rest = chip.adjusted(15, 0, -2, 0)
            shown = str(entry.stars) if entry.stars < 100 else "99+"
            painter.drawText(rest, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_words(
        self, painter: QPainter, rect: QRect, square: QRect, entry: Entry
    ) -> None:
        height = round(_LINE * list_look.text_scale())
        top = square.bottom() + 1 + _GAP
        lines = (
            (entry.label, tokens.TEXT_1, 600),
            (entry.words, tokens.TEXT_2, 400),
        )
        for words, color, weight in lines:
            line = QRect(rect.left() + 4, top, rect.width() - 6, height)
            painter.setFont(
                theme.font(round(11 * list_look.text_scale()), weight=weight)
            )
            painter.setPen(QColor(color))
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, line.width()
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
            top += height


def _paint_frame(
    painter: QPainter, square: QRect, entry: Entry, state: QStyle.StateFlag
) -> None:
    """Frame the picture: shown in a pane, chosen, or chosen with the focus."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    chosen = bool(state & QStyle.StateFlag.State_Selected)
    focused = chosen and bool(state & QStyle.StateFlag.State_Active)
    focused = focused and bool(state & QStyle.StateFlag.State_HasFocus)
    color = tokens.BORDER
    if entry.panes or chosen:
        color = tokens.FOCUS if focused or entry.panes else tokens.CONTROL_EDGE
    painter.setPen(QPen(QColor(color), 1))
    painter.drawRect(QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5))
    if focused:
        painter.setPen(QPen(QColor(tokens.FOCUS), 2))
        painter.drawRect(QRectF(square).adjusted(-2, -2, 2, 2))


def _fitted(square: QRect, size: QSize) -> QRectF:
    """Return the largest place of a picture's shape in the middle of a square."""
    scale = min(square.width() / size.width(), square.height() / size.height())
    width, height = size.width() * scale, size.height() * scale
    left = square.left() + (square.width() - width) / 2
    return QRectF(left, square.top() + (square.height() - height) / 2, width, height)


def _middle(square: QRect, side: int) -> QRectF:
    center = QRectF(square).center()
    return QRectF(center.x() - side / 2, center.y() - side / 2, side, side)
