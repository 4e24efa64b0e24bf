"""Commands for panes: layouts, series, cine, links, slabs, key images, turning."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.main_window import MainWindow
from studies.hanging_protocol import LayoutName

if TYPE_CHECKING:
    from gui.hanging_desk import HangingDesk
    from gui.link_desk import LinkDesk
    from gui.mpr_desk import MprDesk
    from gui.pane import Pane
    from gui.review_model import ReviewModel
    from gui.viewport import Viewport
    from review.measurement import ScreenLayout

_log = logging.getLogger(__name__)
_LAYOUTS = {
    "layout-1x1": LayoutName.ONE,
    "layout-1x2": LayoutName.TWO,
    "layout-2x2": LayoutName.FOUR,
    "layout-mpr": LayoutName.MPR,
}
_WORDS = {
    LayoutName.ONE: "One pane",
    LayoutName.TWO: "Two panes",
    LayoutName.FOUR: "Four panes",
    LayoutName.MPR: "Planes",
}
_RATE_STEP = 1.25
_CLOSED = "A prior of that layout is closed: open it first, then undo or redo again"


class LayoutDesk(QObject):
    """Connects the registry's layout commands, and keeps what they change."""

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        hanging: HangingDesk,
        mpr: MprDesk,
        link: LinkDesk,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._hanging = hanging
        self._mpr = mpr
        self._link = link
        self._model: ReviewModel | None = None
        self._connect()

    def work_on(self, model: ReviewModel | None) -> None:
        """Keep layout and key images in another review."""
        if self._model is not None:
            self._model.layout_changed.disconnect(self._on_layout_changed)
            self._model.marks_changed.disconnect(self._show_stars)
        self._model = model
        if model is not None:
            model.layout_changed.connect(self._on_layout_changed)
            model.marks_changed.connect(self._show_stars)
        self._show_stars()

    def step_back(self) -> bool:
        """Esc: stop playing, or show all panes again; False if neither."""
        if self._viewport.active.cine.playing:
            self._stop_cine()
            return True
        if self._viewport.enlarged:
            self._viewport.enlarge()
            return True
        return False

    # --- layout ---------------------------------------------------------------

    def _on_layout(self) -> None:
        self._hanging.next_layout()
        self._say_layout()

    def _on_named_layout(self) -> None:
        action = self.sender()
        assert action is not None
        self._hanging.set_layout(_LAYOUTS[action.objectName()])
        self._say_layout()

    def _say_layout(self) -> None:
        self._window.status.say(f"Layout: {_WORDS[self._viewport.layout_name]}")

    def _on_enlarge(self) -> None:
        self._viewport.enlarge()

    def _on_hang(self) -> None:
        if self._hanging.study is not None:
            self._hanging.hang_anew()
            self._hanging.arranged.emit()
            self._window.status.say(f"Hung by protocol: {self._hanging.protocol}")

    def _on_arranged(self) -> None:
        """Keep what hangs where with the review; undo brings it back."""
        if self._model is not None and self._hanging.study is not None:
            self._model.arrange(self._hanging.state())

    def _on_hung(self) -> None:
        self._link.set_on(self._hanging.linked)
        self._window.commands["link"].setChecked(self._link.on)
        mpr = self._viewport.layout_name is LayoutName.MPR
        slab = ("slab-thicker", "slab-thinner", "slab-projection", "slab-turn")
        self._window.commands.enable((*slab, "tool-crosshair"), on=mpr)
        self._show_stars()

    def _on_layout_changed(self) -> None:
        """Follow undo and redo: hang what was hung."""
        model = self._model
        if model is None or self._hanging.study is None:
            return
        if model.layout is None:
            self._hanging.hang_first()
        elif differs(model.layout, self._hanging.state()) and not self._hanging.restore(
            model.layout
        ):
            self._window.status.say(_CLOSED)

    # --- series, cine, link ---------------------------------------------------

    def _on_next_series(self) -> None:
        self._hanging.step_series(1)

    def _on_previous_series(self) -> None:
        self._hanging.step_series(-1)

    def _on_cine(self) -> None:
        pane = self._viewport.active
        playing = pane.toggle_cine()
        self._window.commands["cine"].setChecked(playing)
        words = f"Playing, {pane.cine.rate:.0f} a second" if playing else "Stopped"
        if not playing and pane.stack is not None and pane.stack.count < 2:
            words = "One image: nothing to play"
        self._window.status.say(words)

    def _stop_cine(self) -> None:
        self._viewport.active.cine.stop()
        self._window.commands["cine"].setChecked(False)

    def _on_faster(self) -> None:
        self._turn_rate(_RATE_STEP)

    def _on_slower(self) -> None:
        self._turn_rate(1 / _RATE_STEP)

    def _turn_rate(self, factor: float) -> None:
        cine = self._viewport.active.cine
        cine.set_rate(cine.rate * factor)
        self._window.status.say(f"{cine.rate:.0f} images a second")

    def _on_link(self) -> None:
        on = self._window.commands["link"].isChecked()
        self._hanging.linked = on
        self._link.set_on(on)
        self._window.status.say("Panes linked" if on else "Panes not linked")

    # --- slabs ----------------------------------------------------------------

    def _on_thicker(self) -> None:
        self._say_slab(lambda: f"Slab {self._mpr.thicken(1):g} mm")

    def _on_thinner(self) -> None:
        self._say_slab(lambda: f"Slab {self._mpr.thicken(-1):g} mm")

    def _on_projection(self) -> None:
        self._say_slab(self._mpr.next_projection)

    def _on_turn_slab(self) -> None:
        self._say_slab(lambda: f"Slab {self._mpr.turn_slab().lower()}")

    def _say_slab(self, change: Callable[[], str]) -> None:
        if self._mpr.ready:
            self._window.status.say(change())

    # --- key images -----------------------------------------------------------

    def _on_key_image(self) -> None:
        pane = self._viewport.active
        header = pane.header
        if self._model is None or header is None:
            return
        key = (header.sop_instance_uid, header.frame)
        on = key not in self._keys()
        # A refusal, of a plane cut from a volume, is told by the model.
        if self._model.set_key_image(header, on):
            self._window.status.say("Key image" if on else "No longer a key image")
        self._show_stars()

    def _keys(self) -> set[tuple[str, int]]:
        if self._model is None:
            return set()
        return {(key.sop_instance_uid, key.frame) for key in self._model.key_images}

    def _show_stars(self) -> None:
        keys = self._keys()
        for pane in self._viewport.panes:
            found = (pane.stack.find(*key) for key in keys if pane.stack is not None)
            pane.show_stars(frozenset(place for place in found if place is not None))
        header = self._viewport.active.header
        here = None if header is None else (header.sop_instance_uid, header.frame)
        self._window.commands["key-image"].setChecked(here in keys)
        self._viewport.show_key_marks(keys)

    def _on_settled(self, pane: Pane) -> None:
        if pane.is_active:
            self._on_active()

    def _on_active(self) -> None:
        playing = self._viewport.active.cine.playing
        self._window.commands["cine"].setChecked(playing)
        self._show_stars()

    # --- turning --------------------------------------------------------------

    def _on_right(self) -> None:
        self._viewport.view.rotate(1)

    def _on_left(self) -> None:
        self._viewport.view.rotate(-1)

    def _on_flip(self) -> None:
        self._viewport.view.flip()

    def _connect(self) -> None:
        actions = self._window.commands
        for action_id, slot in {
            "layout": self._on_layout,
            "enlarge": self._on_enlarge,
            "hang": self._on_hang,
            "next-series": self._on_next_series,
            "previous-series": self._on_previous_series,
            "cine": self._on_cine,
            "cine-faster": self._on_faster,
            "cine-slower": self._on_slower,
            "link": self._on_link,
            "slab-thicker": self._on_thicker,
            "slab-thinner": self._on_thinner,
            "slab-projection": self._on_projection,
            "slab-turn": self._on_turn_slab,
            "key-image": self._on_key_image,
            "rotate-right": self._on_right,
            "rotate-left": self._on_left,
            "flip": self._on_flip,
            **dict.fromkeys(_LAYOUTS, self._on_named_layout),
        }.items():
            actions[action_id].triggered.connect(slot)
        self._hanging.arranged.connect(self._on_arranged)
        self._hanging.hung.connect(self._on_hung)
        self._viewport.settled.connect(self._on_settled)
        self._viewport.active_changed.connect(self._on_active)


def differs(one: ScreenLayout, other: ScreenLayout) -> bool:
    """Whether other series hang, whatever the slice on screen."""

    def bare(layout: ScreenLayout) -> list[tuple[object, ...]]:
        keys = ("study", "series", "plane")
        return [tuple(pane.get(key) for key in keys) for pane in layout.panes]

    return one.name != other.name or bare(one) != bare(other)
