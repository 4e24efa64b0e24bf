"""Puts the facts of a model on paper: a PDF of A4 pages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import (
    QPageLayout,
    QPageSize,
    QPdfWriter,
    QTextDocument,
)

from gui import theme

_MARGIN_MM = 18.0
_PIXELS_AN_INCH = 96
_BODY_PX = 12


def save_pdf(text: str, title: str, path: Path) -> None:
    """Write HTML of the small kind that Qt lays out as a PDF.

    Raises
    ------
    OSError
        If the file cannot be written; what was there stays.
    """
    draft = path.with_name(f".{path.name}.part")
    draft.touch()  # Qt would tell that it cannot write by a warning alone
    try:
        _write(text, title, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(text: str, title: str, path: Path) -> None:
    writer = QPdfWriter(str(path))
    writer.setTitle(title)
    writer.setCreator("Overread")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setResolution(_PIXELS_AN_INCH)
    document = QTextDocument()
    document.setDefaultFont(theme.font(_BODY_PX))
    document.setDefaultStyleSheet("body, td, p, h2, h3 { color: black; }")
    document.setHtml(text)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)
