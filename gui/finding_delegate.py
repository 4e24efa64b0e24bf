"""Paints a finding's row: number, name, tag, probability with interval, verdict."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui import icons, theme, tokens
from gui.claim_words import SHORT, Scale, figure, scale_of, worth
from gui.finding_rows import FindingRow, Look, check_look, decision_look
from gui.findings_model import Column, Index, RowRole
from review.decision import Origin

_SELECTED = "#16303A"
_TRACK = "#3A444F"


class FindingDelegate(QStyledItemDelegate):
    """The look of ``ui/01-reading.png``: two lines a row, glyph and word."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text_scale = 1.0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the fixed row height (Qt's name)."""
        return QSize(40, self.row_height())

    def row_height(self) -> int:
        """Return the height of a row, in logical pixels."""
        return round(tokens.FINDING_ROW_HEIGHT * self.text_scale)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint one cell."""
        row: FindingRow = index.data(RowRole)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(rect, QColor(_SELECTED))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() == Column.NUMBER:
            self._paint_number(painter, rect, row, selected=selected)
        elif index.column() == Column.FINDING:
            self._paint_finding(painter, rect, row)
        elif index.column() == Column.AI:
            self._paint_ai(painter, rect, row)
        else:
            look = decision_look(row.finding)
            icons.paint(painter, look.icon, look.color, _centred(rect, 20))
        painter.fillRect(
            QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(tokens.BORDER)
        )
        painter.restore()

    def _font(self, size: int, weight: int = 400) -> QFont:
        return theme.font(round(size * self.text_scale), weight=weight)

    def _paint_number(
        self, painter: QPainter, rect: QRect, row: FindingRow, *, selected: bool
    ) -> None:
        if selected:
            painter.fillRect(
                QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tokens.FOCUS)
            )
        painter.setFont(self._font(tokens.SMALL))
        painter.setPen(QColor(tokens.TEXT_2))
        painter.drawText(
            rect.adjusted(8, 0, 0, 0),
            Qt.AlignmentFlag.AlignCenter,
            str(row.number),
        )

    def _paint_finding(self, painter: QPainter, rect: QRect, row: FindingRow) -> None:
        half = rect.height() // 2
        top = QRect(rect.left() + 8, rect.top() + 4, rect.width() - 10, half - 2)
        low = QRect(top.left(), rect.top() + half, top.width(), half - 4)
        tag, color = _tag(row)
        tag_font = self._font(10, 700)
        tag_width = QFontMetrics(tag_font).horizontalAdvance(tag) + 8
        name_font = self._font(tokens.BODY, 600)
        metrics = QFontMetrics(name_font)
        name = metrics.elidedText(
            row.finding.name,
            Qt.TextElideMode.ElideRight,
            max(top.width() - tag_width - 8, 20),
        )
        painter.setFont(name_font)
        painter.setPen(QColor(tokens.TEXT_1))
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, name)
        _paint_tag(
            painter,
            QRectF(
                top.left() + metrics.horizontalAdvance(name) + 8,
                top.center().y() - 7 * self.text_scale + 0.5,
                tag_width,
                15 * self.text_scale,
            ),
            tag,
            color,
            tag_font,
        )
        self._paint_words(painter, low, row)

    def _paint_words(self, painter: QPainter, rect: QRect, row: FindingRow) -> None:
        look = decision_look(row.finding)
        painter.setFont(self._font(tokens.SMALL))
        metrics = painter.fontMetrics()
        words = _fitting(_told(row, look), row, metrics, rect.width())
        decided = row.finding.decision is not None
        painter.setPen(QColor(look.color if decided else tokens.TEXT_2))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_ai(self, painter: QPainter, rect: QRect, row: FindingRow) -> None:
        inner = rect.adjusted(4, 0, -4, 0)
        if row.finding.origin is Origin.READER:
            painter.setFont(self._font(tokens.SMALL))
            painter.setPen(QColor(tokens.TEXT_2))
            painter.drawText(
                inner,
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                "no AI score",
            )
            return
        half = rect.height() // 2
        top = QRect(inner.left(), rect.top() + 4, inner.width(), half - 2)
        font = self._font(tokens.BODY, 600)
        text = figure(row.finding)
        painter.setFont(font)
        painter.setPen(QColor(tokens.TEXT_1))
        painter.drawText(
            top, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text
        )
        if row.trust is not None:
            look = check_look(row.trust)
            left = top.right() - QFontMetrics(font).horizontalAdvance(text) - 24
            icons.paint(
                painter,
                look.icon,
                look.color,
                QRectF(left, top.center().y() - 7.5, 16, 16),
            )
        bar = QRectF(inner.left(), rect.top() + half + 2, inner.width(), half - 8)
        scale = scale_of(row.finding)
        if scale is not None:
            paint_scale(painter, bar, scale)


def paint_scale(painter: QPainter, rect: QRectF, scale: Scale) -> None:
    """Paint a scale with interval, threshold tick and value.

    Parameters
    ----------
    rect
        Its left and right edges stand for the scale's ends.
    """
    interval, threshold = scale.interval, scale.threshold
    middle = rect.center().y()

    def at(value: float) -> float:
        return rect.left() + min(max(value, 0.0), 1.0) * rect.width()

    painter.setPen(_pen(_TRACK, 2))
    painter.drawLine(QPointF(at(0), middle), QPointF(at(1), middle))
    if interval is not None:
        painter.setPen(_pen(tokens.AI, 3))
        painter.drawLine(
            QPointF(at(interval[0]), middle), QPointF(at(interval[1]), middle)
        )
    if threshold is not None:
        painter.setPen(_pen(tokens.TEXT_1, 1.6))
        painter.drawLine(
            QPointF(at(threshold), middle - 4.5), QPointF(at(threshold), middle + 4.5)
        )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.AI_ON_IMAGE))
    painter.drawEllipse(QPointF(at(scale.value), middle), 3.4, 3.4)


def _told(row: FindingRow, look: Look) -> list[str]:
    """Return what stands below the name, what matters most first: it may be cut.

    That nothing was decided is cut first: its glyph stands at the right.
    """
    worth_words = [*worth(row.finding), row.note]
    told = [row.where, look.word, *worth_words]
    if row.finding.decision is None and row.finding.flagged and any(worth_words):
        told = [row.where, *worth_words, look.word]
    if row.finding.comment:
        told.append("comment")
    return [words for words in told if words]


def _fitting(told: list[str], row: FindingRow, metrics: QFontMetrics, room: int) -> str:
    """Return the words that fit; that a severity is no prognosis is never cut.

    That nothing was decided yields first: its glyph stands beside it.
    """
    words = " · ".join(told)
    short = [SHORT.get(part, part) for part in told]
    undecided = row.finding.decision is None and len(told) > 1
    for fewer in (told, short, short[:-1] if undecided else short):
        words = " · ".join(fewer)
        if metrics.horizontalAdvance(words) <= room:
            break
    return words


def _pen(color: str, width: float) -> QPen:
    pen = QPen(QColor(color), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _tag(row: FindingRow) -> tuple[str, str]:
    if row.finding.origin is Origin.READER:
        return "YOU", tokens.MISSED
    return "AI", tokens.AI


def _paint_tag(
    painter: QPainter, rect: QRectF, text: str, color: str, font: QFont
) -> None:
    painter.setPen(QPen(QColor(color), 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 3, 3)
    painter.setFont(font)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _centred(rect: QRect, size: int) -> QRectF:
    center = QRectF(rect).center()
    return QRectF(center.x() - size / 2, center.y() - size / 2, size, size)
