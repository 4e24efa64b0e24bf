"""Fingerprints of what figures and caches are made of, to tell when they are stale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from studies.errors import UnreadableFileError


def of_files(files: Iterable[Path]) -> str:
    """Return a SHA-256, in hexadecimal, of files' names and bytes, in their order.

    Raises
    ------
    UnreadableFileError
        If one cannot be read.
    """
    whole = hashlib.sha256()
    for file in files:
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableFileError(file, error.strerror or str(error)) from error
        whole.update(f"{file.name}\0{digest}\n".encode())
    return whole.hexdigest()


def of_listing(folders: Iterable[Path]) -> str:
    """Return a SHA-256, in hexadecimal, of where folders are and what they list.

    Of each file its path inside the folder and its size, and of a CSV file the
    bytes as well: a label that is mended often leaves the size as it was, while
    to read archives of films would take as long as to read the films.
    """
    whole = hashlib.sha256()
    for folder in folders:
        root = folder.resolve()
        whole.update(f"{root}\n".encode())
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            size = file.stat().st_size
            bytes_ = of_files([file]) if file.suffix.lower() == ".csv" else ""
            whole.update(f"{file.relative_to(root)}\0{size}\0{bytes_}\n".encode())
    return whole.hexdigest()
