"""Measurements between canvases, list and review: made, moved, named, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import measure_words
from gui.measure_edit import Points
from gui.measure_list import MeasureList, MeasureRow
from gui.measure_mark import Mark, Words
from gui.measure_record import Measurements, is_on, mark_of, record_of, values_of
from gui.mouse_canvas import MouseCanvas
from review.measurement import Measurement, MeasurementKind
from studies.errors import OverreadError
from studies.measuring import Measured, doubts, measure, notices

if TYPE_CHECKING:
    from studies.model import Image

_NO_REVIEW = "Not measured: there is no review to keep it in"
_NO_IMAGE = "Not measured: there is no image"


def _free(image: Image) -> str:
    return ""


def _nowhere(measurement: Measurement) -> str:
    return ""


class MeasureDesk(QObject):
    """Turns what is drawn into verbs of the review, and redraws from it alone.

    Attributes
    ----------
    blocked_reason
        Says why nothing may be measured on an image, e.g. across a gap in its
        series; "" where it may.
    where
        Names the image of a measurement for the list, e.g. "Image 12".

    Signals
    -------
    selected(object)
        Uid that is chosen, or None.
    image_wanted(str, int)
        SOP Instance UID and frame of a measurement that lies on no canvas.
    refused(str)
        Why nothing was measured or moved.
    said(str)
        What was measured, and what the keys do: for the status bar.
    """

    selected = Signal(object)
    image_wanted = Signal(str, int)
    refused = Signal(str)
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model: Measurements | None = None
        self._images: dict[MouseCanvas, Image | None] = {}
        self._list: MeasureList | None = None
        self._chosen: str | None = None
        self.blocked_reason: Callable[[Image], str] = _free
        self.where: Callable[[Measurement], str] = _nowhere

    @property
    def selected_uid(self) -> str | None:
        """The measurement that is chosen."""
        return self._chosen

    def attach(self, canvas: MouseCanvas) -> None:
        """Measure on a canvas too, until `detach`."""
        self._images[canvas] = None
        canvas.hands.refusal = lambda: self._refusal(canvas)
        canvas.measures.gauge = lambda kind, points: self._words(canvas, kind, points)
        canvas.measured.connect(lambda *made: self._on_measured(canvas, *made))
        canvas.measurement_moved.connect(lambda *to: self._on_moved(canvas, *to))
        canvas.measurement_selected.connect(self.select)
        canvas.measurement_removed.connect(self._on_removal)
        canvas.measuring_refused.connect(self.refused)
        canvas.measuring_said.connect(self.said)

    def detach(self, canvas: MouseCanvas) -> None:
        """Measure no more on a canvas that goes away."""
        del self._images[canvas]
        canvas.hands.refusal = lambda: _NO_REVIEW

    def attach_list(self, panel: MeasureList) -> None:
        """Fill a list, and do what is asked there."""
        self._list = panel
        panel.wanted.connect(self.jump)
        panel.removed.connect(self._on_removal)
        panel.labelled.connect(self._on_labelled)
        self.refresh()

    def work_on(self, model: Measurements | None) -> None:
        """Work on another review, or none."""
        if self._model is not None:
            self._model.marks_changed.disconnect(self.refresh)
        self._model = model
        self.select(None)
        if model is not None:
            model.marks_changed.connect(self.refresh)
        self.refresh()

    def show_image(self, canvas: MouseCanvas, image: Image | None) -> None:
        """Draw the measurements of the image that a canvas shows now."""
        self._images[canvas] = image
        canvas.measures.set_marks(self._marks(image))
        canvas.measures.set_selected(self._chosen)

    def refresh(self) -> None:
        """Draw canvases and list anew."""
        for canvas, image in self._images.items():
            canvas.measures.set_marks(self._marks(image))
        if self._list is not None:
            self._list.show_rows([self._row(item) for item in self._all()])
        if self._chosen is not None and self._find(self._chosen) is None:
            self.select(None)

    # Choosing

    def select(self, uid: str | None) -> None:
        """Choose one wherever it is shown, or none."""
        if uid == self._chosen:
            return
        self._chosen = uid
        for canvas in self._images:
            canvas.hands.choose(uid)
        if self._list is not None:
            self._list.select(uid)
        found = self._find(uid)
        if found is not None:
            self.said.emit(measure_words.spoken(found))
        self.selected.emit(uid)

    def jump(self, uid: str) -> None:
        """Choose one, and ask for its image where none of the canvases shows it."""
        found = self._find(uid)
        if found is None:
            return
        self.select(uid)
        if not any(is_on(found, image) for image in self._images.values()):
            self.image_wanted.emit(found.sop_instance_uid, found.frame)

    def remove_selected(self) -> bool:
        """Delete the chosen one; whether there was one."""
        chosen = self._chosen
        return chosen is not None and self._on_removal(chosen)

    def spoken_on(self, canvas: MouseCanvas) -> tuple[str, ...]:
        """Say the measurements on a canvas, for its accessible description."""
        image = self._images.get(canvas)
        if image is None:
            return ()
        header = image.header
        return tuple(
            measure_words.spoken(item, notices(item.kind, item.points, header))
            for item in self._all()
            if is_on(item, image)
        )

    # What the reader does

    def _on_measured(
        self, canvas: MouseCanvas, kind: MeasurementKind, points: Points
    ) -> None:
        image = self._images.get(canvas)
        found = self._measured(image, kind, points)
        if found is None or image is None or self._model is None:
            return
        kept = self._model.measure(record_of(image, kind, points, found))
        if kept is not None:
            self.select(kept.uid)

    def _on_moved(self, canvas: MouseCanvas, uid: str, points: Points) -> None:
        image, old = self._images.get(canvas), self._find(uid)
        kind = old.kind if old is not None else None
        found = self._measured(image, kind, points) if kind is not None else None
        if found is not None and self._model is not None:
            self._model.move_measurement(uid, points, values_of(found))
        # Where it was not moved, it must not be seen elsewhere.
        self.refresh()
        moved = self._find(uid)
        if found is not None and moved is not None:
            self.said.emit(measure_words.spoken(moved, found.notices))

    def _measured(
        self, image: Image | None, kind: MeasurementKind, points: Points
    ) -> Measured | None:
        why = self._refusal_of(image)
        if why or image is None:
            self.refused.emit(why)
            return None
        try:
            return measure(kind, points, image)
        except OverreadError as error:
            self.refused.emit(str(error))
            return None

    def _on_removal(self, uid: str) -> bool:
        found = self._find(uid)
        done = found is not None and self._model is not None
        if done and self._model is not None and found is not None:
            done = self._model.remove_measurement(uid)
            if done:
                self.said.emit(f"Deleted: {measure_words.headline(found)}")
        return done

    def _on_labelled(self, uid: str, text: str) -> None:
        if self._model is None or not self._model.label_measurement(uid, text):
            self.refresh()

    # What is shown

    def _all(self) -> tuple[Measurement, ...]:
        return self._model.measurements if self._model is not None else ()

    def _find(self, uid: str | None) -> Measurement | None:
        return next((item for item in self._all() if item.uid == uid), None)

    def _refusal(self, canvas: MouseCanvas) -> str:
        return self._refusal_of(self._images.get(canvas))

    def _refusal_of(self, image: Image | None) -> str:
        if image is None:
            return _NO_IMAGE
        return _NO_REVIEW if self._model is None else self.blocked_reason(image)

    def _marks(self, image: Image | None) -> list[Mark]:
        if image is None:
            return []
        return [mark_of(item, image) for item in self._all() if is_on(item, image)]

    def _words(
        self, canvas: MouseCanvas, kind: MeasurementKind, points: Points
    ) -> Words:
        """Return the live words of points in the making."""
        image = self._images.get(canvas)
        if image is None:
            return (), ()
        try:
            found = measure(kind, points, image)
        except OverreadError:
            # Not yet enough to measure: a line of no length, a point to come.
            return (), ()
        written = measure_words.lines(kind, values_of(found))
        return written, doubts(kind, points, image.header)

    def _row(self, item: Measurement) -> MeasureRow:
        where = self.where(item)
        spoken = ". ".join(part for part in (measure_words.spoken(item), where) if part)
        title = measure_words.headline(item)
        return MeasureRow(item.uid, title, where, item.label, spoken)
