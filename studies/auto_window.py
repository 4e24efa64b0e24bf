"""A window from the pixels, for images whose header has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.modality import apply_modality, padding_mask
from studies.model import Image, IntArray, Window

# The window under which an 8-bit value v shows as v / 255: LINEAR spans
# c - 0.5 - (w - 1) / 2 = 0 to c - 0.5 + (w - 1) / 2 = 255.
EIGHT_BIT_WINDOW = Window(128.0, 256.0, "as stored")
_NEAR_EDGES = (0.001, 0.999)
_WIDEST_COUNT = 1 << 24


def window_of_pixels(image: Image) -> Window:
    """Return a window over 99.8 % of the pixels, without padding and shutter.

    A tenth of a percent at each end is left to clip, so that a few hot
    detector elements do not turn the film dark.
    """
    if not image.header.is_dicom and image.header.grayscale.bits_stored == 8:
        return EIGHT_BIT_WINDOW
    params = image.header.grayscale
    stored = image.stored
    if params.padding is not None or image.header.shutter is not None:
        stored = stored[_seen(image)]
    if stored.size == 0:
        return EIGHT_BIT_WINDOW
    low, high = sorted(float(v) for v in apply_modality(_near_edges(stored), params))
    if low == high:  # a full mask, for one: it is not to look like an empty one
        low, high = min(low, 0.0), max(high, 0.0) or 1.0
    # LINEAR spans center - 0.5 -/+ (width - 1) / 2, so low..high inclusive.
    return Window((low + high + 1.0) / 2.0, high - low + 1.0, "from the pixels")


def _seen(image: Image) -> NDArray[np.bool_]:
    """Return the pixels that are image: no padding, and within the shutter."""
    seen = ~padding_mask(image.stored, image.header.grayscale)
    if image.header.shutter is not None:
        seen &= image.header.shutter.mask(*seen.shape)
    return seen


def _near_edges(stored: IntArray) -> IntArray:
    """Return the values at 0.1 % and 99.9 % of the sorted pixels."""
    low, high = int(stored.min()), int(stored.max())
    if high - low >= _WIDEST_COUNT:
        return np.array([low, high], np.int64)
    counts = np.bincount((stored.reshape(-1) - np.int64(low)).astype(np.int64))
    reached = np.cumsum(counts)
    wanted = (_NEAR_EDGES[0] * stored.size, _NEAR_EDGES[1] * stored.size)
    first = int(np.searchsorted(reached, wanted[0], side="right"))
    last = int(np.searchsorted(reached, wanted[1], side="left"))
    return np.array([low + first, low + max(first, last)], np.int64)
