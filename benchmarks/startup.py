"""Time from starting Python to a visible window: ours, and the naive order.

Each run is a fresh process. "Naive" imports torch, torchvision and highdicom
first, as a program does whose window imports its model; then it shows the very
same window.

    python benchmarks/startup.py [--runs 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_NAIVE = "import torch, torchvision, highdicom\n"
_WINDOW = """
import os, sys, tempfile, time
from pathlib import Path
began = float(os.environ["OVERREAD_BEGAN"])
{first}
from PySide6.QtWidgets import QApplication
from gui.app import App
from gui.services import Services
from gui.settings import Settings
application = QApplication([])
own = Path(tempfile.mkdtemp())
app = App(application, Services(Settings(own / "s.ini"), own / "r.sqlite", own))
times = {{}}
def painted():
    times["visible"] = time.time() - began
def ready():
    times["ready"] = time.time() - began
    times["heavy"] = [m for m in ("torch", "torchvision", "highdicom", "timm")
                      if m in sys.modules]
    app.window.close()
app.window.painted.connect(painted)
app.ready.connect(ready)
app.start()
application.exec()
import json
print(json.dumps(times))
"""


def measure(*, naive: bool) -> dict[str, object]:
    """Start a process; return seconds until its window was painted, and ready."""
    import time

    code = _WINDOW.format(first=_NAIVE if naive else "")
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    environment["PYTHONPATH"] = str(_ROOT)
    environment["OVERREAD_BEGAN"] = repr(time.time())
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Measure both orders in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    measure(naive=False)  # fills the disk cache
    ours, naive = [], []
    for _ in range(chosen.runs):
        ours.append(measure(naive=False))
        naive.append(measure(naive=True))
    rows = [_row(key, ours, naive) for key in ("visible", "ready")]
    print(f"{'':34}{'ours':>9}{'naive':>9}{'ratio':>8}")
    for row in rows:
        print(
            f"{row['name']:34}{row['ours']:8.2f}s{row['peer_value']:8.2f}s"
            f"{row['ratio']:7.1f}x"
        )
    print("heavy modules in our window's process:", ours[-1]["heavy"] or "none")
    if chosen.json is not None:
        chosen.json.write_text(
            json.dumps({"machine": _machine(), "rows": rows}, indent=1) + "\n",
            encoding="utf-8",
        )


def _row(
    key: str, ours: list[dict[str, object]], naive: list[dict[str, object]]
) -> dict[str, object]:
    names = {
        "visible": "start of Python to visible window",
        "ready": "start of Python to ready to open",
    }
    mine = [float(str(run[key])) for run in ours]
    theirs = [float(str(run[key])) for run in naive]
    ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
    return {
        "name": names[key],
        "ours": statistics.median(mine),
        "peer": "torch, torchvision, highdicom imported first",
        "peer_value": statistics.median(theirs),
        "unit": "s",
        "ratio": statistics.median(theirs) / statistics.median(mine),
        "spread": [min(ratios), max(ratios)],
    }


def _machine() -> dict[str, object]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
