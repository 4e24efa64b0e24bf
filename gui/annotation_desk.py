"""Measurements, others' marks and the magnifier: what lies over the images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import widgets
from gui.magnifier_item import MagnifierItem
from gui.marks_desk import MarksDesk
from gui.marks_list import MarksList
from gui.measure_desk import MeasureDesk
from gui.measure_list import MeasureList

if TYPE_CHECKING:
    from gui.hanging_desk import HangingDesk
    from gui.main_window import MainWindow
    from gui.pane import Pane
    from gui.review_model import ReviewModel
    from gui.viewport import Viewport
    from review.measurement import Measurement
    from studies.model import Image, Study

_PRIOR = "Not measured: this is a prior; open it alone to measure on it"
_UNSEEN = "Not measured: the image is no longer on screen"


class AnnotationDesk(QObject):
    """Brings every pane its layers, and the dock the lists of what is on them."""

    def __init__(
        self, window: MainWindow, viewport: Viewport, hanging: HangingDesk
    ) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._hanging = hanging
        self.list = MeasureList()
        self.marks_list = MarksList()
        self.measure = MeasureDesk(self)
        self.marks = MarksDesk(viewport, self.marks_list, self)
        window.dock.install_marks(self._panel())
        self._model: ReviewModel | None = None
        self._connect()

    def work_on(self, model: ReviewModel | None) -> None:
        """Keep measurements in another review."""
        if self._model is not None:
            self._model.marks_changed.disconnect(self._count)
        self._model = model
        self.measure.work_on(model)
        if model is not None:
            model.marks_changed.connect(self._count)
        self._count()

    def enter(self, study: Study | None) -> None:
        """Read what others wrote about a study; None for no study."""
        self.marks.work_on(() if study is None else (study,))

    def close(self) -> None:
        """End the thread that reads marks."""
        self.marks.close()

    def _panel(self) -> QWidget:
        panel = QWidget()
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list, 2)
        layout.addWidget(widgets.line())
        layout.addWidget(self.marks_list, 3)
        return panel

    def _on_made(self, pane: Pane) -> None:
        canvas = pane.view.canvas
        self.measure.attach(canvas)
        glass = MagnifierItem(canvas.film)
        canvas.add_layer(glass)
        canvas.magnifier_at.connect(glass.show_at)

    def _on_shown(self, pane: Pane) -> None:
        self.measure.show_image(pane.view.canvas, pane.image)
        pane.view.set_more_words(
            (*self.measure.spoken_on(pane.view.canvas), *self.marks.spoken_on(pane))
        )

    def _on_emptied(self, pane: Pane) -> None:
        """Let go of the image: nothing is measured on one that is not seen."""
        self.measure.show_image(pane.view.canvas, None)

    def _blocked(self, image: Image) -> str:
        """Say why nothing may be measured on an image: the review is of one study."""
        for pane in self._viewport.panes:
            if pane.image is image and pane.stack is not None:
                return "" if pane.stack.study == self._hanging.study else _PRIOR
        return _UNSEEN

    def _count(self) -> None:
        made = 0 if self._model is None else len(self._model.measurements)
        self._window.dock.show_mark_count(made + len(self.marks.sets))
        for pane in self._viewport.panes:
            self._on_shown(pane)

    def _where(self, measurement: Measurement) -> str:
        """Name the image of a measurement."""
        if measurement.reformatted:
            return "Reformatted plane"
        study = self._hanging.study
        if study is None or len(study.images) < 2:
            return ""
        for number, header in enumerate(study.images, start=1):
            here = (header.sop_instance_uid, header.frame)
            if here == (measurement.sop_instance_uid, measurement.frame):
                return f"Image {number}"
        return ""

    def _on_wanted(self, sop_instance_uid: str, frame: int) -> None:
        if not self._hanging.show_image(sop_instance_uid, frame):
            self._window.status.say(
                "Its plane or slab is not on screen: press O for planes."
            )

    def _on_remove(self) -> None:
        self.measure.remove_selected()

    def _on_toggle_marks(self) -> None:
        self.marks_list.toggle_all()

    def _on_shutter(self) -> None:
        self.marks.set_shuttered(self._window.commands["shutter"].isChecked())

    def _on_beneath(self, held: bool) -> None:
        """Take measurements away too while Space is held."""
        for view in self._viewport.views:
            view.canvas.measures.setVisible(not held)

    def _connect(self) -> None:
        viewport, commands = self._viewport, self._window.commands
        viewport.made.connect(self._on_made)
        for pane in viewport.panes:
            self._on_made(pane)
        viewport.shown.connect(self._on_shown)
        viewport.emptied.connect(self._on_emptied)
        self.measure.blocked_reason = self._blocked
        self.measure.attach_list(self.list)
        self.measure.where = self._where
        self.measure.said.connect(self._window.status.say)
        self.measure.refused.connect(self._window.status.say)
        self.measure.image_wanted.connect(self._on_wanted)
        self.marks.counted.connect(self._count)
        self._window.beneath_held.connect(self._on_beneath)
        commands["remove-measurement"].triggered.connect(self._on_remove)
        commands["marks"].triggered.connect(self._on_toggle_marks)
        commands["shutter"].triggered.connect(self._on_shutter)
        commands["shutter"].setChecked(True)
