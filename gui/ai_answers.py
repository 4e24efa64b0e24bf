"""Which kept answers of the models still hold, and whom to ask. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from explain.analysis import Analysis, AnalysisStatus

if TYPE_CHECKING:
    from inference.model_card import ModelCard
    from studies.model import ImageHeader

Key: TypeAlias = tuple[str, int, str]
"""SOP Instance UID, frame, model id."""


def key_of(header: ImageHeader, card: ModelCard) -> Key:
    """Return what an answer of a model about an image is kept under."""
    return header.sop_instance_uid, header.frame, card.model_id


def reads(card: ModelCard, header: ImageHeader) -> bool:
    """Return whether a model's inclusion rules name the modality, or none."""
    allowed = card.inclusion.modalities
    return not allowed or header.modality in allowed


def stored(
    known: Sequence[Analysis], key: Key, card: ModelCard, signature: str = ""
) -> Analysis | None:
    """Return a kept result that an installed model would give again, if any.

    It counts if it came from the same version, the same weights, the same
    thresholds and the same local calibration, and neither failed nor was
    cancelled.

    Parameters
    ----------
    card
        With the local calibration in force.
    signature
        Of that calibration; "" for none.
    """
    for analysis in known:
        made = analysis.model
        same_image = (analysis.sop_instance_uid, analysis.frame) == key[:2]
        same_model = (made.model_id, made.version, made.sha256) == (
            card.model_id,
            card.version,
            card.sha256,
        )
        ended = analysis.status not in (
            AnalysisStatus.FAILED,
            AnalysisStatus.CANCELLED,
        )
        used = analysis.local.signature if analysis.local is not None else ""
        # A refusal has no probability that a calibration would change.
        calibrated = used == signature or not analysis.findings
        if not (same_image and same_model and calibrated):
            continue
        if ended and _as_now(analysis, card):
            return analysis
    return None


def _as_now(analysis: Analysis, card: ModelCard) -> bool:
    """Return whether the manifest would give the same thresholds today.

    Version and SHA-256 tell the weights apart, not a manifest that was published
    anew with other operating points.
    """
    thresholds = {spec.key: spec.threshold for spec in card.findings}
    return all(
        finding.threshold == thresholds.get(finding.key)
        for finding in analysis.findings
    )
