"""Builds the heavy parts once the window shows, and follows the active pane."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.action_specs import STUDY_ACTIONS
from gui.ai_desk import AiDesk
from gui.annotation_desk import AnnotationDesk
from gui.asking import Asking
from gui.browse_desk import BrowseDesk
from gui.calibration_desk import CalibrationDesk
from gui.case import Case
from gui.comfort import Comfort
from gui.dock import Dock
from gui.export_desk import ExportDesk
from gui.film_desk import FilmDesk
from gui.hanging_desk import HangingDesk
from gui.indexed_search import IndexedSearch
from gui.keeping import Keeping
from gui.layout_desk import LayoutDesk
from gui.link_desk import LinkDesk
from gui.logs import patient_filter
from gui.main_window import MainWindow
from gui.model_desk import ModelDesk
from gui.model_menu import ModelMenu
from gui.mpr_desk import MprDesk
from gui.opening import Opening
from gui.place_words import PlaceWords
from gui.review_desk import ReviewDesk
from gui.reviews import Reviews
from gui.series_analysis import SeriesAnalysis
from gui.series_store import SeriesStore
from gui.services import Services
from gui.station_keys import StationKeys
from gui.status_bar import EMPTY
from gui.study_loader import StudyLoader
from gui.study_walk import StudyWalk
from gui.validate_desk import ValidateDesk
from gui.view_desk import ViewDesk
from gui.viewport import Viewport
from gui.warm_up import WarmUp
from review.vocabulary import REJECTION_REASONS

if TYPE_CHECKING:
    from gui.image_view import ImageView
    from gui.pane import Pane
    from studies.model import Image, ImageHeader, Study

_log = logging.getLogger(__name__)


class Workstation(QObject):
    """The open studies, and what is on screen of them. Main thread.

    Signals
    -------
    image_shown(ImageHeader)
        An image is on screen in the active pane.
    """

    image_shown = Signal(object)

    def __init__(self, window: MainWindow, services: Services) -> None:
        super().__init__(window)
        self.window = window
        self.case: Case | None = None
        self._services = services
        self.viewport = Viewport(services.clock)
        reasons = [(reason.key, reason.title) for reason in REJECTION_REASONS]
        self.protocols = services.protocol_file
        self.search = IndexedSearch(services.index_path)
        self.loader = StudyLoader(self.search, self)
        self.browse = BrowseDesk(
            window, self.viewport, self.search, self.protocols, services.clock
        )
        dock = Dock(window.commands, reasons)
        window.install(self.viewport, dock, self.browse.strip, self.browse.offer)
        self.store = SeriesStore(self)
        self.reviews = Reviews(services, self)
        self.controller = services.controller()
        models, calibrations = services.models(), services.calibrations()
        self.ai = AiDesk(
            models,
            self.controller,
            self._reader,
            self,
            local=calibrations.state,
        )
        self.mpr = MprDesk(self.viewport, self)
        self.hanging = HangingDesk(
            self.viewport, self.store, self.mpr, self.protocols.protocols, self
        )
        self.browse.follow(self.hanging)
        self.link = LinkDesk(self.viewport, self)
        self.views = ViewDesk(self.viewport, self)
        self.annotations = AnnotationDesk(window, self.viewport, self.hanging)
        self.film = FilmDesk(window, self.viewport)
        self.layout = LayoutDesk(
            window, self.viewport, self.hanging, self.mpr, self.link
        )
        self.series = SeriesAnalysis(self.controller, self.store, self)
        self.desk = ReviewDesk(
            window, self.viewport, self.ai, self.series, services.clock
        )
        self.export = ExportDesk(window, self.desk, services)
        self.models = ModelDesk(
            window,
            models,
            calibrations,
            services,
            decisions=lambda: self.reviews.path,
        )
        self.validate = ValidateDesk(window, models, calibrations, services)
        self.opening = Opening(window, self.loader, services.settings)
        self.comfort = Comfort(window, services.settings)
        self.keeping = Keeping(window, self.reviews)
        self.walk = StudyWalk(self)
        self.words = PlaceWords(self)
        self.asking = Asking(self)
        self.model_menu = ModelMenu(self)
        self.calibration = CalibrationDesk(self, calibrations)
        self.keys = StationKeys(self)
        self.warm_up = WarmUp(
            window, self.viewport, self.protocols, services.decoders, self
        )
        self._connect()
        self.show_nothing()
        self.controller.start()
        self.warm_up.start()

    # --- what is on screen ----------------------------------------------------

    @property
    def view(self) -> ImageView:
        """The active pane's film."""
        return self.viewport.view

    @property
    def image(self) -> Image | None:
        """The active pane's image if it is one of the study that is read.

        None for a prior's image and for planes cut from a volume: what models
        and findings are about is an image of the study.
        """
        return self.image_in(self.viewport.active)

    def image_in(self, pane: Pane) -> Image | None:
        """Return a pane's image if it is one of the study that is read."""
        image, stack = pane.image, pane.stack
        if image is None or stack is None or self.case is None:
            return None
        # A UID alone does not tell: a prior may hold a copy of the same object.
        ours = stack.study == self.case.study and self.is_ours(image.header)
        return image if ours else None

    def is_ours(self, header: ImageHeader) -> bool:
        """Whether an image is one of the study that is read."""
        return (
            self.case is not None
            and self.case.image_number(header.sop_instance_uid, header.frame)
            is not None
        )

    # --- opening --------------------------------------------------------------

    def open(self, paths: Sequence[Path]) -> None:
        """Look into files and folders; the studies open when they are found."""
        self.opening.open(paths, reading=self.case is not None)

    def open_samples(self) -> None:
        """Open the sample studies."""
        self.opening.open_samples(reading=self.case is not None)

    def _on_found_prior(self, prior: Study) -> None:
        self._on_left()
        self.browse.add_prior(prior)

    def _on_asked(self) -> None:
        self.browse.drop_load()
        self.words.show()

    def _on_left(self) -> None:
        if self.case is None:
            self.show_nothing()
        else:
            self.window.show_film()
            self.words.show()

    # --- studies and images ---------------------------------------------------

    @property
    def asks_soon(self) -> bool:
        """Whether the models are about to be asked about the image on screen."""
        return self.asking.is_due

    def _on_settled(self, pane: Pane) -> None:
        if pane.is_active:
            self._follow_active()
        elif pane.stack is not None and pane.stack.is_film:
            self.asking.ask_soon()

    def _on_hung(self) -> None:
        if self.viewport.active.stack is None:
            self._follow_active()

    def _follow_active(self) -> None:
        """Bring commands, lists and models in line with the active pane."""
        if self.case is None:
            return
        pane = self.viewport.active
        header = pane.header
        self.film.show_image(pane.image, pane.stack.count if pane.stack else 0)
        if header is not None:
            self.case.show_image(header.sop_instance_uid, header.frame)
        ours = self.image
        self.words.show()
        self.desk.show_image(None if ours is None else ours.header)
        if header is None:
            return
        # The film is painted first: the reader sees it before any model runs.
        self.asking.ask_soon()
        if self.window.sheet is None and not self.viewport.isAncestorOf(
            self.window.focusWidget() or self.window
        ):
            self.window.focus_film()
        self.image_shown.emit(header)

    def _on_image_wanted(self, sop_instance_uid: str, frame: int) -> None:
        self.hanging.show_image(sop_instance_uid, frame)

    def _on_facts_left(self) -> None:
        """Bring all in line that was held while no film was on screen."""
        if self.case is None:
            self.words.show()
            self.window.status.show_hints(EMPTY)
        else:
            self._follow_active()

    # --- nothing --------------------------------------------------------------

    def show_nothing(self) -> None:
        """Show the page without a study."""
        patient_filter.protect([])
        self.viewport.forget()
        self.browse.leave()
        self.film.show_image(None, 0)
        self.window.empty.show_empty()
        self.window.show_empty()
        self.window.commands.enable(STUDY_ACTIONS, on=False)
        self.window.status.show_hints(EMPTY)
        self.words.show()

    def _reader(self) -> str:
        return self._services.settings.reader

    # --- closing --------------------------------------------------------------

    def close(self) -> None:
        """End threads and processes, close the file of decisions."""
        self.walk.leave()
        self.warm_up.close()
        self.export.close()
        self.models.close()
        self.validate.close()
        self.controller.close()
        self.mpr.close()
        self.annotations.close()
        self.browse.close()
        self.store.close()
        self.loader.close()
        self.search.close()
        self.reviews.close()

    def _connect(self) -> None:
        window, viewport = self.window, self.viewport
        viewport.settled.connect(self._on_settled)
        viewport.active_changed.connect(self._follow_active)
        self.hanging.hung.connect(self._on_hung)
        self.desk.image_wanted.connect(self._on_image_wanted)
        self.desk.refreshed.connect(self.words.show_model)
        self.opening.found.connect(self.walk.open)
        self.opening.found_prior.connect(self._on_found_prior)
        self.browse.opened.connect(self.opening.settle)
        self.browse.prior_read.connect(self.opening.settle_prior)
        self.opening.asked.connect(self._on_asked)
        self.opening.left.connect(self._on_left)
        self.keeping.store_changed.connect(self.walk.open_kept)
        self.comfort.text_turned.connect(self.desk.refresh)
        self.comfort.text_turned.connect(self.models.refresh)
        self.models.moved.connect(self.words.show)
        self.models.left.connect(self._on_facts_left)
        self.comfort.reader_renamed.connect(self.reviews.rename_reader)
        window.paths_dropped.connect(self.open)
        window.empty.sample_asked.connect(self.open_samples)
