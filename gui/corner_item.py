"""Corner texts, side letters and the key of line styles, in screen space."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import text_block, theme, tokens
from gui.backing import BACKING
from gui.corner_layout import TAG_BOX, Block, Room, hint_block, lay_out
from gui.corners import Corners as Corners
from gui.corners import PaneTag
from gui.outline_item import draw_line
from gui.outlines import Kind
from gui.screen_item import ScreenItem
from gui.text_block import TextStyle
from gui.view_geometry import ViewGeometry

_KEY = TextStyle(tokens.SMALL, 25, tokens.TEXT_1)
_KEY_KINDS = (Kind.UNDECIDED, Kind.CONFIRMED, Kind.UNSURE, Kind.ADDED)
_KEY_WORDS = tuple(kind.value.word for kind in _KEY_KINDS)
_REJECTED = ("Rejected: hidden",)
_KEY_AT = 0.56
"""Share of the height at which the key begins."""


class CornerItem(ScreenItem):
    """Paints the texts into the black margin, else onto a dark backing."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._corners = Corners()
        self._scale = 1.0
        self._taken = QRect()
        self._laid: tuple[Block, ...] | None = None
        # Else Qt would say that all of the item is exposed.
        flag = QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption
        self.setFlag(flag)

    @property
    def corners(self) -> Corners:
        """What is shown."""
        return self._corners

    def set_corners(self, corners: Corners) -> None:
        """Show other texts; only where they differ is painted anew."""
        if corners == self._corners:
            return
        before, had = self._laid, (self._corners.key, self._corners.hint)
        self._corners, self._laid = corners, None
        if before is None or had != (corners.key, corners.hint):
            self.update()
            return
        for block in set(before) ^ set(self._blocks()):
            self.update(QRectF(block.ground))

    def set_taken(self, taken: QRect) -> None:
        """Keep the right side letter clear of the legend."""
        if taken != self._taken:
            self._taken, self._laid = taken, None
            self.update()

    def set_text_scale(self, scale: float) -> None:
        """Show texts larger, 1.0 to 2.0."""
        self._scale, self._laid = scale, None
        self.update()

    def set_geometry(self, geometry: ViewGeometry) -> None:
        """Lay the texts out anew if another part of the pane is covered."""
        old = self.geometry
        if old is None or _covered(old) != _covered(geometry):
            self._laid = None
        super().set_geometry(geometry)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the blocks, each where ui.md section 6 has it."""
        if self.geometry is None or not self._corners.top_left:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        exposed = option.exposedRect.toAlignedRect()
        for block in self._blocks():
            if block.ground.intersects(exposed):
                self._draw(painter, block, self.geometry.ratio)
        if self._corners.key:
            self._draw_key(painter)

    def _room(self) -> Room:
        assert self.geometry is not None
        x, y, width, height = (v / self.geometry.ratio for v in self.geometry.visible())
        film = QRectF(x, y, width, height).toAlignedRect()
        return Room(self.boundingRect().toRect(), film, self._taken, self._scale)

    def _blocks(self) -> tuple[Block, ...]:
        """Return the texts laid out; they stay while only pixels change."""
        if self._laid is None and self.geometry is not None:
            room = self._room()
            self._laid = lay_out(self._corners, room)
            if self._corners.hint:
                self._laid += (hint_block(self._corners.hint, room),)
        return self._laid or ()

    def _draw(self, painter: QPainter, block: Block, ratio: float) -> None:
        at = block.ground.topLeft()
        if block.tag is not None:
            self._draw_tag(painter, block, block.tag)
            at += QPoint(round(TAG_BOX * self._scale) + 8, 0)
        # The plate of a tag reaches behind its square.
        backed = block.backed and block.tag is None
        image = text_block.picture(block.lines, block.style, ratio, backed=backed)
        painter.drawImage(at, image)

    def _draw_tag(self, painter: QPainter, block: Block, tag: PaneTag) -> None:
        """Draw the letter in its square, in the colour of the pane's plane."""
        if block.backed:
            _back(painter, block.ground)
        side, rect = round(TAG_BOX * self._scale), block.rect
        box = QRectF(rect.left(), rect.top(), side, side).adjusted(1, 1, -1, -1)
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.setPen(QPen(QColor(tag.color), 1.6))
        painter.drawRoundedRect(box, 3, 3)
        painter.setFont(theme.font(round(tokens.SMALL * self._scale), weight=600))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tag.letter)

    def _draw_key(self, painter: QPainter) -> None:
        """Draw the key of line styles at the left, above the lower corner.

        Where there is no room between side letter and corner, words win.
        """
        room, blocks = self._room(), self._blocks()
        style = room.styled(_KEY)
        width = 32 + text_block.block_width((*_KEY_WORDS, *_REJECTED), style.size)
        height = style.pitch * (len(_KEY_WORDS) + 1)
        rect = QRect(room.margin, 0, width, height)
        middle = room.view.center().y()
        at_left = [block.rect for block in blocks if block.rect.left() == room.margin]
        lowest = min((r.top() for r in at_left if r.bottom() > middle), default=middle)
        highest = max((r.bottom() for r in at_left if r.bottom() <= middle), default=0)
        top = round(room.view.height() * _KEY_AT)
        rect.moveTop(min(top, lowest - 12 - height))
        if rect.top() < highest + 8:
            return
        if rect.intersects(room.film):
            _back(painter, rect.adjusted(-6, -4, 6, 4))
        self._draw_key_lines(painter, rect, style)

    def _draw_key_lines(self, painter: QPainter, rect: QRect, style: TextStyle) -> None:
        assert self.geometry is not None
        for index, kind in enumerate(_KEY_KINDS):
            y = rect.top() + style.pitch * (index + 0.5)
            line = QPainterPath(QPointF(rect.left(), y))
            line.lineTo(rect.left() + 24, y)
            draw_line(painter, line, kind.value)
        last = replace(style, color=tokens.TEXT_2)
        below = QPoint(0, style.pitch * len(_KEY_WORDS))
        pad = QPoint(text_block.PAD_X, text_block.PAD_Y)
        for words, at, how in (
            (_KEY_WORDS, QPoint(32, 0), style),
            (_REJECTED, below, last),
        ):
            image = text_block.picture(words, how, self.geometry.ratio, backed=False)
            painter.drawImage(rect.topLeft() + at - pad, image)


def _covered(geometry: ViewGeometry) -> tuple[object, ...]:
    return geometry.visible(), geometry.height, geometry.width, geometry.ratio


def _back(painter: QPainter, rect: QRect) -> None:
    """Darken what lies behind a text where the film reaches under it."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING)
    painter.drawRoundedRect(rect, 4, 4)
