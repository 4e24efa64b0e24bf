"""The content tree of a structured report, and the report as text (PS3.3 C.17.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studies.elements import Elements
from studies.identity import display_name
from studies.mark_model import TextLines
from studies.mark_sources import (
    code_meaning,
    code_of,
    frame_numbers,
    long_text,
)

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MAX_ITEMS = 50_000
MAX_DEPTH = 60
_VALUE_KEYWORDS = {
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
    "UIDREF": "UID",
}


@dataclass(slots=True, eq=False)
class ContentItem:
    """One content item.

    Attributes
    ----------
    path
        Place in the tree as Referenced Content Item Identifier (0040,DB73) has
        it: (1,) is the root, (1, 3) its third child.
    concept
        Meaning of the concept name, e.g. ``"Finding"``.
    code
        Coding scheme and value of the concept name.
    """

    path: tuple[int, ...]
    value_type: str
    relationship: str
    concept: str
    code: tuple[str, str]
    elements: Elements
    parent: ContentItem | None = None
    children: list[ContentItem] = field(default_factory=list)

    @property
    def value(self) -> str:
        """The value as text, without the concept name; may be ""."""
        return _value(self)

    def walk(self) -> Iterator[ContentItem]:
        """Yield this item and all below, in reading order."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))

    def ancestors(self) -> Iterator[ContentItem]:
        """Yield the items above, the nearest first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent


@dataclass(frozen=True, slots=True, eq=False)
class ContentTree:
    """The root and all items by their path; `cut` says what was too much."""

    root: ContentItem
    by_path: dict[tuple[int, ...], ContentItem]
    cut: str = ""

    def resolved(self, item: ContentItem) -> ContentItem:
        """Return the item that a by-reference item points at, else itself."""
        target = item.elements.numbers("ReferencedContentItemIdentifier")
        if not target or item.value_type:
            return item
        return self.by_path.get(tuple(int(n) for n in target if n == n), item)


def read_tree(elements: Elements) -> ContentTree:
    """Read the content tree, at most 50,000 items and 60 levels of it."""
    root = _item(elements, (1,), None)
    by_path = {root.path: root}
    waiting = [root]
    cut = ""
    while waiting:
        parent = waiting.pop()
        for place, below in enumerate(
            parent.elements.items("ContentSequence"), start=1
        ):
            if len(by_path) >= MAX_ITEMS or len(parent.path) >= MAX_DEPTH:
                cut = f"The report is longer than {MAX_ITEMS} items or deeper than"
                cut = f"{cut} {MAX_DEPTH} levels; the rest is not read."
                break
            child = _item(below, (*parent.path, place), parent)
            parent.children.append(child)
            by_path[child.path] = child
            waiting.append(child)
    return ContentTree(root, by_path, cut)


def _item(
    elements: Elements, path: tuple[int, ...], parent: ContentItem | None
) -> ContentItem:
    return ContentItem(
        path,
        elements.text("ValueType").upper(),
        elements.text("RelationshipType").upper(),
        code_meaning(elements, "ConceptNameCodeSequence"),
        code_of(elements, "ConceptNameCodeSequence"),
        elements,
        parent,
    )


def sr_text(dataset: Dataset | Elements) -> TextLines:
    """Return any structured report as lines of (depth, text), for reading.

    The root's title is at depth 0. Nothing is left out but the elements that
    are no content; values that cannot be read show as "(unreadable)".
    """
    elements = dataset if isinstance(dataset, Elements) else Elements(dataset, [])
    return tree_text(read_tree(elements))


def tree_text(tree: ContentTree) -> TextLines:
    """Return the lines of a tree already read; see `sr_text`."""
    lines = [
        (len(item.path) - 1, text) for item in tree.root.walk() if (text := _line(item))
    ]
    return (*lines, (0, tree.cut)) if tree.cut else tuple(lines)


def _line(item: ContentItem) -> str:
    value = item.value
    if item.value_type == "CONTAINER":
        return item.concept or "Section"
    if not item.concept:
        return value
    return f"{item.concept}: {value or '(unreadable)'}"


def _value(item: ContentItem) -> str:
    elements, kind = item.elements, item.value_type
    if kind == "TEXT":
        return long_text(elements, "TextValue")
    if kind == "CODE":
        return code_meaning(elements, "ConceptCodeSequence")
    if kind == "NUM":
        return _number(elements)
    if kind == "PNAME":
        return display_name(elements.text("PersonName"))
    if kind in _VALUE_KEYWORDS:
        return elements.text(_VALUE_KEYWORDS[kind])
    if kind in ("SCOORD", "SCOORD3D", "TCOORD"):
        return _coordinates(elements, kind)
    if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        return _reference(elements, kind)
    if elements.has("ReferencedContentItemIdentifier"):
        numbers = elements.numbers("ReferencedContentItemIdentifier")
        return f"see item {'.'.join(f'{n:g}' for n in numbers)}"
    return "" if kind in ("CONTAINER", "") else f"({kind})"


def _number(elements: Elements) -> str:
    for measured in elements.items("MeasuredValueSequence")[:1]:
        value = measured.number("NumericValue")
        shown = measured.text("NumericValue") if value is None else f"{value:.6g}"
        return f"{shown} {unit_of(measured)}".strip()
    return code_meaning(elements, "NumericValueQualifierCodeSequence") or "not measured"


def unit_of(measured: Elements) -> str:
    """Return the unit of a measured value as it is read: "" for no unit.

    UCUM codes are shorter than their meanings and understood: ``mm2``.
    """
    for item in measured.items("MeasurementUnitsCodeSequence")[:1]:
        scheme = item.text("CodingSchemeDesignator").upper()
        code = item.text("CodeValue")
        if scheme == "UCUM" and code:
            return "" if code in ("1", "{no units}") else code.strip("{}")
        return item.text("CodeMeaning") or code
    return ""


def _coordinates(elements: Elements, kind: str) -> str:
    if kind == "TCOORD":
        return elements.text("TemporalRangeType").lower() or "(times)"
    count = len(elements.values("GraphicData")) // (3 if kind == "SCOORD3D" else 2)
    noun = "point" if count == 1 else "points"
    return f"{elements.text('GraphicType').lower() or 'shape'}, {count} {noun}"


def _reference(elements: Elements, kind: str) -> str:
    names = {"IMAGE": "image", "WAVEFORM": "waveform"}
    for item in elements.items("ReferencedSOPSequence")[:1]:
        uid = item.text("ReferencedSOPInstanceUID")
        frames = ", ".join(str(n) for n in frame_numbers(item)[:10])
        where = f", frame {frames}" if frames else ""
        return f"{names.get(kind, 'object')} {uid}{where}"
    return ""
