"""What a site measured of a model on its own films, and may calibrate it with.

Plain data, no torch, no Qt. `learning.local_calibration` makes it from labelled
films, `inference.local_store` signs, keeps and checks it, `localised` puts it
into force. ``docs/local_calibration.md`` says what the signature proves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from inference.manifest_faults import calibration_faults, conformal_faults
from inference.model_card import ModelCard
from inference.model_facts import STRICT, Measured
from inference.model_outputs import (
    Calibration,
    Conformal,
    FindingSpec,
    OperatingPoint,
)

SCHEMA = "overread.local-calibration/2"


@dataclass(frozen=True, slots=True)
class LocalBin:
    """A point of the reliability diagram: films with probability in [low, high).

    `rate` is the share of them that have the finding, with Wilson's 95 %
    interval; `mean_probability` what the model said of them on average.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    low: float
    high: float
    films: int
    with_finding: int
    mean_probability: float
    rate: Measured


@dataclass(frozen=True, slots=True)
class LocalFinding:
    """One finding on the site's films.

    Attributes
    ----------
    films, with_finding
        Films with a known label that the model analysed, and those of them
        with the finding.
    patients
        Among them, a film of unknown patient counted as one of its own.
    prevalence
        Share with the finding, Wilson's 95 % interval.
    auroc
        95 % bootstrap interval by patient; None where one class is absent.
    withheld
        Why there is no calibration, in words; "" where there is one. Nothing of
        this finding is in force then: the manifest's values stay.
    calibration, method, why
        From logit to local probability; ``"platt"`` or ``"isotonic"`` and why
        this one. `calibration` is None and `method` "" where withheld.
    threshold, operating_point, threshold_withheld
        On the local probability. Where too few films would carry a threshold of
        the site's own, `threshold_withheld` says so, `operating_point` is None,
        and `threshold` is the manifest's carried over to the local probability,
        so that the same films are flagged as before. None where the whole
        finding is withheld.
    conformal, conformal_withheld
        Limits of the set, or why there are none.
    reliability
        Of the local probabilities, each made by a fit without its patient.
    shipped_reliability
        Of the probabilities as the manifest makes them, on the same films.
    ece, shipped_ece
        Expected calibration error of both; None without films.
    warning
        What the reader must know though it is calibrated; "" for nothing.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    key: str
    name: str
    column: str
    films: int
    with_finding: int
    patients: int
    prevalence: Measured | None
    auroc: Measured | None
    withheld: str
    calibration: Calibration | None
    method: str
    why: str
    threshold: float | None
    operating_point: OperatingPoint | None
    threshold_withheld: str
    conformal: Conformal | None
    conformal_withheld: str
    reliability: tuple[LocalBin, ...]
    shipped_reliability: tuple[LocalBin, ...]
    ece: float | None
    shipped_ece: float | None
    warning: str = ""

    @property
    def usable(self) -> bool:
        """Whether it may replace the manifest's calibration."""
        return not self.withheld


@dataclass(frozen=True, slots=True)
class Signature:
    """Ed25519 over everything else in the file; both as hexadecimal digits."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    public_key: str
    value: str


@dataclass(frozen=True, slots=True)
class LocalCalibration:
    """A model's local validation, for the logits as one manifest makes them.

    Attributes
    ----------
    logit_sha256
        `inference.logit_digest` of the model: the calibration is a function of
        this logit and of no other.
    validated_on
        Date, ``YYYY-MM-DD``.
    validated_by
        As typed by that person; the signature does not prove who it was.
    data_fingerprint
        SHA-256 over the sorted SHA-256 sums of the films and labels.csv: tells
        whether the same data were used, without naming them.
    films, refused
        All films of the folder (or split), and those that were not scored.
    signature
        None until `inference.local_store` has signed it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    model_id: str
    model_version: str
    weights_sha256: str
    logit_sha256: str
    site: str
    validated_on: str
    validated_by: str
    data_fingerprint: str
    films: int
    refused: int
    findings: tuple[LocalFinding, ...]
    signature: Signature | None = None
    schema: str = SCHEMA

    @property
    def usable(self) -> bool:
        """Whether any finding is calibrated; else every one is withheld."""
        return any(finding.usable for finding in self.findings)

    def finding(self, key: str) -> LocalFinding | None:
        """Return the finding named `key`; None if the films had no label of it."""
        for finding in self.findings:
            if finding.key == key:
                return finding
        return None


def local_faults(local: LocalCalibration) -> Iterator[str]:
    """Say which values would make no probability; as of a manifest."""
    for finding in local.findings:
        if finding.calibration is not None:
            yield from calibration_faults(finding.calibration, finding.key)
        yield from conformal_faults(finding.conformal, finding.key)
        threshold = finding.threshold
        if threshold is not None and not 0.0 <= threshold <= 1.0:
            yield f"threshold of {finding.key} is {threshold}; allowed: 0 to 1"


def localised(card: ModelCard, local: LocalCalibration | None) -> ModelCard:
    """Return a model with the site's calibration in force.

    Findings that the site could not calibrate keep what the manifest says, and
    None changes nothing. Ensemble members and outputs stay as they are: the
    local calibration is a function of the same logit.
    """
    if local is None:
        return card
    return replace(
        card,
        findings=tuple(
            _localised(spec, local.finding(spec.key)) for spec in card.findings
        ),
    )


def _localised(spec: FindingSpec, local: LocalFinding | None) -> FindingSpec:
    if local is None or local.withheld:
        return spec
    if local.calibration is None or local.threshold is None:
        return spec
    return replace(
        spec,
        calibration=local.calibration,
        threshold=local.threshold,
        operating_point=local.operating_point,
        # The manifest's limits are on another probability.
        conformal=local.conformal,
        calibrated=True,
    )
