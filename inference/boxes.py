"""Boxes from the fine map of a finding. NumPy and OpenCV, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.model_card import BoxSpec, ModelCard
from inference.preprocess import Placement
from studies.model import Float32Array, UInt8Array


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A region in image pixels that the fine map marks.

    (row, column) is the outer corner of its first pixel, as in `review`'s Box;
    `probability` the map's highest value inside it, which is not calibrated.
    """

    row: float
    column: float
    rows: float
    columns: float
    probability: float


def find_boxes(
    logits: Float32Array, spec: BoxSpec, placement: Placement
) -> tuple[FoundBox, ...]:
    """Return the boxes around a fine map's peaks, by ``spec``.

    Cells that touch at an edge or a corner are connected. What lies on the
    padding of a letterboxed film is cut off.

    Parameters
    ----------
    logits : (grid rows, grid columns)
    placement
        How this grid lies on the image.

    Returns
    -------
    The most probable first, `spec.maximum` at most.
    """
    probability = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
    found: list[FoundBox] = []
    while len(found) < spec.maximum:
        highest = int(probability.argmax())
        peak = float(probability.flat[highest])
        # What was taken is 0: a threshold of 0 would find it again for ever.
        if peak <= 0.0 or peak < spec.threshold:
            break
        level = spec.peak_share * peak if spec.peak_share else spec.threshold
        region = _region(probability >= level, highest)
        if np.count_nonzero(region) >= spec.minimum_cells:
            box = _on_image(cv2.boundingRect(region), peak, placement)
            found.extend([] if box is None else [box])
        around = np.ones((3, 3), np.uint8)
        probability[cv2.dilate(region, around) > 0] = 0.0
    return tuple(found)


def _region(mask: NDArray[np.bool_], index: int) -> UInt8Array:
    """Return the connected part of a mask that holds a cell, 1 inside, 0 outside."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return np.asarray(labels == labels.flat[index], np.uint8)


def plane_of(spec: BoxSpec, card: ModelCard, planes: int) -> int:
    """Return which plane of the map output is a finding's.

    A network gives a plane for each finding, or one for each entry of
    ``boxes``, in the manifest's order.

    Raises
    ------
    ValueError
        If it gives another number of planes.
    """
    keys = [finding.key for finding in card.findings]
    if planes == len(keys):
        return keys.index(spec.finding)
    if planes == len(card.boxes):
        return card.boxes.index(spec)
    raise ValueError(
        f"{card.model_id}: output {card.map_output!r} has {planes} planes for"
        f" {len(keys)} findings"
    )


def _on_image(
    cells: Sequence[int], peak: float, placement: Placement
) -> FoundBox | None:
    """Turn (left, top, columns, rows) in cells into pixels; None if all padding."""
    first_column, first_row, wide, tall = cells
    row, column, rows, columns = placement.crop
    height, width = rows / placement.grid[0], columns / placement.grid[1]
    top = max(row + first_row * height, 0.0)
    left = max(column + first_column * width, 0.0)
    bottom = min(row + (first_row + tall) * height, float(placement.rows))
    right = min(column + (first_column + wide) * width, float(placement.columns))
    if bottom <= top or right <= left:
        return None
    return FoundBox(top, left, bottom - top, right - left, peak)
