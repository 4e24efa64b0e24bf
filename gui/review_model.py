"""The review of the open study, for the window: its verbs, with signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explain.analysis import Analysis
from gui.review_history import ReviewHistory
from inference.model_card import Code
from review.decision import Box, ReviewedFinding, Verdict
from review.journal import Subject
from review.measurement import KeyImage, MeasuredValue, Measurement, ScreenLayout
from studies.model import ImageHeader


class ReviewModel(ReviewHistory):
    """The same verbs as `review.session.ReviewSession`, none of which raises.

    List, film and report redraw from here only, on the signals of
    `ReviewHistory`.
    """

    @property
    def findings(self) -> tuple[ReviewedFinding, ...]:
        """The rows: the models' claims in their order, then the reader's."""
        return self.session.findings

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The result that counts for each image and model."""
        return self.session.analyses

    @property
    def undecided(self) -> tuple[ReviewedFinding, ...]:
        """Flagged findings that still want a decision."""
        return tuple(
            row for row in self.findings if row.flagged and row.decision is None
        )

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The measurements, in the order in which they were made."""
        return self.session.measurements

    @property
    def key_images(self) -> tuple[KeyImage, ...]:
        """The key images, in the order in which they were first marked."""
        return self.session.key_images

    @property
    def layout(self) -> ScreenLayout | None:
        """The layout; None if the reader never changed it."""
        return self.session.layout

    @property
    def views(self) -> Mapping[str, Mapping[str, Any]]:
        """The state of each image or series by its key, where it was changed."""
        return self.session.views

    def adopt(self, analysis: Analysis) -> None:
        """Take in a model's result."""
        with self._saving():
            self.session.adopt(analysis)

    def decide(
        self, finding_uid: str, verdict: Verdict | None, reason: str = ""
    ) -> bool:
        """Record a verdict, or clear it with None; returns whether it was made."""
        return self._change(lambda: self.session.decide(finding_uid, verdict, reason))

    def set_reason(self, finding_uid: str, reason: str) -> bool:
        """Give the coded reason of a rejection; returns whether it was given."""
        return self._change(lambda: self.session.set_reason(finding_uid, reason))

    def add_finding(
        self,
        name: str,
        code: Code,
        header: ImageHeader,
        box: Box | None,
        comment: str = "",
    ) -> ReviewedFinding | None:
        """Add a finding that the models missed; returns its row, or None."""
        made = self._change(
            lambda: self.session.add_finding(name, code, header, box, comment)
        )
        change = self.last_change
        row = change.after if made and change is not None else None
        return row if isinstance(row, ReviewedFinding) else None

    def edit_box(self, finding_uid: str, box: Box) -> bool:
        """Move or resize a finding's box; returns whether it was done."""
        return self._change(lambda: self.session.edit_box(finding_uid, box))

    def remove_added(self, finding_uid: str) -> bool:
        """Remove a finding that the reader added; returns whether it was done."""
        return self._change(lambda: self.session.remove_added(finding_uid))

    def comment(self, finding_uid: str, text: str) -> bool:
        """Write the reader's remark on a finding; returns whether it was done."""
        return self._change(lambda: self.session.comment(finding_uid, text))

    def measure(self, measurement: Measurement) -> Measurement | None:
        """Keep a measurement; returns it with its uid, or None."""
        made = self._change(
            lambda: self.session.measure(measurement), Subject.MEASUREMENT
        )
        change = self.last_change
        kept = change.after if made and change is not None else None
        return kept if isinstance(kept, Measurement) else None

    def move_measurement(
        self,
        uid: str,
        points: tuple[tuple[float, float], ...],
        values: tuple[MeasuredValue, ...],
    ) -> bool:
        """Move a measurement, once a drag; returns whether it was done."""
        return self._change(
            lambda: self.session.move_measurement(uid, points, values),
            Subject.MEASUREMENT,
        )

    def label_measurement(self, uid: str, label: str) -> bool:
        """Name a measurement; returns whether it was done."""
        return self._change(
            lambda: self.session.label_measurement(uid, label), Subject.MEASUREMENT
        )

    def remove_measurement(self, uid: str) -> bool:
        """Remove a measurement; returns whether it was done."""
        return self._change(
            lambda: self.session.remove_measurement(uid), Subject.MEASUREMENT
        )

    def set_key_image(self, header: ImageHeader, on: bool, comment: str = "") -> bool:
        """Mark an image as key, or unmark it; returns whether that is news."""
        return self._change(
            lambda: self.session.set_key_image(header, on, comment), Subject.KEY_IMAGE
        )

    def arrange(self, layout: ScreenLayout) -> bool:
        """Record the layout; returns whether it is another one."""
        return self._change(lambda: self.session.arrange(layout), Subject.LAYOUT)

    def set_view(self, key: str, state: Mapping[str, Any] | None) -> bool:
        """Record how an image or series is shown; returns whether it is news."""
        return self._change(lambda: self.session.set_view(key, state), Subject.VIEW)
