"""The strip beside the films: a thumbnail of each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView

from gui import list_look, theme
from gui.findings_model import Index
from gui.key_claims import KeyClaims
from gui.thumbnail_delegate import SIDE, ThumbnailDelegate
from gui.thumbnail_maker import ThumbnailMaker
from gui.thumbnail_model import Entry, EntryRole, ThumbnailModel, entries_of

if TYPE_CHECKING:
    from studies.model import Study

WIDTH = 104


class ThumbnailStrip(QListView):
    """Series of the current study and of its priors, 104 px wide.

    Arrows move, Enter and a double click choose, dragging carries the Series
    Instance UID as ``application/x-overread-series``.

    Parameters
    ----------
    maker
        Makes the pictures; whoever made it stops it.

    Signals
    -------
    series_chosen(str)
        Series Instance UID to show in the active pane.
    """

    series_chosen = Signal(str)

    def __init__(self, maker: ThumbnailMaker) -> None:
        super().__init__()
        self._maker = maker
        self._entries = ThumbnailModel()
        self._delegate = ThumbnailDelegate(self)
        self.setModel(self._entries)
        self.setItemDelegate(self._delegate)
        self.setFixedWidth(WIDTH)
        self.setUniformItemSizes(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Series")
        list_look.ring(self)
        maker.made.connect(self._entries.set_picture)
        maker.failed.connect(self._entries.set_reason)
        self.doubleClicked.connect(self._choose)
        keys = {"Return": self._on_enter}
        self._keys = KeyClaims(self, keys, moving=True)

    def show_studies(self, studies: Sequence[Study]) -> None:
        """Show the series of the study on screen and of the priors that hang.

        Parameters
        ----------
        studies
            The study on screen first.

        Raises
        ------
        ValueError
            If the studies belong to several patients; then nothing is shown.
        """
        try:
            entries = entries_of(studies)
        except ValueError:
            self._maker.forget_questions()
            self._entries.show(())
            raise
        if [_place(one) for one in entries] == [
            _place(one) for one in self._entries.entries
        ]:
            return  # the reader's place in the strip and the pictures stay
        before = self.selected_series()
        self._maker.forget_questions()
        self._entries.show(entries)
        uids = [entry.uid for entry in entries if entry.uid]
        if uids:
            self.select_series(before if before in uids else uids[0])
        size = round(SIDE * self.devicePixelRatioF())
        for entry in entries:
            if entry.series is not None:
                self._maker.want(entry.series, size)

    def set_panes(self, panes: Mapping[str, Sequence[str]]) -> None:
        """Say in which panes series are shown: Series Instance UID -> labels."""
        self._entries.set_panes(panes)

    def set_key_images(self, counts: Mapping[str, int]) -> None:
        """Say how many key images series have: Series Instance UID -> count."""
        self._entries.set_stars(counts)

    def select_series(self, series_instance_uid: str) -> None:
        """Make a series the chosen one, without telling of it."""
        place = self._entries.place_of(series_instance_uid)
        if place is not None:
            self.setCurrentIndex(self._entries.index(place))
            self.scrollTo(self._entries.index(place))

    def selected_series(self) -> str:
        """Return the Series Instance UID of the chosen series, or ""."""
        entry = self.currentIndex().data(EntryRole)
        return "" if entry is None else str(entry.uid)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Grow with the text; the pictures stay as they are."""
        super().changeEvent(event)
        if event.type() in list_look.FONT_EVENTS:
            self.setFixedWidth(theme.grown(WIDTH, list_look.text_scale()))
            self.scheduleDelayedItemsLayout()

    def _on_enter(self) -> None:
        self._choose(self.currentIndex())

    def _choose(self, index: Index) -> None:
        entry = index.data(EntryRole)
        if entry is not None and entry.uid:
            self.series_chosen.emit(entry.uid)


def _place(entry: Entry) -> tuple[str, str, object]:
    return entry.words, entry.uid, entry.series
