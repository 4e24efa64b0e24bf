"""A zipped model, unpacked where it can do no harm."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from inference.errors import ModelUnavailableError

MAXIMUM_FILES = 500
MAXIMUM_BYTES = 2 * 1024**3
MAXIMUM_RATIO = 20
"""Unpacked bytes a packed one; weights hardly shrink."""

_BLOCK = 1024 * 1024


def unpack(path: Path, target: Path) -> Path:
    """Unpack a zip into an empty folder; return the folder of the model in it.

    Every name is checked before the first file is written, and bytes are
    counted as they come, whatever the zip says of itself.

    Raises
    ------
    ModelUnavailableError
        If a name leads out of the folder, an entry is a link, encrypted or
        there twice, or it unpacks to more than is allowed.
    """
    label = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            _check(label, entries, path.stat().st_size)
            left = MAXIMUM_BYTES
            for entry in entries:
                left = _write(label, archive, entry, target, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ModelUnavailableError(label, "it is no sound zip") from error
    return _model_folder(target)


def _check(label: str, entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MAXIMUM_FILES:
        raise ModelUnavailableError(label, f"it holds more than {MAXIMUM_FILES} files")
    # Some file systems take "A" and "a" for one name.
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) != len(names):
        raise ModelUnavailableError(label, "two of its files have one name")
    total = sum(entry.file_size for entry in entries)
    if total > MAXIMUM_BYTES or total > MAXIMUM_RATIO * max(size, _BLOCK):
        raise ModelUnavailableError(label, f"it unpacks to {total} bytes")
    for entry in entries:
        _check_entry(label, entry)


def _check_entry(label: str, entry: zipfile.ZipInfo) -> None:
    name, place = entry.filename, PurePosixPath(entry.filename)
    if (
        place.is_absolute()
        or ".." in place.parts
        or any(mark in name for mark in "\\:\0")
        or entry.orig_filename != name
    ):
        raise ModelUnavailableError(label, f"{name[:60]!r} leads out of its folder")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ModelUnavailableError(label, f"{name[:60]!r} is a link or a device")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # bzip2 and LZMA fail with errors of their own, and no maker needs them.
        raise ModelUnavailableError(
            label, f"{name[:60]!r} is packed by neither of: stored, deflated"
        )
    if entry.flag_bits & 1:
        raise ModelUnavailableError(label, f"{name[:60]!r} is encrypted")


def _write(
    label: str,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    left: int,
) -> int:
    """Write one file; return how many bytes may still come."""
    place = target / entry.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, place.open("xb") as out:
        while block := packed.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise ModelUnavailableError(
                    label, f"it unpacks to more than {MAXIMUM_BYTES} bytes"
                )
            out.write(block)
    return left


def _model_folder(target: Path) -> Path:
    """Return the folder itself, or the only one in it."""
    inside = [one for one in target.iterdir() if one.name != "__MACOSX"]
    if len(inside) == 1 and inside[0].is_dir():
        return inside[0]
    return target
