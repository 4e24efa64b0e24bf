"""2,000 damaged files: none ends the process, hangs it, or is passed over silently."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from studies.decoding import TIME_LIMIT_S

_log = logging.getLogger(__name__)
COUNT = int(os.environ.get("OVERREAD_MUTATIONS", "2000"))
"""OVERREAD_MUTATIONS=50000 before a release."""

_CHILD = Path(__file__).parent / "support" / "inspect_mutated.py"
_MARGIN_S = 15.0
_LARGEST_MB = 2048


class Watched:
    """One child that inspects a share of the files; killed if it says nothing."""

    def __init__(self, folder: Path, first: int, last: int) -> None:
        folder.mkdir()
        self.expected = last - first
        self.began: list[int] = []
        self.ended: dict[int, str] = {}
        self.peak_mb = 0
        self.hung = False
        self._process = subprocess.Popen(
            [sys.executable, str(_CHILD), str(folder), str(first), str(last)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.error = ""
        self._threads = (
            threading.Thread(target=self._read),
            threading.Thread(target=self._read_errors),
        )
        for thread in self._threads:
            thread.start()

    def wait(self) -> int:
        for thread in self._threads:
            thread.join()
        code = self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        alarm = self._armed()
        for line in self._process.stdout:
            alarm.cancel()
            word, number, *rest = line.split()
            if word == "begin":
                self.began.append(int(number))
            elif word == "end":
                self.ended[int(number)] = "".join(rest)
            else:
                self.peak_mb = int(number)
            alarm = self._armed()
        alarm.cancel()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.error = self._process.stderr.read()

    def _armed(self) -> threading.Timer:
        """Kill the child unless it speaks: a decode may take its limit, no more."""
        timer = threading.Timer(TIME_LIMIT_S + _MARGIN_S, self._kill)
        timer.start()
        return timer

    def _kill(self) -> None:
        self.hung = True
        self._process.kill()


@pytest.mark.timeout(1800 if COUNT <= 2000 else 0)
def test_that_no_damaged_file_ends_hangs_or_silences_the_reader(tmp_path) -> None:
    half = COUNT // 2
    children = [
        Watched(tmp_path / "a", 0, half),
        Watched(tmp_path / "b", half, COUNT),
    ]
    codes = [child.wait() for child in children]
    for child, code in zip(children, codes, strict=True):
        last = child.began[-1] if child.began else None
        assert not child.hung, f"seed {last} hangs"
        assert code == 0, f"seed {last} ends the process: {child.error[-2000:]}"
        assert len(child.ended) == child.expected
        silent = [seed for seed, status in child.ended.items() if not status]
        assert not silent, f"nothing is said of seeds {silent[:10]}"
        assert child.peak_mb < _LARGEST_MB
    statuses = Counter(s for child in children for s in child.ended.values())
    peak_mb = max(child.peak_mb for child in children)
    _log.info("%d files: %s, peak %d MB", COUNT, dict(statuses), peak_mb)
    # A mutator that hurts nothing would prove nothing.
    assert statuses["refused"] > COUNT // 10
    assert statuses["notice"] > COUNT // 20
