"""A folder of labelled films: ``labels.csv`` and the zips or files beside it."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from learning.labels_csv import LabelProblem, LabelsError, read_rows
from studies.errors import UnreadableFileError
from studies.grayscale import to_display
from studies.model import UInt8Array
from studies.reader import read_film

__all__ = [
    "LabelProblem",
    "LabelledFilm",
    "LabelledFolder",
    "LabelsError",
    "UnknownSplitError",
    "read_labelled_folder",
]

MAX_FILM_BYTES = 512 * 1024 * 1024
_FIXED = ("file", "archive", "source", "split", "patient_id")
_KNOWN = {"1": 1, "0": 0, "1.0": 1, "0.0": 0}
"""Cells of a label; the latter two are what pandas writes of a column with gaps."""


class UnknownSplitError(LabelsError):
    """A split that no film belongs to; the text names the ones there are."""

    def __init__(self, split: str, known: list[str]) -> None:
        super().__init__(
            "column split",
            f"no film of split {split!r}",
            ", ".join(known) or "no split, since none is named",
        )


@dataclass(frozen=True, slots=True)
class LabelledFilm:
    """One row of labels.csv.

    Attributes
    ----------
    file
        Path inside the folder, or inside `archive` where that is given.
    patient_id
        "" where unknown.
    labels
        By finding column: 1 or 0. A column is left out where it is empty:
        unknown is not absent.
    extra
        The cells of the columns that hold something else than 1, 0 or nothing.
    line
        Of labels.csv, for messages.
    """

    file: str
    archive: str
    source: str
    split: str
    patient_id: str
    labels: Mapping[str, int]
    extra: Mapping[str, str]
    line: int

    def cell(self, column: str) -> str:
        """Return what a column holds, "" where it is empty or not there."""
        if column in self.labels:
            return str(self.labels[column])
        return self.extra.get(column, "")


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """The films that a labels.csv lists, in its order.

    A context manager, because it keeps the archives open that it has read from.

    Attributes
    ----------
    columns
        The finding columns: all that hold nothing but 1, 0 or nothing.
    names
        All columns.
    problems
        Rows that were left out, and why.
    """

    folder: Path
    columns: tuple[str, ...]
    items: tuple[LabelledFilm, ...]
    names: tuple[str, ...] = ()
    problems: tuple[LabelProblem, ...] = ()
    _archives: dict[str, zipfile.ZipFile] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archives; reading again opens them again."""
        for archive in self._archives.values():
            archive.close()
        self._archives.clear()

    def of_split(self, split: str | None) -> LabelledFolder:
        """Return the films of one split; all of them for None.

        Raises
        ------
        UnknownSplitError
            If no film belongs to it.
        """
        if split is None:
            return self
        items = tuple(item for item in self.items if item.split == split)
        if not items:
            known = sorted({item.split for item in self.items if item.split})
            raise UnknownSplitError(split, known)
        return replace(self, items=items)

    def read_gray(self, item: LabelledFilm) -> UInt8Array:
        """Return a film's display values, (rows, columns) from 0 to 255.

        Raises
        ------
        UnreadableFileError, UnsupportedImageError
            If it cannot be had or read.
        """
        with self.path(item) as path:
            display = to_display(read_film(path))
        gray: UInt8Array = np.rint(display * 255.0).astype(np.uint8)
        return gray

    @contextmanager
    def path(self, item: LabelledFilm) -> Iterator[Path]:
        """Yield a film as a file, which may be gone when the context is left.

        Raises
        ------
        UnreadableFileError
            If it is missing, lies outside the folder, or is too big.
        """
        archive = self._archive_of(item)
        if not archive:
            yield _inside(self.folder, item.file)
            return
        with tempfile.TemporaryDirectory(prefix="overread-") as temporary:
            # The suffix alone is taken over: a member's name may lead elsewhere.
            unpacked = Path(temporary) / f"film{Path(item.file).suffix}"
            self._unpack(archive, item.file, unpacked)
            yield unpacked

    def beside(self, item: LabelledFilm, file: str) -> LabelledFilm:
        """Return another file that lies where a film lies, e.g. its mask."""
        return replace(item, file=file)

    def _archive_of(self, item: LabelledFilm) -> str:
        """Return the zip that holds a film; "" for a plain file.

        Where labels.csv names none, a plain file comes first, then the zip that
        is named as the source.
        """
        if item.archive or (self.folder / item.file).exists():
            return item.archive
        named = f"{item.source}.zip"
        return named if item.source and (self.folder / named).exists() else ""

    def _unpack(self, name: str, file: str, target: Path) -> None:
        where = Path(file)
        try:
            archive = self._archive(name)
            member = archive.getinfo(file)
            if member.file_size > MAX_FILM_BYTES:
                raise UnreadableFileError(
                    where, f"{member.file_size} bytes; allowed: {MAX_FILM_BYTES}"
                )
            # zipfile stops at the size that it has just stated.
            with archive.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        except KeyError:
            raise UnreadableFileError(where, f"it is not in {name}") from None
        except (OSError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
            # RuntimeError: the member is encrypted.
            raise UnreadableFileError(where, str(error)) from error

    def _archive(self, name: str) -> zipfile.ZipFile:
        if name not in self._archives:
            self._archives[name] = zipfile.ZipFile(_inside(self.folder, name))
        return self._archives[name]


def read_labelled_folder(folder: Path) -> LabelledFolder:
    """Read ``labels.csv`` of a folder.

    Its columns: file, source, one per finding with 1, 0 or nothing; optional
    archive (a zip that holds the file; else it is a plain file, or in the zip
    that is named as the source), split, patient_id, and any other. A faulty or
    repeated row is left out and told in `LabelledFolder.problems`.

    Raises
    ------
    UnreadableFileError
        If labels.csv is missing or not a UTF-8 CSV file.
    LabelsError
        If the column file or source is missing, or no film is listed.
    """
    table = read_rows(folder / "labels.csv", ("file", "source"))
    if not table.rows:
        raise LabelsError("line 2", "no film", "one in each line")
    rows, repeated = _without_repeats(table.rows)
    columns = _finding_columns(table.names, [row for _, row in rows])
    items = tuple(_to_film(row, line, columns) for line, row in rows)
    return LabelledFolder(
        folder, columns, items, table.names, (*table.problems, *repeated)
    )


def _without_repeats(
    rows: Sequence[tuple[int, Mapping[str, str]]],
) -> tuple[list[tuple[int, Mapping[str, str]]], list[LabelProblem]]:
    """Leave out films that stand in an earlier line: they would count twice."""
    first: dict[tuple[str, str], int] = {}
    kept, repeated = [], []
    for line, row in rows:
        name = row.get("archive", ""), row["file"]
        if name in first:
            found = f"{row['file']} again, after line {first[name]}"
            repeated.append(LabelProblem(line, "file", found, "each film once"))
        else:
            first[name] = line
            kept.append((line, row))
    return kept, repeated


def _finding_columns(
    names: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    return tuple(
        name
        for name in names
        if name not in _FIXED
        and all(row[name] in _KNOWN or not row[name] for row in rows)
    )


def _to_film(
    row: Mapping[str, str], line: int, columns: tuple[str, ...]
) -> LabelledFilm:
    return LabelledFilm(
        file=row["file"],
        archive=row.get("archive", ""),
        source=row["source"],
        split=row.get("split", ""),
        patient_id=row.get("patient_id", ""),
        labels={name: _KNOWN[row[name]] for name in columns if row[name]},
        extra={k: v for k, v in row.items() if k not in (*_FIXED, *columns)},
        line=line,
    )


def _inside(folder: Path, name: str) -> Path:
    """Return a file of the folder; links and .. may not lead out of it."""
    path = (folder / name).resolve()
    if folder.resolve() not in path.parents:
        raise UnreadableFileError(Path(name), "it lies outside the folder")
    if not path.is_file():
        raise UnreadableFileError(Path(name), "it is not in the folder")
    return path
