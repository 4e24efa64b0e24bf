"""How far the selected finding can be trusted: probability, checks, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explain.analysis import CheckResult, TrustCheck
from gui import trust_words, widgets
from gui.claim_words import scale_of
from gui.finding_rows import FindingRow, check_look
from gui.severity_curve import SeverityCurve
from gui.trust_claim import claim_lines
from gui.trust_scale import TrustScale
from review.decision import Origin

if TYPE_CHECKING:
    from inference.model_card import FindingSpec
    from review.severity_history import SeverityPoint

_UNSEEN, _CALIBRATION = "unseen", "calibration"
"""Checks that stand in a part of their own, not in the list."""

_BESIDE = 1.25
"""The largest text at which a figure fits beside its title."""

_GLYPH = 26
_LONG = 28
"""A figure of more characters stands below its title: beside it would be cut."""


class TrustPanel(QScrollArea):
    """Scrolls where the window is low; its header says what it is about.

    Signals
    -------
    series_asked()
        The volume over the whole series is wanted.
    """

    series_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Trust")
        self._body = QWidget()
        self._layout = QVBoxLayout(self._body)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setWidget(self._body)
        self._lines: list[str] = []
        self._shown: tuple[object, ...] | None = None
        self._stacked = False
        self._offer: QPushButton | None = None
        self.show_nothing("")

    def show_nothing(self, reason: str) -> None:
        """Say why there is nothing to trust or distrust."""
        if not self._is_new((reason,)):
            return
        self._start("Trust", "")
        if reason:
            self._add_text(reason)
        self._layout.addStretch(1)

    def show_finding(
        self,
        row: FindingRow,
        checks: Sequence[TrustCheck],
        spec: FindingSpec | None,
        history: Sequence[SeverityPoint] = (),
    ) -> None:
        """Show what is known of one finding.

        Parameters
        ----------
        checks
            Of the analysis it came from.
        spec
            The model's own figures for it; None where the model is not
            installed any more.
        history
            How a severity went over the patient's studies.
        """
        if not self._is_new((row, tuple(checks), spec, tuple(history))):
            return
        finding = row.finding
        name = f"finding {row.number}, {finding.name}"
        self._start("Trust", name, checks)
        if finding.origin is Origin.READER:
            self._add_text("Added by you. There is no AI result to check.")
            self._layout.addStretch(1)
            return
        self._add_claim(row, checks, history)
        told = [one for one in checks if one.key not in (_UNSEEN, _CALIBRATION)]
        self._add_checks([trust_words.about(finding.name, one) for one in told])
        if finding.probability is not None:
            self._add_evidence(finding.name, spec, checks)
        self._layout.addStretch(1)

    def offer_series(self, *, on: bool) -> None:
        """Offer to analyse the whole series of the segment that is shown."""
        if self._offer is not None:
            self._offer.setVisible(on)

    def _is_new(self, what: tuple[object, ...]) -> bool:
        """Note what is shown; False if it is shown already."""
        if what == self._shown:
            return False
        self._shown = what
        return True

    def set_text_scale(self, scale: float) -> None:
        """Put figures below their titles where large text leaves no room beside."""
        self._stacked = scale > _BESIDE
        self._shown = None

    def _beside(
        self, layout: QHBoxLayout, figure: QWidget, *, below: bool = False
    ) -> QLayout:
        """Return a title's row with its figure at the right, or below it."""
        if not (self._stacked or below):
            layout.addWidget(figure)
            return layout
        stack = widgets.column(spacing=2)
        stack.addLayout(layout)
        if below:
            figure.setContentsMargins(_GLYPH, 0, 0, 0)
        stack.addWidget(figure)
        return stack

    def text(self) -> str:
        """Return all words shown, for tests and screen readers."""
        return "\n".join(self._lines)

    def _start(self, title: str, about: str, checks: Sequence[TrustCheck] = ()) -> None:
        widgets.clear(self._layout)
        self._offer = None
        self._lines = [title, about]
        head = QWidget()
        head.setProperty("role", "section")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = widgets.row(spacing=8)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.addWidget(widgets.label(title, "strong"))
        subject = widgets.ElidedLabel(about, "muted")
        layout.addWidget(subject, 1)
        for part in self._tally(checks):
            layout.addWidget(part)
        head.setLayout(layout)
        self._layout.addWidget(widgets.line())
        self._layout.addWidget(head)
        self._layout.addWidget(widgets.line())

    def _tally(self, checks: Sequence[TrustCheck]) -> list[QWidget]:
        parts: list[QWidget] = []
        for result, words in (
            (CheckResult.FAILED, "{} failed"),
            (CheckResult.WARNING, "{} warning"),
            (CheckResult.PASSED, "{} passed"),
        ):
            count = sum(check.result is result for check in checks)
            if not count:
                continue
            text = words.format(count)
            if result is CheckResult.WARNING and count > 1:
                text += "s"
            look = check_look(result)
            if result is not CheckResult.PASSED:
                parts.append(widgets.icon_label(look.icon, look.color, 14))
            parts.append(widgets.label(text, _tone(result)))
            self._lines.append(text)
        return parts

    def _add_text(self, text: str) -> None:
        shown = widgets.label(text, "muted", wrap=True)
        shown.setContentsMargins(16, 12, 16, 12)
        self._layout.addWidget(shown)
        self._lines.append(text)

    def _add_claim(
        self,
        row: FindingRow,
        checks: Sequence[TrustCheck],
        history: Sequence[SeverityPoint],
    ) -> None:
        """Show the number, what it is, its scale, and what it is worth."""
        finding = row.finding
        told = claim_lines(finding, row.note, checks)
        big = widgets.label(told.figure, "big")
        first = widgets.row(
            big, widgets.label(told.kind, "strong", wrap=True), None, spacing=8
        )
        beside = self._beside(first, widgets.label(told.between, "small", wrap=True))
        box = widgets.column(spacing=6)
        box.setContentsMargins(16, 10, 16, 12)
        box.addLayout(beside)
        scale = scale_of(finding)
        if scale is not None:
            box.addWidget(TrustScale(scale))
        for result, line in told.notes:
            look = check_look(result)
            note = widgets.row(widgets.icon_label(look.icon, look.color, 14), spacing=6)
            note.addWidget(widgets.label(line, "small", wrap=True), 1)
            box.addLayout(note)
        for line in told.lines:
            box.addWidget(widgets.label(line, "small", wrap=True))
        if finding.severity is not None and len(history) > 1:
            box.addWidget(SeverityCurve(finding.severity, history))
        if finding.segment is not None:
            self._offer = QPushButton("Analyse the whole series")
            self._offer.clicked.connect(self.series_asked)
            box.addWidget(self._offer, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addLayout(box)
        self._layout.addWidget(widgets.line())
        self._lines += [big.text(), told.kind, told.between]
        self._lines += [line for _, line in told.notes]
        self._lines += told.lines

    def _add_checks(self, checks: Sequence[TrustCheck]) -> None:
        box = widgets.column(spacing=10)
        box.setContentsMargins(16, 12, 16, 12)
        for check in checks:
            box.addLayout(self._check_row(check))
        if not checks:
            look = check_look(CheckResult.NOT_TESTED)
            box.addLayout(
                widgets.row(
                    widgets.icon_label(look.icon, look.color, 16),
                    widgets.label("No check was run on this result."),
                    None,
                )
            )
        self._layout.addLayout(box)
        self._layout.addWidget(widgets.line())

    def _check_row(self, check: TrustCheck) -> QLayout:
        look = check_look(check.result)
        glyph = widgets.icon_label(look.icon, look.color, 16)
        glyph.setAccessibleName(look.word)
        title = widgets.label(check.title, wrap=True)
        figure = check.figure or look.word
        if check.result in (CheckResult.WARNING, CheckResult.FAILED):
            figure = f"{look.word}: {figure}" if check.figure else look.word
        long = len(figure) > _LONG
        value = widgets.label(figure, "small", wrap=self._stacked or long)
        line = widgets.row(glyph, spacing=10)
        line.addWidget(title, 1)
        self._lines.append(f"{look.word}: {check.title}, {check.figure}")
        return self._beside(line, value, below=long)

    def _add_evidence(
        self, name: str, spec: FindingSpec | None, checks: Sequence[TrustCheck]
    ) -> None:
        """Show the AUROC on sources it never saw, beside the random split."""
        check = next((one for one in checks if one.key == _UNSEEN), None)
        box = widgets.column(spacing=4)
        box.setContentsMargins(16, 12, 16, 12)
        line = widgets.row(spacing=10)
        if check is not None:
            look = check_look(check.result)
            glyph = widgets.icon_label(look.icon, look.color, 16)
            glyph.setAccessibleName(look.word)
            line.addWidget(glyph)
        title = "Model on sources it never saw"
        line.addWidget(widgets.label(title, "strong", wrap=self._stacked), 1)
        unseen = trust_words.measured(spec.unseen_auroc if spec is not None else None)
        box.addLayout(self._beside(line, widgets.label(unseen[0], "strong")))
        for said in trust_words.evidence(name, spec, check):
            box.addWidget(widgets.label(said, "small", wrap=True))
            self._lines.append(f"{title}: {said}")
        self._lines.append(f"{title}: {unseen[0]}")
        self._layout.addLayout(box)


def _tone(result: CheckResult) -> str:
    if result is CheckResult.FAILED:
        return "failed"
    return "warning" if result is CheckResult.WARNING else "small"
