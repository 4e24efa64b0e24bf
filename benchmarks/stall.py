"""The longest stall of the window while a film is analysed: ours against a thread.

    python benchmarks/stall.py [--json FILE] [--model FOLDER] [--rounds N]

A Qt application beats every 5 ms; the longest wait beyond that between two
beats is its stall. Ours analyses RG1 through `AnalysisController`, the start
of the inference process and its imports included. The peer is the plain way:
torch is imported and the same code runs in a QThread of the same process. Each
round is a fresh process, both in turn. A second row does the same in the whole
workstation: from the start of the analysis until findings and map are drawn.
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
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer

BEAT_MS = 5
GOAL_MS = 25


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--model", type=Path, metavar="FOLDER", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--one", choices=["ours", "peer", "window"], help=argparse.SUPPRESS
    )
    chosen = parser.parse_args()
    if chosen.one is not None:
        measure = {"ours": ours, "peer": peer, "window": window}[chosen.one]
        print(json.dumps(stall_ms(measure(chosen.model))))
        return
    folder = chosen.model or bundled_model()
    rounds = [
        {which: one(which, folder) for which in ("ours", "peer", "window")}
        for _ in range(chosen.rounds)
    ]
    rows = [
        to_row("analysis of RG1", [(r["ours"], r["peer"]) for r in rounds]),
        to_row("the same, whole window", [(r["window"], r["peer"]) for r in rounds]),
    ]
    print(f"{'longest stall':36}{'ours':>10}{'thread':>10}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:36}{row['ours']:>7.1f} ms{row['peer_value']:>7.1f} ms"
            f"{row['ratio']:>8.1f}  {low:.1f} to {high:.1f}"
        )
    for which in ("ours", "window"):
        worst = max(r[which] for r in rounds)
        print(
            f"worst of {len(rounds)} rounds, {which}: {worst:.1f} ms;"
            f" goal: {GOAL_MS} ms"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def to_row(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Summarise the rounds; the ratio is above 1 where ours stalls less."""
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": name,
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": "torch in a QThread of the window's process",
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms",
        "ratio": statistics.median(ratios),
        "spread": [ratios[0], ratios[-1]],
    }


def one(which: str, folder: Path) -> float:
    """Run one round in a fresh process and return its stall, ms."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", which, "--model", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


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
    beats, timer = heart()
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
    timer.stop()
    controller.close()
    if len(ends[0]) != 2:
        raise SystemExit(f"the analysis failed: {ends[0]}")
    return beats


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

    beats, timer = heart()
    thread = Thread()
    thread.finished.connect(application.quit)
    thread.start()
    application.exec()
    timer.stop()
    thread.wait()
    return beats


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
        kept: list[Any] = []

        def shown(*_: object) -> None:
            kept.append(heart())

        def end(*_: object) -> None:
            QTimer.singleShot(1000, finish)

        def finish() -> None:
            kept[0][1].stop()
            app.window.close()

        def ready() -> None:
            app.workstation.controller.started.connect(shown)
            app.workstation.ai.completed.connect(end)
            app.open_samples()

        app.ready.connect(ready)
        app.start()
        application.exec()
    beats: list[float] = kept[0][0]
    return beats


def heart() -> tuple[list[float], QTimer]:
    """Start a timer that writes down when it fires."""
    from PySide6.QtCore import Qt, QTimer

    beats = [time.perf_counter()]
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(BEAT_MS)
    return beats, timer


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


if __name__ == "__main__":
    main()
