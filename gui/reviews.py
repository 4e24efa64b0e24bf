"""The reviews of the open studies: one model a study, one file for all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.open_marker import OpenMarker
from gui.review_model import ReviewModel
from gui.services import Services
from review.errors import ReviewUnavailableError
from review.session import ReviewSession
from review.store import DecisionStore, study_key

if TYPE_CHECKING:
    from explain.analysis import Analysis
    from studies.model import Study

_log = logging.getLogger(__name__)


class Reviews(QObject):
    """Opens reviews and remembers which were open when the program was killed."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._models: dict[str, ReviewModel] = {}
        self._left: dict[str, int] = {}
        self._store: DecisionStore | None = None
        self._marker: OpenMarker | None = None
        self.trouble: ReviewUnavailableError | None = None
        self.open_file(services.store_path)

    @property
    def path(self) -> Path:
        """The file in which decisions are kept."""
        store = self._store
        return store.path if store is not None else self._services.store_path

    def open_file(self, path: Path) -> bool:
        """Keep decisions in this file from now on; False if it cannot be opened.

        Reviews that are open move with what they hold.
        """
        try:
            store = DecisionStore(path)
        except ReviewUnavailableError as error:
            self.trouble = error
            _log.warning("decisions cannot be opened")
            return False
        moved = [model.save_to(store) for model in self._models.values()]
        if not all(moved):
            store.close()
            return False
        if self._store is not None:
            self._store.close()
        self._store = store
        self.trouble = None
        if self._marker is None:
            self._marker = _marker(path.parent)
        return True

    def model(self, study: Study) -> ReviewModel | None:
        """Return the review of a study; None where decisions cannot be kept.

        Raises
        ------
        ReviewUnavailableError
            If this study's decisions cannot be read.
        """
        key = study_key(study)
        if key in self._models:
            return self._models[key]
        if self._store is None:
            return None
        session = ReviewSession(
            self._store,
            study,
            self._services.settings.reader,
            self._services.clock,
            self._services.new_uid,
        )
        made = ReviewModel(session, self)
        self._models[key] = made
        self._note(key, session.position)
        return made

    def recovered(self, study: Study) -> int | None:
        """Return where a review goes back to if what was recovered is discarded.

        None if nothing was recovered after an unclean end. Says so once.
        """
        return self._left.pop(study_key(study), None)

    def adopt(self, key: str, analysis: Analysis) -> None:
        """Hand a result to its study's review, on screen or not."""
        if key in self._models:
            self._models[key].adopt(analysis)

    def rename_reader(self, name: str) -> None:
        """Sign what is decided from now on with another name."""
        for model in self._models.values():
            model.session.reader = name

    def forget(self) -> None:
        """Let go of the reviews; what they hold is on disk."""
        for model in self._models.values():
            model.deleteLater()
        self._models.clear()

    def close(self) -> None:
        """Close the file and note that all was closed in order."""
        self.forget()
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._marker is not None:
            self._marker.close()
            self._marker = None

    def _note(self, key: str, position: int) -> None:
        if self._marker is None:
            return
        left = self._marker.left_behind(key)
        if left is not None and position > left:
            self._left[key] = left
        try:
            self._marker.opened(key, position)
        except OSError:
            # Without the note, a crash is not told at the next start; decisions
            # are kept all the same.
            _log.warning("open studies could not be noted")


def _marker(folder: Path) -> OpenMarker | None:
    try:
        return OpenMarker(folder)
    except OSError:
        return None
