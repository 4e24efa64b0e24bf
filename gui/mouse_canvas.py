"""The canvas under the mouse: which drag begins, and what it hands over."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui.box_edit import handle_at
from gui.canvas import Canvas
from gui.tools import (
    CURSORS,
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
_HANDLE_REACH = 8.0


class MouseCanvas(Canvas):
    """Left drags with the tool, right windows, middle pans, the wheel zooms.

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
    """

    box_drawn = Signal(object)
    box_edited = Signal(str, object)
    clicked = Signal(object)
    cursor_moved = Signal(object)
    menu_requested = Signal(object)
    drawing_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool: Tool = "window"
        self._drawing = False
        self._drag: Drag | None = None

    def set_image(self, image: Image | None) -> None:
        """Show an image whole, or nothing; a drag under way ends."""
        self.cancel()
        super().set_image(image)

    @property
    def tool(self) -> Tool:
        """What a left drag does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Choose what a left drag does."""
        self._tool = tool
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
        """Step back from a drag or a box in the making; whether there was one."""
        if self._drag is not None:
            self._drag.cancel()
        has_box = self._drawing or self.outlines.rubber is not None
        busy = has_box or self._drag is not None
        self._drag = None
        self.outlines.set_rubber(None)
        self.set_drawing(False)
        return busy

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

    def _drag_of(self, button: Qt.MouseButton, at: QPointF) -> Drag | None:
        if button is Qt.MouseButton.RightButton:
            return WindowDrag(self, at)
        if button is Qt.MouseButton.MiddleButton:
            return PanDrag(self, at)
        if button is not Qt.MouseButton.LeftButton:
            return None
        if self._drawing:
            return DrawDrag(self, at)
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
        if self._drag is not None:
            self._drag.move(event.position())
        self._tell_cursor(event.position())

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
            self.clicked.emit(self.outlines.uid_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        """Toggle between the whole film and twice its size."""
        event.accept()
        left = event.button() is Qt.MouseButton.LeftButton
        if left and not self._drawing and self._tool != "box":
            self.toggle_fit(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        """Zoom at the pointer."""
        event.accept()
        self.zoom_by(_WHEEL_FACTOR ** (event.angleDelta().y() / 120), event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Say that the pointer is off the film."""
        event.accept()
        self.cursor_moved.emit(None)
