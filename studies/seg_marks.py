"""Segmentations of others -> marks (DICOM PS3.3 A.51, A.89, C.8.20)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from studies.elements import Elements
from studies.errors import OverreadError, UnsupportedImageError
from studies.identity import display_name
from studies.mark_colours import own_colour, palette
from studies.mark_model import (
    Colour,
    ImageKey,
    MadeBy,
    Mark,
    MarkKind,
    MarkSet,
    Region,
)
from studies.mark_sources import StudyImages, code_meaning
from studies.model import IntArray, OtherObject, UInt8Array
from studies.not_drawn import NotDrawn
from studies.reader import read_file
from studies.record import ImageRecord
from studies.seg_frames import SegFrames, Target

MAX_SEGMENTS = 1_000
MAX_REGION_BYTES = 512 << 20
_BACKGROUND = 0
_INSIDE, _OUTSIDE = np.uint8(255), np.uint8(0)


@dataclass(frozen=True, slots=True)
class _Segment:
    """An item of Segment Sequence (0062,0002)."""

    number: int
    label: str
    own_colour: Colour | None
    made_by: MadeBy
    algorithm: str
    detail: str


def read_segmentation(
    elements: Elements, obj: OtherObject, images: StudyImages
) -> MarkSet:
    """Return the segments over their images.

    Raises
    ------
    UnreadableFileError, UnsupportedImageError
        If the pixels cannot be laid out, or nothing says what they mean.
    """
    record = read_file(obj.path)
    if not isinstance(record, ImageRecord):
        raise UnsupportedImageError(obj.path.name, record.what, "a segmentation")
    untold = NotDrawn()
    segments = _segments(elements, untold)
    reader = _Reader(elements, segments, SegFrames(elements, record, images), untold)
    regions = reader.regions()
    label = elements.text("SeriesDescription") or elements.text("ContentLabel")
    return MarkSet(
        obj,
        label or "Segmentation",
        _marks(obj, segments, regions),
        untold.sentences(),
        display_name(elements.text("ContentCreatorName"))
        or elements.text("Manufacturer"),
    )


def _segments(elements: Elements, untold: NotDrawn) -> dict[int, _Segment]:
    items = elements.items("SegmentSequence")
    if len(items) > MAX_SEGMENTS:
        untold.say(f"{len(items)} segments; the first {MAX_SEGMENTS} are read")
    found: dict[int, _Segment] = {}
    for place, item in enumerate(items[:MAX_SEGMENTS], start=1):
        number = item.integer("SegmentNumber")
        number = place if number is None else number
        if number in found:
            untold.say(f"Segment number {number} is given twice; the first counts")
            continue
        found[number] = _segment(item, number)
    return found


def _segment(item: Elements, number: int) -> _Segment:
    what = code_meaning(item, "SegmentedPropertyTypeCodeSequence")
    given = item.text("SegmentLabel") or item.text("SegmentDescription")
    label = what or given or f"Segment {number}"
    detail = given if what and given.lower() != what.lower() else ""
    for modifier in item.items("SegmentedPropertyTypeModifierCodeSequence")[:1]:
        label = f"{label}, {modifier.text('CodeMeaning').lower()}".rstrip(", ")
    return _Segment(
        number,
        label,
        own_colour(item, "RecommendedDisplayCIELabValue"),
        MadeBy.of(item.text("SegmentAlgorithmType")),
        item.text("SegmentAlgorithmName"),
        detail,
    )


class _Reader:
    """Goes through the frames and lays each on its images."""

    def __init__(
        self,
        elements: Elements,
        segments: dict[int, _Segment],
        frames: SegFrames,
        untold: NotDrawn,
    ) -> None:
        kind = elements.text("SegmentationType").upper()
        self._label_map = kind == "LABELMAP"
        self._fractional = kind == "FRACTIONAL"
        self._full = elements.integer("MaximumFractionalValue") or 255
        self._segments, self._frames, self._untold = segments, frames, untold
        self._bytes = 0
        self._found: dict[tuple[ImageKey, int], Region] = {}

    def regions(self) -> dict[tuple[ImageKey, int], Region]:
        """Return the region of each image and segment number."""
        for frame in range(len(self._frames)):
            if self._bytes > MAX_REGION_BYTES:
                rest = len(self._frames) - frame
                why = f"are beyond {MAX_REGION_BYTES >> 20} MB of regions"
                self._untold.count("Frames", why, rest)
                break
            self._frame(frame)
        return self._found

    def _frame(self, frame: int) -> None:
        number = None if self._label_map else self._frames.segment_number(frame)
        name = self._name(number)
        if not self._label_map and number not in self._segments:
            self._untold.count(name, "belong to no segment of the list")
            return
        targets, why = self._frames.targets(frame)
        if not targets:
            self._untold.count(name, why)
            return
        try:
            stored = self._frames.values(frame)
        except OverreadError as error:
            self._untold.count(name, f"cannot be read ({_reason(error)})")
            return
        for target in targets:
            if self._label_map:
                self._add_labels(target, stored)
            else:
                assert number is not None
                self._add(target, number, self._shares(stored))

    def _name(self, number: int | None) -> str:
        segment = None if number is None else self._segments.get(number)
        return "Frames" if segment is None else f"{segment.label}, frames"

    def _shares(self, stored: IntArray) -> UInt8Array:
        """Return stored values as 0 to 255."""
        if not self._fractional:
            return np.where(stored != 0, _INSIDE, _OUTSIDE)
        share = np.clip(stored.astype(np.float32) / self._full, 0.0, 1.0)
        return np.rint(share * 255).astype(np.uint8)

    def _add_labels(self, target: Target, stored: IntArray) -> None:
        for value in np.unique(stored):
            number = int(value)
            if number == _BACKGROUND:
                continue
            if number not in self._segments:
                why = "hold values that are no segment of the list"
                self._untold.count("Frames", why)
                continue
            mask = np.where(stored == value, _INSIDE, _OUTSIDE)
            self._add(target, number, mask)

    def _add(self, target: Target, number: int, shares: UInt8Array) -> None:
        if not shares.any():
            return
        mask = target.resample(shares, smooth=self._fractional)
        key = (target.header.sop_instance_uid, target.header.frame), number
        known = self._found.get(key)
        if known is not None:  # two frames of a segment on one image: both count
            mask = np.maximum(mask, known.mask)
            self._bytes -= known.patch.size
        region = Region.of(mask, fractional=self._fractional)
        if region is not None:
            self._found[key] = region
            self._bytes += region.patch.size


def _marks(
    obj: OtherObject,
    segments: dict[int, _Segment],
    regions: dict[tuple[ImageKey, int], Region],
) -> dict[ImageKey, tuple[Mark, ...]]:
    """Return the marks, the largest region of an image first: it lies lowest."""
    used = sorted({number for _, number in regions})
    own = [segments[number].own_colour for number in used]
    colours = dict(zip(used, palette(own), strict=True))
    found: dict[ImageKey, list[Mark]] = defaultdict(list)
    for (image, number), region in regions.items():
        segment = segments[number]
        found[image].append(
            Mark(
                f"{obj.sop_instance_uid}/{number}",
                segment.label,
                colours[number],
                MarkKind.SEGMENT,
                obj,
                region=region,
                made_by=segment.made_by,
                algorithm=segment.algorithm,
                detail=segment.detail,
            )
        )
    return {
        image: tuple(sorted(marks, key=lambda mark: -_size(mark)))
        for image, marks in found.items()
    }


def _size(mark: Mark) -> int:
    return 0 if mark.region is None else mark.region.patch.size


def _reason(error: OverreadError) -> str:
    return str(getattr(error, "reason", "") or getattr(error, "found", "") or "damaged")
