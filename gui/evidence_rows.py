"""How well a model does on sources it never saw, as rows of a table. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gui.facts_words import (
    NOT_MEASURED,
    complement,
    percent_between,
    percent_text,
    share_of_one,
)
from inference.model_facts import Measured, SourceFigure
from inference.model_outputs import FindingSpec, SegmentSpec, SeveritySpec

if TYPE_CHECKING:
    from inference.model_card import ModelCard

Subject: TypeAlias = FindingSpec | SeveritySpec | SegmentSpec
"""What a model tells: a finding, a severity, a segment."""

Kind: TypeAlias = Literal["source", "site", "mean", "random"]

MEAN_TITLE = "Mean within unseen sources"
RANDOM_TITLE = "Random split, same sources"
SITE_TITLE = "This site"
MEAN_ERROR = "Mean error"
_ONE_CLASS = "one class only"
_TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line: where it was measured, on how many films, what came out.

    Attributes
    ----------
    films, with_finding
        None where that is not known.
    kind
        ``mean`` is the row to expect at a new site, ``random`` the one not to.
    instead
        What is said in place of a figure that there cannot be.
    """

    title: str
    kind: Kind
    figure: Measured | None
    films: int | None = None
    with_finding: int | None = None
    note: str = ""
    instead: str = ""

    def share_text(self) -> str:
        """Return the share of films with the finding, e.g. ``31 %``."""
        if not self.films or self.with_finding is None:
            return ""
        return f"{percent_text(self.with_finding / self.films)} %"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows of one subject and the axis they are drawn on.

    Attributes
    ----------
    measure
        Heading of the figures, e.g. ``AUROC``.
    title
        What the films that it was measured on have in common.
    low, high
        Ends of the axis.
    reference
        Value of a model that knows nothing; None where there is none.
    """

    rows: tuple[EvidenceRow, ...]
    measure: str
    low: float
    high: float
    reference: float | None
    caption: str
    advice: str
    title: str = "On sources it never saw"

    def said(self, value: float) -> str:
        """Return a figure; an error of 0.997 is 1.00, an AUROC of it is not."""
        if self.measure == MEAN_ERROR:
            return f"{value:.2f}"
        return share_of_one(value)


def subjects(card: ModelCard) -> tuple[Subject, ...]:
    """Return all that a model tells, in the manifest's order."""
    return (*card.findings, *card.severities, *card.segments)


def evidence(
    subject: Subject,
    site: EvidenceRow | None = None,
    card: ModelCard | None = None,
) -> Evidence:
    """Return what was measured for a subject.

    Parameters
    ----------
    site
        What a local validation found, if there is one.
    card
        The manifest, which names the sources of the shipped model's training.
    """
    if isinstance(subject, FindingSpec):
        trained = card.facts.training_sources if card is not None else ()
        return _of_finding(subject, site, {one.name for one in trained})
    if isinstance(subject, SeveritySpec):
        return _of_severity(subject)
    return _of_segment(subject)


def _of_finding(
    spec: FindingSpec, site: EvidenceRow | None, trained: set[str]
) -> Evidence:
    rows = [_source_row(one) for one in spec.unseen_sources]
    if site is not None:
        rows.append(site)
    rows.append(EvidenceRow(MEAN_TITLE, "mean", spec.unseen_auroc))
    rows.append(EvidenceRow(RANDOM_TITLE, "random", spec.random_split_auroc))
    lows = [row.figure.low for row in rows if row.figure is not None]
    return Evidence(
        tuple(rows),
        "AUROC",
        min([0.5, *(math.floor(10 * low) / 10 for low in lows)]),
        1.0,
        0.5,
        f"{_how(spec, trained)} AUROC: 0.50 is chance.",
        _advice(spec),
    )


def _source_row(one: SourceFigure) -> EvidenceRow:
    """Return a source's line; where it has no AUROC, what its threshold does."""
    films = one.with_finding + one.without
    both = one.with_finding > 0 and one.without > 0
    lacks = "too few films of one class" if both else "films of one class only"
    note = one.note or ("" if one.auroc else lacks)
    instead = ""
    if one.auroc is None:
        instead = _TOO_FEW if both else _ONE_CLASS
        if one.sensitivity is not None and one.with_finding > one.without:
            instead = f"finds {percent_between(one.sensitivity)}"
        elif one.specificity is not None and one.without > one.with_finding:
            instead = f"false alarm {percent_between(complement(one.specificity))}"
    return EvidenceRow(
        one.source, "source", one.auroc, films, one.with_finding, note, instead
    )


def _how(spec: FindingSpec, trained: set[str]) -> str:
    """Return by which network the sources were measured."""
    if any(one.source in trained for one in spec.unseen_sources):
        return "Each source held out in turn, the model retrained on the rest."
    if spec.unseen_sources:
        return "Sources of which no film was trained on."
    return "Nothing was measured on a source that it had not seen."


def _advice(spec: FindingSpec) -> str:
    if spec.unseen_auroc is None:
        return (
            f"How well it does on a source it never saw: {NOT_MEASURED}."
            " Do not expect the random split at a new site."
        )
    said = "Expect the mean within unseen sources at a new site, not the random split."
    counted = [one.source for one in spec.unseen_sources if one.in_mean]
    measured = [one for one in spec.unseen_sources if one.auroc is not None]
    if len(counted) == 1:
        return f"{said} It rests on one source, {counted[0]}."
    if len(counted) < len(measured):
        return f"{said} It is of {len(counted)} sources: {', '.join(counted)}."
    return said


def _of_severity(spec: SeveritySpec) -> Evidence:
    rows = (
        EvidenceRow(
            "Patients held out in turn",
            "mean",
            spec.mean_absolute_error,
            spec.films or None,
        ),
        EvidenceRow("Always saying the mean", "random", spec.baseline_error),
    )
    highs = [row.figure.high for row in rows if row.figure is not None]
    return Evidence(
        rows,
        MEAN_ERROR,
        0.0,
        math.ceil(max(highs, default=1.0)),
        None,
        f"Mean absolute error on the scale from {spec.minimum:g} to {spec.maximum:g};"
        " smaller is better.",
        f"The band shown beside a value holds {percent_text(spec.coverage)} % of"
        f" {spec.films:,} films. On a source it never saw: {NOT_MEASURED}.",
        "On patients it never saw",
    )


def _of_segment(spec: SegmentSpec) -> Evidence:
    rows = (
        EvidenceRow("Dice, held-out films", "mean", spec.dice),
        EvidenceRow("Box hit rate, held-out films", "source", spec.box_hit_rate),
    )
    return Evidence(
        rows,
        "Figure",
        0.0,
        1.0,
        None,
        "Dice: 1 where outline and expert's outline are the same, 0 where they do not"
        " meet. Hit rate: the share of experts' boxes that an outline meets.",
        f"{spec.note} Check every outline on the image before you measure with"
        f" it. On a source it never saw: {NOT_MEASURED}.".strip(),
        "On images it never saw",
    )


def spoken(row: EvidenceRow, evidence_of: Evidence) -> str:
    """Return a row as one sentence, for screen readers."""
    parts = [row.title]
    if row.films is not None:
        parts.append(f"{row.films:,} films")
    if row.share_text():
        parts.append(f"{row.share_text()} with the finding")
    if row.figure is None:
        parts.append(f"{evidence_of.measure} {NOT_MEASURED}")
        if row.instead not in ("", _ONE_CLASS, _TOO_FEW):
            parts.append(row.instead)
    else:
        parts.append(f"{evidence_of.measure} {evidence_of.said(row.figure.value)}")
        parts.append(f"between {row.figure.low:.2f} and {row.figure.high:.2f}")
    if row.note:
        parts.append(row.note)
    return ", ".join(parts) + "."


def first_with_evidence(all_subjects: Sequence[Subject]) -> int:
    """Return the place of the first subject that can be flagged, else 0."""
    for place, subject in enumerate(all_subjects):
        if not isinstance(subject, FindingSpec) or subject.can_be_flagged:
            return place
    return 0
