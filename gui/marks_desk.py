"""What others drew and wrote: read in the background, drawn over their images."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.errands import Errands, Stopped
from gui.marks_item import MarksItem
from gui.marks_list import MarksList
from gui.shutter_item import ShutterItem
from gui.viewport import Viewport
from studies.errors import OverreadError
from studies.marks import MarkSet, read_marks
from studies.overlay_planes import overlay_marks, read_overlays

if TYPE_CHECKING:
    from gui.pane import Pane
    from studies.marks import Mark
    from studies.model import ImageHeader, OtherObject, Study

_log = logging.getLogger(__name__)
_Found = tuple[tuple[MarkSet, ...], tuple[str, ...]]


class MarksDesk(QObject):
    """Draws segmentations, report regions, annotations, structures and overlays.

    Signals
    -------
    counted(int)
        So many objects are drawn over the study's images.
    """

    counted = Signal(int)

    def __init__(
        self, viewport: Viewport, panel: MarksList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._panel = panel
        self._errands = Errands("marks", self)
        self._sets: tuple[MarkSet, ...] = ()
        self._failures: tuple[str, ...] = ()
        self._overlays: dict[tuple[str, int], tuple[Mark, ...]] = {}
        self._asked: set[tuple[str, int]] = set()
        self._items: dict[int, tuple[MarksItem, ShutterItem]] = {}
        self._shuttered = True
        viewport.shown.connect(self._on_shown)
        panel.changed.connect(self.draw)
        panel.presentation_asked.connect(self._on_presentation)

    @property
    def sets(self) -> tuple[MarkSet, ...]:
        """What is drawn of others' objects."""
        return self._sets

    def work_on(self, studies: Sequence[Study]) -> None:
        """Read what others wrote about these studies of one patient."""
        self._sets, self._failures, self._overlays = (), (), {}
        self._asked.clear()
        self._panel.show_sets(())
        self.counted.emit(0)
        self._errands.drop("objects")
        self._errands.drop_matching("overlays ")
        pairs = [(one, study) for study in studies for one in study.objects]
        if pairs:
            self._errands.ask("objects", partial(_read_all, pairs), self._on_read)

    def spoken_on(self, pane: Pane) -> tuple[str, ...]:
        """Say what of others is drawn on a pane."""
        return self._layers(pane)[0].words()

    def close(self) -> None:
        """End the thread."""
        self._errands.close()

    def set_shuttered(self, shuttered: bool) -> None:
        """Black out what lies outside the display shutter, or show it."""
        self._shuttered = shuttered
        for pane in self._viewport.panes:
            self._draw_on(pane)

    def draw(self) -> None:
        """Draw anew on all panes."""
        for pane in self._viewport.panes:
            self._draw_on(pane)

    def _on_read(self, found: object) -> None:
        assert isinstance(found, tuple)
        self._sets, self._failures = found
        self._panel.show_sets(self._sets, self._failures)
        self.counted.emit(len(self._sets))
        self.draw()

    def _on_shown(self, pane: Pane) -> None:
        header = pane.header
        if header is not None and header.has_overlays:
            self._ask_overlays(header)
        self._draw_on(pane)

    def _ask_overlays(self, header: ImageHeader) -> None:
        key = header.sop_instance_uid, header.frame
        if key not in self._asked:
            self._asked.add(key)
            self._errands.ask(
                f"overlays {key}", partial(_overlays, header), partial(self._keep, key)
            )

    def _keep(self, key: tuple[str, int], found: object) -> None:
        assert isinstance(found, tuple)
        self._overlays[key], notices = found
        news = tuple(line for line in notices if line not in self._failures)
        if news:
            self._failures = (*self._failures, *news)
            self._panel.show_sets(self._sets, self._failures)
        for pane in self._viewport.panes:
            header = pane.header
            if header is not None and (header.sop_instance_uid, header.frame) == key:
                self._draw_on(pane)

    def _draw_on(self, pane: Pane) -> None:
        header = pane.header
        marks, shutter = self._layers(pane)
        shown = header.shutter if header is not None and self._shuttered else None
        shutter.set_shutter(shown)
        if header is None:
            marks.set_marks(())
            return
        key = header.sop_instance_uid, header.frame
        drawn = [mark for one in self._sets for mark in one.by_image.get(key, ())]
        visible = self._panel.visible
        listed = [mark for mark in drawn if mark.key in visible]
        overlays = self._overlays.get(key, ())
        marks.set_fill(self._panel.fill)
        marks.set_marks((*listed, *overlays), None, self._panel.looks)

    def _layers(self, pane: Pane) -> tuple[MarksItem, ShutterItem]:
        if id(pane) not in self._items:
            made = MarksItem(), ShutterItem()
            # The shutter lies under the marks: what is drawn outside it is seen.
            pane.view.canvas.add_layer(made[1])
            pane.view.canvas.add_layer(made[0])
            self._items[id(pane)] = made
        return self._items[id(pane)]

    def _on_presentation(self, chosen: MarkSet) -> None:
        """Show images as a presentation state of somebody else has them."""
        for pane in self._viewport.panes:
            header = pane.header
            if header is None:
                continue
            key = header.sop_instance_uid, header.frame
            presentation = chosen.presentations.get(key)
            if presentation is None:
                continue
            if presentation.voi is not None:
                pane.view.set_voi(presentation.voi)
            pane.view.canvas.set_orientation(
                presentation.quarter_turns, presentation.mirrored
            )


def _read_all(pairs: Sequence[tuple[OtherObject, Study]], stopped: Stopped) -> _Found:
    """Read objects one after the other; runs in the background."""
    sets, failures = [], []
    for one, study in pairs:
        if stopped():
            break
        try:
            sets.append(read_marks(one, study))
        except OverreadError as error:
            failures.append(f"{one.what}: {error}")
            _log.warning("an object of the study could not be read")
    return tuple(sets), tuple(failures)


def _overlays(
    header: ImageHeader, _stopped: Stopped
) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    """Read the overlay planes of an image, and what of them is not drawn.

    Runs in the background.
    """
    try:
        planes = read_overlays(header)
    except OverreadError as error:
        return (), (f"Overlay planes: {error}",)
    notices = tuple(plane.notice for plane in planes if plane.notice)
    return overlay_marks(planes, header), notices
