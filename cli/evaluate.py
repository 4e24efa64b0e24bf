"""``overread evaluate``: a model measured on a labelled folder."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cli.evaluate_options import Options
from cli.files import write_whole

if TYPE_CHECKING:
    from inference.local_calibration import LocalCalibration
    from inference.model_card import ModelCard
    from learning.labelled_folder import LabelledFolder
    from learning.scoring import Analyse
    from learning.targets import Targets
    from learning.validation import Validation

METRICS, PARTIAL, REPORT = "metrics.json", "metrics.partial.json", "report.html"
_SHOWN = 20
"""Lines about faulty rows and films before the rest is counted."""


def run(model: str, data: Path, output: Path, options: Options | None = None) -> int:
    """Write ``metrics.json`` and ``report.html`` to `output`.

    Returns
    -------
    0; 1 if a row, cell or film was left out (each is a line on stderr; a film
    that the model rightly refuses is no failure), if it was cancelled, or if the
    films were too few to calibrate any finding; 2 on wrong usage, such as no model
    or split of that name.

    Raises
    ------
    OverreadError
        If the model or the labels cannot be used.
    OSError
        If `output` cannot be written.
    """
    from inference.device import choose
    from inference.errors import DeviceUnavailableError, UnknownModelError
    from inference.registry import default_registry
    from learning.labelled_folder import UnknownSplitError, read_labelled_folder

    asked = options or Options()
    try:
        _check(asked)
        card = default_registry().verify(model)
        choose(asked.device)
        folder = read_labelled_folder(data).of_split(asked.split)
    except (
        _UsageError,
        UnknownModelError,
        UnknownSplitError,
        DeviceUnavailableError,
    ) as error:
        sys.stderr.write(f"overread: {error}\n")
        return 2
    with folder:
        return _evaluate(card, folder, output, asked)


class _UsageError(Exception):
    """Wrong usage: exit code 2."""


def _check(options: Options) -> None:
    if not 0.0 < options.sensitivity < 1.0:
        raise _UsageError(
            f"--sensitivity {options.sensitivity:g}; allowed: between 0 and 1"
        )
    if options.calibrate is None:
        return
    if not (options.site.strip() and options.validated_by.strip()):
        raise _UsageError(
            "--calibrate needs --site and --validated-by: they stand in the file"
        )
    if options.local:
        raise _UsageError("--calibrate measures the model as shipped: leave --local")


def _evaluate(
    card: ModelCard, folder: LabelledFolder, output: Path, options: Options
) -> int:
    from explain.engine import Engine
    from explain.stream import analyse_all
    from inference.errors import LocalCalibrationError
    from inference.local_calibration import localised
    from inference.local_store import default_store, nothing_local
    from learning.targets import targets_of

    state = default_store().state if options.local else nothing_local
    here = state(card)
    if options.local and here.calibration is None:
        reason = here.refusal or "it was never validated here"
        raise LocalCalibrationError(card.model_id, reason)
    card = localised(card, here.calibration)
    targets = targets_of(card, folder)
    output.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    for name in (METRICS, PARTIAL, REPORT):
        # An earlier run's figures would be taken for this one's.
        (output / name).unlink(missing_ok=True)
    analyse = functools.partial(analyse_all, Engine(local=state))
    done = _run(card, folder, targets, analyse, options)
    _write(done, output, options)
    calibrated = True
    if options.calibrate is not None and not done.cancelled:
        calibrated = _calibrate(done, options.calibrate, options)
    return max(_conclude(done, output), int(not calibrated))


def _run(
    card: ModelCard,
    folder: LabelledFolder,
    targets: Targets,
    analyse: Analyse,
    options: Options,
) -> Validation:
    from rich.console import Console
    from rich.progress import Progress

    from learning.validation import validate

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(card.model_id, total=len(folder.items))
        return validate(
            card,
            folder,
            options.split,
            targets,
            analyse,
            device=options.device,
            progress=lambda count: bar.update(task, completed=count),
        )


def _write(done: Validation, output: Path, options: Options) -> None:
    from learning.report import render_report

    metrics = done.metrics()
    text = json.dumps(metrics, indent=2, allow_nan=False) + "\n"
    if done.cancelled:
        write_whole(output / PARTIAL, text)
        return
    write_whole(output / METRICS, text)
    page = render_report(metrics, done, options.sensitivity)
    write_whole(output / REPORT, page)


def _calibrate(done: Validation, path: Path, options: Options) -> bool:
    """Sign the local calibration, write a copy to `path`, and put it into force.

    Returns
    -------
    Whether it is in force. One that withholds every finding is not: it would
    change nothing but to take the place of an earlier, good one.
    """
    from datetime import UTC, datetime

    from inference.local_store import default_store, write_file
    from learning.local_calibration import calibrate_locally

    store = default_store()
    signed = store.sign(
        calibrate_locally(
            done,
            site=options.site.strip(),
            validated_by=options.validated_by.strip(),
            validated_on=datetime.now(UTC).astimezone().date().isoformat(),
            sensitivity=options.sensitivity,
        )
    )
    write_file(path, signed)
    _tell_findings(signed)
    if not signed.usable:
        sys.stderr.write(
            "overread: not put into force: no finding could be calibrated; what was in"
            f" force before stays. Evaluate on more films; a copy is {path}\n"
        )
        return False
    store.write(signed)
    sys.stdout.write(f"in force for this user; a copy is {path}\n")
    return True


def _tell_findings(signed: LocalCalibration) -> None:
    for finding in signed.findings:
        said = finding.withheld or (
            f"{finding.method}, threshold {finding.threshold:.3f}"
        )
        sys.stdout.write(f"{finding.name}: {finding.films} films; {said}\n")
        if finding.warning:
            sys.stdout.write(f"  {finding.warning}\n")


def _conclude(done: Validation, output: Path) -> int:
    problems = done.problems()
    for line in problems[:_SHOWN]:
        sys.stderr.write(f"overread: {line}; left out of the figures\n")
    if len(problems) > _SHOWN:
        sys.stderr.write(f"overread: and {len(problems) - _SHOWN} more like these\n")
    analysed = sum(1 for film in done.films if film.analysed)
    if done.cancelled:
        sys.stderr.write(
            f"overread: cancelled after {len(done.films)} of"
            f" {len(done.folder.items)} films; {output / PARTIAL} has these alone."
            " Run it again for metrics.json\n"
        )
        return 1
    sys.stdout.write(
        f"{analysed} of {len(done.films)} films scored. {output / REPORT}\n"
    )
    return int(bool(problems))
