"""A part of a shown image, and how densely it is sampled. Qt-free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from gui.orientation import Orientation


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of whole device pixels, from the shown image's corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.width <= 0 or self.height <= 0

    def doubled(self) -> Region:
        """Return it on a grid twice as fine."""
        return Region(2 * self.x, 2 * self.y, 2 * self.width, 2 * self.height)

    def within(self, other: Region) -> Region:
        """Return what both have in common; empty if nothing."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Region(x, y, max(right - x, 0), max(bottom - y, 0))

    def part_of(self, other: Region) -> tuple[slice, slice]:
        """Return the (rows, columns) of this region in another that covers it."""
        top, left = self.y - other.y, self.x - other.x
        return slice(top, top + self.height), slice(left, left + self.width)

    def covers(self, other: Region) -> bool:
        """Whether the other lies within."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.x + self.width >= other.x + other.width
            and self.y + self.height >= other.y + other.height
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """How densely the image, as it lies on the screen, is sampled.

    A pan leaves it as it is. `x` and `y` are device pixels per pixel of the
    turned image, to the right and downwards.
    """

    x: float
    y: float
    orientation: Orientation


@lru_cache(maxsize=16)
def visible_part(
    at: tuple[int, int], extent: tuple[float, float], viewport: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return (x, y, width, height) of an image's part of the viewport.

    `at` is the image's corner; all in device pixels. Every item asks for it at
    every paint.
    """
    left, top = max(at[0], 0), max(at[1], 0)
    right = min(ceil(at[0] + extent[0]), viewport[0])
    bottom = min(ceil(at[1] + extent[1]), viewport[1])
    return left, top, max(right - left, 0), max(bottom - top, 0)


def ceil(length: float) -> int:
    """Round up, but not for the sake of a rounding error of the scale."""
    return math.ceil(length - 1e-6)
