"""Uncompressed pixels: bytes -> stored values, sizes already checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from studies.errors import UnreadableFileError
from studies.layout import PixelLayout
from studies.model import IntArray, UInt8Array


def read_native_frame(
    path: Path,
    stream: BinaryIO,
    layout: PixelLayout,
    frame: int,
    into: IntArray | None = None,
) -> IntArray:
    """Read one frame: (rows, columns) or (rows, columns, 3), bits not yet masked.

    Parameters
    ----------
    path, stream, layout
        Name, contents and layout of the file.
    frame
        Counted from 0.
    into
        A contiguous (rows, columns) array that the bytes of a grey frame may go
        to; then it is what is returned, if they have the machine's order.

    Raises
    ------
    UnreadableFileError
        If the bytes are not there.
    """
    bits = layout.frame_bits
    first_bit = frame * bits
    last_byte = (first_bit + bits + 7) // 8
    stream.seek(layout.data_offset + first_bit // 8)
    wanted = last_byte - first_bit // 8
    if into is not None and into.nbytes == wanted and layout.bits_allocated > 1:
        content: UInt8Array = into.reshape(-1).view(np.uint8)
    else:
        # An array, not bytes: NumPy asks for huge pages, which halves the time.
        content = np.empty(wanted, np.uint8)
    if _fill(stream, content) != wanted:
        raise UnreadableFileError(path, "its pixel data end early")
    if layout.bits_allocated == 1:
        return _unpacked(content, first_bit % 8, layout)
    order = ">" if layout.is_big_endian else "<"
    samples: IntArray = content.view(f"{order}u{layout.bits_allocated // 8}")
    if layout.is_subsampled:
        return _from_422(samples.astype(np.uint8), layout)
    return _shaped(samples, layout)


def _fill(stream: BinaryIO, content: UInt8Array) -> int:
    """Read until the array is full; return how many bytes were there.

    An unbuffered file may give less at a time. The interpreter's lock is free
    while it reads.
    """
    done = 0
    while done < len(content):
        read = cast("io.RawIOBase", stream).readinto(content[done:].data)
        if not read:
            break
        done += read
    return done


def _unpacked(content: UInt8Array, skip: int, layout: PixelLayout) -> UInt8Array:
    """Unpack 1-bit pixels: the first is the least significant bit (PS3.5 8.1.1)."""
    bits = np.unpackbits(content, bitorder="little")
    count = layout.rows * layout.columns
    return bits[skip : skip + count].reshape(layout.rows, layout.columns)


def _shaped(samples: IntArray, layout: PixelLayout) -> IntArray:
    rows, columns = layout.rows, layout.columns
    if layout.samples == 1:
        return samples.reshape(rows, columns)
    if layout.planar_configuration == 1:
        return np.moveaxis(samples.reshape(3, rows, columns), 0, -1)
    return samples.reshape(rows, columns, 3)


def _from_422(samples: UInt8Array, layout: PixelLayout) -> UInt8Array:
    """Spread Y1 Y2 Cb Cr, two pixels that share their colour (C.7.6.3.1.2)."""
    pairs: NDArray[np.uint8] = samples.reshape(-1, 4)
    full = np.empty((len(pairs), 2, 3), np.uint8)
    full[:, :, 0] = pairs[:, :2]
    full[:, :, 1:] = pairs[:, None, 2:]
    return full.reshape(layout.rows, layout.columns, 3)
