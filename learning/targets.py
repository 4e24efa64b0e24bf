"""What of a model a labelled folder can measure, and the truth of each film."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from inference.model_card import FindingSpec, ModelCard, SegmentSpec, SeveritySpec
from inference.model_outputs import BoxSpec
from learning.boxes_csv import BOXES, Box, read_boxes
from learning.labelled_folder import LabelledFilm, LabelledFolder
from learning.labels_csv import LabelProblem, LabelsError

UNKNOWN = "unknown"
"""A cell of words that holds this word says nothing, e.g. "type unknown"."""
MASKS = "mask_file"

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The outputs of a model that the folder knows the truth of.

    Attributes
    ----------
    labels, severities
        By finding or severity key, then by line of labels.csv: 1 or 0, or the
        number. A line is left out where its cell is empty or faulty.
    marks
        Boxes by film (file name), for `boxes` and `segments`.
    problems
        Cells that were left out, and why.
    """

    findings: tuple[FindingSpec, ...]
    severities: tuple[SeveritySpec, ...]
    segments: tuple[SegmentSpec, ...]
    boxes: tuple[BoxSpec, ...]
    labels: Mapping[str, Mapping[int, int]]
    numbers: Mapping[str, Mapping[int, float]]
    marks: Mapping[str, tuple[Box, ...]]
    problems: tuple[LabelProblem, ...]


def targets_of(card: ModelCard, folder: LabelledFolder) -> Targets:
    """Match a model's outputs with the columns and files of a folder.

    Raises
    ------
    LabelsError
        If none of them can be measured.
    """
    problems: list[LabelProblem] = []
    labels = {
        spec.key: _labels(folder, spec.column, problems)
        for spec in card.findings
        if _has(folder, spec.column)
    }
    numbers = {
        spec.key: _numbers(folder, spec, problems)
        for spec in card.severities
        if spec.column in folder.names
    }
    marks = _marks(folder, problems) if card.boxes or card.segments else {}
    traced = bool(marks) or MASKS in folder.names
    targets = Targets(
        findings=tuple(spec for spec in card.findings if spec.key in labels),
        severities=tuple(spec for spec in card.severities if spec.key in numbers),
        # One mask a film: of several segments nobody knows which it shows.
        segments=card.segments if traced and len(card.segments) == 1 else (),
        boxes=tuple(spec for spec in card.boxes if marks and spec.finding in labels),
        labels=labels,
        numbers=numbers,
        marks=marks,
        problems=tuple(problems),
    )
    if not (targets.findings or targets.severities or targets.segments):
        raise LabelsError(
            "line 1", f"no column of an output of {card.model_id}", _wanted(card)
        )
    return targets


def split_column(column: str) -> tuple[str, str]:
    """Split "diagnosis=glioma" into column and word; the word is "" without "="."""
    name, _, word = column.partition("=")
    return name, word


def _has(folder: LabelledFolder, column: str) -> bool:
    return split_column(column)[0] in folder.names


def _wanted(card: ModelCard) -> str:
    columns = [spec.column for spec in card.findings]
    columns += [spec.column for spec in card.severities]
    if card.segments:
        columns.append(f"{MASKS}, or {BOXES} beside it")
    return "at least one of " + ", ".join(columns)


def _labels(
    folder: LabelledFolder, column: str, problems: list[LabelProblem]
) -> dict[int, int]:
    name, word = split_column(column)
    found = {}
    for item in folder.items:
        cell = item.cell(name)
        if word:
            if cell and UNKNOWN not in cell.casefold():
                found[item.line] = int(cell.casefold() == word.casefold())
        elif cell in ("1", "1.0", "0", "0.0"):
            found[item.line] = int(cell[0])
        elif cell:
            problems.append(LabelProblem(item.line, name, repr(cell), "1, 0, nothing"))
    return found


def _numbers(
    folder: LabelledFolder, spec: SeveritySpec, problems: list[LabelProblem]
) -> dict[int, float]:
    found = {}
    for item in folder.items:
        cell = item.cell(spec.column)
        if not cell:
            continue
        value = _to_number(cell)
        if spec.minimum <= value <= spec.maximum:
            found[item.line] = value
        else:
            allowed = f"{spec.minimum:g} to {spec.maximum:g}, nothing"
            problems.append(LabelProblem(item.line, spec.column, repr(cell), allowed))
    return found


def _to_number(cell: str) -> float:
    """Return a cell's number, also with a comma; not a number where it has none."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return math.nan


def _marks(
    folder: LabelledFolder, problems: list[LabelProblem]
) -> dict[str, tuple[Box, ...]]:
    if not (folder.folder / BOXES).is_file():
        return {}
    boxes, faults = read_boxes(folder.folder / BOXES)
    problems.extend(faults)
    return boxes


def mask_of(film: LabelledFilm) -> str:
    """Return the name of a film's mask; "" where it has none."""
    return film.cell(MASKS)
