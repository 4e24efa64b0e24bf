"""Checks that run in another Python: of Qt and of torch.

Nothing but ``open`` and ``demo`` imports Qt, and a faulty library may take the
process down with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from cli.check import Check, State, shortened

PROBE_TIMEOUT_S = 120.0
_LINUX_QT = (
    "install Qt's libraries: run scripts/setup.sh, or see README.md for their names"
)

# Loads the plugin that a screen would need, without opening a window.
_QT_PROBE = """
import ctypes, json, pathlib, sys
import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
app = QGuiApplication([])
missing = ""
if sys.platform == "linux":
    root = pathlib.Path(PySide6.__file__).parent / "Qt/plugins/platforms"
    try:
        ctypes.CDLL(str(root / "libqxcb.so"))
    except OSError as error:
        missing = str(error)
families = QFontDatabase.families()
print(json.dumps({"version": qVersion(), "missing": missing, "fonts": len(families),
                  "inter": any(name.startswith("Inter") for name in families)}))
"""


def check_qt() -> Iterator[Check]:
    """Look at Qt, the libraries its windows need, the screen and the fonts."""
    found, complaint = _probe(_QT_PROBE, QT_QPA_PLATFORM="offscreen")
    if found is None:
        yield Check("Qt", State.PROBLEM, f"does not start: {complaint}", _LINUX_QT)
        return
    yield Check("Qt", State.OK, found["version"])
    if found["missing"]:
        yield Check(
            "Window libraries", State.PROBLEM, shortened(found["missing"]), _LINUX_QT
        )
    elif sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        yield Check(
            "Screen",
            State.NOTICE,
            "no display: neither DISPLAY nor WAYLAND_DISPLAY is set",
            "start `overread open` from a desktop; `overread demo` runs without one",
        )
    else:
        yield Check("Screen", State.OK, "there is a display")
    yield _fonts(found)


def _fonts(found: dict[str, Any]) -> Check:
    if found["inter"]:
        return Check("Fonts", State.OK, "Inter")
    if found["fonts"]:
        return Check(
            "Fonts",
            State.NOTICE,
            f"{found['fonts']} font families, Inter is not among them",
            "install Inter (Debian, Ubuntu: fonts-inter) to see the interface as meant",
        )
    return Check("Fonts", State.PROBLEM, "none", "install fonts-inter")


_GPU_PROBE = """
import json, torch
n = torch.cuda.device_count() if torch.cuda.is_available() else 0
print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(),
    "devices": [[torch.cuda.get_device_name(i),
                 torch.cuda.get_device_properties(i).total_memory] for i in range(n)]}))
"""


def check_gpu() -> Iterator[Check]:
    """Look at torch and the GPUs it can use."""
    found, complaint = _probe(_GPU_PROBE)
    if found is None:
        yield Check(
            "PyTorch",
            State.PROBLEM,
            f"does not start: {complaint}",
            "films can be read, but no model runs: install torch and torchvision anew",
        )
        return
    yield Check("PyTorch", State.OK, found["torch"])
    for name, size in found["devices"]:
        yield Check("GPU", State.OK, f"{name}, {size / 2**30:.0f} GiB")
    if not found["devices"]:
        driver = shutil.which("nvidia-smi") is not None
        yield Check(
            "GPU",
            State.NOTICE,
            f"none that PyTorch can use; models run on the CPU, {found['threads']}"
            " threads",
            "there is an NVIDIA driver: install a torch built for its CUDA version"
            if driver
            else "",
        )


def _probe(code: str, **environment: str) -> tuple[dict[str, Any] | None, str]:
    """Run code in another Python; return what it printed as JSON, or its complaint."""
    try:
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer in {PROBE_TIMEOUT_S:.0f} s"
    if ended.returncode:
        lines = ended.stderr.strip().splitlines()
        return None, shortened(lines[-1] if lines else f"exit {ended.returncode}")
    found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found, ""
