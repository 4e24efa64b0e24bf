"""Which series hangs in which pane: protocols, layouts, priors, what was saved."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.stack_source import PlaneStack, SeriesStack
from gui.viewport import PLACES, Viewport
from review.measurement import ScreenLayout
from studies.hanging import is_hung
from studies.hanging_protocol import LayoutName, hang

if TYPE_CHECKING:
    from gui.mpr_desk import MprDesk
    from gui.pane import Pane
    from gui.series_store import SeriesStore
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
        self._study: Study | None = None
        self._priors: tuple[Study, ...] = ()
        self._presets: dict[int, str] = {}
        self.protocol = ""
        self.linked = False
        store.image_read.connect(self._on_image_read)
        store.series_read.connect(self._on_series_read)
        viewport.dropped.connect(self._on_dropped)

    # --- the study ------------------------------------------------------------

    @property
    def study(self) -> Study | None:
        """The study that is read."""
        return self._study

    @property
    def priors(self) -> tuple[Study, ...]:
        """Other studies of the patient that are open beside it."""
        return self._priors

    @property
    def studies(self) -> tuple[Study, ...]:
        """The study that is read, then its priors."""
        return (self._study, *self._priors) if self._study is not None else ()

    def enter(self, study: Study, saved: ScreenLayout | None) -> None:
        """Hang a study as it was left, else by the protocol that fits."""
        self.leave()
        self._study = study
        if saved is None or not self.restore(saved):
            self.hang_anew()

    def leave(self) -> None:
        """Take everything down."""
        self._study, self._priors = None, ()
        self._mpr.leave()
        self._viewport.clear()

    def add_prior(self, prior: Study) -> None:
        """Hang another study of the same patient beside the one that is read.

        Raises
        ------
        ValueError
            If it belongs to somebody else.
        """
        if self._study is None or prior.patient != self._study.patient:
            raise ValueError("a prior of another patient is never hung")
        known = [one.study_instance_uid for one in self.studies]
        if prior.study_instance_uid not in known:
            self._priors = (*self._priors, prior)
        self.hang_anew(beside=prior)
        if not any(
            pane.stack and pane.stack.study == prior for pane in self._viewport.panes
        ):
            self._hang_two(prior)
        self.arranged.emit()

    def _hang_two(self, prior: Study) -> None:
        """Hang a prior that no protocol compares, of another modality say."""
        assert self._study is not None
        self._mpr.leave()
        self._viewport.set_layout(LayoutName.TWO)
        for pane, study in zip(self._viewport.panes, (self._study, prior), strict=True):
            series = next(filter(is_hung, study.series), study.series[0])
            stack = self._store.stack(study, series)
            self._put(pane, study, series, _start(stack))
        self._settle()

    def remove_prior(self, study_instance_uid: str) -> None:
        """Take a prior down again."""
        left = [p for p in self._priors if p.study_instance_uid != study_instance_uid]
        if len(left) < len(self._priors):
            self._priors = tuple(left)
            self.hang_anew()
            self.arranged.emit()

    def hang_anew(self, beside: Study | None = None) -> None:
        """Hang by the protocols."""
        assert self._study is not None
        priors = self._priors if beside is None else (beside,)
        self._take(hang(self._study, priors, self._protocols()))

    def _take(self, hanging: Hanging) -> None:
        self.protocol, self.linked = hanging.protocol, hanging.linked
        _log.info("hung by protocol %s", hanging.protocol)
        self._viewport.set_layout(hanging.layout)
        if hanging.layout is LayoutName.MPR:
            first = next(slot for slot in hanging.slots if slot is not None)
            self._show_planes(self._store.stack(first.study, first.series))
            return
        for pane, slot in zip(self._viewport.panes, hanging.slots, strict=False):
            if slot is None:
                pane.show_nothing(*EMPTY)
                continue
            pane.preset = slot.preset
            stack = self._store.stack(slot.study, slot.series)
            self._put(pane, slot.study, slot.series, slot.index or _start(stack))
        self._settle()

    # --- layouts --------------------------------------------------------------

    def set_layout(self, name: LayoutName) -> None:
        """Lay the panes out anew, as the reader asked."""
        if self._study is None or name is self._viewport.layout_name:
            return
        active = self._source_of(self._viewport.active)
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
                self._put(self._viewport.panes[0], active.study, active.series, middle)
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
        shown = {source.key for source in self._sources()}
        waiting = [
            stack
            for study in self.studies
            for series in study.series
            if is_hung(series)
            and (stack := self._store.stack(study, series)).key not in shown
        ]
        for pane in self._viewport.panes:
            if pane.stack is None and waiting:
                stack = waiting.pop(0)
                self._put(pane, stack.study, stack.series, _start(stack))
            elif pane.stack is None:
                pane.show_nothing(*EMPTY)

    # --- series and images ----------------------------------------------------

    def show_series(self, series_uid: str, pane: Pane | None = None) -> None:
        """Show a series of the open studies in a pane, else in the active one."""
        for study in self.studies:
            for series in study.series:
                if series.series_instance_uid == series_uid:
                    self._show(pane or self._viewport.active, study, series)
                    return

    def step_series(self, by: int) -> None:
        """Show the next series of the pane's study; of films, the next film."""
        pane = self._viewport.active
        source = self._source_of(pane)
        if source is None:
            if self._study is not None:
                self._show(pane, self._study, self._study.series[0])
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
        for study in self.studies:
            for series in study.series:
                for place, header in enumerate(series.images):
                    here = (header.sop_instance_uid, header.frame)
                    if here == (sop_instance_uid, frame):
                        self._show(self._viewport.active, study, series, place)
                        return True
        return False

    def _show(
        self, pane: Pane, study: Study, series: Series, index: int | None = None
    ) -> None:
        """Put a series into a pane, as the reader asked."""
        stack = self._store.stack(study, series)
        if self._viewport.layout_name is LayoutName.MPR:
            self._show_planes(stack)
        else:
            pane.preset = ""
            place = _start(stack) if index is None else index
            self._put(pane, study, series, place)
            self._settle()
        self.arranged.emit()

    def _put(self, pane: Pane, study: Study, series: Series, index: int) -> None:
        if self._study is None or study.patient != self._study.patient:
            raise ValueError("two patients are never on screen together")
        stack = self._store.stack(study, series)
        stack.first = index
        pane.show_stack(stack, index)

    def _show_planes(self, stack: SeriesStack) -> None:
        if self._study is None or stack.study.patient != self._study.patient:
            raise ValueError("two patients are never on screen together")
        self._mpr.show(stack)
        self._settle()

    def _settle(self) -> None:
        """Read what hangs, the active pane's series first."""
        sources = self._sources()
        active = self._source_of(self._viewport.active)
        if active is not None:
            sources.insert(0, active)
        self._store.show(sources)
        self.hung.emit()

    def _sources(self) -> list[SeriesStack]:
        found = [self._source_of(pane) for pane in self._viewport.panes]
        return [source for source in found if source is not None]

    def _source_of(self, pane: Pane) -> SeriesStack | None:
        """Return the series that a pane shows or cuts planes from."""
        if self._viewport.layout_name is LayoutName.MPR:
            return self._mpr.source
        if isinstance(pane.stack, SeriesStack):
            return pane.stack
        if isinstance(pane.stack, PlaneStack):
            return self._store.stack(pane.stack.study, pane.stack.series)
        return None

    # --- keeping --------------------------------------------------------------

    def state(self) -> ScreenLayout:
        """Return what hangs where, to be kept with the review."""
        panes: list[dict[str, object]] = []
        for pane in self._viewport.panes:
            if pane.stack is None:
                panes.append({})
                continue
            panes.append(
                {
                    "study": pane.stack.study.study_instance_uid,
                    "series": pane.stack.series.series_instance_uid,
                    "index": pane.index,
                    "plane": getattr(pane.stack, "name", ""),
                }
            )
        return ScreenLayout(self._viewport.layout_name.value, tuple(panes))

    def restore(self, saved: ScreenLayout) -> bool:
        """Hang as it was kept; False if what hung there is not open now."""
        try:
            name = LayoutName(saved.name)
        except ValueError:
            return False
        places = [self._place_of(pane) for pane in saved.panes]
        if len(places) != len(PLACES[name]) or not any(places):
            return False
        if any(
            pane and place is None
            for pane, place in zip(saved.panes, places, strict=True)
        ):
            return False
        self._mpr.leave()
        self._viewport.set_layout(name)
        if name is LayoutName.MPR:
            study, series, _ = next(place for place in places if place is not None)
            self._show_planes(self._store.stack(study, series))
            return True
        for pane, place in zip(self._viewport.panes, places, strict=True):
            if place is None:
                pane.show_nothing(*EMPTY)
            else:
                self._put(pane, *place)
        self._settle()
        return True

    def _place_of(self, pane: object) -> tuple[Study, Series, int] | None:
        """Return what one pane held, if its study and series are open."""
        if not isinstance(pane, dict) or not pane:
            return None
        for study in self.studies:
            for series in study.series:
                here = (study.study_instance_uid, series.series_instance_uid)
                if here == (pane.get("study"), pane.get("series")):
                    index = pane.get("index")
                    place = index if isinstance(index, int) else 0
                    return study, series, min(max(place, 0), len(series.images) - 1)
        return None

    # --- slots ----------------------------------------------------------------

    def _on_image_read(self, key: str, index: int) -> None:
        for pane in self._viewport.panes:
            if isinstance(pane.stack, SeriesStack) and pane.stack.key == key:
                pane.on_read(index)
        self._mpr.on_read(key)

    def _on_series_read(self, key: str) -> None:
        self._mpr.on_series_read(key)

    def _on_dropped(self, pane: Pane, series_uid: str) -> None:
        self._viewport.activate(pane)
        self.show_series(series_uid, pane)


def _start(stack: SeriesStack) -> int:
    """Return where a series begins: slices in the middle, films and clips at first."""
    return stack.count // 2 if stack.series.images[0].plane is not None else 0
