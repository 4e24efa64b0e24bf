"""What is known of a model's figures, in words. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explain.analysis import CheckResult, TrustCheck
from gui.facts_words import share_of_one

if TYPE_CHECKING:
    from inference.model_card import FindingSpec, Measured


UNCALIBRATED = "Not calibrated here. Score order only."


def calibration(check: TrustCheck | None) -> str:
    """Return on which films the probability was calibrated, or that it was not."""
    if check is None or check.result is CheckResult.NOT_TESTED:
        return check.figure if check is not None and check.figure else UNCALIBRATED
    return f"{check.title}: {check.figure}" if check.figure else f"{check.title}."


def about(name: str, check: TrustCheck) -> TrustCheck:
    """Return a check with only what it says of one claim, where it names several.

    ``Extent: off by 1.4; Opacity: off by 0.9`` of Extent is ``off by 1.4``.
    """
    for part in check.figure.split("; "):
        if part.startswith(f"{name}: "):
            return replace(check, figure=part.removeprefix(f"{name}: "))
    return check


def evidence(
    name: str, spec: FindingSpec | None, check: TrustCheck | None
) -> list[str]:
    """Return the lines under the title: this finding, its random split, the weakest."""
    said = []
    weakest = (
        check is not None
        and ": " in check.figure
        and not check.figure.startswith(f"{name}:")
    )
    if spec is None:
        said.append("This version of the model is not installed any more.")
    else:
        said += [line for line in (measured(spec.unseen_auroc)[1],) if line]
        own, between = measured(spec.random_split_auroc)
        own = f"{own}, {between}" if between else own
        said.append(f"Random split of its own sources: {own}")
    if check is not None and weakest:
        said.append(f"Weakest finding: {check.figure}")
    if check is not None and check.result is CheckResult.WARNING:
        place = -1 if weakest else 0
        said[place] = f"Warning: {said[place][0].lower()}{said[place][1:]}"
    if spec is not None and spec.note:
        said.append(spec.note)
    return said


def measured(figure: Measured | None) -> tuple[str, str]:
    """Return an AUROC and its interval, e.g. ``("AUROC 0.91", "between ...")``."""
    if figure is None:
        return "not measured", ""
    between = f"between {figure.low:.2f} and {share_of_one(figure.high)}"
    return f"AUROC {share_of_one(figure.value)}", between
