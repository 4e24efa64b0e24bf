"""Reads ``boxes.csv``: what experts drew on the films, in pixels of the file."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from learning.labels_csv import LabelProblem, read_rows

BOXES = "boxes.csv"
_NEEDED = ("file", "x", "y", "w", "h")


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a film: its upper left corner and its size in pixels.

    `finding` is the cell of that column, "" where the file has none.
    """

    row: float
    column: float
    rows: float
    columns: float
    finding: str = ""

    @property
    def area(self) -> float:
        """In pixels."""
        return self.rows * self.columns

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column."""
        return self.row + self.rows / 2, self.column + self.columns / 2

    def holds(self, row: float, column: float) -> bool:
        """Whether a point lies inside or on the edge."""
        return (
            self.row <= row <= self.row + self.rows
            and self.column <= column <= self.column + self.columns
        )


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union, 0 to 1."""
    rows = min(one.row + one.rows, other.row + other.rows) - max(one.row, other.row)
    columns = min(one.column + one.columns, other.column + other.columns) - max(
        one.column, other.column
    )
    shared = max(rows, 0.0) * max(columns, 0.0)
    return shared / (one.area + other.area - shared) if shared else 0.0


def read_boxes(
    path: Path,
) -> tuple[dict[str, tuple[Box, ...]], tuple[LabelProblem, ...]]:
    """Read the boxes of each film; a faulty row is told and left out.

    Columns file, x, y, w, h (from the upper left corner, in pixels of the
    stored film); optional finding, and any other.

    Raises
    ------
    UnreadableFileError
        If it is not a UTF-8 CSV file.
    LabelsError
        If a column is missing.
    """
    table = read_rows(path, _NEEDED)
    boxes: dict[str, list[Box]] = defaultdict(list)
    problems = list(table.problems)
    for line, row in table.rows:
        box = _to_box(row)
        if box is None:
            found = ", ".join(row[name] or "nothing" for name in _NEEDED[1:])
            allowed = "numbers, w and h above 0"
            problems.append(LabelProblem(line, "x, y, w, h", found, allowed, path.name))
        else:
            boxes[row["file"]].append(box)
    return {file: tuple(found) for file, found in boxes.items()}, tuple(problems)


def _to_box(row: Mapping[str, str]) -> Box | None:
    try:
        x, y, width, height = (float(row[name]) for name in _NEEDED[1:])
    except ValueError:
        return None
    if not all(map(math.isfinite, (x, y, width, height))) or min(width, height) <= 0:
        return None
    return Box(y, x, height, width, row.get("finding", ""))
