"""The development data's awkward files: what a robust viewer does with each."""

from __future__ import annotations

import csv
import logging
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from studies.inspection import FileReport, inspect_paths

_log = logging.getLogger(__name__)
# The share of the index's expectations that this reader meets, rounded down.
SHARE_MET = 1.0
LONGEST_S, LARGEST_MB = 10.0, 2048
_SHOWN_OR_NOT = {
    "open": ("ok", "notice"),
    "open_or_warn": ("ok", "notice"),
    "warn": ("notice",),
    "warn_or_refuse": ("notice", "refused"),
    "refuse": ("refused",),
    "any_clear": ("ok", "notice", "refused"),
}


@pytest.fixture
def awkward(development_data: Path) -> Path:
    folder = development_data / "awkward"
    if not (folder / "index.csv").is_file():
        pytest.skip("the development data hold no awkward/index.csv")
    return folder


@pytest.mark.timeout(600)
def test_that_awkward_files_crash_nothing_and_do_what_their_index_expects(
    awkward: Path,
) -> None:
    with (awkward / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    met, missed, seconds = 0, [], {}
    for row in rows:
        # Whatever escapes here is a crash, and fails the test.
        started = time.monotonic()
        reports = list(inspect_paths(_paths(awkward, row, rows)))
        seconds[row["file"]] = time.monotonic() - started
        status = _overall(reports, is_set=bool(row["set"]))
        if status in _SHOWN_OR_NOT[row["expect"]]:
            met += 1
        else:
            missed.append((row["file"], row["expect"], status))
    assert met / len(rows) >= SHARE_MET, missed
    slowest = max(seconds, key=seconds.__getitem__)
    _log.info("%d of %d met, slowest %.2f s", met, len(rows), seconds[slowest])
    assert seconds[slowest] < LONGEST_S, slowest


def test_that_inspecting_all_awkward_files_takes_little_memory(awkward: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from studies.inspection import inspect_paths\n"
        "if __name__ == '__main__':\n"
        "    count = len(list(inspect_paths([Path(sys.argv[1])])))\n"
        # Not getrusage: its peak begins with that of the process that forked it.
        "    words = Path('/proc/self/status').read_text().split()\n"
        "    print(count, int(words[words.index('VmHWM:') + 1]) // 1024)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(awkward)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    count, peak_mb = map(int, child.stdout.split())
    _log.info("%d files, peak %d MB", count, peak_mb)
    assert count >= 200
    assert peak_mb < LARGEST_MB


def test_that_every_message_about_an_awkward_file_says_something(
    awkward: Path,
) -> None:
    counts: Counter[str] = Counter()
    for report in inspect_paths([awkward / "pwnlab", awkward / "synthetic"]):
        counts[report.status] += 1
        if report.status != "ok":
            assert report.messages, report.path
            assert all(len(message) < 500 for message in report.messages)
    assert counts["refused"] > 10


def _paths(folder: Path, row: dict[str, str], rows: list[dict[str, str]]) -> list[Path]:
    """Return the file, or all files of its set: they belong together."""
    if not row["set"]:
        return [folder / row["file"]]
    return [folder / other["file"] for other in rows if other["set"] == row["set"]]


def _overall(reports: list[FileReport], *, is_set: bool) -> str:
    """Return what the user sees: refused where nothing at all is shown."""
    shown = [r for r in reports if r.status != "refused" and (r.header or r.other)]
    if not shown and not is_set:
        return "refused" if any(r.messages for r in reports) else "silent"
    return "ok" if all(r.status == "ok" for r in reports) else "notice"
