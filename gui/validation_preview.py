"""What a folder of labelled films holds for a model, before anything runs. No Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learning.labelled_folder import read_labelled_folder
from learning.targets import targets_of

if TYPE_CHECKING:
    from pathlib import Path

    from inference.model_card import ModelCard
    from learning.labelled_folder import LabelledFolder
    from learning.targets import Targets

USEFUL = 200
"""Films with which a local validation is already useful."""


@dataclass(frozen=True, slots=True)
class FoundFinding:
    """A finding of the model and its labels: with, without, unknown."""

    name: str
    column: str
    with_finding: int
    without: int
    unknown: int

    def row(self) -> tuple[str, ...]:
        """Return it as a row of the table."""
        counts = self.with_finding, self.without, self.unknown
        return (self.name, self.column, *(f"{count:,}" for count in counts))


@dataclass(frozen=True, slots=True)
class Preview:
    """What was found.

    Attributes
    ----------
    splits
        With their number of films; empty where no film names one.
    sources
        With their number of films, the largest first.
    missing
        Findings of the model that the folder has no label of.
    problems
        A line for each row or cell that is left out.
    """

    folder: Path
    films: int
    splits: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    findings: tuple[FoundFinding, ...]
    missing: tuple[str, ...]
    problems: tuple[str, ...]

    def summary(self) -> str:
        """Return e.g. ``412 films of 3 sources: nih 300, cohen 80, web 32``."""
        told = ", ".join(f"{name or 'unnamed'} {n:,}" for name, n in self.sources[:6])
        more = len(self.sources) - 6
        noun = "source" if len(self.sources) == 1 else "sources"
        tail = f" and {more} more" if more > 0 else ""
        films = "film" if self.films == 1 else "films"
        return f"{self.films:,} {films} of {len(self.sources)} {noun}: {told}{tail}."

    def advice(self) -> str:
        """Return what the number of films is good for."""
        if self.films >= USEFUL:
            return ""
        return (
            f"{self.films:,} films are few: from {USEFUL} on a local validation is"
            " useful. What too few films cannot carry is withheld."
        )


def preview(card: ModelCard, folder: Path, split: str | None = None) -> Preview:
    """Look into a folder; reads labels.csv only, no film.

    Raises
    ------
    OverreadError
        If labels.csv cannot be used, or has no column of the model; the text
        names file, line and column.
    """
    whole = read_labelled_folder(folder)
    splits = Counter(item.split for item in whole.items if item.split)
    part = whole.of_split(split)
    targets = targets_of(card, part)
    sources = Counter(item.source for item in part.items)
    known = {spec.key for spec in targets.findings}
    faults = (*whole.problems, *targets.problems)
    return Preview(
        folder,
        len(part.items),
        tuple(sorted(splits.items())),
        tuple(sources.most_common()),
        tuple(_counted(part, targets)),
        tuple(spec.name for spec in card.findings if spec.key not in known),
        tuple(str(fault) for fault in faults),
    )


def _counted(folder: LabelledFolder, targets: Targets) -> list[FoundFinding]:
    found = []
    for spec in targets.findings:
        labels = targets.labels[spec.key]
        present = sum(labels.values())
        absent = len(labels) - present
        unknown = len(folder.items) - len(labels)
        found.append(FoundFinding(spec.name, spec.column, present, absent, unknown))
    return found
