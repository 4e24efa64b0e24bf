"""Boxes from the fine map of a finding. NumPy and OpenCV, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.model_card import BoxSpec, ModelCard
from inference.preprocess import Placement
from studies.model import Float32Array


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
    """Return the boxes around connected cells of a fine map, by ``spec``.

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
    mask = (probability >= spec.threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < spec.minimum_cells:
            continue
        peak = float(probability[labels == label].max())
        left, top, wide, high = (int(value) for value in stats[label, :4])
        box = _on_image((top, left, high, wide), peak, placement)
        if box is not None:
            found.append(box)
    found.sort(key=lambda box: -box.probability)
    return tuple(found[: spec.maximum])


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
    cells: tuple[int, int, int, int], peak: float, placement: Placement
) -> FoundBox | None:
    """Turn (top, left, rows, columns) in cells into pixels; None if all padding."""
    row, column, rows, columns = placement.crop
    height, width = rows / placement.grid[0], columns / placement.grid[1]
    top = max(row + cells[0] * height, 0.0)
    left = max(column + cells[1] * width, 0.0)
    bottom = min(row + (cells[0] + cells[2]) * height, float(placement.rows))
    right = min(column + (cells[1] + cells[3]) * width, float(placement.columns))
    if bottom <= top or right <= left:
        return None
    return FoundBox(top, left, bottom - top, right - left, peak)
