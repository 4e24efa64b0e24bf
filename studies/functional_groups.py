"""The functional groups of enhanced multi-frame images (DICOM PS3.3 C.7.6.16)."""

from __future__ import annotations

from studies.elements import Elements


class FunctionalGroups:
    """Where the macros of each frame stand.

    `differ` says whether the frames may differ; a number of groups that does not
    fit the number of frames is told.
    """

    def __init__(self, elements: Elements, frames: int) -> None:
        self._elements = elements
        self._shared = elements.items("SharedFunctionalGroupsSequence")[:1]
        self._frames = elements.items("PerFrameFunctionalGroupsSequence")
        self.differ = bool(self._frames)
        if self._frames and len(self._frames) != frames:
            elements.note(
                f"{frames} frames but {len(self._frames)} per-frame functional groups"
            )

    def find(self, frame: int, keyword: str) -> Elements:
        """Return the macro of a frame, else the shared one, else the data set."""
        for group in (*self._frames[frame : frame + 1], *self._shared):
            if items := group.items(keyword):
                return items[0]
        return self._elements
