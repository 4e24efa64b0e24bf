"""Tells, at the next start, which studies were open when the program was killed.

A file a running window, with a lock that the system frees when its process ends.
It holds digests of study keys and positions in their histories: nothing of a
patient.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path

from PySide6.QtCore import QLockFile


class OpenMarker:
    """The studies this window has open, and those an ended one left behind."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._left = _collect(folder)
        self._path = folder / f"open-{uuid.uuid4().hex}.json"
        self._lock = QLockFile(str(self._path.with_suffix(".lock")))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self._open: dict[str, int] = {}

    def left_behind(self, study_key: str) -> int | None:
        """Return the position at which a study was opened and never closed.

        None if it was closed in order. Says so once.
        """
        return self._left.pop(_digest(study_key), None)

    def opened(self, study_key: str, position: int) -> None:
        """Note that a study is open, its history at `position`."""
        self._open.setdefault(_digest(study_key), position)
        self._path.write_text(json.dumps(self._open), encoding="utf-8")

    def close(self) -> None:
        """Note that all was closed in order."""
        self._path.unlink(missing_ok=True)
        self._lock.unlock()


def _collect(folder: Path) -> dict[str, int]:
    left: dict[str, int] = {}
    for path in sorted(folder.glob("open-*.json")):
        lock = QLockFile(str(path.with_suffix(".lock")))
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            continue
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))
            left |= {str(key): int(value) for key, value in noted.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            # Cut off while it was written: then nothing is known of it.
            pass
        path.unlink(missing_ok=True)
        lock.unlock()
    return left


def _digest(study_key: str) -> str:
    return hashlib.sha256(study_key.encode()).hexdigest()[:32]
