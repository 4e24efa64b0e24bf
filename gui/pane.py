"""One pane of the viewport: a stack of images, one of them on screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui import tokens
from gui.cine import Cine
from gui.corners import PaneTag
from gui.image_view import ImageView
from gui.slice_bar import SliceBar
from gui.stack_source import ImageStack, PlaneStack
from gui.view_state import StackPlace, ViewState
from studies.model import Image, ImageHeader
from studies.presets import preset_named

SERIES_MIME = "application/x-overread-series"
_PATIENCE_MS = 150
"""An image that comes within this time replaces the old one without a word."""

_SETTLED_MS = 90
"""Rest after scrolling, before lists and models follow."""


class Pane(QWidget):
    """Shows a stack; knows no study but that of its stack.

    Parameters
    ----------
    states
        How stacks and films were looked at, by key; shared by all panes.

    Attributes
    ----------
    preset
        Id of the window that a stack is first shown with; "" for the header's.

    Signals
    -------
    activated(Pane)
        The reader turned to this pane.
    emptied(Pane)
        The image before is gone, and no other is on screen yet.
    shown(Pane)
        Another image is on screen, at every step of a scroll.
    settled(Pane)
        The image on screen has changed and stays for a moment.
    stepped(Pane, int)
        The reader scrolled by so many images.
    dropped(Pane, str)
        A series was dropped here.
    enlarge_asked(Pane)
        A double click asks for a larger pane.
    """

    activated = Signal(object)
    emptied = Signal(object)
    shown = Signal(object)
    settled = Signal(object)
    stepped = Signal(object, int)
    dropped = Signal(object, str)
    enlarge_asked = Signal(object)

    def __init__(
        self,
        clock: Callable[[], datetime],
        states: dict[str, ViewState],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._states = states
        self.view = ImageView(clock=clock)
        self.cine = Cine(self)
        self.stack: ImageStack | None = None
        self.title = ""
        self.tag: PaneTag | None = None
        self.preset = ""
        self._wanted = 0
        self._read: set[int] = set()
        self._shown: int | None = None
        self._note: tuple[str, str] | None = None
        self._active = False
        self._framed = False
        self._bar = SliceBar(self)
        self._impatient = self._timer(_PATIENCE_MS, self._on_impatient)
        self._rest = self._timer(_SETTLED_MS, self._on_rest)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._bar)
        self.setAcceptDrops(True)
        # Panes of a layout are equally large, whatever they show.
        ignored = QSizePolicy.Policy.Ignored
        self.setSizePolicy(ignored, ignored)
        self._connect()

    # --- what is shown --------------------------------------------------------

    @property
    def image(self) -> Image | None:
        """The image on screen."""
        return self.view.image

    @property
    def header(self) -> ImageHeader | None:
        """Header of the image on screen."""
        return None if self.view.image is None else self.view.image.header

    @property
    def index(self) -> int:
        """Place of the image on screen, or of the one that is awaited."""
        return self._wanted

    def show_stack(
        self,
        stack: ImageStack,
        index: int,
        title: str = "",
        tag: PaneTag | None = None,
    ) -> None:
        """Show another stack, at an image; the one before leaves nothing behind."""
        self.keep_state()
        self.cine.stop()
        self.stack, self._note = stack, None
        self.title, self.tag = title, tag
        self._wanted = min(max(index, 0), stack.count - 1)
        self._shown = None
        self._read = {i for i in range(stack.count) if _is_there(stack, i)}
        self.view.show_loading("Reading the film" if stack.is_film else "Reading")
        self.view.canvas.wheel_scrolls = stack.count > 1
        self._bar.show_stack(stack.count, stack.gaps)
        self._bar.show_read(frozenset(self._read))
        self.emptied.emit(self)
        self._show(self._wanted, at_once=True)

    def show_nothing(self, title: str = "", text: str = "") -> None:
        """Show no image, and say why."""
        if self._note == (title, text):
            return  # a study is left and the next entered: several ask for this
        self._drop()
        self._note = title, text
        self.view.show_note(title or "Nothing is shown here", text)

    def show_loading(self, text: str) -> None:
        """Show no image yet, and how far reading is."""
        self._drop()
        self.view.show_loading(text)

    def _drop(self) -> None:
        dropped = self.stack is not None
        if self.stack is not None:
            self.keep_state()
            self.cine.stop()
            self.stack = None
            self._bar.show_stack(0, ())
        self._note = None
        self.title, self.tag = "", None
        self._shown = None
        self._rest.stop()
        self._impatient.stop()
        if dropped:
            self.emptied.emit(self)

    def on_read(self, index: int) -> None:
        """Take note that an image of the stack was read, or failed."""
        self._read.add(index)
        self._bar.show_read(frozenset(self._read))
        if index == self._wanted and self._shown != index:
            self._show(index, at_once=True)
        elif self.view.image is None and self.stack is not None:
            self._tell_progress()

    def refresh(self) -> None:
        """Draw the image anew: its stack gives another picture of it now."""
        if self.stack is not None:
            self._show(self._wanted, at_once=True)

    def go_to(self, index: int) -> None:
        """Show an image of the stack."""
        if self.stack is None:
            return
        index = min(max(index, 0), self.stack.count - 1)
        if index != self._wanted:
            self._wanted = index
            self._show(index, at_once=False)

    def step(self, by: int) -> None:
        """Scroll, as the reader asked; others may follow."""
        if self.stack is None:
            return
        before = self._wanted
        self.go_to(before + by)
        if self._wanted != before:
            self.stepped.emit(self, self._wanted - before)

    # --- cine -----------------------------------------------------------------

    def toggle_cine(self) -> bool:
        """Play or stop; whether it plays now."""
        if self.cine.playing or self.stack is None or self.stack.count < 2:
            self.cine.stop()
        else:
            header = self.header
            self.cine.set_frame_time(header.frame_time_ms if header else None)
            self.cine.play()
        return self.cine.playing

    def _on_tick(self) -> None:
        if self.stack is None:
            self.cine.stop()
            return
        following = (self._wanted + 1) % self.stack.count
        # An image that is not read yet is waited for: a loop must not skip.
        if _is_there(self.stack, following):
            self.go_to(following)
        else:
            self.stack.want(following)

    # --- state ----------------------------------------------------------------

    def keep_state(self) -> None:
        """Remember how the image is looked at."""
        state = self.view.state()
        if state is not None and self.stack is not None:
            self._states[self._state_key()] = state

    def kept_key(self) -> str:
        """Return the key under which the view is kept; "" where there is none."""
        if self.stack is None or self.view.image is None:
            return ""
        return self._state_key()

    def _state_key(self) -> str:
        """Return a film's own key; the slices of a stack share one."""
        assert self.stack is not None
        image = self.view.image
        if not self.stack.is_film or image is None:
            return self.stack.key
        return f"{image.header.sop_instance_uid}/{image.header.frame}"

    # --- activity -------------------------------------------------------------

    def set_active(self, active: bool, *, framed: bool) -> None:
        """Mark the pane that keys and lists are about; framed among several."""
        self._active, self._framed = active, framed
        self.view.canvas.double_click_enlarges = framed
        margin = 2 if framed else 0
        self.setContentsMargins(margin, margin, margin, margin)
        self.update()

    @property
    def is_active(self) -> bool:
        """Whether keys and lists are about this pane."""
        return self._active

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw the frame."""
        if not self._framed:
            return
        painter = QPainter(self)
        color = tokens.FOCUS if self._active else tokens.BORDER
        painter.fillRect(self.rect(), QColor(color if self._active else tokens.APP))
        if not self._active:
            painter.setPen(QColor(color))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Become active by focus and by any press on the film."""
        turned_to = event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress)
        if turned_to and not self._active:
            self.activated.emit(self)
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        """Take a series from the thumbnails; files go to the window."""
        if event.mimeData().hasFormat(SERIES_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        """Show the dropped series here."""
        event.acceptProposedAction()
        uid = bytes(event.mimeData().data(SERIES_MIME).data()).decode(
            "ascii", "replace"
        )
        self.dropped.emit(self, uid)

    # --- showing --------------------------------------------------------------

    def _show(self, index: int, *, at_once: bool) -> None:
        assert self.stack is not None
        why = self.stack.failure(index)
        if why:
            self._impatient.stop()
            self._bar.show_place(index)
            self.view.show_note("This image cannot be shown", why)
            self._tell(index)
            return
        image = self.stack.image(index)
        if image is None:
            self.stack.want(index)
            self._impatient.start()
            if at_once:
                self._tell_progress()
            return
        self._impatient.stop()
        self._put(image, index)

    def _put(self, image: Image, index: int) -> None:
        """Lay an image on the canvas, seen as the one before where that fits."""
        stack, view = self.stack, self.view
        assert stack is not None
        follows = view.image is not None and not stack.is_film
        if view.image is not None and not follows:
            self.keep_state()
        place = StackPlace(index + 1, stack.count, self.tag, not stack.is_film)
        if follows:
            view.set_slice(image, place)
        else:
            view.set_image(image, stack.study.patient, stack.study, place)
            known = self._states.get(self._state_key())
            if known is not None:
                view.restore_state(known)
            elif (preset := preset_named(image, self.preset)) is not None:
                view.set_voi(preset.voi)
        self._bar.show_place(index)
        self._tell(index)

    def _tell(self, index: int) -> None:
        """Tell of an image; lists and models follow at rest while slices fly by."""
        first, self._shown = self._shown is None, index
        self.shown.emit(self)
        if self.stack is None or self.stack.is_film:
            self._rest.stop()
            self.settled.emit(self)
        else:
            # Of a new stack the image is painted first: nothing of another one is
            # in the lists meanwhile.
            self._rest.start(0 if first else _SETTLED_MS)

    def _on_rest(self) -> None:
        self.settled.emit(self)

    def _on_impatient(self) -> None:
        """Say that the wanted image is still on its way."""
        self._tell_progress()

    def _tell_progress(self) -> None:
        if self.stack is None:
            return
        if self.view.image is None:
            if self.stack.count > 1:
                words = f"Reading {len(self._read)} of {self.stack.count} images"
                self.view.show_loading(words)
            return
        self.view.show_waiting(f"Reading image {self._wanted + 1}")

    def show_stars(self, indices: frozenset[int]) -> None:
        """Mark the key images of the stack."""
        self._bar.show_stars(indices)

    def _timer(self, ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(ms)
        timer.timeout.connect(slot)
        return timer

    def _connect(self) -> None:
        self.view.installEventFilter(self)
        self.view.canvas.viewport().installEventFilter(self)
        self.view.step_asked.connect(self.step)
        self.view.edge_asked.connect(self._on_edge)
        self.view.canvas.slice_wheel.connect(self.step)
        self.view.canvas.scrolled.connect(self.step)
        self.view.canvas.enlarge_requested.connect(self._on_enlarge)
        self.cine.ticked.connect(self._on_tick)
        self._bar.asked.connect(self._on_asked)
        self.setFocusProxy(self.view)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, on=False)

    def _on_enlarge(self) -> None:
        self.enlarge_asked.emit(self)

    def _on_asked(self, index: int) -> None:
        self.step(index - self._wanted)

    def _on_edge(self, last: bool) -> None:
        if self.stack is not None:
            self.step((self.stack.count - 1 if last else 0) - self._wanted)


def _is_there(stack: ImageStack, index: int) -> bool:
    """Whether an image can be shown, or is known not to be."""
    if isinstance(stack, PlaneStack) and not stack.is_slow:
        return True
    return stack.image(index) is not None or bool(stack.failure(index))
