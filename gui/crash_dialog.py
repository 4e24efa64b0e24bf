"""Shows the report of an unexpected error."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QWidget

from gui import theme, tokens, widgets


class CrashDialog(QDialog):
    """What happened, that nothing is lost, and the report to copy."""

    def __init__(
        self, text: str, path: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Overread: unexpected error")
        self.setMinimumSize(620, 420)
        title = widgets.label("Something unexpected happened", "page")
        said = widgets.label(
            "Your decisions are on disk. Viewing goes on; if the window behaves"
            " oddly, close it and open it again: it comes back as you left it.",
            "muted",
            wrap=True,
        )
        where = "The report could not be written to disk."
        if path is not None:
            where = f"The report below is kept as {path.name}; no patient data in it."
        self.report = QPlainTextEdit(text)
        self.report.setReadOnly(True)
        self.report.setFont(theme.font(tokens.SMALL, mono=True))
        self.report.setAccessibleName("Error report")
        copy = QPushButton("Copy the report")
        copy.clicked.connect(self._on_copy)
        close = QPushButton("Go on")
        close.setProperty("role", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        layout = widgets.column(title, said, spacing=10)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.addWidget(self.report, 1)
        layout.addWidget(widgets.label(where, "small", wrap=True))
        layout.addLayout(widgets.row(None, copy, close))
        self.setLayout(layout)

    def _on_copy(self) -> None:
        self.report.selectAll()
        self.report.copy()
