"""What is said beside a review: of the image, of what is missing, of earlier films."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from explain.analysis import AnalysisStatus
from gui import ai_state
from gui.stack_source import PlaneStack, SeriesStack
from review.errors import ReviewUnavailableError

if TYPE_CHECKING:
    from gui.ai_desk import AiDesk
    from gui.finding_rows import Arrangement
    from gui.pane import Pane
    from gui.review_model import ReviewModel
    from review.decision import ReviewedFinding
    from review.severity_history import SeverityPoint
    from studies.model import ImageHeader

_log = logging.getLogger(__name__)


def aside(model: ReviewModel | None, pane: Pane) -> str:
    """Say why models do not read what is in the active pane, or ""."""
    if pane.header is None or pane.stack is None:
        return ""
    if isinstance(pane.stack, PlaneStack):
        return "this plane was cut from a volume"
    if model is not None and pane.stack.study != model.session.study:
        return "this is a prior, shown to compare"
    return ""


def headline(model: ReviewModel, header: ImageHeader, ai: AiDesk) -> str:
    """Return the sentence for an analysed image with nothing flagged or marked."""
    here = (header.sop_instance_uid, header.frame)
    done = [
        analysis
        for analysis in model.analyses
        if analysis.status is AnalysisStatus.SUCCEEDED
        and (analysis.sop_instance_uid, analysis.frame) == here
    ]
    flagged = any(finding.flagged for one in done for finding in one.findings)
    marked = any(segment.pixels for one in done for segment in one.segments)
    if not done or flagged or marked:
        return ""
    ids = {one.model.model_id for one in done}
    return ai_state.no_finding_sentence(ai.thresholds(ids))


def no_trust(rows: Arrangement, *, hidden: bool) -> str:
    """Say why there is nothing to trust or distrust."""
    if hidden:
        return "AI is hidden. Press H to show it."
    if rows.below:
        return "Select a finding below its threshold to see what is known of it."
    return "No AI finding to check on this image."


def history(
    model: ReviewModel | None, finding: ReviewedFinding
) -> tuple[SeverityPoint, ...]:
    """Return how a severity went; nothing where the journal cannot be read.

    That it cannot is told by the bar of the decisions, once for all.
    """
    if model is None or finding.severity is None:
        return ()
    try:
        return model.session.severity_history(finding)
    except ReviewUnavailableError:
        _log.warning("earlier severities could not be read")
        return ()


def has_slices(pane: Pane) -> bool:
    """Return whether a pane shows a series of slices as they were acquired."""
    stack = pane.stack
    return isinstance(stack, SeriesStack) and stack.count > 1 and not stack.is_film
