"""The viewport: one film with all that lies over it, and its keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from explain.heatmap import Heatmap
from gui import tokens, windowing
from gui.box_keys import BoxKeys
from gui.corner_text import (
    display_lines,
    kept_lines,
    notice_lines,
    patient_lines,
    sides,
    slice_lines,
    study_lines,
)
from gui.corners import Corners, PaneTag
from gui.film_words import spoken, value_text
from gui.focus_ring import FocusRing
from gui.heatmap_item import MapMode
from gui.margin_stack import MarginStack
from gui.mouse_canvas import MouseCanvas
from gui.overlay import Overlay
from gui.pane_empty import PaneEmpty
from gui.pane_status import BAND_LEVELS, Level, StatusBand
from gui.tools import Tool
from gui.view_geometry import ViewGeometry
from review.decision import ReviewedFinding
from studies.grayscale import Voi
from studies.model import Image, Patient, Study

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_MANY = 10
_FONT_EVENTS = (QEvent.Type.ApplicationFontChange, QEvent.Type.FontChange)
DRAWING_HINT = (
    "Draw a box around the finding. Keys: Enter for a box, arrows move it,"
    " Ctrl+arrows size it, Enter takes it, Esc cancels."
)


@dataclass(frozen=True, slots=True)
class ViewState:
    """How one film was being looked at; what `restore_state` takes.

    `center` is an image (row, column); `scale` device pixels per image pixel,
    None for the whole film.
    """

    center: tuple[float, float]
    scale: float | None
    voi: Voi | None
    inverted: bool
    map_mode: MapMode
    opacity: float


@dataclass(frozen=True, slots=True)
class StackPlace:
    """Where an image stands among those of its pane: number (from 1) of count.

    `tag` names a pane that shows a plane, e.g. "Axial"; `is_slice` says that the
    images lie one behind the other in the patient or in time.
    """

    number: int
    count: int
    tag: PaneTag | None = None
    is_slice: bool = False


class ImageView(QWidget):
    """Shows one image; holds no decision and asks nobody for data.

    Signals
    -------
    window_changed(center, width)
        In modality values; for a VOI LUT the range it spans.
    box_drawn(Box)
        The reader drew a box for a missed finding. It stays on screen until
        `set_findings` or `cancel_box`.
    box_edited(finding_uid, Box)
        A reader's box was moved or resized, told once, on release.
    cursor_moved(row, column, stored value as text)
        Pixel under the pointer; (-1, -1, "") off the film.
    finding_clicked(finding_uid)
    zoom_changed(float)
        Device pixels per image pixel.
    view_changed()
        Anything of `state()` changed.
    menu_requested(QPoint)
        Right click without a drag; global position.
    drawing_changed(bool)
        A box is being asked for, or no longer.
    map_mode_changed(str), opacity_changed(float)
    open_sample_requested()
    status_action(str)
        A button of the AI status: its id; "cancel" while running.
    step_asked(int)
        Arrow keys or wheel: so many images on.
    edge_asked(bool)
        Home or End: to the first image, or (True) to the last.
    """

    window_changed = Signal(float, float)
    box_drawn = Signal(object)
    box_edited = Signal(str, object)
    cursor_moved = Signal(int, int, str)
    finding_clicked = Signal(str)
    zoom_changed = Signal(float)
    view_changed = Signal()
    menu_requested = Signal(object)
    drawing_changed = Signal(bool)
    map_mode_changed = Signal(str)
    opacity_changed = Signal(float)
    open_sample_requested = Signal()
    status_action = Signal(str)
    step_asked = Signal(int)
    edge_asked = Signal(bool)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._image: Image | None = None
        self._patient: Patient | None = None
        self._study: Study | None = None
        self._place: StackPlace | None = None
        self._is_key = False
        self._more_words: tuple[str, ...] = ()
        self.canvas = MouseCanvas()
        self.margin = MarginStack(self.canvas)
        self.overlay = Overlay(self.canvas, self.margin.legend)
        self.empty = PaneEmpty()
        self.band = StatusBand()
        self._pages = QStackedWidget()
        self._box_keys = BoxKeys(self.canvas)
        self._arrange()
        self._connect()
        self._scale_texts()

    def _arrange(self) -> None:
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.canvas)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.band)
        self.band.hide()
        self._ring = FocusRing(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        self._describe()

    def _connect(self) -> None:
        canvas, margin = self.canvas, self.margin
        canvas.view_moved.connect(self._on_view_moved)
        canvas.voi_changed.connect(self._on_voi_changed)
        canvas.box_drawn.connect(self.box_drawn)
        canvas.box_edited.connect(self.box_edited)
        canvas.clicked.connect(self._on_clicked)
        canvas.cursor_moved.connect(self._on_cursor)
        canvas.menu_requested.connect(self.menu_requested)
        canvas.drawing_changed.connect(self._on_drawing)
        margin.legend.opacity_changed.connect(self._on_slider)
        margin.card.action.connect(self.status_action)
        self.band.action.connect(self.status_action)
        self.empty.sample_requested.connect(self.open_sample_requested)

    # What is shown

    @property
    def image(self) -> Image | None:
        """The image shown."""
        return self._image

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
        self._image, self._patient, self._study = image, patient, study
        self._place = place
        self.overlay.set_header(image.header)
        self._pages.setCurrentWidget(self.canvas)
        self.canvas.set_image(image)
        self._refresh()

    def set_slice(self, image: Image, place: StackPlace) -> None:
        """Show another image of the same stack, seen as the one before.

        Zoom, pan and window stay; map and findings of the one before go.
        """
        self._image, self._place = image, place
        self.overlay.set_header(image.header)
        self.canvas.set_slice(image)
        self.margin.set_waiting("")
        self._refresh()

    def clear(self) -> None:
        """Show no image: "No studies" and the way to the sample."""
        self._drop_image()
        self.empty.show_empty()
        self._describe()

    def show_loading(self, text: str) -> None:
        """Show that an image is on its way, e.g. ``"Reading 112 of 240 files"``."""
        self._drop_image()
        self.empty.show_loading(text)
        self._describe()

    def show_failure(self, title: str, text: str) -> None:
        """Say why an image cannot be shown, and what to do next."""
        self._drop_image()
        self.empty.show_failure(title, text)
        self._describe()

    def show_note(self, title: str, text: str = "") -> None:
        """Say why nothing is shown."""
        self._drop_image()
        self.empty.show_failure(title, text)
        self._describe()

    def set_key(self, key: bool) -> None:
        """Say on the film whether the reader marked it as a key image."""
        if key != self._is_key:
            self._is_key = key
            self._update_corners()
            self._describe()

    def set_more_words(self, words: Sequence[str]) -> None:
        """Add what lies over the image to its description, for those who listen."""
        if tuple(words) != self._more_words:
            self._more_words = tuple(words)
            self._describe()

    def show_waiting(self, text: str) -> None:
        """Say in the margin that another image is on its way; this one stays."""
        self.margin.set_waiting(text)
        self._place_overlays()

    def set_heatmap(self, heatmap: Heatmap | None) -> None:
        """Lay a map over the film, or none; only one that passes its self-check."""
        self.overlay.set_heatmap(heatmap)
        self._refresh()

    def set_findings(
        self,
        findings: Sequence[ReviewedFinding],
        selected_uid: str | None = None,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        """Show the outlines of the findings that lie on this image.

        Parameters
        ----------
        findings
            All rows of the findings list, in its order.
        numbers
            Number on the tag by finding_uid; else the place in `findings`,
            counted from 1.
        """
        self.overlay.set_findings(findings, selected_uid, numbers)
        if not self.canvas.drawing:
            self.canvas.outlines.set_rubber(None)
        self._refresh()

    def set_selected(self, finding_uid: str | None) -> None:
        """Select a finding: its outline comes to the front, a box gets handles."""
        if finding_uid != self.overlay.selected:
            self.overlay.selected = finding_uid
            self._refresh()

    def set_ai_hidden(self, hidden: bool, since: datetime | None = None) -> None:
        """Hide or show all the AI says: map, outlines, numbers, key, legend.

        The reader's own boxes stay. `since` is said on screen; now if None.
        """
        self.overlay.ai_hidden = hidden
        moment = since or self._clock()
        self.margin.set_hidden(f"AI hidden since {moment:%H:%M:%S}" if hidden else "")
        self._refresh()

    def set_ai_status(
        self,
        level: Level,
        title: str = "",
        text: str = "",
        actions: Sequence[tuple[str, str]] = (),
        progress: float | None = None,
    ) -> None:
        """Say what the AI does with this film.

        Parameters
        ----------
        level
            "waiting", "running" and "hidden" stand in a card in the margin;
            "refused", "failed" and "quiet" (not attempted, cancelled) in a band
            below the film; "none" says nothing.
        title, text
            Wording of ui.md section 7.
        actions
            (label, id) of buttons; `status_action` tells the id. A running
            state always has Cancel, with the id "cancel".
        progress
            0 to 1 while running; None where it is not known.
        """
        banded = level in BAND_LEVELS
        if banded:
            self.band.show_state(level, title, text, actions)
        self.band.setVisible(banded)
        self.margin.set_status(level, title, text, actions, progress)
        self._place_overlays()
        self._describe()

    def set_ai_progress(self, progress: float | None, title: str, text: str) -> None:
        """Move the progress of a running state, all else as it is."""
        self.margin.card.set_title(title)
        self.margin.card.set_progress(progress, text)

    def set_map_mode(self, mode: MapMode) -> None:
        """Draw the map in "colour", as "contour" lines, or "off"."""
        if mode != self.canvas.heat.mode:
            self.canvas.heat.set_mode(mode)
            self._refresh()
            self.map_mode_changed.emit(mode)
            self.view_changed.emit()

    def map_mode(self) -> MapMode:
        """Return how the map is drawn."""
        return self.canvas.heat.mode

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity slider, 0 to 1 (drawn alpha is at most 0.60)."""
        self.canvas.heat.set_opacity(opacity)
        share = self.canvas.heat.opacity_share
        self.margin.legend.set_opacity(share)
        self.opacity_changed.emit(share)
        self.view_changed.emit()

    def opacity(self) -> float:
        """Return where the opacity slider stands, 0 to 1."""
        return self.canvas.heat.opacity_share

    def hold_beneath(self, held: bool) -> None:
        """Take map and outlines away while held, to see beneath."""
        self.overlay.beneath = held
        self.overlay.show_items()

    # How it is looked at

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does: "window", "zoom", "pan" or "box"."""
        self.canvas.set_tool(tool)

    def tool(self) -> Tool:
        """Return what a left drag does."""
        return self.canvas.tool

    def fit(self) -> None:
        """Show the whole film."""
        if self._image is not None:
            self.canvas.set_view(self.canvas.view.fitted())

    def one_to_one(self) -> None:
        """Show one image pixel on one device pixel, the middle kept."""
        if self._image is not None:
            view = self.canvas.view
            self.canvas.set_view(view.centred(*view.center, 1.0))

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle."""
        self.canvas.zoom_by(factor)

    def reset(self) -> None:
        """Show the whole film as stored, with its own window."""
        default = self.canvas.film.default_voi
        if default is not None:
            self.canvas.set_inverted(False)
            self.canvas.set_voi(default)
            self.canvas.set_orientation(0, mirrored=False)
            self.fit()

    def invert(self) -> None:
        """Turn the grey scale over."""
        self.canvas.set_inverted(not self.canvas.film.inverted)

    def rotate(self, by: int) -> None:
        """Turn the image by quarter turns, clockwise."""
        self.canvas.rotate(by)

    def flip(self) -> None:
        """Mirror the image left to right, as it is seen."""
        self.canvas.flip()

    def set_voi(self, voi: Voi) -> None:
        """Use a window or VOI LUT, e.g. one of `studies.grayscale.voi_choices`."""
        self.canvas.set_voi(voi)

    def voi(self) -> Voi | None:
        """Return the window or VOI LUT in use; None without an image."""
        return self.canvas.film.voi

    def nudge_window(self, d_center: float, d_width: float) -> None:
        """Change the window by steps of a key.

        One step is a fiftieth of the film's own window width, so the same key
        suits a film of 8 bits and one of 16.
        """
        voi, default = self.voi(), self.canvas.film.default_voi
        if voi is not None and default is not None:
            self.set_voi(windowing.nudged(voi, default, d_center, d_width))

    def brighten(self, steps: float) -> None:
        """Make the film brighter (below 0: darker), whatever its photometry."""
        if self._image is not None:
            rising = windowing.is_rising(
                self._image.header, inverted=self.canvas.film.inverted
            )
            self.nudge_window(-steps if rising else steps, 0.0)

    # Boxes of the reader

    def start_box(self) -> None:
        """Ask for a box around a missed finding, by mouse or keyboard."""
        if self._image is not None:
            self.canvas.set_drawing(True)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel_box(self) -> bool:
        """Drop a box being drawn or just drawn; whether there was one."""
        return self.canvas.cancel()

    # State

    def state(self) -> ViewState | None:
        """Return how the film is looked at; None without an image."""
        if self._image is None:
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
        if self._image is None:
            return
        view = self.canvas.view
        self.canvas.set_view(
            view.fitted()
            if state.scale is None
            else view.centred(*state.center, state.scale)
        )
        if state.voi is not None:
            self.canvas.set_voi(state.voi)
        self.canvas.set_inverted(state.inverted)
        self.set_map_mode(state.map_mode)
        self.set_opacity(state.opacity)

    def follow(self, other: ImageView, *, window: bool) -> None:
        """Look at this image as another one is looked at: zoom and pan in shares.

        Parameters
        ----------
        window
            Take the window and the inversion over too.
        """
        if self._image is None or other.image is None:
            return
        theirs, ours = other.canvas.view, self.canvas.view
        if theirs.is_fit:
            self.canvas.set_view(ours.fitted())
        else:
            row, column = theirs.center
            share = theirs.scale / theirs.fit_scale
            self.canvas.set_view(
                ours.centred(
                    row / theirs.rows * ours.rows,
                    column / theirs.columns * ours.columns,
                    share * ours.fit_scale,
                )
            )
        voi = other.voi()
        if window and voi is not None:
            self.canvas.set_voi(voi)
            self.canvas.set_inverted(other.canvas.film.inverted)

    def view_geometry(self) -> ViewGeometry | None:
        """Return where the image lies; None without an image."""
        return None if self._image is None else self.canvas.view

    def image_to_view(self, row: float, column: float) -> QPointF:
        """Return where an image position lies in this widget, logical pixels.

        (row, column) is measured from the image's outer corner, as in `Box`:
        the centre of the first pixel is (0.5, 0.5).
        """
        at = QPointF(*self.canvas.view.to_view(row, column))
        return QPointF(self.canvas.viewport().mapTo(self, at))

    def grab_film(self) -> QImage:
        """Return the viewport as it is seen: film, overlay, texts, legend."""
        self.canvas.settle()
        picture: QImage = self.canvas.grab().toImage()
        return picture

    # Keys

    def event(self, event: QEvent) -> bool:
        """Take the keys of a box before shortcuts see them."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._box_keys.wants(event):
            event.accept()
            return True
        # Tab would lead to the next control before `keyPressEvent` sees it.
        is_press = event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and self._box_keys.tab(event):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Hold Space to see beneath; move boxes; all else goes on."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self.hold_beneath(True)
        elif not self._box_keys.press(event) and not self._step_key(event):
            super().keyPressEvent(event)

    def _step_key(self, event: QKeyEvent) -> bool:
        """Go through the stack by arrows, ten by ten with Shift, and to its ends."""
        key, held = Qt.Key(event.key()), event.modifiers()
        plain = held & ~Qt.KeyboardModifier.KeypadModifier
        if plain & ~Qt.KeyboardModifier.ShiftModifier:
            return False
        if key in _STEPS:
            many = bool(plain & Qt.KeyboardModifier.ShiftModifier)
            self.step_asked.emit(_STEPS[key] * (_MANY if many else 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.edge_asked.emit(key == Qt.Key.Key_End)
        else:
            return False
        return True

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """End what a held key did."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self.hold_beneath(False)
        elif not self._box_keys.release(event):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """Show the focus ring when the keyboard brought the focus."""
        super().focusInEvent(event)
        self._ring.show_for(event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """Let go of a held key, whose release would go elsewhere."""
        super().focusOutEvent(event)
        self.hold_beneath(False)
        self._box_keys.finish()
        self._ring.hide()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the application's text size."""
        super().changeEvent(event)
        if event.type() in _FONT_EVENTS:
            self._scale_texts()

    def _scale_texts(self) -> None:
        size = QApplication.font().pixelSize()
        # Negative where the font was given in points: no theme, so no scale.
        scale = size / tokens.BODY if size > 0 else 1.0
        self.canvas.corners.set_text_scale(scale)
        self.canvas.outlines.set_text_scale(scale)
        self.margin.set_text_scale(scale)
        self._place_overlays()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Keep the ring around the pane."""
        super().resizeEvent(event)
        self._ring.setGeometry(self.rect())

    # Slots

    def _on_view_moved(self) -> None:
        self._update_corners()
        self._place_overlays()
        if self._image is not None:
            self.zoom_changed.emit(self.canvas.view.scale)
            self.view_changed.emit()

    def _on_voi_changed(self) -> None:
        voi = self.voi()
        if voi is None:
            return
        self._update_display_lines()
        window = windowing.as_window(voi)
        self.window_changed.emit(window.center, window.width)
        self.view_changed.emit()

    def _on_clicked(self, finding_uid: str | None) -> None:
        if finding_uid is not None and not self.overlay.beneath:
            self.finding_clicked.emit(finding_uid)

    def _on_cursor(self, at: tuple[int, int] | None) -> None:
        if at is None or self._image is None:
            self.cursor_moved.emit(-1, -1, "")
        else:
            self.cursor_moved.emit(*at, value_text(self._image, *at))

    def _on_drawing(self, drawing: bool) -> None:
        self._update_corners()
        self.drawing_changed.emit(drawing)

    def _on_slider(self, share: float) -> None:
        self.set_opacity(share)

    # Bringing the screen in line

    def _drop_image(self) -> None:
        self._image = self._patient = self._study = self._place = None
        self.margin.set_waiting("")
        self.overlay.set_header(None)
        self.canvas.set_image(None)
        self._pages.setCurrentWidget(self.empty)
        self.set_ai_status("none")
        self._refresh()

    def _refresh(self) -> None:
        """Bring outlines, legend, corners and description in line."""
        self.overlay.refresh()
        self._update_corners()
        self._place_overlays()
        self._describe()

    def _corners(self) -> Corners:
        if self._image is None or self._patient is None or self._study is None:
            return Corners()
        header, film, view = self._image.header, self.canvas.film, self.canvas.view
        assert film.voi is not None
        place = self._place
        sliced = place is not None and place.is_slice and place.count > 1
        marked = ("Key image",) if self._is_key else ()
        return Corners(
            patient_lines(self._patient, header),
            (*study_lines(self._study, header, counted=not sliced), *marked),
            display_lines(self._image, film.voi, view, inverted=film.inverted),
            sides(header, view.orientation),
            slice=slice_lines(place.number, place.count, header)
            if place is not None and sliced
            else (),
            tag=None if place is None else place.tag,
            key=bool(self.overlay.findings_here()) and not self.overlay.ai_hidden,
            hint=DRAWING_HINT if self.canvas.drawing else "",
            kept=kept_lines(header, view, inverted=film.inverted),
            warnings=notice_lines(header),
        )

    def _update_corners(self) -> None:
        self.canvas.corners.set_corners(self._corners())

    def _update_display_lines(self) -> None:
        """Tell another window; whose film it is has not changed since."""
        corners, film, view = self.canvas.corners, self.canvas.film, self.canvas.view
        if self._image is None or film.voi is None or not corners.corners.top_left:
            self._update_corners()
            return
        lines = display_lines(self._image, film.voi, view, inverted=film.inverted)
        kept = kept_lines(self._image.header, view, inverted=film.inverted)
        corners.set_corners(replace(corners.corners, bottom_left=lines, kept=kept))

    def _place_overlays(self) -> None:
        view = None if self._image is None else self.canvas.view
        taken = self.margin.place(view, self.canvas.size())
        self.canvas.corners.set_taken(taken)

    def _describe(self) -> None:
        """Tell assistive technology title, corner texts and outlines."""
        self.setAccessibleName("Film")
        if self._image is None:
            self.setAccessibleDescription(self.empty.text())
            return
        words = spoken(self.canvas.corners.corners, self.canvas.outlines.outlines)
        self.setAccessibleDescription(". ".join((words, *self._more_words)))
