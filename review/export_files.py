"""Files that are whole or not there: temporary, fsynced, renamed, folder fsynced."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_PREFIX = ".overread-"
_PART = ".part"


class Folder:
    """The folder that an export goes to.

    File names are made of the time and the kind alone: nothing that came with
    the images (a UID, a name) is ever a path.
    """

    def __init__(self, path: Path, export_id: str, at: datetime) -> None:
        self.path = path
        self._export_id = export_id
        self._stamp = f"{at:%Y%m%d-%H%M%S}"

    def check(self) -> None:
        """Make sure of the folder; it is made if its parent is there.

        Raises
        ------
        OSError
            If it is no folder or cannot be made.
        """
        if not self.path.is_dir():
            self.path.mkdir()

    def stage(self, content: bytes) -> Path:
        """Write a temporary file that only its owner can read, and fsync it.

        Raises
        ------
        OSError
            If it cannot be written whole; then nothing is left of it.
        """
        name = f"{_PREFIX}{self._export_id}-{secrets.token_hex(4)}{_PART}"
        path = self.path / name
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path

    def publish(self, staged: Path, kind: str, suffix: str) -> Path:
        """Give a checked file its name, never over another one, and fsync.

        Raises
        ------
        OSError
            If it cannot be renamed.
        """
        for number in range(1, 1000):
            tail = "" if number == 1 else f"-{number}"
            path = self.path / f"overread-{self._stamp}-{kind}{tail}{suffix}"
            try:
                _move_new(staged, path)
            except FileExistsError:
                continue
            _fsync_folder(self.path)
            return path
        raise OSError(errno.EEXIST, "too many exports of the same second")

    def sweep(self) -> None:
        """Remove what is left of this export's temporary files."""
        sweep(self.path, self._export_id)


def sweep(folder: Path, export_id: str) -> None:
    """Remove the temporary files of an export, e.g. after its process was killed."""
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}{export_id}-*{_PART}"):
            path.unlink(missing_ok=True)


def _move_new(staged: Path, path: Path) -> None:
    """Rename without overwriting: a link fails where the name is taken.

    Some file systems (exFAT) have no links; there the name is looked for first.
    """
    try:
        os.link(staged, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(path) from None
        staged.rename(path)
    else:
        staged.unlink()


def _fsync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to fsync it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_REASONS = {
    errno.ENOSPC: "disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EACCES: "the folder cannot be written",
    errno.EPERM: "the folder cannot be written",
    errno.EROFS: "the folder is read-only",
    errno.ENOENT: "the folder is not there",
    errno.ENOTDIR: "it is not a folder",
    errno.EEXIST: "it is not a folder",
    errno.EIO: "the disk reports an error",
    errno.EFBIG: "the file is too large for this disk",
}


def reason(error: OSError) -> str:
    """Say why a file could not be written, with the next step."""
    words = _REASONS.get(error.errno or 0, error.strerror or "it cannot be written")
    return f"Not written: {words}. Your decisions are kept. Choose another folder."
