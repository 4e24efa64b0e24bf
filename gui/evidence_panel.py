"""On sources it never saw: the table, the forest plot and what to expect."""

from __future__ import annotations

from gui import widgets
from gui.evidence_rows import Evidence
from gui.evidence_table import EvidenceTable
from gui.facts_panels import Panel


class EvidencePanel(Panel):
    """Each source held out, this site, the mean within them, the random split."""

    def __init__(self) -> None:
        super().__init__("On sources it never saw")
        self.table = EvidenceTable()
        self._icon = widgets.icon_label("trust", size=16)
        self.advice = widgets.label("", wrap=True)
        row = widgets.row(self._icon, spacing=8)
        row.addWidget(self.advice, 1)
        self.body.addWidget(self.table)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def show_evidence(self, evidence: Evidence) -> None:
        """Show what was measured of a finding, a severity or a segment."""
        self.title.setText(evidence.title)
        self.setAccessibleName(evidence.title)
        self.set_caption(evidence.caption)
        self.advice.setText(evidence.advice)
        self.table.show_evidence(evidence)
