"""The page of a blocking question: nothing of any study is on screen meanwhile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import icons, list_look, theme, tokens, widgets
from gui.identity_words import Question
from gui.key_claims import KeyClaims
from gui.plain_tip import tip

if TYPE_CHECKING:
    from gui.findings_model import Index

_WIDTH = 640
_ROW = 52
_MOST_ROWS = 6
_DETAIL = Qt.ItemDataRole.UserRole + 1


class IdentityQuestion(QWidget):
    """A question with a list of answers; keys answer it.

    A digit marks an answer, Enter gives it. Escape leaves nothing unanswered: whoever
    wants none of it presses the other button.

    Signals
    -------
    chosen(int)
        Which answer, counted from 0.
    left()
        Nothing is to be opened.
    """

    chosen = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emptyPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = widgets.label("", "page", wrap=True)
        self._detail = widgets.label("", "muted", wrap=True)
        self.list = QListWidget()
        self.list.setFixedWidth(_WIDTH)
        self.list.setItemDelegate(_TwoLines(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        list_look.ring(self.list)
        self.open = QPushButton("Open")
        self.open.setProperty("role", "primary")
        self.cancel = QPushButton("Open nothing")
        for button in (self.open, self.cancel):
            button.setMinimumHeight(tokens.BUTTON_HEIGHT)
        self._lay_out()
        self.list.itemDoubleClicked.connect(self._on_activated)
        self.open.clicked.connect(self._on_activated)
        self.cancel.clicked.connect(self.left)
        answers = {str(n): partial(self._answer, n - 1) for n in range(1, 10)}
        self._keys = KeyClaims(
            self.list, {**answers, "Return": self._on_activated}, moving=True
        )
        self.list.installEventFilter(self)  # asked before the claims are

    def put(self, question: Question) -> None:
        """Ask; the first answer is marked, none is given."""
        self._title.setText(question.title)
        self._detail.setText(question.detail)
        self.open.setText(question.accept)
        self.cancel.setText(question.decline)
        self.list.setAccessibleName(question.title)
        self.list.clear()
        for number, option in enumerate(question.options, start=1):
            item = QListWidgetItem(option.title)
            item.setData(_DETAIL, option.detail)
            item.setToolTip(tip(f"{option.title}\n{option.detail}".strip()))
            words = ", ".join(part for part in (option.title, option.detail) if part)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{number}, {words}")
            if option.icon:
                item.setIcon(icons.icon(option.icon))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._settle()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in list_look.FONT_EVENTS:
            self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Let a key that is held down answer one question, never the next one too."""
        return (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.isAutoRepeat()
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        )

    def take_focus(self) -> None:
        """Put the focus on the list, so that arrows and Enter answer."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def text(self) -> str:
        """Return the question."""
        return self._title.text()

    def detail_text(self) -> str:
        """Return what is known."""
        return self._detail.text()

    def _settle(self) -> None:
        """Work out the heights: wrapped words in a card do not say theirs."""
        rows = min(self.list.count(), _MOST_ROWS)
        self.list.setFixedHeight(rows * _row_height() + 4)
        self.list.scheduleDelayedItemsLayout()
        for text in (self._title, self._detail):
            text.ensurePolished()
            text.setFixedWidth(_WIDTH)
            text.setMinimumHeight(max(text.heightForWidth(_WIDTH), 0))

    def _answer(self, place: int) -> None:
        """Mark an answer by its digit; Enter gives it."""
        if place < self.list.count():
            self.list.setCurrentRow(place)

    def _on_activated(self) -> None:
        if self.list.currentRow() >= 0:
            self.chosen.emit(self.list.currentRow())

    def _lay_out(self) -> None:
        card = QWidget()
        card.setProperty("role", "card")
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner = widgets.column(self._title, self._detail, 8, self.list, 8, spacing=6)
        inner.setContentsMargins(24, 20, 24, 20)
        inner.addLayout(widgets.row(None, self.cancel, self.open))
        card.setLayout(inner)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)


class _TwoLines(QStyledItemDelegate):
    """An answer: its digit, its icon, a line and a smaller one."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Return the height of a row (Qt's name)."""
        return QSize(_WIDTH, _row_height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint one answer."""
        rect, state = option.rect, option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(list_look.SELECTED))
            mark = rect.adjusted(0, 0, 3 - rect.width(), 0)
            painter.fillRect(mark, QColor(tokens.FOCUS))
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon is not None:
            icon.paint(painter, rect.adjusted(36, 0, 56 - rect.width(), 0))
        painter.setPen(QColor(tokens.TEXT_3))
        painter.setFont(_font(tokens.SMALL))
        digit = rect.adjusted(12, 0, 28 - rect.width(), 0)
        painter.drawText(digit, Qt.AlignmentFlag.AlignCenter, str(index.row() + 1))
        words = rect.adjusted(68, 6, -12, -6)
        half = words.height() // 2
        _line(painter, words.adjusted(0, 0, 0, -half), index.data(), tokens.TEXT_1)
        detail = str(index.data(_DETAIL) or "")
        _line(painter, words.adjusted(0, half, 0, 0), detail, tokens.TEXT_2, small=True)
        painter.restore()


def _line(
    painter: QPainter, rect: QRect, words: str, color: str, *, small: bool = False
) -> None:
    painter.setFont(_font(tokens.SMALL if small else tokens.BODY))
    painter.setPen(QColor(color))
    shown = painter.fontMetrics().elidedText(
        words,
        Qt.TextElideMode.ElideRight,
        rect.width(),
    )
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)


def _font(size: int) -> QFont:
    return theme.font(round(size * list_look.text_scale()))


def _row_height() -> int:
    return round(_ROW * list_look.text_scale())
