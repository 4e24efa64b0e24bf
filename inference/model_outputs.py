"""What the outputs of a network mean: findings, severity values, segments.

Part of the manifest (`inference.model_card`); plain data, no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inference.model_facts import STRICT, Measured, SourceFigure


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: scheme designator, value, meaning (PS3.3 8.8)."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of an isotonic calibration: a logit, its probability, 95 % interval."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    logit: float
    probability: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling and the covariance of its two parameters, or a curve.

    Where `curve` has points, in rising order of their logits, the probability
    lies on the straight lines between them, and on the end points outside; the
    other parameters are not used then. `films` and `with_finding` say what it
    rests on; 0 where that is not known.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    slope: float = 1.0
    intercept: float = 0.0
    var_slope: float = 0.0
    var_intercept: float = 0.0
    covariance: float = 0.0
    films: int = 0
    with_finding: int = 0
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Conformal:
    """Class-conditional conformal sets: present, absent, or cannot tell.

    A film may have the finding where its probability is at least
    `present_from`, and may lack it where it is at most `absent_to`; both at
    `coverage` in each class, on `films` films, `with_finding` of them with it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    present_from: float
    absent_to: float
    coverage: float
    films: int
    with_finding: int


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How a threshold was chosen, and what it does on the films it rests on.

    `rule` in words, e.g. ``"sensitivity at least 0.80"``; the intervals are
    Wilson's, 95 %.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    rule: str
    sensitivity: Measured
    specificity: Measured
    films: int
    with_finding: int


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """One logit of the network.

    Attributes
    ----------
    column
        Its column in a labelled folder's ``labels.csv``.
    threshold
        Operating point on the calibrated probability.
    heatmap_reference
        Contribution to the logit that is drawn as 1.0; one number for all
        films, so that maps share one scale.
    unseen_auroc, random_split_auroc
        AUROC within sources held out of training (mean over the sources), and
        on a random split of the training sources; None where it could not be
        measured.
    unseen_sources
        The figures behind `unseen_auroc`, source by source.
    calibrated
        False where the output is no probability until it is calibrated on
        local films: only its order counts then.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    key: str
    name: str
    column: str
    code: Code
    threshold: float
    calibration: Calibration
    heatmap_reference: float
    can_be_flagged: bool = True
    unseen_auroc: Measured | None = None
    random_split_auroc: Measured | None = None
    note: str = ""
    unseen_sources: tuple[SourceFigure, ...] = ()
    operating_point: OperatingPoint | None = None
    conformal: Conformal | None = None
    calibrated: bool = True


@dataclass(frozen=True, slots=True)
class SeveritySpec:
    """One regression output: a severity on a fixed scale, with its error band.

    The prediction interval is [value - below, value + above], clipped to the
    scale, with `coverage` on `films` films (conformal, by patient).
    `mean_absolute_error` is by patient-level cross-validation;
    `baseline_error` is what always saying the mean would reach.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    key: str
    name: str
    column: str
    code: Code
    minimum: float
    maximum: float
    below: float
    above: float
    coverage: float
    films: int
    mean_absolute_error: Measured | None = None
    baseline_error: Measured | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """One plane of the network's mask output, in logits.

    A pixel belongs to the segment where sigmoid(logit) >= `threshold`; connected
    parts of fewer than `minimum_pixels` pixels of the mask's own grid are left out.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    key: str
    name: str
    code: Code
    threshold: float
    minimum_pixels: int = 1
    dice: Measured | None = None
    box_hit_rate: Measured | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class BoxSpec:
    """How boxes are taken from the fine map of a finding, in logits.

    A box is put around the highest cell if sigmoid(logit) >= `threshold`, and the
    connected cells of at least `peak_share` of its probability; then, without these
    and their neighbours, around the next, and so on. With `peak_share` 0 the
    connected cells are those at `threshold` or above. Boxes of fewer than
    `minimum_cells` are dropped; at most `maximum` are left, the most probable first.
    `sensitivity` at `false_marks` false marks a film, over all test films.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    finding: str
    threshold: float
    minimum_cells: int = 1
    maximum: int = 5
    peak_share: float = 0.0
    sensitivity: Measured | None = None
    false_marks: float | None = None
