"""One film and how it is looked at: zoom, window, tools, keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui import windowing
from gui.film_keys import FilmKeys
from gui.film_words import value_text
from gui.focus_ring import FocusRing
from gui.mouse_canvas import MouseCanvas
from gui.pane_empty import PaneEmpty
from gui.tools import Tool
from gui.view_geometry import ViewGeometry
from gui.view_state import seen_like
from studies.grayscale import Voi
from studies.model import Image


class FilmView(QWidget):
    """A canvas, or words in its place, and all that changes how it is seen.

    Signals
    -------
    window_changed(center, width)
        In modality values; for a VOI LUT the range it spans.
    box_drawn(Box)
        The reader drew a box for a missed finding. It stays on screen until
        the findings are set or the box is cancelled.
    box_edited(finding_uid, Box)
        A reader's box was moved or resized, told once, on release.
    cursor_moved(row, column, stored value as text)
        Pixel under the pointer; (-1, -1, "") off the film.
    view_changed()
        Anything of how the film is looked at has changed.
    menu_requested(QPoint)
        Right click without a drag; global position.
    drawing_changed(bool)
        A box is being asked for, or no longer.
    step_asked(int)
        Arrow keys: so many images on.
    edge_asked(bool)
        Home or End: to the first image, or (True) to the last.
    """

    window_changed = Signal(float, float)
    box_drawn = Signal(object)
    box_edited = Signal(str, object)
    cursor_moved = Signal(int, int, str)
    view_changed = Signal()
    menu_requested = Signal(object)
    drawing_changed = Signal(bool)
    step_asked = Signal(int)
    edge_asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = MouseCanvas()
        self.empty = PaneEmpty()
        self.keys = FilmKeys(self.canvas, self)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.canvas)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._pages, 1)
        self._ring = FocusRing(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        self._listen()

    def _listen(self) -> None:
        canvas = self.canvas
        canvas.view_moved.connect(self._on_view_moved)
        canvas.voi_changed.connect(self._on_voi_changed)
        canvas.box_drawn.connect(self.box_drawn)
        canvas.box_edited.connect(self.box_edited)
        canvas.cursor_moved.connect(self._on_cursor)
        canvas.menu_requested.connect(self.menu_requested)
        canvas.drawing_changed.connect(self._on_drawing)
        self.keys.step_asked.connect(self.step_asked)
        self.keys.edge_asked.connect(self.edge_asked)

    @property
    def image(self) -> Image | None:
        """The image shown."""
        return self.canvas.image

    # --- how it is looked at --------------------------------------------------

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does: "window", "zoom", "pan" or "box"."""
        self.canvas.set_tool(tool)

    def tool(self) -> Tool:
        """Return what a left drag does."""
        return self.canvas.tool

    def fit(self) -> None:
        """Show the whole film."""
        if self.image is not None:
            self.canvas.set_view(self.canvas.view.fitted())

    def one_to_one(self) -> None:
        """Show one image pixel on one device pixel, the middle kept."""
        if self.image is not None:
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
        image = self.image
        if image is not None:
            inverted = self.canvas.film.inverted
            rising = windowing.is_rising(image.header, inverted=inverted)
            self.nudge_window(-steps if rising else steps, 0.0)

    def follow(self, other: FilmView, *, window: bool) -> None:
        """Look at this image as another one is looked at: zoom and pan in shares.

        Parameters
        ----------
        window
            Take the window and the inversion over too.
        """
        # A pane that is just being given another image has no geometry yet.
        if self.canvas.image is None or other.canvas.image is None:
            return
        self.canvas.set_view(seen_like(other.canvas.view, self.canvas.view))
        voi = other.voi()
        if window and voi is not None:
            self.canvas.set_voi(voi)
            self.canvas.set_inverted(other.canvas.film.inverted)

    # --- boxes of the reader --------------------------------------------------

    def start_box(self) -> None:
        """Ask for a box around a missed finding, by mouse or keyboard."""
        if self.image is not None:
            self.canvas.set_drawing(True)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel_box(self) -> bool:
        """Drop a box being drawn or just drawn; whether there was one."""
        return self.canvas.cancel()

    # --- where it lies --------------------------------------------------------

    def view_geometry(self) -> ViewGeometry | None:
        """Return where the image lies; None without an image."""
        return None if self.image is None else self.canvas.view

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

    # --- keyboard -------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take the keys of a box before shortcuts see them."""
        if isinstance(event, QKeyEvent) and self.keys.comes_first(event):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Act on the film's own keys; all else goes on."""
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """End what a held key did."""
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """Show the focus ring when the keyboard brought the focus."""
        super().focusInEvent(event)
        self._ring.show_for(event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """Let go of a held key, whose release would go elsewhere."""
        super().focusOutEvent(event)
        self.keys.let_go()
        self._ring.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Keep the ring around the pane."""
        super().resizeEvent(event)
        self._ring.setGeometry(self.rect())

    # --- slots ----------------------------------------------------------------

    def _on_view_moved(self) -> None:
        if self.image is not None:
            self.view_changed.emit()

    def _on_voi_changed(self) -> None:
        voi = self.voi()
        if voi is not None:
            window = windowing.as_window(voi)
            self.window_changed.emit(window.center, window.width)
            self.view_changed.emit()

    def _on_drawing(self, drawing: bool) -> None:
        self.drawing_changed.emit(drawing)

    def _on_cursor(self, at: tuple[int, int] | None) -> None:
        if at is None or self.image is None:
            self.cursor_moved.emit(-1, -1, "")
        else:
            self.cursor_moved.emit(*at, value_text(self.image, *at))
