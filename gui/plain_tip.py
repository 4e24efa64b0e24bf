"""Tooltips that show a text as it is: Qt takes what looks like markup for markup."""

from __future__ import annotations

import html


def tip(text: str) -> str:
    """Return a tooltip that shows `text` letter by letter, wrapped."""
    if not text:
        return ""
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>")
