"""The dock beside the film: findings, trust, marks, last action, decision bar."""

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

_LEAST_TRUST = 120
_FINDINGS, _TRUST, _MARKS = "Findings", "Trust", "Marks"


class Dock(QWidget):
    """Tall: trust below the findings. Low: trust is a tab.

    A further tab holds measurements and others' marks, once it is given them.
    """

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
        self.tabs.addTab(_FINDINGS)
        self.marks: QWidget | None = None
        self.tabs.currentChanged.connect(self._settle)
        self.count = widgets.label("", "muted")
        self._low = False
        self._lay_out()
        self._settle()

    def set_low(self, *, low: bool) -> None:
        """Make trust a tab (True) or a part below the findings."""
        if low != self._low:
            self._low = low
            self._turn_to(_FINDINGS)
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
            self._turn_to(_FINDINGS if self._shown == _TRUST else _TRUST)
        else:
            self._turn_to(_FINDINGS)
        if not self.trust.isHidden():
            self.trust.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_findings(self) -> None:
        """Bring the findings to the front, where trust is a tab."""
        self._turn_to(_FINDINGS)

    def install_marks(self, marks: QWidget) -> None:
        """Give measurements and others' marks their tab."""
        self.marks = marks
        self._marks_place.addWidget(marks)
        self._settle()

    def show_marks(self) -> None:
        """Bring measurements and others' marks to the front."""
        self._turn_to(_MARKS)

    def show_mark_count(self, count: int) -> None:
        """Say on the tab how many there are."""
        for place in range(self.tabs.count()):
            if self.tabs.tabData(place) == _MARKS:
                words = f"{_MARKS} {count}" if count else _MARKS
                self.tabs.setTabText(place, words)

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
        # What is left is trust's, whatever it would like: it scrolls.
        self.trust.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored
        )
        self.trust.setMinimumHeight(_LEAST_TRUST)
        layout.addWidget(self.trust, 1)
        self._marks_place = QVBoxLayout()
        layout.addLayout(self._marks_place, 1)
        self._gap = QWidget()
        self._gap.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding
        )
        layout.addWidget(self._gap, 1)
        layout.addWidget(widgets.line())
        layout.addWidget(self.last)
        layout.addWidget(self.bar)

    @property
    def _shown(self) -> str:
        """Name of the tab in front."""
        return str(self.tabs.tabData(self.tabs.currentIndex()) or _FINDINGS)

    def _turn_to(self, name: str) -> None:
        for place in range(self.tabs.count()):
            if (self.tabs.tabData(place) or _FINDINGS) == name:
                self.tabs.setCurrentIndex(place)

    def _settle(self) -> None:
        self._set_tab(_TRUST, there=self._low)
        self._set_tab(_MARKS, there=self.marks is not None)
        shown = self._shown
        self.findings.setVisible(shown == _FINDINGS)
        self.trust.setVisible(shown == _TRUST or (shown == _FINDINGS and not self._low))
        if self.marks is not None:
            self.marks.setVisible(shown == _MARKS)
        self._gap.setVisible(shown == _FINDINGS and self._low)

    def _set_tab(self, name: str, *, there: bool) -> None:
        """Add or take away a tab; the findings' is always first."""
        places = [p for p in range(self.tabs.count()) if self.tabs.tabData(p) == name]
        if there and not places:
            self.tabs.blockSignals(True)
            place = 1 if name == _TRUST else self.tabs.count()
            self.tabs.insertTab(place, name)
            self.tabs.setTabData(place, name)
            self.tabs.blockSignals(False)
        elif not there and places:
            self.tabs.removeTab(places[0])
