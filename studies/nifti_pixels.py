"""A slice of a NIfTI file -> its stored values."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from studies.errors import UnreadableFileError
from studies.model import Image, ImageHeader, IntArray
from studies.nifti import Volume, read_volume
from studies.nifti_source import payload_size, unpacked
from studies.source import stamp

_LEVELS = 65_535
_NOT_A_NUMBER = "Values that are no numbers are shown as the lowest"


@dataclass(frozen=True, slots=True)
class _Opened:
    """The file read last: a slice of a packed one costs all of it to unpack.

    `content` is empty where slices are read from the file itself; `ranges` are the
    lowest and highest finite value of each volume that was asked for.
    """

    key: tuple[Path, tuple[int, int]]
    volume: Volume
    content: bytes | bytearray
    ranges: dict[int, tuple[float, float]]


_last: list[_Opened] = []
_lock = threading.Lock()


def read_nifti_image(header: ImageHeader, stream: BinaryIO) -> Image:
    """Read the pixels of one slice; values beyond 16 bits become 16-bit steps.

    Steps and lowest value are those of the slice's whole volume, so that equal
    values stay equal from slice to slice; the image's header says what they mean.

    Raises
    ------
    UnreadableFileError
        If the file is damaged, cut short, or has changed.
    UnsupportedImageError
        As `studies.nifti.read_nifti_record`.
    """
    with _lock:
        opened = _opened(header.path, stream)
    volume = opened.volume
    columns, rows, slices, volumes = volume.shape
    if (rows, columns, slices * volumes) != (
        header.rows,
        header.columns,
        header.frames,
    ):
        raise UnreadableFileError(header.path, "it has changed since it was listed")
    values = _turned(_slices(opened, stream, header, header.frame, 1)[0], volume)
    if volume.is_exact or volume.is_colour:
        # A copy: a view would keep the whole volume in memory.
        own = np.array(values, values.dtype.newbyteorder("="), order="C")
        return Image(header, own)
    return _rounded(header, values, _range(opened, stream, header))


def _opened(path: Path, stream: BinaryIO) -> _Opened:
    key = path, stamp(path)
    if _last and _last[0].key == key:
        return _last[0]
    _last.clear()
    volume = read_volume(path, stream)
    content: bytes | bytearray = b""
    if payload_size(stream) is None:
        content = unpacked(path, stream, volume.data_offset + volume.data_bytes)
        if len(content) < volume.data_offset + volume.data_bytes:
            raise UnreadableFileError(
                path,
                f"unpacked it has {len(content)} bytes but needs "
                f"{volume.data_offset + volume.data_bytes}",
            )
    _last.append(_Opened(key, volume, content, {}))
    return _last[0]


def _slices(
    opened: _Opened, stream: BinaryIO, header: ImageHeader, first: int, count: int
) -> NDArray[Any]:
    """Return slices as they are stored: (slices, rows, columns[, 3])."""
    volume = opened.volume
    offset = volume.data_offset + first * volume.slice_bytes
    length = count * volume.slice_bytes
    if opened.content:
        raw = memoryview(opened.content)[offset : offset + length]
    else:
        stream.seek(offset)
        raw = memoryview(stream.read(length))
    if len(raw) < length:
        raise UnreadableFileError(header.path, "it ends inside a slice")
    columns, rows = volume.shape[:2]
    shape = (count, rows, columns, 3) if volume.is_colour else (count, rows, columns)
    return np.frombuffer(raw, volume.kind).reshape(shape)


def _turned(values: NDArray[Any], volume: Volume) -> NDArray[Any]:
    if volume.flip_rows:
        values = values[::-1]
    return values[:, ::-1] if volume.flip_columns else values


def _range(
    opened: _Opened, stream: BinaryIO, header: ImageHeader
) -> tuple[float, float]:
    """Return the lowest and highest finite value of the slice's volume."""
    slices = opened.volume.shape[2]
    number = header.frame // slices
    if number not in opened.ranges:
        low, high = np.inf, -np.inf
        for index in range(number * slices, (number + 1) * slices):
            values = _slices(opened, stream, header, index, 1)
            finite = values[np.isfinite(values)]
            if finite.size:
                low = min(low, float(finite.min()))
                high = max(high, float(finite.max()))
        opened.ranges[number] = (low, high) if low <= high else (0.0, 0.0)
    return opened.ranges[number]


def _rounded(
    header: ImageHeader, values: NDArray[Any], ends: tuple[float, float]
) -> Image:
    """Return values in 16-bit steps between the ends."""
    low, high = ends
    step = (high - low) / _LEVELS or 1.0
    numbers = values.astype(np.float64)
    odd = ~np.isfinite(numbers)
    notices = header.notices
    if odd.any():
        numbers = np.where(odd, low, numbers)
        notices = (*notices, _NOT_A_NUMBER)
    stored: IntArray = np.rint((numbers - low) / step).astype(np.uint16)
    slope, intercept = _scaling(header)
    params = replace(
        header.grayscale,
        rescale_slope=step * slope,
        rescale_intercept=low * slope + intercept,
    )
    return Image(replace(header, grayscale=params, notices=notices), stored)


def _scaling(header: ImageHeader) -> tuple[float, float]:
    return header.grayscale.rescale_slope, header.grayscale.rescale_intercept
