"""The canvas under the mouse: which drag begins, and what it hands over."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.box_edit import handle_at
from gui.canvas import Canvas
from gui.measure_drag import MeasureDrag
from gui.measure_hands import MeasureHands
from gui.measure_item import MeasureItem
from gui.text_scale import theme_scale
from gui.tools import (
    CURSORS,
    MEASURES,
    Drag,
    DrawDrag,
    EditDrag,
    PanDrag,
    Tool,
    WindowDrag,
    drag_for,
)
from review.decision import Box
from studies.model import Image

_WHEEL_FACTOR = 1.2
_NOTCH = 120
"""Qt's count of one notch of a wheel; a touch pad sends parts of it."""

_HANDLE_REACH = 8.0
_FONT_EVENTS = (QEvent.Type.ApplicationFontChange, QEvent.Type.FontChange)


class MouseCanvas(Canvas):
    """Left drags with the tool, right windows, middle pans, the wheel zooms.

    Attributes
    ----------
    measures, hands
        The layer of measurements, and what is done with them.
    wheel_scrolls
        Whether the wheel asks for slices; with Ctrl it zooms all the same.
    double_click_enlarges
        Whether a double click asks for a larger pane instead of twice the size.

    Signals
    -------
    box_drawn(Box), box_edited(str, Box)
        A box was drawn; a finding's box was moved or resized.
    clicked(object)
        Finding UID under a click, or None.
    cursor_moved(object)
        Image (row, column) under the pointer, or None off the film.
    menu_requested(QPoint)
        Right click without a drag, in global coordinates.
    drawing_changed(bool)
        A box is being asked for, or no longer.
    measured(MeasurementKind, points), measurement_moved(str, points),
    measurement_selected(object), measurement_removed(str),
    measuring_refused(str), measuring_said(str)
        As of `MeasureHands`.
    crosshair_moved(row, column)
        Where the crosshair tool is held, in image pixels.
    magnifier_at(object)
        Logical QPointF where the magnifier is held, None once it is let go.
    scrolled(int), slice_wheel(int)
        Slices to go on, or back if negative: by a drag, by the wheel.
    enlarge_requested()
        A double click asks for a larger pane.
    """

    box_drawn = Signal(object)
    box_edited = Signal(str, object)
    clicked = Signal(object)
    cursor_moved = Signal(object)
    menu_requested = Signal(object)
    drawing_changed = Signal(bool)
    measured = Signal(object, object)
    measurement_moved = Signal(str, object)
    measurement_selected = Signal(object)
    measurement_removed = Signal(str)
    measuring_refused = Signal(str)
    measuring_said = Signal(str)
    crosshair_moved = Signal(float, float)
    magnifier_at = Signal(object)
    scrolled = Signal(int)
    slice_wheel = Signal(int)
    enlarge_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool: Tool = "window"
        self._drawing = False
        self._drag: Drag | None = None
        self._turned = 0
        self.wheel_scrolls = False
        self.double_click_enlarges = False
        self.measures = MeasureItem()
        self.add_layer(self.measures)
        self.hands = MeasureHands(self, self.measures)
        self.hands.measured.connect(self.measured)
        self.hands.moved.connect(self.measurement_moved)
        self.hands.selected.connect(self.measurement_selected)
        self.hands.removed.connect(self.measurement_removed)
        self.hands.refused.connect(self.measuring_refused)
        self.hands.said.connect(self.measuring_said)
        self.measures.set_text_scale(theme_scale())

    def set_image(self, image: Image | None) -> None:
        """Show an image whole, or nothing; a drag under way ends."""
        self._drop()
        super().set_image(image)

    @property
    def tool(self) -> Tool:
        """What a left drag does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does; a measurement begun with another is dropped."""
        self._tool = tool
        self.hands.take(MEASURES.get(tool))
        self._show_cursor()

    @property
    def drawing(self) -> bool:
        """Whether the next left drag draws a box, whatever the tool."""
        return self._drawing

    def set_drawing(self, drawing: bool) -> None:
        """Let the next left drag draw a box, or not."""
        if drawing != self._drawing:
            self._drawing = drawing
            self._show_cursor()
            self.drawing_changed.emit(drawing)

    def cancel(self) -> bool:
        """Step back from what is drawn or chosen; whether there was something."""
        return self._drop() or self.hands.step_back()

    def _drop(self) -> bool:
        """End a drag, forget a box or a measurement in the making."""
        if self._drag is not None:
            self._drag.cancel()
        has_box = self._drawing or self.outlines.rubber is not None
        busy = has_box or self._drag is not None
        self._drag = None
        self.outlines.set_rubber(None)
        self.set_drawing(False)
        return self.hands.drop() or busy

    def _show_cursor(self) -> None:
        self.viewport().setCursor(CURSORS["box" if self._drawing else self._tool])

    def show_rubber(self, box: Box | None) -> None:
        """Show a box in the making."""
        self.outlines.set_rubber(box)

    def finish_rubber(self, box: Box | None) -> None:
        """Hand a drawn box over; it stays on screen until the findings change."""
        self.outlines.set_rubber(box)
        if box is not None:
            self.set_drawing(False)
            self.box_drawn.emit(box)

    def show_moved(self, finding_uid: str, box: Box | None) -> None:
        """Show a finding's box elsewhere."""
        self.outlines.set_moved(finding_uid, box)

    def finish_moved(self, finding_uid: str, box: Box) -> None:
        """Hand a moved box over."""
        self.box_edited.emit(finding_uid, box)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Begin the drag that the button and the tool stand for."""
        event.accept()
        if self._view is None or self._drag is not None:
            return
        self._drag = self._drag_of(event.button(), event.position())
        if self._drag is not None:
            self._drag.begin()

    def _drag_of(self, button: Qt.MouseButton, at: QPointF) -> Drag | None:
        if button is Qt.MouseButton.RightButton:
            return WindowDrag(self, at)
        if button is Qt.MouseButton.MiddleButton:
            return PanDrag(self, at)
        if button is not Qt.MouseButton.LeftButton:
            return None
        if self._drawing:
            return DrawDrag(self, at)
        measuring = self.hands.drag_at(self, at)
        if measuring is not None or self._tool in MEASURES:
            return measuring
        return self._edit_of(at) or drag_for(self._tool, self, at)

    def _edit_of(self, at: QPointF) -> Drag | None:
        outline = self.outlines.editable()
        if outline is None or outline.box is None or not self.outlines.isVisible():
            return None
        row, column = self.view.view_to_image(at.x(), at.y())
        reach = _HANDLE_REACH * self.view.ratio / self.view.scale
        handle = handle_at(outline.box, row, column, reach)
        if handle is None:
            return None
        return EditDrag(self, at, outline.finding_uid, outline.box, handle)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Go on with the drag, and say what lies under the pointer."""
        event.accept()
        if self._view is None:
            return
        at = event.position()
        if self._drag is not None:
            self._drag.move(at)
        else:
            self.hands.hover(self.view.view_to_image(at.x(), at.y()))
        self._tell_cursor(at)

    def _tell_cursor(self, at: QPointF) -> None:
        row, column = self.view.view_to_image(at.x(), at.y())
        inside = 0 <= row < self.view.rows and 0 <= column < self.view.columns
        self.cursor_moved.emit((int(row), int(column)) if inside else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """End the drag; one that hardly moved was a click."""
        event.accept()
        drag, self._drag = self._drag, None
        if drag is None:
            return
        drag.finish()
        if not drag.is_click(event.position()):
            return
        if event.button() is Qt.MouseButton.RightButton:
            self.menu_requested.emit(event.globalPosition().toPoint())
        elif event.button() is Qt.MouseButton.LeftButton and not self._drawing:
            self._click(drag, event.position())

    def _click(self, drag: Drag, at: QPointF) -> None:
        if isinstance(drag, MeasureDrag):
            self.hands.settle(at)
        elif not self.hands.click(at):
            self.clicked.emit(self.outlines.uid_at(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Toggle between the whole film and twice its size, or enlarge the pane."""
        event.accept()
        if self._drawing or self._tool == "box" or self._tool in MEASURES:
            # Qt sends this in the place of the second press.
            self.mousePressEvent(event)
        elif event.button() is not Qt.MouseButton.LeftButton:
            return
        elif self.double_click_enlarges:
            self.enlarge_requested.emit()
        else:
            self.toggle_fit(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        """Zoom at the pointer, or ask for slices: towards the reader is onwards."""
        event.accept()
        angle = event.angleDelta().y()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control or not self.wheel_scrolls:
            self.zoom_by(_WHEEL_FACTOR ** (angle / _NOTCH), event.position())
            return
        self._turned -= angle
        slices = int(self._turned / _NOTCH)
        self._turned -= slices * _NOTCH
        if slices:
            self.slice_wheel.emit(slices)

    def tell_crosshair(self, row: float, column: float) -> None:
        """Tell where on the image the crosshair was taken."""
        self.crosshair_moved.emit(row, column)

    def tell_magnifier(self, at: QPointF | None) -> None:
        """Tell where the magnifier is held, None once it is let go."""
        self.magnifier_at.emit(at)

    def tell_scroll(self, slices: int) -> None:
        """Ask for a slice further on, or back if negative."""
        self.scrolled.emit(slices)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow the application's text size."""
        super().changeEvent(event)
        # Qt calls this before our own fields exist.
        if event.type() in _FONT_EVENTS and hasattr(self, "measures"):
            self.measures.set_text_scale(theme_scale())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Say that the pointer is off the film."""
        event.accept()
        self.cursor_moved.emit(None)
