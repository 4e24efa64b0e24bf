"""Puts the facts of a model on paper: a PDF of A4 pages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
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


def as_pdf(text: str, title: str) -> bytes:
    """Return HTML of the small kind that Qt lays out as a PDF, for the main thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
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
    del writer  # its last pages are written when it goes
    buffer.close()
    return bytes(buffer.data().data())


def write_whole(data: bytes, path: Path) -> None:
    """Write a file whole or not at all; in any thread.

    Raises
    ------
    OSError
        If the file cannot be written; what was there stays.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
