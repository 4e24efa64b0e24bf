"""Presentation states of others -> marks and how images are to be shown.

DICOM PS3.3 A.33, C.10.4 to C.10.7, C.11.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from studies.elements import Elements
from studies.graphic_objects import graphic_shape, text_shapes
from studies.grayscale_tags import read_grayscale
from studies.identity import display_name
from studies.mark_colours import own_colour, palette
from studies.mark_model import (
    Colour,
    ImageKey,
    MadeBy,
    Mark,
    MarkKind,
    MarkSet,
    Presentation,
    Shape,
)
from studies.mark_sources import StudyImages
from studies.model import ImageHeader, LookupTable, OtherObject, Window
from studies.not_drawn import NotDrawn
from studies.shutter_tags import read_shutter
from studies.wanted_tags import OVERLAY_ROWS

MAX_OBJECTS = 20_000
_UNSHOWN = (
    ("MaskSubtractionSequence", "Its mask subtraction is not applied"),
    ("ModalityLUTSequence", "Its Modality LUT is not applied"),
    ("PresentationLUTSequence", "Its presentation LUT is not applied"),
    ("RedPaletteColorLookupTableDescriptor", "Its colour palette is not applied"),
    ("BlendingSequence", "Its blending of two series is not applied"),
    ("ShutterOverlayGroup", "Its bitmap shutter is not applied"),
    ("BlendingDisplaySequence", "Its blending of several series is not applied"),
    ("VolumetricPresentationStateInputSequence", "Its view of a volume is not made"),
)


def read_presentation(
    elements: Elements, obj: OtherObject, images: StudyImages
) -> MarkSet:
    """Return the annotations over their images, and the views they were made in.

    Raises nothing of its own: what cannot be drawn is said in `not_drawn`.
    """
    reader = _Reader(elements, obj, images)
    by_image = reader.marks()
    presentations = reader.presentations()
    creator = display_name(elements.text("ContentCreatorName"))
    title = elements.text("ContentDescription") or elements.text("ContentLabel")
    return MarkSet(
        obj,
        title or elements.text("SeriesDescription") or obj.what,
        by_image,
        reader.untold.sentences(),
        creator or elements.text("Manufacturer"),
        presentations,
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    words: str
    order: int
    colour: Colour | None


class _Reader:
    def __init__(self, elements: Elements, obj: OtherObject, images: StudyImages):
        self._elements, self._obj, self._images = elements, obj, images
        self.untold = NotDrawn()
        self._all = self._referenced_images()
        self._areas = {
            (header.sop_instance_uid, header.frame): item
            for item in elements.items("DisplayedAreaSelectionSequence")
            for header in self._applies_to(item)
        }
        self._tell_unshown()

    def _referenced_images(self) -> tuple[ImageHeader, ...]:
        items = [
            item
            for series in self._elements.items("ReferencedSeriesSequence")
            for item in series.items("ReferencedImageSequence")
        ]
        found = [self._images.referenced(item) for item in items]
        absent = sum(not headers for headers in found)
        self.untold.count("Images it is for", "are not in this study", absent)
        return tuple(header for headers in found for header in headers)

    def _applies_to(self, item: Elements) -> tuple[ImageHeader, ...]:
        """Return the images an item is for: those it names, else all."""
        named = item.items("ReferencedImageSequence")
        if not named:
            return self._all
        return tuple(h for one in named for h in self._images.referenced(one))

    def _tell_unshown(self) -> None:
        for keyword, sentence in _UNSHOWN:
            if self._elements.has(keyword):
                self.untold.say(sentence)
        if any(tag in self._elements.dataset for tag in OVERLAY_ROWS):
            self.untold.say("Its overlay planes are not drawn")

    def marks(self) -> dict[ImageKey, tuple[Mark, ...]]:
        """Return a mark for each layer and image."""
        shapes: dict[ImageKey, dict[str, list[Shape]]] = defaultdict(dict)
        for item in self._elements.items("GraphicAnnotationSequence"):
            name = item.text("GraphicLayer") or "Annotations"
            for header in self._applies_to(item):
                key = (header.sop_instance_uid, header.frame)
                found = self._shapes(item, header, self._areas.get(key))
                if found:
                    shapes[key].setdefault(name, []).extend(found)
        layers = self._layers({name for found in shapes.values() for name in found})
        return {
            key: tuple(self._mark(layers[name], found[name])
                       for name in sorted(found, key=lambda n: layers[n].order))
            for key, found in shapes.items()
        }  # fmt: skip

    def _shapes(
        self, item: Elements, header: ImageHeader, area: Elements | None
    ) -> list[Shape]:
        found: list[Shape] = []
        view = self.displayed_area(header, area)
        graphics = item.items("GraphicObjectSequence")
        texts = item.items("TextObjectSequence")
        for graphic in graphics[:MAX_OBJECTS]:
            shape, why = graphic_shape(graphic, header, view, self._turns())
            if why:
                self.untold.count("Graphics", why)
            found.extend(shape)
            if graphic.text("GraphicFilled").upper() == "Y":
                self.untold.count("Filled graphics", "are drawn as outlines")
        for text in texts[:MAX_OBJECTS]:
            shape, why = text_shapes(text, header, view, self._turns())
            if why:
                self.untold.count("Texts", why)
            found.extend(shape)
        drawn = {one.text("CompoundGraphicInstanceID") for one in (*graphics, *texts)}
        for compound in item.items("CompoundGraphicSequence"):
            if compound.text("CompoundGraphicInstanceID") not in drawn:
                kind = compound.text("CompoundGraphicType").lower()
                self.untold.count("Compound graphics", f"({kind}) are not drawn")
        return found

    def displayed_area(
        self, header: ImageHeader, item: Elements | None
    ) -> tuple[float, float, float, float]:
        """Return the outer corners that are shown: row, column, row, column.

        The corners are whole pixels, given as column and row from 1; the first is
        at the upper left after turning, so it may be the larger (PS3.3 C.10.4).
        """
        corners = _whole(header, self._turns())
        if item is not None:
            first = item.numbers("DisplayedAreaTopLeftHandCorner")
            last = item.numbers("DisplayedAreaBottomRightHandCorner")
            if _usable(first) and _usable(last):
                corners = (first[0], first[1]), (last[0], last[1])
        (left, right), (top, bottom) = (
            (a - 1, b) if a <= b else (a, b - 1) for a, b in zip(*corners, strict=True)
        )
        return top, left, bottom, right

    def _turns(self) -> tuple[int, bool]:
        degrees = self._elements.integer("ImageRotation") or 0
        mirrored = self._elements.text("ImageHorizontalFlip").upper() == "Y"
        return (degrees // 90 % 4 if degrees % 90 == 0 else 0), mirrored

    def _layers(self, used: set[str]) -> dict[str, _Layer]:
        found: dict[str, _Layer] = {}
        for item in self._elements.items("GraphicLayerSequence"):
            name = item.text("GraphicLayer")
            if name in used:
                words = item.text("GraphicLayerDescription") or name
                order = item.integer("GraphicLayerOrder") or 0
                keyword = "GraphicLayerRecommendedDisplayCIELabValue"
                found[name] = _Layer(name, words, order, own_colour(item, keyword))
        for name in sorted(used - found.keys()):
            found[name] = _Layer(name, name.capitalize(), len(found), None)
        colours = palette([layer.colour for layer in found.values()])
        return {
            name: _Layer(name, layer.words, layer.order, colour)
            for (name, layer), colour in zip(found.items(), colours, strict=True)
        }

    def _mark(self, layer: _Layer, shapes: list[Shape]) -> Mark:
        creator = display_name(self._elements.text("ContentCreatorName"))
        assert layer.colour is not None
        return Mark(
            f"{self._obj.sop_instance_uid}/{layer.name}",
            layer.words,
            layer.colour,
            MarkKind.ANNOTATION,
            self._obj,
            tuple(shapes),
            made_by=MadeBy.MANUAL if creator else MadeBy.UNKNOWN,
            algorithm=creator,
        )

    def presentations(self) -> dict[ImageKey, Presentation]:
        """Return how each image is to be shown."""
        vois = {
            (h.sop_instance_uid, h.frame): voi
            for item in self._elements.items("SoftcopyVOILUTSequence")
            if (voi := _voi(item)) is not None
            for h in self._applies_to(item)
        }
        turns, mirrored = self._turns()
        found = {}
        for header in self._all:
            key = (header.sop_instance_uid, header.frame)
            area = self._areas.get(key)
            found[key] = Presentation(
                vois.get(key),
                turns,
                mirrored,
                self._inverted(header),
                read_shutter(self._elements, header.spacing_mm),
                None if area is None else self.displayed_area(header, area),
            )
        return found

    def _inverted(self, header: ImageHeader) -> bool:
        """Whether the grey scale is turned over from what the header says.

        A presentation state's pipeline ignores MONOCHROME1: its IDENTITY shows
        small values black (PS3.3 C.11.6.1.2), as the header alone does not.
        """
        shape = self._elements.text("PresentationLUTShape").upper()
        if shape not in ("IDENTITY", "INVERSE"):
            return False
        negative = header.grayscale.photometric_interpretation == "MONOCHROME1"
        return (shape == "INVERSE") is not negative


def _whole(
    header: ImageHeader, turned: tuple[int, bool]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the corner pixels (column, row) at the upper left and lower right."""
    turns, mirrored = turned
    # Which corner is at the upper left after turning clockwise: 0 is the image's
    # upper left, then its lower left, lower right, upper right.
    corner = turns if not mirrored else (turns - 1) % 4
    columns, rows = float(header.columns), float(header.rows)
    corners = [(1.0, 1.0), (1.0, rows), (columns, rows), (columns, 1.0)]
    return corners[corner], corners[(corner + 2) % 4]


def _usable(corner: tuple[float, ...]) -> bool:
    return len(corner) == 2 and all(abs(v) < 1e6 for v in corner)


def _voi(item: Elements) -> Window | LookupTable | None:
    found = read_grayscale(item, item, item)
    if found.voi_luts:
        return found.voi_luts[0]
    return found.windows[0] if found.windows else None
