"""Brain slices of a labelled folder with their boxes, masks and types."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from learning.labelled_folder import LabelledFilm, LabelledFolder, read_labelled_folder
from studies.errors import UnreadableFileError
from studies.model import UInt8Array

TYPES = ("glioma", "meningioma", "pituitary")
"""Types in the order of the network's outputs: words of the column diagnosis."""

NEGATIVE, UNKNOWN, POSITIVE = 0, 1, 2
"""What a target says of a pixel."""

CORE, RIM = 0.8, 1.15
"""Half axes, as a share of the box's, of the ellipse whose inside is taken for
tumour, and of the one beyond which nothing is."""


@dataclass(frozen=True, slots=True, eq=False)
class BrainSlice:
    """One slice.

    Attributes
    ----------
    image : (rows, columns) uint8
    kind
        Index into TYPES, or -1 where there is no tumour or no type is known.
    box
        (row, column, rows, columns) in pixels, or None without a tumour.
    mask : (rows, columns) bool
        None where only a box is known.
    block
        Slices of a patient lie in one block; patients themselves are unknown.
    mask_note
        Where the mask comes from.
    """

    file: str
    source: str
    split: str
    block: str
    image: UInt8Array
    kind: int
    box: tuple[float, float, float, float] | None
    mask: NDArray[np.bool_] | None = None
    mask_note: str = ""

    @property
    def target(self) -> UInt8Array:
        """NEGATIVE, UNKNOWN or POSITIVE for each pixel, (rows, columns)."""
        if self.mask is not None:
            return np.where(self.mask, POSITIVE, NEGATIVE).astype(np.uint8)
        if self.box is None:
            return np.full(self.image.shape, NEGATIVE, np.uint8)
        return box_target(self.image.shape, self.box)


def box_target(
    shape: tuple[int, ...], box: tuple[float, float, float, float]
) -> UInt8Array:
    """Say what a box alone tells of the pixels.

    Outside the box there is no tumour. Inside, tumours are nearly ellipses: the
    core of the inscribed one is taken for tumour, the corners for none, and what
    lies between is left to the slices with masks.

    Parameters
    ----------
    shape
        (rows, columns) of the image.
    box
        (row, column, rows, columns).
    """
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    high, wide = box[2] / 2.0, box[3] / 2.0
    tall = np.abs(rows - box[0] - high) / high
    broad = np.abs(columns - box[1] - wide) / wide
    radius = np.hypot(tall, broad)
    target = np.full(shape, UNKNOWN, np.uint8)
    target[(radius > RIM) | (np.maximum(tall, broad) > 1.0)] = NEGATIVE
    target[radius <= CORE] = POSITIVE
    return target


def load_slices(
    folder: Path,
    source: str,
    split: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[BrainSlice]:
    """Read the slices of one source.

    Parameters
    ----------
    source
        The collection; its files may lie in a zip of its name.
    split
        ``train`` or ``val``, or None for all.
    progress
        Called with how many of how many were read.

    Raises
    ------
    UnreadableFileError
        If labels.csv, boxes.csv, a slice or a mask cannot be read.
    """
    boxes = read_slice_boxes(folder / "boxes.csv")
    with read_labelled_folder(folder) as labelled:
        items = [
            item
            for item in labelled.items
            if item.source == source and split in (None, item.split)
        ]
        slices = []
        for done, item in enumerate(items, start=1):
            slices.append(_read(labelled, item, boxes))
            if progress is not None:
                progress(done, len(items))
    return slices


def read_slice_boxes(path: Path) -> dict[str, tuple[float, float, float, float]]:
    """Read boxes.csv: file, x, y, w, h in pixels -> (row, column, rows, columns).

    Raises
    ------
    UnreadableFileError
        If it is missing, lacks a column, or holds something else than numbers.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {
                row["file"]: (
                    float(row["y"]),
                    float(row["x"]),
                    float(row["h"]),
                    float(row["w"]),
                )
                for row in csv.DictReader(stream)
            }
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableFileError(path, str(error)) from error


def _read(
    folder: LabelledFolder,
    item: LabelledFilm,
    boxes: dict[str, tuple[float, float, float, float]],
) -> BrainSlice:
    placed = _in_archive(folder, item)
    mask_file = item.extra.get("mask_file", "")
    mask = None
    image = folder.read_gray(placed)
    if mask_file:
        mask = folder.read_gray(replace(placed, file=mask_file)) > 127
        if mask.shape != image.shape:
            raise UnreadableFileError(Path(mask_file), "its size is not the slice's")
    diagnosis = item.extra.get("diagnosis", "")
    return BrainSlice(
        file=item.file,
        source=item.source,
        split=item.split,
        block=item.patient_id or item.file,
        image=image,
        kind=TYPES.index(diagnosis) if diagnosis in TYPES else -1,
        box=boxes.get(item.file),
        mask=mask,
        mask_note=item.extra.get("mask_note", ""),
    )


def _in_archive(folder: LabelledFolder, item: LabelledFilm) -> LabelledFilm:
    """Look for the file in the zip of its source where it lies not as a file."""
    if item.archive or (folder.folder / item.file).is_file():
        return item
    return replace(item, archive=f"{item.source}.zip")


def mirrored(
    box: tuple[float, float, float, float], columns: int
) -> tuple[float, float, float, float]:
    """Return the box on the other side of the image's middle."""
    return box[0], columns - box[1] - box[3], box[2], box[3]


def overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    """Whether two boxes (row, column, rows, columns) share a pixel's area."""
    return (max(one[0], other[0]) < min(one[0] + one[2], other[0] + other[2])) and max(
        one[1], other[1]
    ) < min(one[1] + one[3], other[1] + other[3])


def paste_mirrored(
    image: UInt8Array, box: tuple[float, float, float, float]
) -> UInt8Array:
    """Paint a region over with what lies on the other side, its edge blended."""
    region = np.zeros(image.shape, np.float32)
    top, left = max(int(box[0]), 0), max(int(box[1]), 0)
    bottom, right = int(np.ceil(box[0] + box[2])), int(np.ceil(box[1] + box[3]))
    region[top:bottom, left:right] = 1.0
    # Widened before blurring, so that nothing of the region shows through.
    weight = cv2.blur(cv2.dilate(region, np.ones((7, 7))), (5, 5))
    mixed = image * (1.0 - weight) + image[:, ::-1] * weight
    return np.asarray(np.rint(mixed), dtype=np.uint8)
