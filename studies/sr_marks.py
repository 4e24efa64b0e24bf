"""Regions of structured reports of others -> marks (DICOM PS3.3 C.18.6, C.18.9)."""

from __future__ import annotations

from collections import defaultdict

from studies.elements import Elements
from studies.identity import display_name
from studies.mark_colours import palette
from studies.mark_geometry import PlacedImages
from studies.mark_model import Colour, ImageKey, Mark, MarkKind, MarkSet, Shape
from studies.mark_sources import StudyImages
from studies.model import ImageHeader, OtherObject
from studies.not_drawn import NotDrawn
from studies.sr_shapes import planar_shapes, spatial_shapes
from studies.sr_tree import ContentItem, ContentTree, read_tree, tree_text
from studies.sr_words import RegionWords, describe, region_owner

MAX_POINTS = 2_000_000
_SLIDES = "1.2.840.10008.5.1.4.1.1.77.1.6"
_SEGMENT = ("121191", "121214")  # Referenced Segment, Referenced Segmentation Frame
_ABSENT = "are on images that are not in this study"


def read_report(elements: Elements, obj: OtherObject, images: StudyImages) -> MarkSet:
    """Return the regions of a report over their images, and the report as text.

    Raises nothing of its own: what cannot be drawn is said in `not_drawn`.
    """
    tree = read_tree(elements)
    reader = _Reader(tree, obj, images)
    by_image = reader.marks()
    title = tree.root.concept or elements.text("SeriesDescription") or obj.what
    return MarkSet(
        obj,
        title,
        by_image,
        reader.untold.sentences(),
        _authors(elements, tree),
        text=tree_text(tree),
        named_images=reader.named(),
    )


def _authors(elements: Elements, tree: ContentTree) -> str:
    """Return who or what wrote the report: observers, else the device's maker."""
    names = [
        item.value
        for item in tree.root.children
        if item.code[1] in ("121008", "121013", "111001") and item.value
    ]
    for item in elements.items("VerifyingObserverSequence")[:3]:
        names.append(display_name(item.text("VerifyingObserverName")))
    if not names:
        names = [elements.text("Manufacturer"), elements.text("ManufacturerModelName")]
    return ", ".join(dict.fromkeys(name for name in names if name))


class _Reader:
    def __init__(self, tree: ContentTree, obj: OtherObject, images: StudyImages):
        self._tree, self._obj, self._images = tree, obj, images
        self._placed = PlacedImages(images.headers)
        self.untold = NotDrawn()
        self._points = 0
        # By image, then by key, in the order of the report.
        self._shapes: dict[ImageKey, dict[str, list[Shape]]] = defaultdict(dict)
        self._words: dict[str, RegionWords] = {}

    def marks(self) -> dict[ImageKey, tuple[Mark, ...]]:
        """Return the marks of every image."""
        for item in self._tree.root.walk():
            if item.value_type == "SCOORD":
                self._planar(item)
            elif item.value_type == "SCOORD3D":
                self._spatial(item)
            elif item.value_type == "IMAGE" and item.code[1] in _SEGMENT:
                self._segment(item)
            elif item.value_type in ("TCOORD", "WAVEFORM"):
                self.untold.count("Waveforms and times", "are not shown")
        keys = list(self._words)
        colours = dict(zip(keys, palette([None] * len(keys)), strict=True))
        return {
            image: tuple(
                self._mark(key, colours[key], shapes) for key, shapes in found.items()
            )
            for image, found in self._shapes.items()
        }

    def named(self) -> tuple[ImageKey, ...]:
        """Return the images of the study that the report names but does not mark."""
        found: dict[ImageKey, None] = {}
        absent = 0
        for item in self._tree.root.walk():
            if item.value_type != "IMAGE" or _is_library(item):
                continue
            if any(above.value_type.startswith("SCOORD") for above in item.ancestors()):
                continue
            headers = self._referenced(item)
            absent += not headers and item.code[1] not in _SEGMENT
            for header in headers:
                found[header.sop_instance_uid, header.frame] = None
        self.untold.count("Named images", "are not in this study", absent)
        return tuple(found)

    def _mark(self, key: str, colour: Colour, shapes: list[Shape]) -> Mark:
        words = self._words[key]
        return Mark(
            key,
            words.label,
            colour,
            MarkKind.REGION,
            self._obj,
            tuple(shapes),
            made_by=words.made_by,
            algorithm=words.algorithm,
            detail=words.detail,
        )

    def _planar(self, item: ContentItem) -> None:
        """Draw a shape given in pixels over the images it was selected from."""
        words = describe(item, self._tree)
        named = [self._tree.resolved(child) for child in item.children]
        named = [child for child in named if child.value_type == "IMAGE"]
        headers = [h for child in named for h in self._referenced(child)]
        if not headers:
            why = _ABSENT if named else "name no image"
            self.untold.count(f"{words.label}, regions", why)
            return
        if any(h.sop_class_uid == _SLIDES for h in headers):
            self.untold.count(f"{words.label}, regions", "are on whole slides")
            return
        shapes, why = planar_shapes(item.elements)
        if not shapes:
            self.untold.count(f"{words.label}, regions", why)
            return
        for header in headers:
            self._add(header, item, words, shapes)

    def _spatial(self, item: ContentItem) -> None:
        """Draw a shape given in mm over the images it lies on."""
        words = describe(item, self._tree)
        uid = item.elements.text("ReferencedFrameOfReferenceUID")
        placed = self._placed.in_frame_of_reference(uid)
        if not placed:
            why = "are in a frame of reference that no image of this study has"
            self.untold.count(f"{words.label}, regions", why)
            return
        drawn = False
        why = ""
        for image in placed:
            shapes, why = spatial_shapes(item.elements, image)
            if why:
                break
            if shapes:
                drawn = True
                self._add(image.header, item, words, shapes)
        if not drawn:
            why = why or "lie on no image of this study"
            self.untold.count(f"{words.label}, regions", why)

    def _segment(self, item: ContentItem) -> None:
        words = describe(item, self._tree)
        why = "are drawn by the segmentation that the report refers to, if it is here"
        self.untold.count(f"{words.label}, regions", why)

    def _add(
        self,
        header: ImageHeader,
        item: ContentItem,
        words: RegionWords,
        shapes: tuple[Shape, ...],
    ) -> None:
        self._points += sum(len(shape.points) for shape in shapes)
        if self._points > MAX_POINTS:
            why = f"are beyond {MAX_POINTS} points"
            self.untold.count("Regions", why)
            return
        owner = region_owner(item)
        path = ".".join(str(number) for number in owner.path)
        key = f"{self._obj.sop_instance_uid}/{path}"
        self._words.setdefault(key, words)
        image = (header.sop_instance_uid, header.frame)
        self._shapes[image].setdefault(key, []).extend(shapes)

    def _referenced(self, item: ContentItem) -> tuple[ImageHeader, ...]:
        found = item.elements.items("ReferencedSOPSequence")[:1]
        return self._images.referenced(found[0]) if found else ()


def _is_library(item: ContentItem) -> bool:
    """Whether an image stands in the Image Library: all that was looked at."""
    return any(above.code[1] == "111028" for above in item.ancestors())
