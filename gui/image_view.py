"""One image of a patient's study on screen, with all that lies over it."""

from __future__ import annotations

from collections.abc import Sequence

from gui.ai_view import AiView
from gui.view_state import StackPlace, ViewState
from studies.model import Image, Patient, Study


class ImageView(AiView):
    """Shows one image; holds no decision and asks nobody for data.

    How it is looked at is `FilmView`'s, what the AI says of it `AiView`'s; their
    signals are this one's.
    """

    # --- what is shown --------------------------------------------------------

    def set_image(
        self,
        image: Image,
        patient: Patient,
        study: Study,
        place: StackPlace | None = None,
    ) -> None:
        """Show an image whole, with the window of its header.

        Heat map, findings and AI status of the image before are dropped.
        """
        self._drop_image()
        self.words.enter(patient, study, place)
        self.overlay.set_header(image.header)
        self._pages.setCurrentWidget(self.canvas)
        self.canvas.set_image(image)
        self._refresh()

    def set_slice(self, image: Image, place: StackPlace) -> None:
        """Show another image of the same stack, seen as the one before.

        Zoom, pan and window stay; map and findings of the one before go.
        """
        self.words.place = place
        self.overlay.set_header(image.header)
        self.canvas.set_slice(image)
        self.margin.set_waiting("")
        self._refresh()

    def show_loading(self, text: str) -> None:
        """Show that an image is on its way, e.g. ``"Reading 112 of 240 files"``."""
        self._drop_image()
        self.empty.show_loading(text)
        self._describe()

    def show_note(self, title: str, text: str = "") -> None:
        """Say why no image is shown, and what to do next."""
        self._drop_image()
        self.empty.show_note(title, text)
        self._describe()

    def show_waiting(self, text: str) -> None:
        """Say in the margin that another image is on its way; this one stays."""
        self.margin.set_waiting(text)
        self._place_overlays()

    def set_key(self, key: bool) -> None:
        """Say on the film whether the reader marked it as a key image."""
        if key != self.words.is_key:
            self.words.is_key = key
            self.words.update()
            self._describe()

    def set_more_words(self, words: Sequence[str]) -> None:
        """Add what lies over the image to its description, for those who listen."""
        if tuple(words) != self.words.more:
            self.words.more = tuple(words)
            self._describe()

    # --- state ----------------------------------------------------------------

    def state(self) -> ViewState | None:
        """Return how the film is looked at; None without an image."""
        if self.image is None:
            return None
        view, film = self.canvas.view, self.canvas.film
        return ViewState(
            view.center,
            None if view.is_fit else view.scale,
            film.voi,
            film.inverted,
            self.map_mode(),
            self.opacity(),
        )

    def restore_state(self, state: ViewState) -> None:
        """Look at the film as it was when `state` was taken."""
        if self.image is None:
            return
        self.canvas.set_view(state.place(self.canvas.view))
        if state.voi is not None:
            self.canvas.set_voi(state.voi)
        self.canvas.set_inverted(state.inverted)
        self.set_map_mode(state.map_mode)
        self.set_opacity(state.opacity)

    def _drop_image(self) -> None:
        self.words.leave()
        self.margin.set_waiting("")
        self.overlay.set_header(None)
        self.canvas.set_image(None)
        self._pages.setCurrentWidget(self.empty)
        self.set_ai_status("none")
        self._refresh()
