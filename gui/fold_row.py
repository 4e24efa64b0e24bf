"""The line under the findings: how many lie below their threshold."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QPushButton, QWidget

from gui import icons, tokens, widgets


class FoldRow(QWidget):
    """``> 8 findings below threshold`` with a note at its right end."""

    toggled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = QPushButton()
        self.button.setProperty("role", "flat")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.toggled)
        self._note_icon = widgets.icon_label("refused", tokens.WARNING, 14)
        self._note = widgets.ElidedLabel("", "small")
        note = widgets.row(None, self._note_icon, self._note, spacing=6)
        self._lines = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lines.setContentsMargins(8, 2, 16, 2)
        self._lines.setSpacing(6)
        self._lines.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._lines.addLayout(note, 1)
        self.show_count(0, unfolded=False)
        self.show_note("")

    def show_count(self, count: int, *, unfolded: bool) -> None:
        """Say how many findings are folded away; none hides the button."""
        noun = "finding" if count == 1 else "findings"
        self.button.setText(f"{count} {noun} below threshold")
        self.button.setIcon(
            icons.icon("chevron-down" if unfolded else "chevron-right", size=14)
        )
        self.button.setAccessibleName(
            f"{count} {noun} below threshold, {'shown' if unfolded else 'folded'}"
        )
        self.button.setVisible(bool(count))
        self._settle()

    def show_note(self, text: str, reasons: str = "") -> None:
        """Show a short note at the right, such as ``Rib fracture: not analysed``.

        Parameters
        ----------
        reasons
            Why, for whoever points at it or cannot see it.
        """
        self._note.setText(text)
        self._note.setAccessibleDescription(reasons)
        self.setToolTip(reasons)
        self._note.setVisible(bool(text))
        self._note_icon.setVisible(bool(text))
        self._settle()

    def set_stacked(self, *, stacked: bool) -> None:
        """Put the note below the count: beside it there is no room."""
        self._lines.setDirection(
            QBoxLayout.Direction.TopToBottom
            if stacked
            else QBoxLayout.Direction.LeftToRight
        )

    def note(self) -> tuple[str, str]:
        """Return the note and its reasons."""
        return self._note.accessibleName(), self._note.accessibleDescription()

    def _settle(self) -> None:
        self.setVisible(not self.button.isHidden() or not self._note.isHidden())
