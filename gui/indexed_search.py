"""The index of studies, made when it is first asked; searches go through it. No Qt."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studies.discovery import discover
from studies.errors import OverreadError
from studies.index import StudyIndex

if TYPE_CHECKING:
    from datetime import datetime

    from studies.model import Discovery, Study

_log = logging.getLogger(__name__)


class IndexedSearch:
    """Looks into files and folders, and remembers what lies where. Any thread.

    Where the index cannot be had, files are read as if they had never been seen:
    that is slower and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._index: StudyIndex | None = None

    def __call__(
        self,
        paths: Sequence[Path],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Discovery:
        """Find what the paths hold; as `studies.discovery.discover`."""
        try:
            index = self.index()
        except OverreadError:
            _log.warning("the index of studies cannot be opened")
            return discover(paths, progress=progress, cancelled=cancelled)
        return index.discover(paths, progress=progress, cancelled=cancelled)

    def index(self) -> StudyIndex:
        """Return the index; it is opened or made when first asked for.

        Raises
        ------
        IndexUnavailableError
            If it cannot be had.
        """
        with self._lock:
            if self._index is None:
                self._index = StudyIndex(self._path)
            return self._index

    def note_opened(self, study: Study, at: datetime) -> None:
        """Remember that a study was opened; called off the main thread."""
        self.index().opened(study, at)

    def close(self) -> None:
        """Close the index, once no thread uses it."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
