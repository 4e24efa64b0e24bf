"""How much larger than usual the application's text is."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from gui import tokens


def theme_scale() -> float:
    """Return how much larger than usual the application's text is."""
    size = QApplication.font().pixelSize()
    # Negative where the font was given in points: no theme, so no scale.
    return size / tokens.BODY if size > 0 else 1.0
