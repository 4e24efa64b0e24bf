"""Where the texts around a film stand, so that none covers another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect

from gui import text_block, tokens
from gui.corner_text import Sides
from gui.corners import Corners, Fold, PaneTag
from gui.text_block import TextStyle

_CORNER = TextStyle(tokens.SMALL, 17, tokens.TEXT_1)
_WARNING = replace(_CORNER, color=tokens.WARNING)
_TAG = TextStyle(tokens.SMALL, 20, tokens.TEXT_1, 600)
_NOTE = TextStyle(tokens.SMALL, 16, tokens.TEXT_2)
_LETTER = TextStyle(22, 28, tokens.TEXT_1, 600)
_SMALL_LETTER = TextStyle(tokens.BODY, 18, tokens.TEXT_1, 600)
_HINT = TextStyle(tokens.BODY, 18, tokens.FOCUS)
TAG_BOX = 20
"""Side of the square about a pane's letter."""

_WIDE, _MIDDLE = 1000, 560
_SIDES_AT, _MIDDLE_AT = 0.38, 0.5
"""Share of the height at which the side letters stand: of a film, of a slice."""

_COVERED = {Fold.FULL: 0.04, Fold.SHORT: 0.10}
"""Largest share of the pane in which text may lie over the image."""

_GAP = 4


@dataclass(frozen=True, slots=True)
class Block:
    """Lines at a place in logical pixels; backed where the image lies under."""

    rect: QRect
    lines: tuple[str, ...]
    style: TextStyle
    backed: bool = False
    tag: PaneTag | None = None

    @property
    def ground(self) -> QRect:
        """What the dark plate behind it takes."""
        x, y = text_block.PAD_X, text_block.PAD_Y
        return self.rect.adjusted(-x, -y, x, y)


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to lay texts out in, all in logical pixels.

    `film` is the visible part of the image, `taken` what stands at the right
    edge already, `scale` the size of text, 1.0 to 2.0.
    """

    view: QRect
    film: QRect
    taken: QRect
    scale: float

    @property
    def margin(self) -> int:
        """Distance from the pane's edge: less where a pane is small."""
        width = self.view.width()
        return 16 if width >= _WIDE else 12 if width >= _MIDDLE else 8

    def styled(self, style: TextStyle) -> TextStyle:
        """Return a style at the reader's size of text."""
        if self.scale == 1.0:
            return style
        size, pitch = (round(v * self.scale) for v in (style.size, style.pitch))
        return replace(style, size=size, pitch=pitch)


def lay_out(corners: Corners, room: Room) -> tuple[Block, ...]:
    """Return the blocks, folded as far as their pane asks for.

    Full where nothing overlaps and little of the image is covered; else fewer
    lines. In a pane too small even for one line a corner the later blocks give
    way: the patient's name comes first, then the display.
    """
    if not corners.top_left:
        return ()
    for fold in Fold:
        blocks = tuple(b for b in _blocks(corners, room, fold) if b.lines)
        if _fits(blocks, room, fold):
            return blocks
    kept: list[Block] = []
    for block in blocks:
        if not any(_touch(block, other) for other in kept):
            kept.append(block)
    return tuple(kept)


def _fits(blocks: tuple[Block, ...], room: Room, fold: Fold) -> bool:
    for index, block in enumerate(blocks):
        near = block.rect.adjusted(-_GAP, -_GAP, _GAP, _GAP)
        if any(near.intersects(other.rect) for other in blocks[:index]):
            return False
    if fold not in _COVERED:
        return True
    rects = [block.rect.intersected(room.film) for block in blocks if block.backed]
    covered = sum(rect.width() * rect.height() for rect in rects)
    whole = room.view.width() * room.view.height()
    return covered <= _COVERED[fold] * whole


def _touch(one: Block, other: Block) -> bool:
    return one.rect.adjusted(-_GAP, -_GAP, _GAP, _GAP).intersects(other.rect)


def _blocks(corners: Corners, room: Room, fold: Fold) -> Iterator[Block]:
    """Yield the blocks, the most important first."""
    view, margin = room.view, room.margin
    top, bottom = view.top() + margin - 2, view.bottom() + 3 - margin
    patient, display = corners.patient(fold), corners.display(fold)
    lower = display
    if corners.tag is None:
        yield _corner(room, patient, QPoint(margin, top), fold)
    else:
        short = corners.patient(max(fold, Fold.SHORT))
        lower = (*short, *display)
        yield _tag_block(room, corners.tag, QPoint(margin, top))
    shown = _corner(room, lower, QPoint(margin, bottom), fold, up=True)
    yield shown
    if warned := corners.warned(fold):
        above = QPoint(margin, shown.rect.top() - _GAP - 1)
        yield _corner(room, warned, above, fold, up=True, style=_WARNING)
    at_right = QPoint(view.right() + 1 - margin, top)
    texts = _corner(room, corners.study(fold), at_right, fold, right=True)
    yield from _sides(corners.sides, room, texts.rect.bottom(), fold, corners.is_slice)
    yield texts


def _block(room: Room, lines: tuple[str, ...], style: TextStyle, at: QPoint) -> Block:
    width = text_block.block_width(lines, style.size, style.weight)
    rect = QRect(at.x(), at.y(), width, style.pitch * len(lines))
    return Block(rect, lines, style, rect.intersects(room.film))


def _tag_block(room: Room, tag: PaneTag, at: QPoint) -> Block:
    style = room.styled(_TAG)
    box = round(TAG_BOX * room.scale)
    width = box + 8 + text_block.block_width((tag.title,), style.size, style.weight)
    rect = QRect(at.x(), at.y(), width, max(box, style.pitch))
    return Block(rect, (tag.title,), style, rect.intersects(room.film), tag)


@lru_cache(maxsize=64)
def _corner(
    room: Room,
    lines: tuple[str, ...],
    at: QPoint,
    fold: Fold,
    *,
    right: bool = False,
    up: bool = False,
    style: TextStyle = _CORNER,
) -> Block:
    """Lay a corner from its point inwards, long lines broken."""
    style = replace(room.styled(style), right=right)
    width = _corner_width(room, fold, right=right)
    broken = (text_block.break_line(line, style.size, width) for line in lines)
    lines = tuple(part for parts in broken for part in parts)
    wide = text_block.block_width(lines, style.size) if lines else 0
    x = at.x() - wide if right else at.x()
    y = at.y() - style.pitch * len(lines) if up else at.y()
    return _block(room, lines, style, QPoint(x, y))


def _corner_width(room: Room, fold: Fold, *, right: bool) -> int:
    """Return the black margin's width where that is wide enough."""
    view, film = room.view, room.film
    if fold is not Fold.FULL:
        return round(view.width() * 0.55) - room.margin
    margin = view.right() - film.right() if right else film.left() - view.left()
    wide = margin - room.margin - _GAP
    return wide if wide >= 110 * room.scale else round(view.width() * 0.4)


@lru_cache(maxsize=16)
def _sides(
    sides: Sides, room: Room, texts: int, fold: Fold, is_slice: bool
) -> tuple[Block, ...]:
    """Return the letters; `texts` is where the upper right text ends."""
    view, margin = room.view, room.margin
    note = room.styled(_NOTE)
    small = is_slice or view.width() < _MIDDLE
    letter = room.styled(_SMALL_LETTER if small else _LETTER)
    y = view.top() + round(view.height() * (_MIDDLE_AT if is_slice else _SIDES_AT))
    at_left = QPoint(margin, y - letter.pitch // 2 if is_slice else y)
    if not sides.known:
        note = replace(note, color=tokens.WARNING)
        return (_block(room, (sides.source,), note, at_left),)
    left = _block(room, (sides.left,), letter, at_left)
    right = _block(room, (sides.right,), letter, at_left)
    x = view.right() + 1 - margin - right.rect.width()
    rect = right.rect.translated(x - at_left.x(), 0)
    right = _moved(right, clear_of(rect, room.taken, texts), room)
    letters = (left, right, *_top_and_bottom(sides, room, letter, is_slice))
    if fold is not Fold.FULL or is_slice:
        return letters
    below = at_left + QPoint(0, letter.pitch + _GAP + 1)
    return (*letters, _block(room, (sides.source,), note, below))


def _top_and_bottom(
    sides: Sides, room: Room, letter: TextStyle, is_slice: bool
) -> Iterator[Block]:
    """Yield head and feet of a film only in the margin: they would cover it.

    An upside-down film is another matter, and so is a slice: then they are
    always there.
    """
    view, film = room.view, room.film
    edge = 4 if is_slice else 8
    needed, always = letter.pitch + edge, is_slice or sides.top != "H"
    for text, y, free in (
        (sides.top, view.top() + edge, film.top() - view.top()),
        (sides.bottom, view.bottom() - needed, view.bottom() - film.bottom()),
    ):
        if always or free >= needed:
            block = _block(room, (text,), letter, QPoint(0, y))
            x = view.center().x() - block.rect.width() // 2
            yield _moved(block, block.rect.translated(x, 0), room)


def _moved(block: Block, rect: QRect, room: Room) -> Block:
    return replace(block, rect=rect, backed=rect.intersects(room.film))


def hint_block(hint: str, room: Room) -> Block:
    """Return what is asked of the reader, at the lower edge."""
    style, view = room.styled(_HINT), room.view
    lines = text_block.break_line(hint, style.size, round(view.width() * 0.6))
    block = _block(room, lines, style, QPoint(0, 0))
    x = view.center().x() - block.rect.width() // 2
    rect = block.rect.translated(x, view.bottom() - 32 - block.rect.height())
    return _moved(block, rect, room)


def clear_of(letter: QRect, taken: QRect, highest: int) -> QRect:
    """Move a letter above what takes its place, or beside it if there is no room."""
    if not letter.intersects(taken):
        return letter
    above = letter.translated(0, taken.top() - 4 - letter.bottom())
    if above.top() > highest + 4:
        return above
    return letter.translated(taken.left() - 8 - letter.right(), 0)
