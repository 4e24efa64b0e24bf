"""Corner texts, side letters and the key of line styles, in screen space."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import text_block, tokens
from gui.backing import BACKING
from gui.corner_text import Sides
from gui.outline_item import draw_line
from gui.outlines import Kind
from gui.screen_item import ScreenItem
from gui.text_block import TextStyle

MARGIN = 16
_CORNER = TextStyle(tokens.SMALL, 17, tokens.TEXT_1)
_LETTER = TextStyle(22, 28, tokens.TEXT_1, 600)
_NOTE = TextStyle(tokens.SMALL, 16, tokens.TEXT_2)
_KEY = TextStyle(tokens.SMALL, 25, tokens.TEXT_1)
_HINT = TextStyle(tokens.BODY, 18, tokens.FOCUS)
_KEY_KINDS = (Kind.UNDECIDED, Kind.CONFIRMED, Kind.UNSURE, Kind.ADDED)
_REJECTED = ("Rejected: hidden",)
_SIDES_AT = 0.38
_KEY_AT = 0.56
"""Share of the height at which the side letters and the key begin."""


@dataclass(frozen=True, slots=True)
class Corners:
    """All texts around one film."""

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    sides: Sides = field(default_factory=Sides)
    key: bool = False
    hint: str = ""


class CornerItem(ScreenItem):
    """Paints the texts into the black margin, else onto a dark backing."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._corners = Corners()
        self._scale = 1.0
        self._taken = QRect()

    @property
    def corners(self) -> Corners:
        """What is shown."""
        return self._corners

    def set_corners(self, corners: Corners) -> None:
        """Show other texts."""
        if corners != self._corners:
            self._corners = corners
            self.update()

    def set_taken(self, taken: QRect) -> None:
        """Keep the right side letter clear of the legend."""
        if taken != self._taken:
            self._taken = taken
            self.update()

    def set_text_scale(self, scale: float) -> None:
        """Show texts larger, 1.0 to 2.0."""
        self._scale = scale
        self.update()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the blocks, each where ui.md section 6 has it."""
        if self.geometry is None or not self._corners.top_left:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self.boundingRect().toRect()
        corners = self._corners
        top = view.top() + MARGIN - 2
        self._corner(painter, corners.top_left, QPoint(MARGIN, top))
        at_right = QPoint(view.right() + 1 - MARGIN, top)
        texts = self._corner(painter, corners.top_right, at_right, right=True)
        bottom = view.bottom() + 3 - MARGIN
        below = self._corner(
            painter, corners.bottom_left, QPoint(MARGIN, bottom), up=True
        )
        self._draw_sides(painter, view, texts.bottom())
        if corners.key:
            self._draw_key(painter, view, below.top() - 12)
        if corners.hint:
            self._draw_hint(painter, view)

    def _style(self, style: TextStyle) -> TextStyle:
        if self._scale == 1.0:
            return style
        size, pitch = (round(v * self._scale) for v in (style.size, style.pitch))
        return replace(style, size=size, pitch=pitch)

    def _film(self) -> QRect:
        """Return the film's visible part in logical pixels."""
        assert self.geometry is not None
        x, y, width, height = (v / self.geometry.ratio for v in self.geometry.visible())
        return QRectF(x, y, width, height).toAlignedRect()

    def _back(self, painter: QPainter, rect: QRect) -> None:
        """Darken what lies behind a text where the film reaches under it."""
        if rect.intersects(self._film()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(BACKING)
            painter.drawRoundedRect(rect.adjusted(-6, -4, 6, 4), 4, 4)

    def _write(
        self, painter: QPainter, lines: tuple[str, ...], style: TextStyle, at: QPoint
    ) -> None:
        assert self.geometry is not None
        image = text_block.picture(lines, style, self.geometry.ratio)
        painter.drawImage(at, image)

    def _block(
        self, painter: QPainter, lines: tuple[str, ...], style: TextStyle, at: QPoint
    ) -> None:
        """Write lines at a top-left point, backed if need be."""
        width = text_block.block_width(lines, style.size, style.weight)
        self._back(painter, QRect(at.x(), at.y(), width, style.pitch * len(lines)))
        self._write(painter, lines, style, at)

    def _corner(
        self,
        painter: QPainter,
        lines: tuple[str, ...],
        at: QPoint,
        *,
        right: bool = False,
        up: bool = False,
    ) -> QRect:
        """Write a corner from its point inwards; return where it stands."""
        style = replace(self._style(_CORNER), right=right)
        lines = self._wrapped(lines, style.size, right=right)
        width = text_block.block_width(lines, style.size)
        x = at.x() - width if right else at.x()
        y = at.y() - style.pitch * len(lines) if up else at.y()
        if lines:
            self._block(painter, lines, style, QPoint(x, y))
        return QRect(x, y, width, style.pitch * len(lines))

    def _wrapped(
        self, lines: tuple[str, ...], size: int, *, right: bool
    ) -> tuple[str, ...]:
        """Break long lines to the black margin where that is wide enough."""
        film, view = self._film(), self.boundingRect()
        margin = view.width() - film.right() - 1 if right else film.left()
        room = round(margin) - MARGIN - 4
        if room < 110 * self._scale:
            room = round(view.width() * 0.4)
        broken = (text_block.break_line(line, size, room) for line in lines)
        return tuple(part for parts in broken for part in parts)

    def _draw_sides(self, painter: QPainter, view: QRect, texts: int) -> None:
        """Draw the letters at mid-height; `texts` is where the upper text ends."""
        sides = self._corners.sides
        letter, note = self._style(_LETTER), self._style(_NOTE)
        y = view.top() + round(view.height() * _SIDES_AT)
        if not sides.known:
            note = replace(note, color=tokens.WARNING)
            self._block(painter, (sides.source,), note, QPoint(MARGIN, y))
            return
        # One backing for the letter and where it comes from.
        width = text_block.block_width((sides.source,), note.size)
        self._back(painter, QRect(MARGIN, y, width, letter.pitch + note.pitch))
        self._write(painter, (sides.left,), letter, QPoint(MARGIN, y))
        below = QPoint(MARGIN, y + letter.pitch)
        self._write(painter, (sides.source,), note, below)
        width = text_block.block_width((sides.right,), letter.size, letter.weight)
        at = QRect(view.right() + 1 - MARGIN - width, y, width, letter.pitch)
        at = clear_of(at, self._taken, texts)
        self._block(painter, (sides.right,), letter, at.topLeft())
        self._draw_top_and_bottom(painter, view)

    def _draw_top_and_bottom(self, painter: QPainter, view: QRect) -> None:
        """Head and feet only in the margin: they would cover what is read.

        An upside-down film is another matter: then they are always there.
        """
        sides, film = self._corners.sides, self._film()
        letter = self._style(_LETTER)
        x, room = view.center().x() - 8, letter.pitch + 8
        unusual = sides.top != "H"
        if unusual or film.top() >= room:
            self._block(painter, (sides.top,), letter, QPoint(x, 8))
        if unusual or view.bottom() - film.bottom() >= room:
            self._block(
                painter, (sides.bottom,), letter, QPoint(x, view.bottom() - room)
            )

    def _draw_hint(self, painter: QPainter, view: QRect) -> None:
        """Say at the lower edge what is asked for."""
        style = self._style(_HINT)
        hint = self._corners.hint
        lines = text_block.break_line(hint, style.size, round(view.width() * 0.6))
        width = text_block.block_width(lines, style.size)
        x = view.center().x() - width // 2
        y = view.bottom() - 32 - style.pitch * len(lines)
        self._block(painter, lines, style, QPoint(x, y))

    def _draw_key(self, painter: QPainter, view: QRect, lowest: int) -> None:
        """Draw the key of line styles at the left, above `lowest`.

        Where there is no room between side letter and corner, words win.
        """
        style = self._style(_KEY)
        words = tuple(kind.value.word for kind in _KEY_KINDS)
        width = 32 + text_block.block_width((*words, *_REJECTED), style.size)
        top = view.top() + round(view.height() * _KEY_AT)
        rect = QRect(MARGIN, top, width, style.pitch * (len(words) + 1))
        rect.moveTop(min(top, lowest - rect.height()))
        if rect.top() < view.height() * _SIDES_AT + 56 * self._scale:
            return
        self._back(painter, rect)
        for index, kind in enumerate(_KEY_KINDS):
            y = rect.top() + style.pitch * (index + 0.5)
            line = QPainterPath(QPointF(MARGIN, y))
            line.lineTo(MARGIN + 24, y)
            draw_line(painter, line, kind.value)
        self._write(painter, words, style, rect.topLeft() + QPoint(32, 0))
        last = replace(style, color=tokens.TEXT_2)
        below = QPoint(MARGIN, rect.top() + style.pitch * len(words))
        self._write(painter, _REJECTED, last, below)


def clear_of(letter: QRect, taken: QRect, highest: int) -> QRect:
    """Move a letter above what takes its place, or beside it if there is no room."""
    if not letter.intersects(taken):
        return letter
    above = letter.translated(0, taken.top() - 4 - letter.bottom())
    if above.top() > highest + 4:
        return above
    return letter.translated(taken.left() - 8 - letter.right(), 0)
