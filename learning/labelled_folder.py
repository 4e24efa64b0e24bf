"""A folder of labelled films: ``labels.csv`` and the zips or files beside it."""

from __future__ import annotations

import csv
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from studies.errors import OverreadError, UnreadableFileError
from studies.grayscale import to_display
from studies.model import UInt8Array
from studies.reader import read_film

MAX_FILM_BYTES = 512 * 1024 * 1024
_FIXED = ("file", "archive", "source", "split", "patient_id")


class LabelsError(OverreadError):
    """A labels.csv that cannot be used; the text names line and column."""

    def __init__(self, where: str, found: str, allowed: str) -> None:
        super().__init__(f"labels.csv, {where}: found {found}; allowed: {allowed}")


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


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """The films that a labels.csv lists, in its order.

    A context manager, because it keeps the archives open that it has read from.

    Attributes
    ----------
    columns
        The finding columns: all that hold nothing but 1, 0 or nothing.
    """

    folder: Path
    columns: tuple[str, ...]
    items: tuple[LabelledFilm, ...]
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
        if not item.archive:
            yield _inside(self.folder, item.file)
            return
        with tempfile.TemporaryDirectory(prefix="overread-") as temporary:
            # The suffix alone is taken over: a member's name may lead elsewhere.
            unpacked = Path(temporary) / f"film{Path(item.file).suffix}"
            self._unpack(item, unpacked)
            yield unpacked

    def _unpack(self, item: LabelledFilm, target: Path) -> None:
        where = Path(item.file)
        try:
            archive = self._archive(item.archive)
            member = archive.getinfo(item.file)
            if member.file_size > MAX_FILM_BYTES:
                raise UnreadableFileError(
                    where, f"{member.file_size} bytes; allowed: {MAX_FILM_BYTES}"
                )
            # zipfile stops at the size that it has just stated.
            with archive.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        except KeyError:
            raise UnreadableFileError(where, f"it is not in {item.archive}") from None
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
    archive (a zip that holds the file), split, patient_id, and any other.

    Raises
    ------
    UnreadableFileError
        If labels.csv is missing or not a UTF-8 CSV file.
    LabelsError
        If file or source are missing, or a row has another number of cells.
    """
    path = folder / "labels.csv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            names = tuple(rows.fieldnames or ())
            for name in ("file", "source"):
                if name not in names:
                    raise LabelsError("line 1", f"no column {name}", "one of that name")
            lines = [(rows.line_num, _checked(row, rows.line_num)) for row in rows]
    except FileNotFoundError:
        raise UnreadableFileError(path, f"it is not in {folder}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(path, str(error)) from error
    columns = _finding_columns(names, [row for _, row in lines])
    items = tuple(_to_film(row, line, columns) for line, row in lines)
    return LabelledFolder(folder, columns, items)


def _checked(row: dict[str, str], line: int) -> dict[str, str]:
    # DictReader files surplus cells under None and fills missing ones with None.
    if None in row or None in row.values():
        raise LabelsError(f"line {line}", "another number of cells", "as in line 1")
    if not row["file"]:
        raise LabelsError(f"line {line}", "no file", "a path inside the folder")
    return row


def _finding_columns(
    names: Iterable[str], rows: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    return tuple(
        name
        for name in names
        if name not in _FIXED and all(row[name] in ("1", "0", "") for row in rows)
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
        labels={name: int(row[name]) for name in columns if row[name]},
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
