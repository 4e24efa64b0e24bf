"""Files that are kept open while several of their frames are read."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from studies.model import ImageHeader
from studies.pixel_source import PixelSource, open_pixels

_MOST_OPEN = 8


class OpenSources:
    """Lends the open file of a header; one of many frames stays open. Any thread.

    So its fragments are walked, and a deflated one is inflated, once and not
    for every frame. Those of a single frame are closed after it.
    """

    def __init__(self, headers: Sequence[ImageHeader]) -> None:
        self._frames = Counter(header.path for header in headers)
        self._lock = threading.Lock()
        self._open: OrderedDict[Path, PixelSource] = OrderedDict()
        self._users: Counter[Path] = Counter()

    @contextmanager
    def source(self, header: ImageHeader) -> Iterator[PixelSource]:
        """Lend the file; errors as in `open_pixels`."""
        if self._frames[header.path] == 1:
            source = open_pixels(header)
            try:
                yield source
            finally:
                source.close()
            return
        source = self._taken(header)
        try:
            yield source
        finally:
            self._returned(header.path)

    def close(self) -> None:
        """Close all files; none may be lent."""
        with self._lock:
            for source in self._open.values():
                source.close()
            self._open.clear()

    def _taken(self, header: ImageHeader) -> PixelSource:
        with self._lock:
            if header.path not in self._open:
                self._open[header.path] = open_pixels(header)
            self._open.move_to_end(header.path)
            self._users[header.path] += 1
            return self._open[header.path]

    def _returned(self, path: Path) -> None:
        with self._lock:
            self._users[path] -= 1
            idle = [each for each in self._open if not self._users[each]]
            for each in idle[: max(0, len(self._open) - _MOST_OPEN)]:
                self._open.pop(each).close()
