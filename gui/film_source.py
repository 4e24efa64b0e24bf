"""Stored pixels -> 8-bit grey on the viewport's own pixel grid. Qt-free.

Only what is on screen (and a margin) is resampled, in stored values of 16 bits,
and only then windowed by a table: a window change costs one look-up a pixel.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from gui.memory import Memory
from gui.orientation import UPRIGHT, Orientation
from gui.pyramid import Pyramid
from gui.region import Grid, Region
from studies.errors import OverreadError
from studies.model import Image, IntArray, UInt8Array

LEVELS = 65536
_Entry = TypeVar("_Entry", np.uint8, np.int32)
_SIGN = 0x8000


class MaskSizeError(OverreadError):
    """A mask does not have the size of its image."""

    def __init__(self, found: tuple[int, ...], rows: int, columns: int) -> None:
        super().__init__(f"mask: found {found}, allowed ({rows}, {columns})")


class Table(Protocol):
    """A table stored value -> grey, as `studies.grayscale.DisplayTable`."""

    @property
    def values(self) -> UInt8Array:
        """(n,) grey values."""

    @property
    def first_stored(self) -> int:
        """Stored value of entry 0."""


class FilmSource:
    """The pixels of one image, made ready for resampling.

    `pixels` is uint16 (grey: stored value minus `offset`, divided by `step`,
    which is 1 unless the values span more than 16 bits) or (rows, columns, 3)
    uint8 (colour). `hidden` is 255 where pixels are painted black, being padding
    or masked, or is None. `memory` may serve several sources, one at a time.
    """

    def __init__(self, image: Image, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self.is_color = image.stored.ndim == 3
        self.offset, self.step = 0, 1
        self.hidden: UInt8Array | None = None
        if self.is_color:
            self.pixels: IntArray = np.ascontiguousarray(image.stored, dtype=np.uint8)
        else:
            self.pixels, self.offset, self.step = _sixteen_bits(image.stored)
            self.pixels, self.hidden = _without_padding(
                image, self.pixels, self.offset, self.step
            )
        self._padding = self.hidden
        self._laid: tuple[Orientation, Pyramid, Pyramid | None] | None = None

    def set_mask(self, mask: UInt8Array | None) -> None:
        """Paint black, like padding, what is 255 in a mask of the image's size.

        Raises
        ------
        MaskSizeError
            If the mask has another size.
        """
        self._laid = None
        self.hidden = self._padding
        if mask is None:
            return
        rows, columns = self.pixels.shape[:2]
        if mask.shape != (rows, columns):
            raise MaskSizeError(mask.shape, rows, columns)
        own = np.ascontiguousarray(mask)
        both = own if self._padding is None else cv2.bitwise_or(own, self._padding)
        self.hidden = np.asarray(both, dtype=np.uint8)

    def release(self, memory: Memory) -> None:
        """Give back what was made ready, and use another memory from now on."""
        self._laid, self._memory = None, memory

    def table(self, table: Table) -> UInt8Array:
        """Return a table of 65536 entries over `pixels`.

        Stored values outside the display table take its end values.
        """
        values, first = table.values, self.offset - table.first_stored
        if self.step > 1:
            stored = np.arange(LEVELS) * self.step + first
            return values[np.clip(stored, 0, len(values) - 1)]
        made = np.empty(LEVELS, np.uint8)
        begin, end = (min(max(at, 0), LEVELS) for at in (-first, len(values) - first))
        made[:begin], made[end:] = values[0], values[-1]
        made[begin:end] = values[begin + first : end + first]
        return made

    def warp(
        self, grid: Grid, region: Region, *, quick: bool = False
    ) -> tuple[IntArray, UInt8Array | None]:
        """Resample a region of the image as shown.

        Parameters
        ----------
        grid, region
            As `ViewGeometry.grid` and `ViewGeometry.region` give them.
        quick
            Whether a step of a zoom is to be shown, see `Pyramid.sampled`.

        Returns
        -------
        Pixels, and a mask of 255 where they show and 0 where they are painted
        black (None: all show), each (region height, region width). Area-averaged
        when minified, so that fine lines do not alias; linear when magnified.
        """
        pixels, hidden = self._laid_out(grid.orientation)
        warped = pixels.sampled(grid, region, quick=quick)
        if hidden is None or region.is_empty:
            return warped, None
        mask = hidden.sampled(grid, region, quick=quick)
        _, shown = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY_INV)
        return warped, np.asarray(shown, dtype=np.uint8)

    def _laid_out(self, orientation: Orientation) -> tuple[Pyramid, Pyramid | None]:
        """Return pixels and mask as they lie on the screen, turned at most once."""
        if self._laid is None or self._laid[0] != orientation:
            pixels, hidden = self.pixels, self.hidden
            if orientation != UPRIGHT:
                pixels = orientation.laid(pixels)
                hidden = None if hidden is None else orientation.laid(hidden)
            mask = None if hidden is None else Pyramid(hidden, self._memory)
            self._laid = (orientation, Pyramid(pixels, self._memory), mask)
        return self._laid[1], self._laid[2]


def look_up(
    pixels: IntArray, table: NDArray[_Entry], into: NDArray[_Entry] | None = None
) -> NDArray[_Entry]:
    """Apply a table of 65536 entries, uint8 or int32, to uint16 pixels.

    OpenCV's 16-bit `LUT` (since 4.13) takes 0.3 ms where NumPy takes 1.2. `into`
    has the pixels' shape; without it new memory is taken.
    """
    if into is None:
        into = np.empty(pixels.shape, table.dtype)
    if _HAS_WIDE_LUT:
        cv2.LUT(pixels, table, dst=into)
        return into
    # "clip" spares NumPy's bounds check and its copy; uint16 cannot be outside.
    return np.take(table, pixels, mode="clip", out=into)


def _has_wide_lut() -> bool:
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros(LEVELS, np.uint8))
    except cv2.error:
        return False
    return True


_HAS_WIDE_LUT = _has_wide_lut()


def _sixteen_bits(stored: IntArray) -> tuple[IntArray, int, int]:
    """Return stored values as uint16, with the offset and the step of a value.

    Nothing is searched in values of up to 16 bits: a stack is scrolled through
    at the screen's own rate.
    """
    if stored.dtype.kind == "u" and stored.dtype.itemsize <= 2:
        return np.ascontiguousarray(stored, dtype=np.uint16), 0, 1
    if stored.dtype.kind == "i" and stored.dtype.itemsize <= 2:
        signed = np.ascontiguousarray(stored, dtype=np.int16)
        # Adding 32768 is turning the sign bit over.
        return signed.view(np.uint16) ^ np.uint16(_SIGN), -_SIGN, 1
    low, high = int(stored.min()), int(stored.max())
    offset = 0 if low >= 0 and high < LEVELS else low
    step = (high - offset) // LEVELS + 1
    values = (stored.astype(np.int64) - offset) // step
    return values.astype(np.uint16), offset, step


def _without_padding(
    image: Image, pixels: IntArray, offset: int, step: int
) -> tuple[IntArray, UInt8Array | None]:
    """Take padding out of the pixels, so that resampling does not mix it in.

    Halfway between padding 0 and bone 20000 of a MONOCHROME1 film lies air's
    10000: the collimator's edge would wear a bright rim. Padding takes the
    film's darkest value instead, and a mask paints it black.
    """
    grayscale = image.header.grayscale
    if grayscale.padding is None:
        return pixels, None
    mask = _padding_mask(image.stored, pixels, grayscale.padding, offset, step)
    count = cv2.countNonZero(mask)
    if count in (0, mask.size):
        return pixels, None
    darkest, brightest, _, _ = cv2.minMaxLoc(pixels, cv2.bitwise_not(mask))
    positive = grayscale.photometric_interpretation != "MONOCHROME1"
    filled = pixels.copy()
    np.copyto(filled, np.uint16(darkest if positive else brightest), where=mask > 0)
    return filled, mask


def _padding_mask(
    stored: IntArray,
    pixels: IntArray,
    padding: tuple[int, int],
    offset: int,
    step: int,
) -> UInt8Array:
    low, high = sorted(padding)
    if step > 1:
        return ((stored >= low) & (stored <= high)).astype(np.uint8) * np.uint8(255)
    found = cv2.inRange(pixels, float(low - offset), float(high - offset))
    return np.asarray(found, dtype=np.uint8)
