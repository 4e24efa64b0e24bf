"""What is wrong with the values of a manifest, in words: numbers that would break.

The same rules hold for a site's own calibration (`calibration_faults`,
`conformal_faults`), so that neither can make a probability of 1.7.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inference.model_card import ModelCard
    from inference.model_outputs import BoxSpec, Calibration, Conformal

MAXIMUM_SIDE_PX = 4096


def value_faults(card: ModelCard) -> Iterator[str]:
    """Say what a manifest's values contradict."""
    yield from _name_faults(card)
    yield from _finding_faults(card)
    yield from _severity_faults(card)
    yield from _region_faults(card)
    yield from _input_faults(card)
    yield from _other_faults(card)


def calibration_faults(calibration: Calibration, label: str) -> Iterator[str]:
    """Say why a calibration makes no probabilities."""
    if not _all_finite(astuple(calibration)):
        yield f"calibration of {label} holds values that are no number"
    if min(calibration.var_slope, calibration.var_intercept) < 0.0:
        yield f"calibration of {label} has a variance below 0"
    curve = calibration.curve
    logits = [point.logit for point in curve]
    rates = [point.probability for point in curve]
    if sorted(set(logits)) != logits or sorted(rates) != rates:
        yield f"the calibration curve of {label} does not rise"
    if not all(0.0 <= p.low <= p.probability <= p.high <= 1.0 for p in curve):
        yield (
            f"the calibration curve of {label} leaves 0 <= low <= probability <="
            " high <= 1"
        )


def conformal_faults(limits: Conformal | None, label: str) -> Iterator[str]:
    """Say why conformal limits are none."""
    if limits is None:
        return
    if not (0.0 <= limits.present_from <= 1.0 and 0.0 <= limits.absent_to <= 1.0):
        yield f"the conformal limits of {label} are not within 0 to 1"
    if not 0.0 < limits.coverage < 1.0:
        yield f"the conformal coverage of {label} is not between 0 and 1"


def _name_faults(card: ModelCard) -> Iterator[str]:
    lists: tuple[Sequence[Any], ...] = (card.findings, card.severities, card.segments)
    keys = [spec.key for specs in lists for spec in specs]
    if len(set(keys)) != len(keys):
        yield "two findings share one key"
    for specs in lists:
        # A finding and its segment may be of one concept; two findings may not.
        codes = [(spec.code.scheme, spec.code.value) for spec in specs]
        for scheme, value in codes:
            if codes.count((scheme, value)) > 1:
                yield f"two findings share the code {scheme} {value}"


def _finding_faults(card: ModelCard) -> Iterator[str]:
    for spec in card.findings:
        if not 0.0 < spec.threshold < 1.0:
            yield f"threshold of {spec.key} is {spec.threshold}; allowed: 0 to 1"
        if not 0.0 < spec.heatmap_reference < math.inf:
            yield f"heatmap_reference of {spec.key} must be above 0"
        yield from calibration_faults(spec.calibration, spec.key)
        yield from conformal_faults(spec.conformal, spec.key)


def _severity_faults(card: ModelCard) -> Iterator[str]:
    for spec in card.severities:
        if not spec.minimum < spec.maximum:
            yield f"the scale of {spec.key} is empty"
        if not _all_finite((spec.minimum, spec.maximum)):
            yield f"the scale of {spec.key} has no end"
        if min(spec.below, spec.above) < 0.0 or not math.isfinite(
            spec.below + spec.above
        ):
            yield f"the error band of {spec.key} is not a width"
        if not 0.0 < spec.coverage < 1.0:
            yield f"the coverage of {spec.key} is not between 0 and 1"


def _region_faults(card: ModelCard) -> Iterator[str]:
    for segment in card.segments:
        if not 0.0 < segment.threshold < 1.0:
            yield (
                f"threshold of {segment.key} is {segment.threshold};"
                " allowed: between 0 and 1"
            )
    keys = {spec.key for spec in card.findings}
    for box in card.boxes:
        if box.finding not in keys:
            yield f"boxes are of {box.finding!r}, which is no finding"
        yield from _box_faults(box)


def _box_faults(box: BoxSpec) -> Iterator[str]:
    if not 0.0 < box.threshold < 1.0:
        yield (
            f"threshold of the boxes of {box.finding} is {box.threshold};"
            " allowed: between 0 and 1"
        )
    if not 0.0 <= box.peak_share < 1.0:
        yield f"peak_share of {box.finding} is {box.peak_share}; allowed: 0 to below 1"
    if box.maximum < 1:
        yield f"maximum of the boxes of {box.finding} is {box.maximum}; at least 1"


def _input_faults(card: ModelCard) -> Iterator[str]:
    given = card.input
    if min(given.rows, given.columns) < 8 or given.channels not in (1, 3):
        yield "input must be at least 8 x 8 px with 1 or 3 channels"
    if max(given.rows, given.columns) > MAXIMUM_SIDE_PX:
        yield f"input must be at most {MAXIMUM_SIDE_PX} px a side"
    if not _all_finite(astuple(given)):
        yield "input holds values that are no number"
    if not given.std > 0.0:
        yield "std of input must be above 0"
    if not 0.0 <= given.percentiles[0] < given.percentiles[1] <= 100.0:
        yield "percentiles of input must rise, from 0 to 100"
    if len(given.channel_mean) not in (0, given.channels) or len(
        given.channel_std
    ) != len(given.channel_mean):
        yield "channel_mean and channel_std need one value a channel"
    if not all(std > 0.0 for std in given.channel_std):
        yield "channel_std must be above 0"


def _other_faults(card: ModelCard) -> Iterator[str]:
    if card.output == "operating-point" and len(card.operating_points) != len(
        card.findings
    ):
        yield "operating_points needs one value a finding"
    if not all(0.0 < point < 1.0 for point in card.operating_points):
        yield "operating_points must lie between 0 and 1"
    if card.gate is not None and not 0.0 < card.gate.scale < math.inf:
        yield "scale of the gate must be above 0"
    if not 0.0 < card.time_limit_s <= 3600.0:
        yield f"time_limit_s is {card.time_limit_s}; allowed: 0 to 3600"


def _all_finite(values: object) -> bool:
    """Whether every number in nested tuples is one."""
    if isinstance(values, tuple):
        return all(_all_finite(one) for one in values)
    return not isinstance(values, float) or math.isfinite(values)
