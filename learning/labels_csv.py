"""Reads ``labels.csv``: what is wrong with a row is told, the others are used."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.errors import OverreadError, UnreadableFileError

_DELIMITERS = ",;\t"


class LabelsError(OverreadError):
    """A labels.csv that cannot be used; the text names line and column."""

    def __init__(self, where: str, found: str, allowed: str) -> None:
        super().__init__(f"labels.csv, {where}: found {found}; allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class LabelProblem:
    """One row or cell that is left out of the figures, and why."""

    line: int
    column: str
    found: str
    allowed: str
    file: str = "labels.csv"

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return (
            f"{self.file}, line {self.line}{column}: found {self.found};"
            f" allowed: {self.allowed}"
        )


@dataclass(frozen=True, slots=True)
class LabelRows:
    """A table: its column names, its rows with their lines, and what was left out."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    problems: tuple[LabelProblem, ...]


def read_rows(path: Path, needed: Sequence[str]) -> LabelRows:
    """Read a CSV file whose columns `needed` must be there.

    UTF-8, with or without a mark at the beginning; commas, semicolons or
    tabulators between the cells, as the first line has it. Blanks around a cell
    do not count. A row with another number of cells or without a file is a
    problem, not a stop.

    Raises
    ------
    UnreadableFileError
        If it is missing or not a UTF-8 CSV file.
    LabelsError
        If a needed column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=_delimiter(first), strict=True)
            # The line is asked for at once: a cell may hold line breaks.
            lines = ((reader.line_num, cells) for cells in reader)
            return _to_rows(path, lines, needed)
    except FileNotFoundError:
        raise UnreadableFileError(path, f"it is not in {path.parent}") from None
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            path, f"it is not UTF-8 text ({error}); save it as CSV UTF-8"
        ) from error
    except (OSError, csv.Error) as error:
        raise UnreadableFileError(path, str(error)) from error


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _to_rows(
    path: Path, lines: Iterator[tuple[int, list[str]]], needed: Sequence[str]
) -> LabelRows:
    names = tuple(name.strip() for name in next(lines, (1, []))[1])
    for name in needed:
        if name not in names:
            raise LabelsError("line 1", f"no column {name}", "one of that name")
    for name in names:
        if names.count(name) > 1:
            raise LabelsError("line 1", f"two columns {name!r}", "one of each name")
    rows, problems = [], []
    for line, cells in lines:
        if not any(cells):
            continue
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        if len(cells) != len(names):
            found = f"another number of cells, {len(cells)}"
            problems.append(
                LabelProblem(line, "", found, f"{len(names)} as in line 1", path.name)
            )
        elif not row["file"]:
            allowed = "a path inside the folder"
            problems.append(LabelProblem(line, "file", "nothing", allowed, path.name))
        else:
            rows.append((line, row))
    return LabelRows(names, tuple(rows), tuple(problems))
