"""What is written over a film, and the same in words for those who listen."""

from __future__ import annotations

from dataclasses import replace

from gui.corner_text import (
    display_lines,
    kept_lines,
    notice_lines,
    patient_lines,
    sides,
    slice_lines,
    study_lines,
)
from gui.corners import Corners
from gui.film_words import spoken
from gui.mouse_canvas import MouseCanvas
from gui.overlay import Overlay
from gui.view_state import StackPlace
from studies.model import Patient, Study

DRAWING_HINT = (
    "Draw a box around the finding. Keys: Enter for a box, arrows move it,"
    " Ctrl+arrows size it, Enter takes it, Esc cancels."
)


class ImageWords:
    """Keeps the corners of a canvas in line with whose image it shows.

    Attributes
    ----------
    place
        Where the image stands in its stack.
    is_key
        Whether the reader marked it as a key image.
    more
        What else lies over the image, in words.
    """

    def __init__(self, canvas: MouseCanvas, overlay: Overlay) -> None:
        self._canvas = canvas
        self._overlay = overlay
        self._patient: Patient | None = None
        self._study: Study | None = None
        self.place: StackPlace | None = None
        self.is_key = False
        self.more: tuple[str, ...] = ()

    def enter(self, patient: Patient, study: Study, place: StackPlace | None) -> None:
        """Write over another image: whose it is, of which study."""
        self._patient, self._study, self.place = patient, study, place

    def leave(self) -> None:
        """Write nothing: there is no image."""
        self._patient = self._study = self.place = None

    def update(self) -> None:
        """Write all corners anew."""
        self._canvas.corners.set_corners(self._corners())

    def update_display(self) -> None:
        """Tell another window; whose film it is has not changed since."""
        image, film, view = self._canvas.image, self._canvas.film, self._canvas.view
        corners = self._canvas.corners
        if image is None or film.voi is None or not corners.corners.top_left:
            self.update()
            return
        lines = display_lines(image, film.voi, view, inverted=film.inverted)
        kept = kept_lines(image.header, view, inverted=film.inverted)
        corners.set_corners(replace(corners.corners, bottom_left=lines, kept=kept))

    def description(self) -> str:
        """Return corners, outlines and what else lies over the image, in words."""
        canvas = self._canvas
        words = spoken(canvas.corners.corners, canvas.outlines.outlines)
        return ". ".join((words, *self.more))

    def _corners(self) -> Corners:
        image, patient, study = self._canvas.image, self._patient, self._study
        if image is None or patient is None or study is None:
            return Corners()
        header, film, view = image.header, self._canvas.film, self._canvas.view
        assert film.voi is not None
        overlay, place = self._overlay, self.place
        sliced = place is not None and place.is_slice and place.count > 1
        marked = ("Key image",) if self.is_key else ()
        return Corners(
            patient_lines(patient, header),
            (*study_lines(study, header, counted=not sliced), *marked),
            display_lines(image, film.voi, view, inverted=film.inverted),
            sides(header, view.orientation),
            slice=slice_lines(place.number, place.count, header)
            if place is not None and sliced
            else (),
            tag=None if place is None else place.tag,
            key=bool(overlay.findings_here()) and not overlay.ai_hidden,
            hint=DRAWING_HINT if self._canvas.drawing else "",
            kept=kept_lines(header, view, inverted=film.inverted),
            warnings=notice_lines(header),
        )
