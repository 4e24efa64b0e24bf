import subprocess
import sys
from pathlib import Path

import pytest

from inference.process_child import find_handler, raised

ROOT = Path(__file__).resolve().parent.parent.parent


def test_that_a_hung_process_ends_itself_though_nobody_kills_it():
    code = (
        "from inference.process_child import _Watchdog\n"
        "with _Watchdog(0.2):\n"
        "    while True:\n"
        "        pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 1


def test_that_the_watchdog_lets_a_process_that_finished_live():
    code = (
        "import time\n"
        "from inference.process_child import _Watchdog\n"
        "with _Watchdog(0.1):\n"
        "    pass\n"
        "time.sleep(0.3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0


def test_that_a_handler_is_found_by_module_and_name():
    assert find_handler("os.path:basename")("a/b") == "b"
    with pytest.raises(ModuleNotFoundError):
        find_handler("no_such_module:run")


def test_that_an_exception_is_described_without_the_values_around_it():
    patient_name = "Canary^Secret"
    try:
        int(f"{len(patient_name)} ribs")
    except ValueError as error:
        told = raised(4, error)
    assert (told.number, told.kind) == (4, "ValueError")
    assert "test_process_child.py" in told.frames
    assert "Canary" not in told.frames + told.reason
