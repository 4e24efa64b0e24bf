"""What a reader says of findings: adopt, decide, add, remove."""

from __future__ import annotations

from dataclasses import replace

from explain.analysis import Analysis
from inference.model_card import Code
from review import claims
from review.decision import Box, Decision, Origin, ReviewedFinding, Verdict
from review.errors import ReviewRefusedError
from review.image_lookup import image_of
from review.journal import Action, JournalEntry
from review.records import finding_to_json
from review.session_core import SessionCore
from review.severity_history import SeverityPoint
from review.timeline import Change
from review.vocabulary import rejection_reason
from studies.model import ImageHeader


class FindingVerbs(SessionCore):
    """The findings of a review; see `review.session`."""

    @property
    def findings(self) -> tuple[ReviewedFinding, ...]:
        """The rows of the findings panel: the models' claims, then the reader's."""
        rows = self._ledger.timeline.findings
        return tuple(sorted(rows, key=lambda row: row.origin is Origin.READER))

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The result that counts for each image and model."""
        return claims.current_analyses(self._ledger.analyses)

    def finding(self, finding_uid: str) -> ReviewedFinding:
        """Return one row.

        Raises
        ------
        ReviewRefusedError
            If there is none of that UID.
        """
        row = self._ledger.timeline.find(finding_uid)
        if row is None:
            raise ReviewRefusedError(f"there is no finding {finding_uid}")
        return row

    def analysis_of(self, finding: ReviewedFinding) -> Analysis | None:
        """Return the analysis that made a finding, or None for a reader's own.

        Its heatmap, where there is one, is
        ``analysis.heatmaps.get(review.claims.finding_key(finding))``.
        """
        return claims.analysis_of(finding, self._ledger.analyses)

    def severity_history(self, finding: ReviewedFinding) -> tuple[SeverityPoint, ...]:
        """Return how a severity went over the studies of this patient, oldest first.

        Raises
        ------
        ReviewUnavailableError
            If the journal cannot be read.
        """
        if finding.model is None or finding.severity is None:
            return ()
        return self._ledger.severities(
            finding.model,
            finding.severity.key,
            known_patient=bool(self.study.patient.patient_id),
        )

    def adopt(self, analysis: Analysis) -> bool:
        """Take in a model's result; its findings become rows.

        The same result again changes nothing. A new version of a model
        replaces its undecided rows on that image; decided rows stay.

        Returns
        -------
        Whether anything changed.

        Raises
        ------
        ReviewNotSavedError
            If the result stands in memory only.
        """
        if not claims.is_news(analysis, self._ledger.analyses):
            return False

        def build() -> JournalEntry:
            rows = claims.claimed_rows(analysis, self.findings, self._new_uid)
            payload = {
                "findings": [finding_to_json(row) for row in rows],
                "superseded": claims.superseded(analysis, rows, self.findings),
            }
            return self._entry(Action.ADOPT, payload=payload)

        self._ledger.take_in(analysis)
        self._ledger.commit(build)
        return True

    def decide(
        self, finding_uid: str, verdict: Verdict | None, reason: str = ""
    ) -> Change:
        """Record a verdict on a finding, or clear it with None.

        Parameters
        ----------
        reason
            Key of a rejection reason; allowed with REJECTED only.

        Raises
        ------
        ReviewRefusedError
            If the finding or the reason is unknown, or a reader's own finding
            would be cleared (it is removed instead).
        ReviewNotSavedError
            If the decision stands in memory only.
        """
        row = self.finding(finding_uid)
        if verdict is None and row.origin is Origin.READER:
            raise ReviewRefusedError("your own finding is removed, not cleared")
        _check_reason(verdict, reason)
        decision = None
        if verdict is not None:
            decision = Decision(verdict, self.reader, self._clock(), reason)
        return self._change(Action.DECIDE, replace(row, decision=decision), finding_uid)

    def set_reason(self, finding_uid: str, reason: str) -> Change:
        """Give or change the coded reason of a rejection; "" takes it away."""
        row = self.finding(finding_uid)
        if row.decision is None or row.decision.verdict is not Verdict.REJECTED:
            raise ReviewRefusedError("only a rejected finding has a reason")
        _check_reason(Verdict.REJECTED, reason)
        decision = replace(row.decision, reason=reason)
        return self._change(Action.REASON, replace(row, decision=decision), finding_uid)

    def add_finding(
        self,
        name: str,
        code: Code,
        header: ImageHeader,
        box: Box | None,
        comment: str = "",
    ) -> Change:
        """Add a finding that the models missed; it counts as confirmed.

        Parameters
        ----------
        box
            In pixels of `header`'s image; clipped to it. None for the whole
            image.

        Raises
        ------
        ReviewRefusedError
            If the box lies outside the image, is empty, or the name is.
        """
        if not name.strip():
            raise ReviewRefusedError("a finding needs a name")
        row = ReviewedFinding(
            finding_uid="",
            tracking_uid=self._new_uid(),
            sop_instance_uid=header.sop_instance_uid,
            frame=header.frame,
            origin=Origin.READER,
            name=name.strip(),
            code=code,
            box=None if box is None else clip_box(box, header),
            decision=Decision(Verdict.CONFIRMED, self.reader, self._clock()),
            comment=comment.strip(),
        )

        def build() -> JournalEntry:
            uid = f"reader/{self._ledger.timeline.made[Action.ADD] + 1}"
            record = finding_to_json(replace(row, finding_uid=uid))
            return self._entry(Action.ADD, uid, {"after": record})

        return self._commit(build)

    def edit_box(self, finding_uid: str, box: Box) -> Change:
        """Move or resize a finding's box, clipped to its image."""
        row = self.finding(finding_uid)
        clipped = clip_box(box, self._header(row))
        return self._change(Action.BOX, replace(row, box=clipped), finding_uid)

    def remove_added(self, finding_uid: str) -> Change:
        """Remove a finding that the reader added; a model's claim stays."""
        row = self.finding(finding_uid)
        if row.origin is not Origin.READER:
            raise ReviewRefusedError("a model's finding is rejected, not removed")
        return self._change(Action.REMOVE, None, finding_uid)

    def comment(self, finding_uid: str, text: str) -> Change:
        """Write the reader's remark on a finding; "" takes it away."""
        row = self.finding(finding_uid)
        return self._change(
            Action.COMMENT, replace(row, comment=text.strip()), finding_uid
        )

    def _header(self, row: ReviewedFinding) -> ImageHeader:
        header = image_of(self.study.images, row.sop_instance_uid, row.frame)
        if header is None:
            raise ReviewRefusedError("the finding's image is not open")
        return header


def _check_reason(verdict: Verdict | None, reason: str) -> None:
    try:
        coded = rejection_reason(reason)
    except KeyError:
        raise ReviewRefusedError(f"there is no reason {reason!r}") from None
    if coded is not None and verdict is not Verdict.REJECTED:
        raise ReviewRefusedError("only a rejected finding has a reason")


def clip_box(box: Box, header: ImageHeader) -> Box:
    """Return the part of a box that lies on the image.

    Raises
    ------
    ReviewRefusedError
        If that is less than one pixel wide or high.
    """
    top, left = max(box.row, 0.0), max(box.column, 0.0)
    bottom = min(box.row + box.rows, float(header.rows))
    right = min(box.column + box.columns, float(header.columns))
    if not (bottom - top >= 1.0 and right - left >= 1.0):
        raise ReviewRefusedError("the box lies outside the image or is under 1 px")
    return Box(top, left, bottom - top, right - left)
