"""Blocks of memory that the grey images of a series share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from studies.layout import MONOCHROME
from studies.model import ImageHeader, IntArray

_Size: TypeAlias = tuple[int, int]


class PixelBlocks:
    """One (images, rows, columns) block for all grey images of a size and dtype.

    What dtype a size has shows with its first image, so the block is made then;
    images of another dtype, and colour, get no place. Any thread may ask.
    """

    def __init__(self, headers: Sequence[ImageHeader]) -> None:
        self._lock = threading.Lock()
        self._blocks: dict[_Size, IntArray] = {}
        self._counts: Counter[_Size] = Counter()
        self._slots: list[int | None] = []
        self._all_placed = True
        for header in headers:
            size = (header.rows, header.columns)
            grey = header.grayscale.photometric_interpretation in MONOCHROME
            self._slots.append(self._counts[size] if grey else None)
            self._counts[size] += grey
        self.nbytes = sum(_decoded_bytes(header) for header in headers)

    def place(
        self, index: int, size: _Size, dtype: np.dtype[np.integer]
    ) -> IntArray | None:
        """Return the (rows, columns) place of an image, None if there is none."""
        slot = self._slots[index]
        with self._lock:
            if slot is not None and size not in self._blocks:
                self._make(size, dtype)
            block = self._blocks.get(size)
            if slot is None or block is None or block.dtype != dtype:
                self._all_placed = False
                return None
            place: IntArray = block[slot]
            return place

    def _make(self, size: _Size, dtype: np.dtype[np.integer]) -> None:
        """Make a block; none where the headers claim more than there is memory."""
        try:
            self._blocks[size] = np.empty((self._counts[size], *size), dtype)
        except (MemoryError, ValueError):  # ValueError: more than can be addressed
            return  # each image then takes its own, as far as the memory goes

    def only(self) -> IntArray | None:
        """Return the block if one alone has a place for every image."""
        if len(self._blocks) != 1 or not self._all_placed:
            return None
        (block,) = self._blocks.values()
        return block if len(block) == len(self._slots) else None


def _decoded_bytes(header: ImageHeader) -> int:
    """Return the bytes of the stored values, by what the header says of them."""
    gray = header.grayscale
    if gray.photometric_interpretation not in MONOCHROME:
        return header.rows * header.columns * 3  # RGB of 8 bits
    bits = gray.bits_stored
    return header.rows * header.columns * (1 if bits <= 8 else 2 if bits <= 16 else 4)
