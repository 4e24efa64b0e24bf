"""A finding that the AI missed: name it, draw its box, change the box later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.add_finding import AddFinding
from gui.main_window import MainWindow
from review.vocabulary import OTHER_FINDING, missed_findings

if TYPE_CHECKING:
    from gui.review_model import ReviewModel
    from gui.viewport import Viewport
    from inference.model_card import Code
    from review.decision import Box
    from studies.model import ImageHeader


class MissedDesk(QObject):
    """Works on one image of one review at a time.

    Signals
    -------
    added(str)
        Uid of the new finding.
    box_refused()
        A box was not taken: draw the old one again.
    """

    added = Signal(str)
    box_refused = Signal()

    def __init__(self, window: MainWindow, viewport: Viewport) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._model: ReviewModel | None = None
        self._header: ImageHeader | None = None
        self._naming: tuple[str, Code] | None = None
        self.popover = AddFinding()
        self._connect()

    def work_on(self, model: ReviewModel | None, header: ImageHeader | None) -> None:
        """Work on another image; what was begun on the old one is dropped."""
        self._model, self._header = model, header
        self._naming = None
        self.popover.hide()

    def step_back(self) -> bool:
        """Esc: leave the popover; False if it is not open."""
        if self.popover.isHidden():
            return False
        self.popover.hide()
        self._window.focus_film()
        return True

    def _on_add(self) -> None:
        if self._header is None or self._model is None:
            return
        offered = missed_findings(self._header.body_part)
        self.popover.offer(offered, OTHER_FINDING.code)
        self._window.place_over_film(self.popover)
        self.popover.take_focus()

    def _on_named(self, name: str, code: Code) -> None:
        self._naming = (name, code)
        self._viewport.view.start_box()

    def _on_whole_image(self, name: str, code: Code) -> None:
        self._naming = (name, code)
        self._on_box(None)

    def _on_box(self, box: Box | None) -> None:
        if self._naming is None or self._model is None or self._header is None:
            self._viewport.view.cancel_box()
            return
        name, code = self._naming
        self._naming = None
        shown = self._viewport.active.header
        here = None if shown is None else (shown.sop_instance_uid, shown.frame)
        if here != (self._header.sop_instance_uid, self._header.frame):
            # Scrolled on meanwhile: it would be told of an image it is not on.
            self._viewport.view.cancel_box()
            self._window.status.say("Not added: another image is on screen by now")
            return
        added = self._model.add_finding(name, code, self._header, box)
        if added is None:
            self._viewport.view.cancel_box()
        else:
            self.added.emit(added.finding_uid)
        self._window.focus_film()

    def _on_box_edited(self, finding_uid: str, box: Box) -> None:
        if self._model is not None and not self._model.edit_box(finding_uid, box):
            self.box_refused.emit()

    def _on_edit(self) -> None:
        """Give the keys to the selected box."""
        self._window.focus_film()
        self._window.status.say(
            "Drag the box or its handles; arrows move it, Ctrl+arrows size it."
        )

    def _connect(self) -> None:
        actions = self._window.commands
        actions["add-finding"].triggered.connect(self._on_add)
        actions["edit-region"].triggered.connect(self._on_edit)
        self._viewport.box_drawn.connect(self._on_box)
        self._viewport.box_edited.connect(self._on_box_edited)
        self.popover.chosen.connect(self._on_named)
        self.popover.whole_image_chosen.connect(self._on_whole_image)
        self.popover.left.connect(self._window.focus_film)
