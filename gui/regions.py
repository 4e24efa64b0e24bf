"""Going through the window's regions by keyboard (F6)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def focus_next(regions: Sequence[QWidget], focused: QWidget | None) -> None:
    """Focus the next region that is seen and takes focus, round and round.

    Parameters
    ----------
    regions
        In the order in which they are gone through, hidden ones too.
    focused
        What has the focus now; the first region follows where it is in none.
    """
    seen = [part for part in regions if part.isVisible()]
    here = next(
        (
            place
            for place, part in enumerate(seen)
            if focused is not None and (part is focused or part.isAncestorOf(focused))
        ),
        -1,
    )
    for step in range(1, len(seen) + 1):
        if _take_focus(seen[(here + step) % len(seen)]):
            return


def _take_focus(part: QWidget) -> bool:
    """Focus a region itself or the first thing in it that takes focus."""
    candidates = [part, *part.findChildren(QWidget)]
    for candidate in candidates:
        if (
            candidate.focusPolicy() & Qt.FocusPolicy.TabFocus
            and candidate.isVisible()
            and candidate.isEnabled()
        ):
            candidate.setFocus(Qt.FocusReason.TabFocusReason)
            return True
    return False
