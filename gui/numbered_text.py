"""A text editor with numbered lines, for files that people edit by hand."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from gui import theme, tokens

_BAD_LINE = QColor("#3A1D1D")
_MARGIN = 8


class NumberedText(QPlainTextEdit):
    """A text in a fixed-width font with its lines numbered, one of them marked."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(theme.font(mono=True))
        # The style sheet's font would win over setFont.
        families = ", ".join(f'"{name}"' for name in tokens.MONO_FAMILIES)
        self.setStyleSheet(f"QPlainTextEdit {{ font-family: {families}; }}")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._numbers = _Numbers(self)
        self.blockCountChanged.connect(self._settle)
        self.updateRequest.connect(self._on_update)
        self._settle()

    def mark_line(self, number: int) -> None:
        """Mark a line, counted from 1, and show it; 0 marks none."""
        block = self.document().findBlockByNumber(number - 1)
        if number < 1 or not block.isValid():
            self.setExtraSelections([])
            return
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(block)
        mark.format.setBackground(_BAD_LINE)
        full = mark.format.Property.FullWidthSelection
        mark.format.setProperty(full, True)
        self.setExtraSelections([mark])

    def marked_line(self) -> int:
        """Return the line that is marked, counted from 1, 0 for none."""
        marks = self.extraSelections()
        return marks[0].cursor.blockNumber() + 1 if marks else 0

    def numbers_width(self) -> int:
        """Return how wide the column of numbers is."""
        digits = max(len(str(self.blockCount())), 2)
        return self.fontMetrics().horizontalAdvance("9") * digits + 2 * _MARGIN

    def paint_numbers(self, painter: QPainter, rect: QRect) -> None:
        """Paint the numbers of the lines that are on screen."""
        painter.setPen(QColor(tokens.TEXT_3))
        painter.setFont(self.font())
        block, height = self.firstVisibleBlock(), self.fontMetrics().height()
        right = self.numbers_width() - _MARGIN
        while block.isValid():
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if place.top() > rect.bottom():
                return
            line = QRect(0, round(place.top()), right, height)
            number = str(block.blockNumber() + 1)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, number)
            block = block.next()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Keep the numbers as high as the text."""
        super().resizeEvent(event)
        inside = self.contentsRect()
        width = self.numbers_width()
        self._numbers.setGeometry(inside.left(), inside.top(), width, inside.height())

    def _settle(self) -> None:
        self.setViewportMargins(self.numbers_width(), 0, 0, 0)

    def _on_update(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self._numbers.scroll(0, scrolled)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())


class _Numbers(QWidget):
    """The column of line numbers."""

    def __init__(self, text: NumberedText) -> None:
        super().__init__(text)
        self._text = text

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return the width of the numbers."""
        return QSize(self._text.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the numbers."""
        painter = QPainter(self)
        self._text.paint_numbers(painter, event.rect())
        painter.end()
