"""How far the selected finding can be trusted: probability, checks, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explain.analysis import CheckResult, TrustCheck
from gui import widgets
from gui.finding_delegate import paint_interval
from gui.finding_rows import FindingRow, check_look, probability_text
from review.decision import Origin, ReviewedFinding

if TYPE_CHECKING:
    from inference.model_card import FindingSpec, Measured

UNCALIBRATED = "Not calibrated here. Score order only."
_SEEN_BELOW = frozenset({"unseen", "calibration"})
"""Checks whose figures stand in a part of their own, not in the list."""


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
        self._add_probability(finding)
        self._add_checks([check for check in checks if check.key not in _SEEN_BELOW])
        self._add_evidence(spec, checks)
        self._layout.addStretch(1)

    def _is_new(self, what: tuple[object, ...]) -> bool:
        """Note what is shown; False if it is shown already."""
        if what == self._shown:
            return False
        self._shown = what
        return True

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

    def _add_probability(self, finding: ReviewedFinding) -> None:
        assert finding.probability is not None
        big = widgets.label(probability_text(finding.probability), "big")
        first = widgets.row(
            big, widgets.label("probability", "strong"), None, spacing=8
        )
        interval = "no interval stated"
        if finding.interval is not None:
            low, high = finding.interval
            interval = f"between {low:.2f} and {high:.2f}"
        first.addWidget(widgets.label(interval, "small"))
        scale = _Scale(finding)
        note = widgets.label(UNCALIBRATED, "small", wrap=True)
        box = widgets.column(spacing=6)
        box.setContentsMargins(16, 10, 16, 12)
        box.addLayout(first)
        box.addWidget(scale)
        threshold = ""
        if finding.threshold is not None:
            side = "above" if finding.flagged else "below"
            threshold = f"{side} its threshold of {finding.threshold:.2f}"
        box.addWidget(note)
        if threshold:
            sentence = f"{threshold[0].upper()}{threshold[1:]}."
            box.addWidget(widgets.label(sentence, "small"))
            self._lines.append(sentence)
        self._layout.addLayout(box)
        self._layout.addWidget(widgets.line())
        self._lines += [big.text(), interval, UNCALIBRATED]

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

    def _check_row(self, check: TrustCheck) -> QHBoxLayout:
        look = check_look(check.result)
        glyph = widgets.icon_label(look.icon, look.color, 16)
        glyph.setAccessibleName(look.word)
        title = widgets.label(check.title, wrap=True)
        figure = check.figure or look.word
        if check.result in (CheckResult.WARNING, CheckResult.FAILED):
            figure = f"{look.word}: {figure}" if check.figure else look.word
        value = widgets.label(figure, "small", wrap=len(figure) > 26)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = widgets.row(glyph, spacing=10)
        line.addWidget(title, 1)
        line.addWidget(value, 1 if len(figure) > 26 else 0)
        self._lines.append(f"{look.word}: {check.title}, {check.figure}")
        return line

    def _add_evidence(
        self, spec: FindingSpec | None, checks: Sequence[TrustCheck]
    ) -> None:
        """AUROC on sources the model never saw, beside the random split."""
        box = widgets.column(spacing=4)
        box.setContentsMargins(16, 12, 16, 12)
        if spec is None:
            said = [check.figure for check in checks if check.key in _SEEN_BELOW]
            text = "; ".join(said) or "The model's own figures are not installed."
            box.addWidget(widgets.label(text, "small", wrap=True))
            self._lines.append(text)
            self._layout.addLayout(box)
            return
        unseen = _measured(spec.unseen_auroc)
        title = widgets.label("Model on sources it never saw", "strong")
        box.addLayout(widgets.row(title, None, widgets.label(unseen[0], "strong")))
        if unseen[1]:
            right = widgets.label(unseen[1], "small")
            box.addLayout(widgets.row(None, right))
        own = _measured(spec.random_split_auroc)
        said_own = f"Random split of its own sources: {own[0]}"
        if own[1]:
            said_own += f", {own[1]}"
        box.addWidget(widgets.label(said_own, "small", wrap=True))
        self._lines += [f"Model on sources it never saw: {' '.join(unseen)}", said_own]
        if spec.note:
            box.addWidget(widgets.label(spec.note, "small", wrap=True))
            self._lines.append(spec.note)
        self._layout.addLayout(box)


class _Scale(QWidget):
    """The finding's probability on a line from 0 to 1."""

    def __init__(self, finding: ReviewedFinding) -> None:
        super().__init__()
        self._finding = finding
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(30)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return a wide, low strip."""
        return QSize(200, 30)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the line, then its end values."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(4, 0, self.width() - 8, 14)
        finding = self._finding
        assert finding.probability is not None
        paint_interval(
            painter, line, finding.probability, finding.interval, finding.threshold
        )
        painter.setPen(self.palette().color(self.palette().ColorRole.PlaceholderText))
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        low = QRectF(0, 14, self.width(), 16)
        painter.drawText(low, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(low, Qt.AlignmentFlag.AlignRight, "1")
        if finding.threshold is not None:
            at = line.left() + finding.threshold * line.width()
            painter.drawText(
                QRectF(at - 60, 14, 120, 16),
                Qt.AlignmentFlag.AlignHCenter,
                f"threshold {finding.threshold:.2f}",
            )
        painter.end()


def _tone(result: CheckResult) -> str:
    if result is CheckResult.FAILED:
        return "failed"
    return "warning" if result is CheckResult.WARNING else "small"


def _measured(figure: Measured | None) -> tuple[str, str]:
    if figure is None:
        return "not measured", ""
    return f"AUROC {figure.value:.2f}", f"{figure.low:.2f} to {figure.high:.2f}"
