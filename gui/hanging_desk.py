"""Which series hangs in which pane: protocols, layouts, priors, what was saved."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui import kept_layout
from gui.hung_series import HungSeries
from gui.open_studies import OpenStudies
from gui.stack_source import SeriesStack
from gui.viewport import Viewport
from studies.hanging import is_hung
from studies.hanging_protocol import LayoutName, hang

if TYPE_CHECKING:
    from gui.kept_layout import Place
    from gui.mpr_desk import MprDesk
    from gui.pane import Pane
    from gui.series_store import SeriesStore
    from review.measurement import ScreenLayout
    from studies.hanging_protocol import Hanging
    from studies.hanging_rules import Protocol
    from studies.model import Series, Study

_log = logging.getLogger(__name__)
EMPTY = ("Nothing hangs here", "Drag a series here, or press Ctrl+→.")


class HangingDesk(QObject):
    """Puts stacks into panes, of one patient only.

    Signals
    -------
    arranged()
        The reader changed layout or series: worth keeping.
    hung()
        Something else hangs somewhere, whoever changed it.
    """

    arranged = Signal()
    hung = Signal()

    def __init__(
        self,
        viewport: Viewport,
        store: SeriesStore,
        mpr: MprDesk,
        protocols: Callable[[], Sequence[Protocol]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._store = store
        self._mpr = mpr
        self._protocols = protocols
        self._open = OpenStudies()
        self._hung = HungSeries(viewport, store, mpr)
        self.protocol = ""
        self.linked = False
        store.image_read.connect(self._on_image_read)
        store.series_read.connect(mpr.on_series_read)
        viewport.dropped.connect(self._on_dropped)

    # --- the study ------------------------------------------------------------

    @property
    def study(self) -> Study | None:
        """The study that is read."""
        return self._open.study

    @property
    def priors(self) -> tuple[Study, ...]:
        """Other studies of the patient that are open beside it."""
        return self._open.priors

    @property
    def studies(self) -> tuple[Study, ...]:
        """The study that is read, then its priors."""
        return self._open.all

    def enter(self, study: Study, saved: ScreenLayout | None) -> None:
        """Hang a study as it was left, else by the protocol that fits."""
        self.leave()
        self.protocol, self.linked = "", False
        self._open.enter(study)
        if saved is None or not self.restore(saved):
            self.hang_anew()

    def leave(self) -> None:
        """Take everything down."""
        self._open.leave()
        self._mpr.leave()
        self._viewport.clear()

    def add_prior(self, prior: Study) -> None:
        """Hang another study of the same patient beside the one that is read.

        Raises
        ------
        ValueError
            If it belongs to somebody else.
        """
        self._open.add_prior(prior)
        self.hang_anew(beside=prior)
        if not any(
            pane.stack and pane.stack.study == prior for pane in self._viewport.panes
        ):
            self._hang_two(prior)
        self.arranged.emit()

    def _hang_two(self, prior: Study) -> None:
        """Hang a prior that no protocol compares, of another modality say."""
        current = self.study
        assert current is not None
        self._mpr.leave()
        self._viewport.set_layout(LayoutName.TWO)
        for pane, study in zip(self._viewport.panes, (current, prior), strict=True):
            series = next(filter(is_hung, study.series), study.series[0])
            self._put(pane, study, series, _start(series))
        self._settle()

    def remove_prior(self, study_instance_uid: str) -> None:
        """Take a prior down again."""
        if self._open.remove_prior(study_instance_uid):
            self.hang_anew()
            self.arranged.emit()

    def hang_anew(self, beside: Study | None = None) -> None:
        """Hang by the protocols."""
        study = self.study
        assert study is not None
        priors = self.priors if beside is None else (beside,)
        self._take(hang(study, priors, self._protocols()))

    def hang_first(self) -> None:
        """Hang as on opening, when no prior was open yet."""
        study = self.study
        assert study is not None
        self._take(hang(study, (), self._protocols()))

    def _take(self, hanging: Hanging) -> None:
        self.protocol, self.linked = hanging.protocol, hanging.linked
        _log.info("hung by protocol %s", hanging.protocol)
        places: list[Place | None] = [
            None
            if slot is None
            else (slot.study, slot.series, slot.index or _start(slot.series))
            for slot in hanging.slots
        ]
        presets = ["" if slot is None else slot.preset for slot in hanging.slots]
        self._hang(hanging.layout, places, presets)

    def _hang(
        self,
        name: LayoutName,
        places: Sequence[Place | None],
        presets: Sequence[str] = (),
    ) -> None:
        """Lay the panes out and show what belongs in each; None leaves it empty."""
        self._viewport.set_layout(name)
        if name is not LayoutName.MPR:
            # Its lines must not stay over what hangs here now.
            self._mpr.leave()
        if name is LayoutName.MPR:
            study, series, _ = next(place for place in places if place is not None)
            self._show_planes(self._store.stack(study, series))
            return
        for number, place in enumerate(places[: len(self._viewport.panes)]):
            pane = self._viewport.panes[number]
            if place is None:
                pane.show_nothing(*EMPTY)
                continue
            if presets:
                pane.preset = presets[number]
            self._put(pane, *place)
        self._settle()

    # --- layouts --------------------------------------------------------------

    def set_layout(self, name: LayoutName) -> None:
        """Lay the panes out anew, as the reader asked."""
        if self.study is None or name is self._viewport.layout_name:
            return
        active = self._hung.chosen()
        was_mpr = self._viewport.layout_name is LayoutName.MPR
        if name is LayoutName.MPR:
            if active is None:
                return
            self._viewport.set_layout(name)
            self._show_planes(active)
        else:
            if was_mpr:
                self._mpr.leave()
            self._viewport.set_layout(name)
            if was_mpr and active is not None:
                for pane in self._viewport.panes:
                    pane.show_nothing(*EMPTY)
                middle = active.count // 2
                first = self._viewport.panes[0]
                self._put(first, active.study, active.series, middle)
                self._viewport.activate(first)
            self._fill()
            self._settle()
        self.arranged.emit()

    def next_layout(self) -> None:
        """O: one pane, two, four, then planes of the series."""
        names = list(LayoutName)
        place = names.index(self._viewport.layout_name)
        self.set_layout(names[(place + 1) % len(names)])

    def _fill(self) -> None:
        """Give empty panes the series that hang nowhere yet."""
        waiting = self._hung.waiting(self.studies)
        for pane in self._viewport.panes:
            if pane.stack is None and waiting:
                stack = waiting.pop(0)
                self._put(pane, stack.study, stack.series, _start(stack.series))
            elif pane.stack is None:
                pane.show_nothing(*EMPTY)

    # --- series and images ----------------------------------------------------

    def show_series(self, series_uid: str, pane: Pane | None = None) -> None:
        """Show a series of the open studies in a pane, else in the active one."""
        found = self._open.series(series_uid)
        if found is not None:
            self._show(pane or self._viewport.active, *found)

    def step_series(self, by: int) -> None:
        """Show the next series of the pane's study; of films, the next film."""
        pane = self._viewport.active
        source = self._hung.source_of(pane)
        if source is None:
            if self.study is not None:
                self._show(pane, self.study, self.study.series[0])
            return
        if source.is_film and 0 <= pane.index + by < source.count:
            pane.step(by)
            return
        uids = [series.series_instance_uid for series in source.study.series]
        place = uids.index(source.series.series_instance_uid) + by
        if 0 <= place < len(uids):
            series = source.study.series[place]
            last = source.is_film and by < 0
            index = len(series.images) - 1 if last else None
            self._show(pane, source.study, series, index)

    def show_image(self, sop_instance_uid: str, frame: int) -> bool:
        """Go to an image, in the pane that holds its stack already if one does."""
        for pane in self._viewport.panes:
            if pane.stack is None:
                continue
            place = pane.stack.find(sop_instance_uid, frame)
            if place is not None:
                self._viewport.activate(pane)
                pane.go_to(place)
                return True
        found = self._open.image(sop_instance_uid, frame)
        if found is not None:
            self._show(self._viewport.active, *found)
        return found is not None

    def _show(
        self, pane: Pane, study: Study, series: Series, index: int | None = None
    ) -> None:
        """Put a series into a pane, as the reader asked."""
        stack = self._store.stack(study, series)
        if self._viewport.layout_name is LayoutName.MPR:
            self._show_planes(stack)
        else:
            pane.preset = ""
            place = _start(series) if index is None else index
            self._put(pane, study, series, place)
            self._settle()
        self.arranged.emit()

    def _put(self, pane: Pane, study: Study, series: Series, index: int) -> None:
        self._open.check(study)
        stack = self._store.stack(study, series)
        stack.first = index
        pane.show_stack(stack, index)

    def _show_planes(self, stack: SeriesStack) -> None:
        self._open.check(stack.study)
        self._mpr.show(stack)
        self._settle()

    def _settle(self) -> None:
        """Read what hangs, the active pane's series first."""
        sources = self._hung.sources()
        active = self._hung.source_of(self._viewport.active)
        if active is not None:
            sources.insert(0, active)
        self._store.show(sources)
        self.hung.emit()

    # --- keeping --------------------------------------------------------------

    def state(self) -> ScreenLayout:
        """Return what hangs where, to be kept with the review."""
        return kept_layout.of(self._viewport)

    def restore(self, saved: ScreenLayout) -> bool:
        """Hang as it was kept; False if what hung there is not open now."""
        found = kept_layout.found_again(saved, self._open)
        if found is None:
            return False
        self._mpr.leave()
        self._hang(*found)
        return True

    # --- slots ----------------------------------------------------------------

    def _on_image_read(self, key: str, index: int) -> None:
        for pane in self._viewport.panes:
            if isinstance(pane.stack, SeriesStack) and pane.stack.key == key:
                pane.on_read(index)
        self._mpr.on_read(key)

    def _on_dropped(self, pane: Pane, series_uid: str) -> None:
        self._viewport.activate(pane)
        self.show_series(series_uid, pane)


def _start(series: Series) -> int:
    """Return where a series begins: slices in the middle, films and clips at first."""
    return len(series.images) // 2 if series.images[0].plane is not None else 0
