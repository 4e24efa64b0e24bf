"""What this site measured of a model: shown by ``overread models show``."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from inference.local_calibration import LocalCalibration, LocalFinding
from inference.local_store import default_store
from inference.model_card import Measured, ModelCard


def show_local(card: ModelCard, console: Console) -> None:
    """Print the local calibration of a model, or that there is none."""
    state = default_store().state(card)
    if state.refusal:
        console.print(
            f"Local calibration refused: {state.refusal}. The manifest's values are"
            f" used. Remove it: overread models uncalibrate {card.model_id}",
            markup=False,
        )
    elif state.calibration is None:
        console.print("Not calibrated on local films.")
    else:
        local = state.calibration
        console.print(
            f"Calibrated on {local.films} films ({local.refused} not scored) of"
            f" {local.site} on {local.validated_on}, validated by"
            f" {local.validated_by}; the signature is this site's.",
            markup=False,
        )
        console.print(_table(local))


def run_uncalibrate(model_id: str) -> int:
    """Remove the local calibration of a model, also of one that is gone."""
    from inference.errors import ModelUnavailableError
    from inference.registry import check_id

    try:
        check_id(model_id)  # it becomes a file's name
    except ModelUnavailableError as error:
        sys.stderr.write(f"overread: {error}\n")
        return 2
    if not default_store().remove(model_id):
        sys.stderr.write(f"overread: {model_id} has no local calibration\n")
        return 1
    sys.stdout.write(f"{model_id}: local calibration removed\n")
    return 0


def _table(local: LocalCalibration) -> Table:
    table = Table("Finding", "Films", "With", "AUROC here", "Threshold", "Rule")
    for item in local.findings:
        table.add_row(
            item.name,
            str(item.films),
            str(item.with_finding),
            _figure(item.auroc),
            "withheld" if item.threshold is None else f"{item.threshold:.3f}",
            _rule(item),
        )
    return table


def _rule(item: LocalFinding) -> str:
    if item.withheld:
        return f"withheld: {item.withheld}"
    point = item.operating_point
    if point is None:
        return f"the manifest's: {item.threshold_withheld}"
    return (
        f"{point.rule}: {_figure(point.sensitivity)}, specificity"
        f" {_figure(point.specificity)}"
    )


def _figure(measured: Measured | None) -> str:
    if measured is None:
        return "not measured"
    return f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})"
