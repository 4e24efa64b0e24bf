"""The longest stall of the window while it analyses, and while it loads a series.

    python benchmarks/stall.py [--json FILE] [--model FOLDER] [--rounds N]
        [--only {analysis,series}]

A Qt application beats every 5 ms; the longest wait beyond that between two
beats is its stall. Ours analyses RG1 through `AnalysisController`, the start
of the inference process and its imports included. The peer is the plain way:
torch is imported and the same code runs in a QThread of the same process. Each
round is a fresh process, both in turn. A second row does the same in the whole
workstation: from the start of the analysis until findings and map are drawn.

The last rows are about the 80 slices of a chest CT (JPEG Lossless) of the
development data (OVERREAD_DATA, by default ../shared/data); see
`series_stall.py`. Beside the stall stands how long the main thread itself was at
work between two beats: where other programs want the processors too, a stall is
longer than that. pydicom reads JPEG Lossless only with a package that Overread
does not use for it; have it from a folder of its own, for this comparison alone:

    pip install --no-deps --target DIR python-gdcm
    PYTHONPATH=DIR python benchmarks/stall.py
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import series_stall
from series_stall import BEAT_MS, Heart

GOAL_MS = 25


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--model", type=Path, metavar="FOLDER", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["analysis", "series"])
    parser.add_argument("--one", choices=[*_ANALYSES, *_SERIES], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one in _ANALYSES:
        print(json.dumps(stall_ms(_ANALYSES[chosen.one](chosen.model))))
        return
    if chosen.one in _SERIES:
        print(json.dumps(told(_SERIES[chosen.one](chosen.model))))
        return
    rows = []
    if chosen.only != "series":
        rows += analysis_rows(chosen.model or bundled_model(), chosen.rounds)
    if chosen.only != "analysis":
        rows += series_rows(chosen.rounds)
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def analysis_rows(folder: Path, count: int) -> list[dict[str, Any]]:
    """Measure and print the stalls while a film is analysed."""
    rounds = [
        {which: float(one(which, folder)) for which in _ANALYSES} for _ in range(count)
    ]
    peer = "torch in a QThread of the window's process"
    rows = [
        to_row("analysis of RG1", [(r["ours"], r["peer"]) for r in rounds], peer),
        to_row(
            "the same, whole window", [(r["window"], r["peer"]) for r in rounds], peer
        ),
    ]
    print_rows(rows)
    for which in ("ours", "window"):
        print_worst(which, [r[which] for r in rounds])
    return rows


def series_rows(count: int) -> list[dict[str, Any]]:
    """Measure and print the stalls while a series is loaded."""
    root = Path(os.environ.get("OVERREAD_DATA", "../shared/data"))
    folder = Path(__file__).resolve().parent.parent / root / series_stall.SERIES
    if not folder.is_dir():
        print(f"{folder} is not there: set OVERREAD_DATA")
        return []
    rounds = [{which: one(which, folder) for which in _SERIES} for _ in range(count)]
    ours = [r["series"] for r in rounds]
    rows = []
    if all(r["pydicom"] for r in rounds):
        pairs = [(r["series"]["stall"], r["pydicom"]["stall"]) for r in rounds]
        peer = "pydicom in a QThread of the window's process"
        rows.append(to_row("80 slices of a CT, whole window", pairs, peer))
        print_rows(rows)
    else:
        print("pydicom cannot read these files here: no peer, see --help")
    print_worst("loading", [each["stall"] for each in ours])
    print_worst("loading, main thread at work", [each["work"] for each in ours])
    for name in ("first", "read", "planes"):
        values = sorted(each[name] for each in ours)
        rows.append(figure(_SAID[name], values, "ms"))
    for name in ours[0]["scrolled"]:
        values = sorted(each["scrolled"][name] for each in ours)
        rows.append(figure(f"scrolling, {name}", values, "images/s"))
    return rows


def figure(name: str, values: list[float], unit: str) -> dict[str, Any]:
    """Print a figure that has no peer, and return its row."""
    middle = statistics.median(values)
    low, high = values[0], values[-1]
    print(f"{name:48}{middle:>8.0f} {unit}  {low:.0f} to {high:.0f}")
    return {"name": name, "ours": middle, "unit": unit, "spread": [low, high]}


def print_rows(rows: list[dict[str, Any]]) -> None:
    """Print ours beside the peer's."""
    print(f"{'longest stall':36}{'ours':>10}{'thread':>10}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:36}{row['ours']:>7.1f} ms{row['peer_value']:>7.1f} ms"
            f"{row['ratio']:>8.1f}  {low:.1f} to {high:.1f}"
        )


def print_worst(which: str, values: list[float]) -> None:
    """Print the median and the worst of the rounds."""
    print(
        f"{which}: median {statistics.median(values):.1f} ms, worst of"
        f" {len(values)} rounds {max(values):.1f} ms; goal: {GOAL_MS} ms"
    )


def told(found: series_stall.Round | None) -> dict[str, Any] | None:
    """Return what a round of the series found: times in ms."""
    if found is None:
        return None
    busy = [after - before for before, after in itertools.pairwise(found.busy)]
    return {
        "stall": stall_ms(found.beats),
        "work": max(busy) * 1000.0,
        "first": (found.first - found.start) * 1000.0,
        "read": (found.read - found.start) * 1000.0,
        "planes": (found.planes - found.start) * 1000.0,
        "scrolled": found.scrolled,
    }


def to_row(name: str, pairs: list[tuple[float, float]], peer: str) -> dict[str, Any]:
    """Summarise the rounds; the ratio is above 1 where ours stalls less."""
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": name,
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": peer,
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms",
        "ratio": statistics.median(ratios),
        "spread": [ratios[0], ratios[-1]],
    }


def one(which: str, folder: Path) -> Any:
    """Run one round in a fresh process and return what it found."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", which, "--model", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    return json.loads(done.stdout.splitlines()[-1])


def stall_ms(beats: list[float]) -> float:
    """Return the longest wait between two beats beyond the beat itself, ms."""
    waits = [after - before for before, after in itertools.pairwise(beats)]
    return max(waits) * 1000.0 - BEAT_MS


def ours(folder: Path) -> list[float]:
    """Analyse through the controller; return the times of the beats."""
    from PySide6.QtWidgets import QApplication

    from explain.analysis import AnalysisRequest
    from gui.analysis_controller import AnalysisController
    from studies.reader import read_film
    from studies.samples import sample_films

    application = QApplication([])
    image = read_film(sample_films()[0])
    heart = Heart()
    controller = AnalysisController()
    ends: list[object] = []

    def end(*what: object) -> None:
        ends.append(what)
        application.quit()

    controller.completed.connect(end)
    controller.failed.connect(end)
    controller.start()
    controller.submit(AnalysisRequest("rg1", image, str(folder), "grad-cam"))
    application.exec()
    heart.stop()
    controller.close()
    if len(ends[0]) != 2:
        raise SystemExit(f"the analysis failed: {ends[0]}")
    return heart.beats


def peer(folder: Path) -> list[float]:
    """Analyse in a thread of this process; return the times of the beats."""
    from PySide6.QtCore import QThread
    from PySide6.QtWidgets import QApplication

    from explain.analysis import AnalysisRequest
    from studies.reader import read_film
    from studies.samples import sample_films

    application = QApplication([])
    image = read_film(sample_films()[0])

    class Thread(QThread):
        def run(self) -> None:
            from explain.engine import Engine

            Engine().analyse(AnalysisRequest("rg1", image, str(folder), "grad-cam"))

    heart = Heart()
    thread = Thread()
    thread.finished.connect(application.quit)
    thread.start()
    application.exec()
    heart.stop()
    thread.wait()
    return heart.beats


def window(folder: Path) -> list[float]:
    """Analyse in the whole workstation; return the times of the beats.

    `folder` is not used: the workstation takes the models of its registry.
    """
    import tempfile

    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from gui.app import App
    from gui.services import Services
    from gui.settings import Settings

    application = QApplication([])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        own = Path(name)
        services = Services(Settings(own / "s.ini"), own / "reviews.sqlite", own)
        app = App(application, services)
        app.window.resize(1920, 1080)
        kept: list[Heart] = []

        def shown(*_: object) -> None:
            kept.append(Heart())

        def end(*_: object) -> None:
            QTimer.singleShot(1000, finish)

        def finish() -> None:
            kept[0].stop()
            app.window.close()

        def ready() -> None:
            app.workstation.controller.started.connect(shown)
            app.workstation.ai.completed.connect(end)
            app.open_samples()

        app.ready.connect(ready)
        app.start()
        application.exec()
    return kept[0].beats


def bundled_model() -> Path:
    """Return the folder of the bundled chest model."""
    from inference.registry import default_registry

    return default_registry().card("chest-findings").folder


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }


_ANALYSES = {"ours": ours, "peer": peer, "window": window}
_SERIES = {
    "series": series_stall.open_in_workstation,
    "pydicom": series_stall.read_in_thread,
}
_SAID = {
    "first": "from open() to the first slice on screen",
    "read": "from open() to the last slice read",
    "planes": "from open() to the planes on screen",
}

if __name__ == "__main__":
    main()
