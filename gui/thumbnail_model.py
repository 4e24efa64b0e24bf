"""The series of a study and of its priors, as the thumbnail strip lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QMimeData, Qt
from PySide6.QtGui import QImage

from gui.findings_model import Index
from gui.plain_tip import tip
from gui.study_words import is_later, moment

if TYPE_CHECKING:
    from studies.model import Series, Study

SERIES_MIME = "application/x-overread-series"
"""What is dragged onto a pane: the Series Instance UID, in ASCII."""
EntryRole = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A series, or the heading over the series of a study (`series` is None).

    Attributes
    ----------
    words
        The heading's words, or the series' description.
    panes
        Labels of the panes in which it is shown.
    stars
        How many key images it has.
    reason
        Why there is no picture, or "".
    """

    words: str
    series: Series | None = None
    panes: tuple[str, ...] = ()
    stars: int = 0
    picture: QImage | None = None
    reason: str = ""

    @property
    def uid(self) -> str:
        """Series Instance UID, "" for a heading."""
        return self.series.series_instance_uid if self.series is not None else ""

    @property
    def label(self) -> str:
        """``3 CT · 80``: number, modality, images."""
        if self.series is None:
            return self.words
        number = "" if self.series.number is None else f"{self.series.number} "
        return f"{number}{self.series.modality} · {len(self.series.images)}"

    def spoken(self) -> str:
        """Return the entry as one sentence, for screen readers."""
        if self.series is None:
            return self.words.replace("\n", " ")
        count = len(self.series.images)
        number = self.series.number
        parts = (
            "Series" if number is None else f"Series {number}",
            self.words,
            self.series.modality,
            f"{count} image{'' if count == 1 else 's'}",
            f"shown in pane {' and '.join(self.panes)}" if self.panes else "",
            f"{self.stars} key image{'' if self.stars == 1 else 's'}"
            if self.stars
            else "",
            f"not shown: {self.reason}" if self.reason else "",
        )
        return ", ".join(part for part in parts if part)


def entries_of(studies: Sequence[Study]) -> tuple[Entry, ...]:
    """Return the entries: the study on screen first, each prior under its date.

    Raises
    ------
    ValueError
        If the studies belong to several patients.
    """
    if len({study.patient for study in studies}) > 1:
        raise ValueError("the studies belong to several patients")
    entries: list[Entry] = []
    for place, study in enumerate(studies):
        if len(studies) > 1:
            day = moment(study.started_at).partition(",")[0] or "no date"
            later = is_later(study.started_at, studies[0].started_at)
            word = "Later" if later else "Prior" if place else "Current"
            entries.append(Entry(f"{word}\n{day}"))
        entries += [
            Entry(series.description or series.body_part or "No description", series)
            for series in study.series
            if series.images
        ]
    return tuple(entries)


class ThumbnailModel(QAbstractListModel):
    """The entries; headings cannot be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order."""
        return tuple(self._entries)

    def show(self, entries: Sequence[Entry]) -> None:
        """Replace the entries."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def place_of(self, series_instance_uid: str) -> int | None:
        """Return where a series stands, or None."""
        for place, entry in enumerate(self._entries):
            if entry.uid and entry.uid == series_instance_uid:
                return place
        return None

    def set_picture(self, uid: str, picture: QImage) -> None:
        """Show a series' picture."""
        self._change(uid, lambda entry: replace(entry, picture=picture, reason=""))

    def set_reason(self, uid: str, reason: str) -> None:
        """Say why a series has no picture."""
        self._change(uid, lambda entry: replace(entry, reason=reason))

    def set_panes(self, panes: Mapping[str, Sequence[str]]) -> None:
        """Say in which panes series are shown; the others are in none."""
        for entry in self.entries:
            shown = tuple(panes.get(entry.uid, ()))
            if entry.uid and shown != entry.panes:
                self._change(entry.uid, lambda one, at=shown: replace(one, panes=at))

    def set_stars(self, stars: Mapping[str, int]) -> None:
        """Say how many key images series have; the others have none."""
        for entry in self.entries:
            count = stars.get(entry.uid, 0)
            if entry.uid and count != entry.stars:
                self._change(entry.uid, lambda one, n=count: replace(one, stars=n))

    def _change(self, uid: str, change: object) -> None:
        place = self.place_of(uid)
        if place is not None and callable(change):
            self._entries[place] = change(self._entries[place])
            self.dataChanged.emit(self.index(place), self.index(place))

    # --- Qt -------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802 (Qt's name)
        """Return the number of entries."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return an entry, its label, its spoken form or its tooltip."""
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == EntryRole:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.spoken()
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(entry.spoken())
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with an entry: series are chosen and dragged."""
        if not index.isValid() or self._entries[index.row()].series is None:
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def mimeTypes(self) -> list[str]:  # noqa: N802 (Qt's name)
        """Return what is dragged."""
        return [SERIES_MIME]

    def mimeData(self, indexes: Sequence[Index]) -> QMimeData:  # noqa: N802 (Qt's name)
        """Return the Series Instance UID of the entry dragged."""
        data = QMimeData()
        uids = [self._entries[index.row()].uid for index in indexes]
        data.setData(SERIES_MIME, "".join(uids[:1]).encode("ascii", "replace"))
        return data
