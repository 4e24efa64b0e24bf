"""The tables of an evaluation's page: figures as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from learning.calibration import sensitivity_threshold, wilson
from learning.figures import MEAN, POOLED
from learning.finding_scores import FindingScores

PREVALENCE = 0.05
"""For which the page also says how often the model would be wrong: in a clinic
the finding is rarer than in a collection."""


def finding_rows(
    within: Mapping[str, Any],
    overall: Mapping[str, Any],
    by_source: Mapping[str, Mapping[str, Any]],
) -> list[tuple[str, ...]]:
    """Return the rows: the mean within sources, all films pooled, each source."""
    mean = (
        f"{MEAN} ({within['sources']})",
        "",
        "",
        interval(within["auroc"]),
        *[""] * 5,
    )
    return [
        mean,
        _row(POOLED, overall),
        *(_row(source, item) for source, item in by_source.items()),
    ]


def _row(name: str, measured: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        str(measured["n_pos"]),
        str(measured["n_neg"]),
        interval(measured["auroc"]),
        number(measured["average_precision"]),
        share(measured["sensitivity"], measured["n_pos"]),
        share(measured["specificity"], measured["n_neg"]),
        number(measured["ece"]),
        number(measured["brier"]),
    )


def wrong_rows(scores: FindingScores) -> list[tuple[str, str, str]]:
    """Return how often a flag, and no flag, are wrong: FDR and FOR.

    On these films with Wilson's interval, and where one film in twenty has the
    finding, by Bayes from sensitivity and specificity.
    """
    flagged = scores.probabilities >= scores.spec.threshold
    positive = scores.labels == 1
    rows = [
        (
            "on these films",
            _wrong(int((flagged & ~positive).sum()), int(flagged.sum())),
            _wrong(int((~flagged & positive).sum()), int((~flagged).sum())),
        )
    ]
    if positive.any() and not positive.all():
        rates = error_rates(
            float(flagged[positive].mean()), float((~flagged)[~positive].mean())
        )
        words = [number(rate) for rate in rates]
        rows.append((f"where {PREVALENCE:.0%} have it", words[0], words[1]))
    return rows


def error_rates(
    sensitivity: float, specificity: float, prevalence: float = PREVALENCE
) -> tuple[float | None, float | None]:
    """Return false discovery and false omission rate; None where none is flagged.

    Examples
    --------
    Sensitivity 0.70, specificity 0.60 at 4.8 %: flagged are 0.0336 rightly and
    0.3808 wrongly, so that 0.919 of the flags are wrong.
    """
    found, missed = prevalence * sensitivity, prevalence * (1 - sensitivity)
    false, right = (1 - prevalence) * (1 - specificity), (1 - prevalence) * specificity
    return (
        false / (found + false) if found + false else None,
        missed / (missed + right) if missed + right else None,
    )


def _wrong(wrong: int, total: int) -> str:
    if not total:
        return "-"
    measured = wilson(wrong, total)
    return (
        f"{measured.value:.2f} ({wrong} of {total})"
        f" [{measured.low:.2f}, {measured.high:.2f}]"
    )


def threshold_words(scores: FindingScores, sensitivity: float) -> str:
    """Say which threshold would find a share of these films, or that they are few."""
    found = sensitivity_threshold(scores.probabilities, scores.labels, sensitivity)
    if found is None:
        return f"Too few films for a threshold of sensitivity {sensitivity:.2f}."
    threshold, point = found
    return (
        f"On these films a threshold of {threshold:.3f} has {point.rule}:"
        f" {interval(point.sensitivity)}, specificity {interval(point.specificity)}"
        " (Wilson's 95 % intervals)."
    )


def severity_row(name: str, measured: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one row of a severity's table."""
    return (
        name,
        str(measured["n"]),
        interval(measured["mae"]),
        interval(measured["baseline_mae"]),
        interval(measured["correlation"]),
        interval(measured["coverage"]),
        number(measured["band"]),
    )


def segment_row(name: str, measured: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one row of a segment's table."""
    return (
        name,
        str(measured["n_masks"]),
        interval(measured["dice"]),
        str(measured["n_boxed"]),
        interval(measured["box_hit_rate"]),
        interval(measured["centre_hit_rate"]),
        str(measured["n_without"]),
        interval(measured["false_mark_rate"]),
    )


def marks_row(name: str, measured: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one row of a FROC's table."""
    froc = measured["froc"]
    stated = [item["sensitivity"] for item in froc] if froc else [None] * 4
    return (
        name,
        str(measured["n"]),
        str(measured["n_boxes"]),
        *(interval(item) for item in stated),
        interval(measured["sensitivity"]),
        number(measured["false_marks"]),
    )


def number(value: float | None) -> str:
    """Return three decimals; a dash where there is no number."""
    return "-" if value is None or not np.isfinite(value) else f"{value:.3f}"


def interval(item: Any) -> str:
    """Return "0.900 [0.810, 0.980]" of an object or a Measured."""
    if item is None:
        return "-"
    if not isinstance(item, Mapping):
        item = {"value": item.value, "low": item.low, "high": item.high}
    return f"{item['value']:.3f} [{item['low']:.3f}, {item['high']:.3f}]"


def share(item: Mapping[str, float] | None, total: int) -> str:
    """Return "0.90 (45 of 50) [0.81, 0.98]"."""
    if item is None:
        return "-"
    count = round(item["value"] * total)
    spread = f"[{item['low']:.2f}, {item['high']:.2f}]"
    return f"{item['value']:.2f} ({count} of {total}) {spread}"
