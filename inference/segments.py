"""Mask logits -> segments on the image, their area, and a series' volume.

NumPy and OpenCV, no torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.model_card import Code, ModelCard
from inference.model_outputs import SegmentSpec
from inference.preprocess import Placement
from studies.model import Float32Array, ImageHeader
from studies.stack import describe_stack


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """What the model marks of one label on one image.

    Attributes
    ----------
    key
        Stable name of the label in the manifest, e.g. ``"tumour"``.
    mask : (rows, columns)
        On the pixels of the image, read-only; may be empty.
    pixels
        How many pixels of the mask are set.
    area_mm2
        pixels x row spacing x column spacing, or None where the header gives no
        spacing: then there are no millimetres.
    threshold
        On the mask's probability: a pixel is set from it on.
    """

    key: str
    name: str
    code: Code
    mask: NDArray[np.bool_]
    pixels: int
    area_mm2: float | None
    threshold: float


@dataclass(frozen=True, slots=True)
class SegmentVolume:
    """The volume of one label over a series, or why there is none.

    Attributes
    ----------
    pixels
        Mask pixels of all slices together.
    millilitres
        pixels x voxel volume, or None.
    reason
        Why there is no volume, a plain sentence; "" if there is one.
    """

    key: str
    pixels: int
    millilitres: float | None
    reason: str = ""


def to_segments(
    logits: Float32Array,
    card: ModelCard,
    placement: Placement,
    spacing_mm: tuple[float, float] | None,
) -> tuple[Segment, ...]:
    """Return one segment per plane of the mask, in the card's order.

    Parameters
    ----------
    logits : (planes, grid rows, grid columns)
        As the network gives them, one film.
    placement
        How the mask's grid lies on the image.
    spacing_mm
        (row spacing, column spacing), or None.

    Raises
    ------
    ValueError
        If there are not as many planes as the card names segments.
    """
    if len(logits) != len(card.segments):
        raise ValueError(
            f"{card.model_id}: {len(logits)} mask planes for"
            f" {len(card.segments)} segments"
        )
    return tuple(
        _to_segment(plane, spec, placement, spacing_mm)
        for plane, spec in zip(logits, card.segments, strict=True)
    )


def _to_segment(
    logits: Float32Array,
    spec: SegmentSpec,
    placement: Placement,
    spacing_mm: tuple[float, float] | None,
) -> Segment:
    mask = image_mask(logits, spec, placement)
    mask.flags.writeable = False
    pixels = int(np.count_nonzero(mask))
    area = None if spacing_mm is None else pixels * spacing_mm[0] * spacing_mm[1]
    return Segment(
        spec.key, spec.name, spec.code, mask, pixels, area, float(spec.threshold)
    )


def image_mask(
    logits: Float32Array, spec: SegmentSpec, placement: Placement
) -> NDArray[np.bool_]:
    """Bring a plane of logits onto the image and apply the threshold.

    The logits are interpolated, not the mask: its edge then runs between the
    cells of the grid instead of along them. Connected parts of fewer than
    ``spec.minimum_pixels`` cells of the mask's own grid are left out first (cells
    that touch at an edge or a corner are connected).

    Parameters
    ----------
    logits : (grid rows, grid columns)

    Returns
    -------
    (image rows, image columns); False on what the network did not see.
    """
    limit = math.log(spec.threshold / (1.0 - spec.threshold))
    kept = _without_specks(logits, limit, spec.minimum_pixels)
    row, column, rows, columns = placement.crop
    large = cv2.resize(kept, (columns, rows), interpolation=cv2.INTER_LINEAR)
    mask = np.zeros((placement.rows, placement.columns), np.bool_)
    # The crop of a letterboxed image reaches beyond it.
    top, left = max(row, 0), max(column, 0)
    bottom = min(row + rows, placement.rows)
    right = min(column + columns, placement.columns)
    inside = large[top - row : bottom - row, left - column : right - column]
    mask[top:bottom, left:right] = inside >= limit
    return mask


def _without_specks(logits: Float32Array, limit: float, minimum: int) -> Float32Array:
    """Press parts of fewer than `minimum` cells below the threshold."""
    over = (logits >= limit).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(over, connectivity=8)
    kept: Float32Array = logits.astype(np.float32)
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < minimum:
            kept[labels == label] = limit - 1.0
    return kept


def volume_ml(pixels: int, voxel_mm: tuple[float, float, float]) -> float:
    """Return a count of voxels as a volume.

    Parameters
    ----------
    pixels
        Mask pixels of all slices together.
    voxel_mm
        (row spacing, column spacing, distance of the slices).

    Returns
    -------
    Millilitres: pixels x voxel volume / 1000, without smoothing or interpolation.
    """
    return pixels * math.prod(voxel_mm) / 1000.0


def series_volume(
    key: str,
    headers: Sequence[ImageHeader],
    segments: Sequence[tuple[Segment, ...] | None],
) -> SegmentVolume:
    """Return the volume of one label over the slices of a series.

    Parameters
    ----------
    headers
        Of the slices of the series, in any order.
    segments
        What was found on each, in the same order; None where a slice was not
        analysed (refused, failed).

    Returns
    -------
    Without a volume where a slice is missing or was not analysed, or where the
    slices do not lie evenly: a sum would then be no volume.

    Raises
    ------
    ValueError
        If there are not as many results as headers.
    """
    if len(headers) != len(segments):
        raise ValueError(f"{len(segments)} results for {len(headers)} slices")
    found = [part for part in segments if part is not None]
    pixels = sum(s.pixels for part in found for s in part if s.key == key)
    reason = _no_volume(headers, len(found))
    if reason:
        return SegmentVolume(key, pixels, None, reason)
    distance = describe_stack(headers).spacing_mm
    spacing = headers[0].spacing_mm
    assert spacing is not None, "a stack has a spacing"
    assert distance is not None, "a stack has a spacing"
    return SegmentVolume(key, pixels, volume_ml(pixels, (*spacing, distance)))


def _no_volume(headers: Sequence[ImageHeader], analysed: int) -> str:
    """Say why the slices make no volume; "" if they do."""
    if analysed < len(headers):
        missing = len(headers) - analysed
        return f"{missing} of {len(headers)} slices were not analysed"
    stack = describe_stack(headers)
    if stack.reasons:
        return stack.reasons[0]
    return "" if stack.spacing_mm is not None else "No distance between the slices"
