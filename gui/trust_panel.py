"""How far the selected finding can be trusted: probability, checks, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explain.analysis import CheckResult, TrustCheck
from gui import trust_words, widgets
from gui.finding_rows import FindingRow, check_look, probability_text
from gui.trust_scale import TrustScale
from review.decision import Origin, ReviewedFinding

if TYPE_CHECKING:
    from inference.model_card import FindingSpec

_UNSEEN, _CALIBRATION = "unseen", "calibration"
"""Checks that stand in a part of their own, not in the list."""

_BESIDE = 1.25
"""The largest text at which a figure fits beside its title."""


class TrustPanel(QScrollArea):
    """Scrolls where the window is low; its header says what it is about."""

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
        self, row: FindingRow, checks: Sequence[TrustCheck], spec: FindingSpec | None
    ) -> None:
        """Show what is known of one finding.

        Parameters
        ----------
        checks
            Of the analysis it came from.
        spec
            The model's own figures for it; None where the model is not
            installed any more.
        """
        if not self._is_new((row, tuple(checks), spec)):
            return
        finding = row.finding
        name = f"finding {row.number}, {finding.name}"
        self._start("Trust", name, checks)
        if finding.origin is Origin.READER or finding.probability is None:
            self._add_text("Added by you. There is no AI result to check.")
            self._layout.addStretch(1)
            return
        self._add_probability(finding, _calibration(checks))
        self._add_checks([c for c in checks if c.key not in (_UNSEEN, _CALIBRATION)])
        self._add_evidence(finding.name, spec, checks)
        self._layout.addStretch(1)

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

    def _beside(self, layout: QHBoxLayout, figure: QWidget) -> QLayout:
        """Return a title's row with its figure at the right, or below it."""
        if not self._stacked:
            layout.addWidget(figure)
            return layout
        stack = widgets.column(spacing=2)
        stack.addLayout(layout)
        stack.addWidget(figure)
        return stack

    def text(self) -> str:
        """Return all words shown, for tests and screen readers."""
        return "\n".join(self._lines)

    def _start(self, title: str, about: str, checks: Sequence[TrustCheck] = ()) -> None:
        widgets.clear(self._layout)
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

    def _add_probability(
        self, finding: ReviewedFinding, calibration: TrustCheck | None
    ) -> None:
        assert finding.probability is not None
        big = widgets.label(probability_text(finding.probability), "big")
        first = widgets.row(
            big, widgets.label("probability", "strong"), None, spacing=8
        )
        interval = "no interval stated"
        if finding.interval is not None:
            low, high = finding.interval
            interval = f"between {probability_text(low)} and {probability_text(high)}"
        beside = self._beside(first, widgets.label(interval, "small"))
        scale = TrustScale(finding)
        said = trust_words.calibration(calibration)
        look = check_look(
            CheckResult.NOT_TESTED if calibration is None else calibration.result
        )
        glyph = widgets.icon_label(look.icon, look.color, 14)
        glyph.setAccessibleName(look.word)
        note = widgets.row(glyph, spacing=6)
        note.addWidget(widgets.label(said, "small", wrap=True), 1)
        box = widgets.column(spacing=6)
        box.setContentsMargins(16, 10, 16, 12)
        box.addLayout(beside)
        box.addWidget(scale)
        threshold = ""
        if finding.threshold is not None:
            side = "above" if finding.flagged else "below"
            threshold = f"{side} its threshold of {finding.threshold:.2f}"
        box.addLayout(note)
        if threshold:
            sentence = f"{threshold[0].upper()}{threshold[1:]}."
            box.addWidget(widgets.label(sentence, "small"))
            self._lines.append(sentence)
        self._layout.addLayout(box)
        self._layout.addWidget(widgets.line())
        self._lines += [big.text(), interval, said]

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
        value = widgets.label(figure, "small", wrap=self._stacked)
        line = widgets.row(glyph, spacing=10)
        line.addWidget(title, 1)
        self._lines.append(f"{look.word}: {check.title}, {check.figure}")
        return self._beside(line, value)

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


def _calibration(checks: Sequence[TrustCheck]) -> TrustCheck | None:
    return next((one for one in checks if one.key == _CALIBRATION), None)


def _tone(result: CheckResult) -> str:
    if result is CheckResult.FAILED:
        return "failed"
    return "warning" if result is CheckResult.WARNING else "small"
