"""Finds studies through the index: what was seen before is not read again. No Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studies.discovery import discover
from studies.index import IndexUnavailableError, StudyIndex

if TYPE_CHECKING:
    from studies.model import Discovery

_log = logging.getLogger(__name__)


class IndexedSearch:
    """Looks into files and folders; called in one thread, which owns the index.

    Where the index cannot be had, files are read as if they had never been seen:
    that is slower and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index: StudyIndex | None = None
        self._failed = False

    def __call__(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Discovery:
        """Find what the paths hold; as `studies.discovery.discover`."""
        index = self._opened()
        if index is None:
            return discover(paths, progress=progress, cancelled=cancelled)
        return index.discover(paths, progress=progress, cancelled=cancelled)

    def close(self) -> None:
        """Close the index; called in its thread."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _opened(self) -> StudyIndex | None:
        if self._index is None and not self._failed:
            try:
                self._index = StudyIndex(self._path)
            except IndexUnavailableError:
                self._failed = True
                _log.warning("the index of studies cannot be opened")
        return self._index
