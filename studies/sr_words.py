"""What a region of a structured report is called, measured and made by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studies.mark_model import MadeBy
from studies.sr_tree import ContentItem, ContentTree

# Codes of DCM and, in old and new reports, of SRT and SCT (PS3.16 CID 218, TID 1501).
_FINDING = ("121071",)
_TRACKING = ("112039",)
_LABELS = ("125309",)  # Short label
_SITE = ("G-C0E3", "363698007")
_ALGORITHM = ("111001",)
_VERSION = ("111003",)
_OBSERVER = ("121005",)
_PERSON, _DEVICE = "121006", "121007"
# CAD reports hold what an algorithm found (PS3.4 B.5).
_CAD_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.88.50",
    "1.2.840.10008.5.1.4.1.1.88.65",
    "1.2.840.10008.5.1.4.1.1.88.69",
)
_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class RegionWords:
    """Label, measured values and maker of a region."""

    label: str
    detail: str
    made_by: MadeBy
    algorithm: str


def region_owner(item: ContentItem) -> ContentItem:
    """Return what a region belongs to: its measurement group, else its measurement."""
    for above in item.ancestors():
        if above.value_type == "CONTAINER" and above.parent is not None:
            return above
    return item.parent or item


def describe(item: ContentItem, tree: ContentTree) -> RegionWords:
    """Return the words for a SCOORD, SCOORD3D or segment reference."""
    owner = region_owner(item)
    near = [*_measurements_above(item), *_context(owner)]
    label = _first(near, _FINDING) or _first(near, _LABELS)
    if not label:
        above = item.parent
        is_named = above is not None and above.value_type in ("NUM", "CODE", "TEXT")
        label = above.concept if above is not None and is_named else ""
        if above is not None and above.value_type == "CODE" and above.value:
            label = above.value
    label = label or _first(near, _TRACKING)
    above_all = owner.parent is None  # then its name is the report's
    label = label or (item.concept if above_all else "") or owner.concept
    site = _first(near, _SITE)
    if site and site.lower() not in label.lower():
        label = f"{label}, {site.lower()}"
    algorithm = " ".join(
        text for text in (_first(near, _ALGORITHM), _first(near, _VERSION)) if text
    )
    root = list(_context(tree.root))
    algorithm = algorithm or _first(root, _ALGORITHM)
    return RegionWords(
        label or "Region", _detail(owner), _made_by(tree, root, algorithm), algorithm
    )


def _measurements_above(item: ContentItem) -> Iterator[ContentItem]:
    for above in item.ancestors():
        if above.value_type == "CONTAINER":
            return
        yield above
        yield from above.children


def _context(owner: ContentItem) -> Iterator[ContentItem]:
    """Yield the children of a group, then those of its qualifiers."""
    yield from owner.children
    for child in owner.children:
        if child.value_type in ("CODE", "TEXT", "NUM"):
            yield from child.children


def _first(items: list[ContentItem], codes: tuple[str, ...]) -> str:
    return next((i.value for i in items if i.code[1] in codes and i.value), "")


def _detail(owner: ContentItem) -> str:
    """Return the measured values of a group with their units."""
    numbers = [item for item in (owner, *owner.children) if item.value_type == "NUM"]
    words = [f"{item.concept} {item.value}".strip() for item in numbers]
    more = len(words) - _MOST_VALUES
    kept = words[:_MOST_VALUES] + ([f"{more} more"] if more > 0 else [])
    return ", ".join(kept)


def _made_by(tree: ContentTree, root: list[ContentItem], algorithm: str) -> MadeBy:
    """Tell from algorithm and observers; a person and a device claim nothing."""
    if algorithm:
        return MadeBy.AUTOMATIC
    if tree.root.elements.text("SOPClassUID") in _CAD_CLASSES:
        return MadeBy.AUTOMATIC
    kinds = set()
    for item in root:
        if item.code[1] in _OBSERVER:
            for code in item.elements.items("ConceptCodeSequence")[:1]:
                kinds.add(code.text("CodeValue"))
    if kinds == {_PERSON}:
        return MadeBy.MANUAL
    return MadeBy.AUTOMATIC if kinds == {_DEVICE} else MadeBy.UNKNOWN
