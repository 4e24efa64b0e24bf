"""The development data's awkward files, each opened in one and the same window."""

from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

_log = logging.getLogger(__name__)
_CHILD = Path(__file__).parent / "support" / "open_awkward.py"
_LONGEST_S = 10.0
_SILENCE_S = 60.0
_LARGEST_MB = 2048
_TO_TELL = ("warn", "warn_or_refuse", "refuse")


@dataclass(frozen=True)
class Case:
    """Files opened together, and what the index expects of them."""

    name: str
    paths: tuple[Path, ...]
    expect: str


@pytest.fixture
def cases(development_data: Path) -> list[Case]:
    folder = development_data / "awkward"
    if not (folder / "index.csv").is_file():
        pytest.skip("the development data hold no awkward/index.csv")
    with (folder / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        grouped.setdefault(row["set"] or row["file"], []).append(row)
    found = [
        Case(name, tuple(folder / row["file"] for row in group), group[0]["expect"])
        for name, group in grouped.items()
    ]
    return [*found, Case("all", (folder,), "warn")]


@pytest.mark.timeout(300)
def test_that_the_window_outlives_every_awkward_file_and_says_what_is_wrong(
    cases: list[Case], tmp_path: Path
) -> None:
    (tmp_path / "cases.json").write_text(
        json.dumps([[str(path) for path in case.paths] for case in cases])
    )
    answers, peaks = _opened(tmp_path)
    assert len(answers) == len(cases)
    named = list(zip(cases, answers, strict=True))
    _log.info(
        "%d cases, slowest %.1f s, longest stall %.0f ms, peak %d MB, its children %d",
        len(cases),
        max(answer["seconds"] for answer in answers),
        1000 * max(answer["stall"] for answer in answers),
        *peaks,
    )
    assert not [c.name for c, answer in named if answer["exceptions"]]
    assert not [c.name for c, answer in named if answer["seconds"] > _LONGEST_S]
    silent = [c.name for c, answer in named if c.expect in _TO_TELL and _plain(answer)]
    assert not silent
    refused = [c.name for c, a in named if c.expect == "refuse" and a["shown"]]
    assert not [name for name in refused if not _fails(name, named)]
    assert max(peaks) < _LARGEST_MB


def _plain(answer: dict[str, object]) -> bool:
    """Whether the case is on screen as if nothing were wrong with it."""
    return not answer["said"]


def _fails(name: str, named: list[tuple[Case, dict]]) -> bool:
    """Whether the pane says that this case's image cannot be shown."""
    (answer,) = (answer for case, answer in named if case.name == name)
    return any("cannot be shown" in text for text in answer["said"])


def _opened(folder: Path) -> tuple[list[dict], list[int]]:
    """Run the child; kill it if it is silent for long."""
    errors = (folder / "errors.txt").open("w+")
    child = subprocess.Popen(
        [sys.executable, str(_CHILD), str(folder), str(folder / "cases.json")],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert child.stdout is not None
    answers, peaks, last = [], [], ""
    with errors, child:
        alarm = threading.Timer(_SILENCE_S, child.kill)
        alarm.start()
        for line in child.stdout:
            alarm.cancel()
            word, _, rest = line.strip().partition(" ")
            last = line
            if word == "end":
                answers.append(json.loads(rest.partition(" ")[2]))
            elif word == "peak":
                peaks = json.loads(rest)
            alarm = threading.Timer(_SILENCE_S, child.kill)
            alarm.start()
        alarm.cancel()
    trace = (folder / "errors.txt").read_text()
    assert child.returncode == 0, f"after {last!r}: {trace[-3000:]}"
    return answers, peaks
