"""The dock beside the film: findings, trust, last action, decision bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QTabBar, QVBoxLayout, QWidget

from gui import widgets
from gui.actions import ActionRegistry
from gui.decision_bar import DecisionBar
from gui.findings_panel import FindingsPanel
from gui.last_action import LastAction
from gui.trust_panel import TrustPanel

_FINDINGS, _TRUST = 0, 1


class Dock(QWidget):
    """Tall: trust below the findings. Low: trust is a tab."""

    def __init__(
        self, actions: ActionRegistry, reasons: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__()
        self.setObjectName("dock")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.findings = FindingsPanel()
        self.trust = TrustPanel()
        self.last = LastAction(actions)
        self.bar = DecisionBar(actions, reasons)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.addTab("Findings")
        self.tabs.currentChanged.connect(self._settle)
        self.count = widgets.label("", "muted")
        self._low = False
        self._lay_out()
        self._settle()

    def set_low(self, *, low: bool) -> None:
        """Make trust a tab (True) or a part below the findings."""
        if low != self._low:
            self._low = low
            self.tabs.setCurrentIndex(_FINDINGS)
            self._settle()

    def set_dense(self, *, dense: bool) -> None:
        """Take less room, where the dock is narrow."""
        self.bar.set_dense(dense=dense)
        self.findings.set_dense(dense=dense)

    def set_text_scale(self, scale: float) -> None:
        """Grow what has a fixed height with the text."""
        self.findings.set_text_scale(scale)
        self.trust.set_text_scale(scale)
        self.bar.set_text_scale(scale)

    def show_trust(self) -> None:
        """Bring trust to the front; once more brings the findings back."""
        if self._low:
            other = _FINDINGS if self.tabs.currentIndex() == _TRUST else _TRUST
            self.tabs.setCurrentIndex(other)
        if not self.trust.isHidden():
            self.trust.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_findings(self) -> None:
        """Bring the findings to the front, where trust is a tab."""
        self.tabs.setCurrentIndex(_FINDINGS)

    def show_count(self, words: str) -> None:
        """Show ``5 of 6 decided``."""
        self.count.setText(words)

    def _lay_out(self) -> None:
        head = widgets.row(spacing=0)
        head.setContentsMargins(12, 0, 16, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(widgets.line())
        layout.addWidget(self.findings)
        layout.addWidget(self.trust, 1)
        self._gap = QWidget()
        self._gap.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding
        )
        layout.addWidget(self._gap, 1)
        layout.addWidget(widgets.line())
        layout.addWidget(self.last)
        layout.addWidget(self.bar)

    def _settle(self) -> None:
        if self._low and self.tabs.count() == 1:
            self.tabs.addTab("Trust")
        elif not self._low and self.tabs.count() == 2:
            self.tabs.removeTab(_TRUST)
        on_trust = self.tabs.currentIndex() == _TRUST
        self.findings.setVisible(not self._low or not on_trust)
        self.trust.setVisible(not self._low or on_trust)
        self._gap.setVisible(self.trust.isHidden())
