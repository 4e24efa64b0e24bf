"""RT structure sets of others -> marks (DICOM PS3.3 A.19, C.8.8.5, C.8.8.6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from studies.elements import Elements
from studies.mark_colours import hue, readable
from studies.mark_geometry import PlacedImage, PlacedImages
from studies.mark_model import (
    Colour,
    Float64Array,
    ImageKey,
    MadeBy,
    Mark,
    MarkKind,
    MarkSet,
    Shape,
)
from studies.mark_sources import StudyImages, many_numbers
from studies.model import OtherObject
from studies.not_drawn import NotDrawn

MAX_CONTOUR_POINTS = 100_000
MAX_POINTS = 10_000_000
_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")
_TYPES = (*_CLOSED, "OPEN_PLANAR", "POINT")


@dataclass(frozen=True, slots=True)
class _Structure:
    """An item of Structure Set ROI Sequence (3006,0020)."""

    number: int
    label: str
    colour: Colour
    made_by: MadeBy
    detail: str
    frame_of_reference_uid: str


def read_structures(
    elements: Elements, obj: OtherObject, images: StudyImages
) -> MarkSet:
    """Return the contours over the images they lie on.

    Raises nothing of its own: what cannot be drawn is said in `not_drawn`.
    """
    reader = _Reader(elements, obj, images)
    by_image = reader.marks()
    title = elements.text("StructureSetLabel") or elements.text("StructureSetName")
    made_by = (elements.text("Manufacturer"), elements.text("ManufacturerModelName"))
    return MarkSet(
        obj,
        title or "Structure set",
        by_image,
        reader.untold.sentences(),
        " ".join(word for word in made_by if word),
    )


class _Reader:
    def __init__(self, elements: Elements, obj: OtherObject, images: StudyImages):
        self._elements, self._obj, self._images = elements, obj, images
        self._placed = PlacedImages(images.headers)
        self.untold = NotDrawn()
        self._points = 0
        self._shapes: dict[ImageKey, dict[int, list[Shape]]] = defaultdict(dict)

    def marks(self) -> dict[ImageKey, tuple[Mark, ...]]:
        """Return a mark for each structure and image, in the file's order."""
        structures = self._structures()
        for item in self._elements.items("ROIContourSequence"):
            structure = structures.get(item.integer("ReferencedROINumber") or 0)
            if structure is None:
                self.untold.count("Contour groups", "belong to no listed structure")
                continue
            for contour in item.items("ContourSequence"):
                self._contour(structure, contour)
        return {
            image: tuple(
                self._mark(structures[number], shapes)
                for number, shapes in found.items()
            )
            for image, found in self._shapes.items()
        }

    def _structures(self) -> dict[int, _Structure]:
        colours = {
            item.integer("ReferencedROINumber"): item.numbers("ROIDisplayColor")
            for item in self._elements.items("ROIContourSequence")
        }
        types = {
            item.integer("ReferencedROINumber"): item.text("RTROIInterpretedType")
            for item in self._elements.items("RTROIObservationsSequence")
        }
        found = {}
        for place, item in enumerate(self._elements.items("StructureSetROISequence")):
            number = item.integer("ROINumber")
            if number is None:
                self.untold.count("Structures", "have no number")
                continue
            found[number] = _Structure(
                number,
                item.text("ROIName") or f"Structure {number}",
                _colour(colours.get(number, ()), place),
                MadeBy.of(item.text("ROIGenerationAlgorithm")),
                types.get(number, "").lower(),
                item.text("ReferencedFrameOfReferenceUID"),
            )
        return found

    def _contour(self, structure: _Structure, contour: Elements) -> None:
        what = f"{structure.label}, contours"
        kind = contour.text("ContourGeometricType").upper() or "CLOSED_PLANAR"
        if kind not in _TYPES:
            why = f"are of the type {kind[:32].lower().replace('_', ' ')}"
            self.untold.count(what, why)
            return
        points, why = _read_points(contour)
        if points is None:
            self.untold.count(what, why)
            return
        self._points += len(points)
        if self._points > MAX_POINTS:
            self.untold.count(what, f"are beyond {MAX_POINTS} points")
            return
        targets = self._targets(structure, contour, points)
        if not targets:
            self.untold.count(what, "lie on no image of this study")
        for image in targets:
            placed, _ = image.project(points)
            key = (image.header.sop_instance_uid, image.header.frame)
            shapes = self._shapes[key].setdefault(structure.number, [])
            if kind == "POINT":
                shapes.extend(Shape(point[None, :].copy()) for point in placed)
            else:
                shapes.append(Shape(placed, closed=kind in _CLOSED))

    def _targets(
        self, structure: _Structure, contour: Elements, points: Float64Array
    ) -> list[PlacedImage]:
        """Return the images named that hold the contour, else all that do."""
        named = [
            placed
            for item in contour.items("ContourImageSequence")
            for header in self._images.referenced(item)
            if (placed := self._placed.find(header)) is not None
        ]
        holding = [image for image in named if image.holds(image.project(points)[1])]
        if holding:
            return holding
        return self._placed.near(structure.frame_of_reference_uid, points)

    def _mark(self, structure: _Structure, shapes: list[Shape]) -> Mark:
        return Mark(
            f"{self._obj.sop_instance_uid}/{structure.number}",
            structure.label,
            structure.colour,
            MarkKind.STRUCTURE,
            self._obj,
            tuple(shapes),
            made_by=structure.made_by,
            detail=structure.detail,
        )


def _read_points(contour: Elements) -> tuple[Float64Array | None, str]:
    """Return Contour Data (3006,0050) as (n, 3) in mm, else why it is unusable."""
    values = many_numbers(contour, "ContourData")
    if values is None:
        return None, "hold no usable coordinates"
    if len(values) % 3:
        return None, f"hold {len(values)} numbers, no multiple of 3"
    if len(values) > 3 * MAX_CONTOUR_POINTS:
        return None, f"have more than {MAX_CONTOUR_POINTS} points"
    if np.abs(values).max() > 1e6:
        return None, "lie far outside of any patient"
    return values.reshape(-1, 3), ""


def _colour(numbers: tuple[float, ...], place: int) -> Colour:
    if len(numbers) != 3 or not all(0 <= v <= 255 for v in numbers):
        return hue(place)
    return readable((int(numbers[0]), int(numbers[1]), int(numbers[2])))
