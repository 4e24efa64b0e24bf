"""The development data's awkward files: what a robust viewer does with each."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from studies.inspection import FileReport, inspect_paths

# The share of the index's expectations that this reader meets, rounded down.
SHARE_MET = 1.0
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
    met, missed = 0, []
    for row in rows:
        # Whatever escapes here is a crash, and fails the test.
        reports = list(inspect_paths(_paths(awkward, row, rows)))
        status = _overall(reports, is_set=bool(row["set"]))
        if status in _SHOWN_OR_NOT[row["expect"]]:
            met += 1
        else:
            missed.append((row["file"], row["expect"], status))
    assert met / len(rows) >= SHARE_MET, missed


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
