"""In which order a review's findings are listed, and where each of them lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gui import finding_rows
from review.decision import Origin, ReviewedFinding

if TYPE_CHECKING:
    from explain.analysis import CheckResult
    from gui.finding_rows import Arrangement
    from gui.review_model import ReviewModel
    from studies.model import ImageHeader


class FindingOrder:
    """Arranges the findings of one study.

    Parameters
    ----------
    images
        Of the study, in its order.
    where
        Names the image of a finding, where there are several.
    note
        Says what else is known of a finding, or "".
    """

    def __init__(
        self,
        images: Sequence[ImageHeader],
        where: Callable[[ReviewedFinding], str],
        note: Callable[[ReviewedFinding], str] = lambda finding: "",
    ) -> None:
        self._where = where
        self._note = note
        self._places = {
            (header.sop_instance_uid, header.frame): place
            for place, header in enumerate(images)
        }

    def arranged(
        self,
        model: ReviewModel | None,
        is_quiet: Callable[[ReviewedFinding], bool],
        *,
        ai_hidden: bool,
    ) -> Arrangement:
        """Return the rows of a review by image, whichever was analysed first.

        The models' claims come before the reader's own findings, as in the review.

        Parameters
        ----------
        is_quiet
            Whether a finding is of a label that can never be flagged.
        ai_hidden
            Leave out what the models claim.
        """

        def trust_of(finding: ReviewedFinding) -> CheckResult | None:
            if model is None or finding.origin is Origin.READER:
                return None
            analysis = model.session.analysis_of(finding)
            return finding_rows.worst(analysis.trust) if analysis is not None else None

        findings = () if model is None else model.findings
        return finding_rows.arrange(
            sorted(findings, key=self._place),
            trust_of,
            is_quiet,
            self._where,
            self._note,
            ai_hidden=ai_hidden,
        )

    def _place(self, finding: ReviewedFinding) -> tuple[bool, int]:
        key = (finding.sop_instance_uid, finding.frame)
        by_reader = finding.origin is Origin.READER
        return by_reader, self._places.get(key, len(self._places))
