"""Which outline each finding wears: shape and dash first, colour second. Qt-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from gui import tokens
from review.decision import Box, Origin, ReviewedFinding, Verdict
from studies.model import Float32Array


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a line is drawn and what the key calls it.

    `dashes` are lengths of dash and gap in px, empty for a solid line; `mark`
    stands behind the number on the tag.
    """

    color: str
    dashes: tuple[float, ...]
    mark: str
    word: str


class Kind(Enum):
    """State of a finding, as its outline tells it."""

    UNDECIDED = LineStyle(tokens.AI_ON_IMAGE, (8.0, 4.0), "", "AI, not decided")
    CONFIRMED = LineStyle(tokens.CONFIRMED, (), "✓", "Confirmed")
    UNSURE = LineStyle(tokens.UNSURE, (2.0, 2.5), "?", "Unsure")
    ADDED = LineStyle(tokens.MISSED, (), "+", "Added by you")
    REJECTED = LineStyle(tokens.REJECTED, (), "×", "Rejected")  # noqa: RUF001 (a cross)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One finding's mark on the film.

    Either `box` is set (the reader's, drawn as the ellipse in it), or
    `rectangles` (the model's boxes), or `polygons`, each (points, 2) in image
    (column, row). `number` is None where numbers are hidden. `fill` is the colour
    of a segment's inside; "" leaves it clear.
    """

    finding_uid: str
    kind: Kind
    number: int | None
    name: str
    box: Box | None = None
    polygons: tuple[Float32Array, ...] = ()
    selected: bool = False
    editable: bool = False
    rectangles: tuple[Box, ...] = ()
    fill: str = ""

    @property
    def tag(self) -> str:
        """Number and mark, e.g. ``"2 ✓"``."""
        number = "" if self.number is None else str(self.number)
        return f"{number} {self.kind.value.mark}".strip()


def kind_of(finding: ReviewedFinding) -> Kind:
    """Return the state that the outline of a finding tells."""
    verdict = None if finding.decision is None else finding.decision.verdict
    if verdict is Verdict.REJECTED:
        return Kind.REJECTED
    if finding.origin is Origin.READER:
        return Kind.ADDED
    if verdict is Verdict.CONFIRMED:
        return Kind.CONFIRMED
    return Kind.UNSURE if verdict is Verdict.UNSURE else Kind.UNDECIDED


def outlines_of(
    findings: Sequence[ReviewedFinding],
    numbers: Mapping[str, int],
    selected_uid: str | None,
    regions: Mapping[str, Sequence[Float32Array]],
    *,
    ai_hidden: bool = False,
) -> tuple[Outline, ...]:
    """Return what is to be drawn, the selected finding last, so on top.

    Parameters
    ----------
    findings
        Of the image on screen.
    numbers
        Row of the findings list, by finding_uid.
    regions
        Hot regions of the model's findings that have no box, and the outlines of
        its segments, by finding_uid.
    ai_hidden
        Leaves out the model's findings, and all numbers, which would tell how
        many the model has.

    Notes
    -----
    A rejected finding is drawn only while it is selected; a finding without
    box and region is not drawn.
    """
    drawn = []
    for finding in findings:
        selected = finding.finding_uid == selected_uid
        kind = kind_of(finding)
        region = tuple(regions.get(finding.finding_uid, ()))
        by_model = finding.origin is Origin.MODEL
        if (ai_hidden and by_model) or (kind is Kind.REJECTED and not selected):
            continue
        if not finding.regions and not region:
            continue
        number = None if ai_hidden else numbers.get(finding.finding_uid)
        shape = Outline(
            finding.finding_uid, kind, number, finding.name, selected=selected
        )
        drawn.append(_shaped(shape, finding, region))
    return tuple(sorted(drawn, key=lambda outline: outline.selected))


def _shaped(
    outline: Outline, finding: ReviewedFinding, region: tuple[Float32Array, ...]
) -> Outline:
    """Give an outline its shape: the reader's box, the model's, or a region."""
    if finding.box is not None:
        own = finding.origin is Origin.READER
        return replace(outline, box=finding.box, editable=own and outline.selected)
    if finding.regions:
        return replace(outline, rectangles=finding.regions)
    fill = tokens.SEGMENT_FILL if finding.segment is not None else ""
    return replace(outline, polygons=region, fill=fill)
