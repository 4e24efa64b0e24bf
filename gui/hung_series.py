"""Which series hang in the panes, whole or as planes cut from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gui.stack_source import PlaneStack, SeriesStack
from studies.hanging import is_hung
from studies.hanging_protocol import LayoutName

if TYPE_CHECKING:
    from gui.mpr_desk import MprDesk
    from gui.pane import Pane
    from gui.series_store import SeriesStore
    from gui.viewport import Viewport
    from studies.model import Study


class HungSeries:
    """Looks from the panes to the series behind them; hangs nothing itself."""

    def __init__(self, viewport: Viewport, store: SeriesStore, mpr: MprDesk) -> None:
        self._viewport = viewport
        self._store = store
        self._mpr = mpr

    def source_of(self, pane: Pane) -> SeriesStack | None:
        """Return the series that a pane shows or cuts planes from."""
        if self._viewport.layout_name is LayoutName.MPR:
            return self._mpr.source
        if isinstance(pane.stack, SeriesStack):
            return pane.stack
        if isinstance(pane.stack, PlaneStack):
            return self._store.stack(pane.stack.study, pane.stack.series)
        return None

    def chosen(self) -> SeriesStack | None:
        """Return the active pane's series; where that is empty, the first there is."""
        active = self.source_of(self._viewport.active)
        return active or next(iter(self.sources()), None)

    def sources(self) -> list[SeriesStack]:
        """Return the series of all panes, in their order."""
        found = [self.source_of(pane) for pane in self._viewport.panes]
        return [source for source in found if source is not None]

    def waiting(self, studies: Iterable[Study]) -> list[SeriesStack]:
        """Return what could hang and hangs nowhere yet, in the studies' order."""
        shown = {source.key for source in self.sources()}
        stacks = (
            self._store.stack(study, series)
            for study in studies
            for series in study.series
            if is_hung(series)
        )
        return [stack for stack in stacks if stack.key not in shown]
