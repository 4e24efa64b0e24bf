"""Samples of a frame -> its Image: what every way of reading ends in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studies.layout import PixelLayout
from studies.model import Image, ImageHeader, IntArray
from studies.stored_values import (
    from_palette,
    is_palette,
    masked,
    needs_rounding,
    rounding_shift,
    to_rgb,
)


def stored_image(
    header: ImageHeader,
    samples: IntArray,
    layout: PixelLayout,
    photometric: str,
    into: IntArray | None = None,
) -> Image:
    """Return the image of samples as they lie in the file or came from a codec.

    Parameters
    ----------
    header, layout
        What the file says of it.
    samples : (rows, columns) or (rows, columns, 3)
        Bits above those stored not yet cut.
    photometric
        The colour they are in.
    into : (rows, columns)
        Where the stored values of a grey image are to lie, of the layout's
        `stored_dtype`; the samples may lie there already. By default they lie
        wherever it saves a copy.
    """
    if samples.ndim == 3:
        return Image(header, to_rgb(samples, layout, photometric))
    stored = masked(samples, layout)
    if is_palette(layout):
        return Image(header, from_palette(stored, layout))
    if needs_rounding(stored, header.grayscale):
        header, stored = _rounded(header, stored)
    return Image(header, stored if into is None else _placed(stored, into))


def with_notice(header: ImageHeader, notice: str) -> ImageHeader:
    """Return the header with one notice more."""
    return replace(header, notices=(*header.notices, notice))


def _rounded(header: ImageHeader, stored: IntArray) -> tuple[ImageHeader, IntArray]:
    """Return a 32-bit image in 16-bit steps, its rescale adjusted to match."""
    shift = rounding_shift(stored)
    params = replace(
        header.grayscale,
        rescale_slope=header.grayscale.rescale_slope * (1 << shift),
        padding=None,
    )
    told = with_notice(header, f"{params.bits_stored}-bit values rounded to 16 bits")
    return replace(told, grayscale=params), stored >> shift


def _placed(stored: IntArray, into: IntArray) -> IntArray:
    """Return a view of `into` that holds the values, copied if they lie elsewhere."""
    if _address(stored) != _address(into):
        np.copyto(into, stored)
    return into.view()


def _address(values: IntArray) -> int:
    return int(values.__array_interface__["data"][0])
