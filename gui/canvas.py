"""The drawing surface of one film: its items, and where the image lies."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import (
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QHideEvent, QPainter, QRegion, QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from gui import tokens, windowing
from gui.corner_item import CornerItem
from gui.film_item import FilmItem
from gui.heatmap_item import HeatmapItem
from gui.orientation import Orientation
from gui.outline_item import OutlineItem
from gui.screen_item import ScreenItem
from gui.view_geometry import ViewGeometry, pixel_aspect
from studies.grayscale import Voi
from studies.model import Image

_MAGNIFIED = 2.0
_SETTLED_MS = 120
"""After a zoom step: the next within this time is part of the same zoom."""


class Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph ships no types
    """A pyqtgraph view whose scene is the viewport in logical pixels.

    pyqtgraph's ViewBox is left out: it keeps ranges per axis and rounds them
    by its own rules, and here one `ViewGeometry` must place film, heat and
    outlines to the same device pixel.

    Signals
    -------
    view_moved()
        The geometry changed: zoom, pan, or size of the viewport.
    voi_changed()
        Window, VOI LUT or inversion changed.
    """

    view_moved = Signal()
    voi_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=tokens.VIEWPORT)
        self.setFrameStyle(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setFocusProxy(None)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setMouseTracking(True)
        # One rectangle: Qt blits into that two times as fast as into several.
        mode = self.ViewportUpdateMode.BoundingRectViewportUpdate
        self.setViewportUpdateMode(mode)
        # pyqtgraph keeps the background as a picture; ours follows the film.
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        # `drawBackground` and the film paint every pixel: Qt need not begin in grey.
        self.viewport().setAutoFillBackground(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.film = FilmItem()
        self.heat = HeatmapItem()
        self.outlines = OutlineItem()
        self.corners = CornerItem()
        for depth, item in enumerate(
            (self.film, self.heat, self.outlines, self.corners)
        ):
            item.setZValue(depth * 10)
            self.scene().addItem(item)
        self._image: Image | None = None
        self._view: ViewGeometry | None = None
        self._layers: list[ScreenItem] = []
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settling.timeout.connect(self.settle)

    def items_in_order(self) -> tuple[ScreenItem, ...]:
        """Return the items, lowest first: film, map, layers, outlines, texts."""
        return self.film, self.heat, *self._layers, self.outlines, self.corners

    def add_layer(self, layer: ScreenItem) -> None:
        """Lay a further item over map and film, beneath outlines and texts."""
        self._layers.append(layer)
        self.scene().addItem(layer)
        for depth, item in enumerate(self.items_in_order()):
            item.setZValue(depth * 10)
        if self._view is not None:
            layer.set_geometry(self._view)

    @property
    def image(self) -> Image | None:
        """The image shown."""
        return self._image

    @property
    def view(self) -> ViewGeometry:
        """Where the image lies; only while there is one."""
        assert self._view is not None
        return self._view

    def set_image(self, image: Image | None) -> None:
        """Show an image whole, or nothing."""
        self._image = image
        self.film.set_image(image)
        if image is None:
            self._view = None
            self.viewport().update()
            return
        self.set_view(self._new_view(image).fitted())
        self.voi_changed.emit()

    def set_slice(self, image: Image) -> None:
        """Show another image of the same stack as the last one was looked at.

        Orientation, zoom, pan, window and inversion stay; an image of another
        size is shown at the same share of itself. What lies over the film was
        another image's: map, outlines and mask are dropped, to be set anew.
        """
        if self._image is None or self._view is None:
            self.set_image(image)
            return
        voi = self.film.voi
        self._image = image
        self.film.set_slice(image)
        self.heat.set_heatmap(None)
        self.outlines.clear()
        header = image.header
        self.set_view(
            self._view.of_image(header.rows, header.columns, pixel_aspect(header))
        )
        if self.film.voi != voi:
            self.voi_changed.emit()

    def set_view(self, view: ViewGeometry) -> None:
        """Place the image; all items follow."""
        if view == self._view:
            return
        if self._view is not None and view.scale != self._view.scale:
            self._on_scaled()
        self._view = view
        for item in self.items_in_order():
            item.set_geometry(view)
        self.view_moved.emit()

    def _on_scaled(self) -> None:
        """Sample in haste while one zoom follows another, well when they stop."""
        if self._settling.isActive():
            self._set_quick(True)
        self._settling.start()

    def settle(self) -> None:
        """Show the film as well as can be, at once."""
        self._settling.stop()
        self._set_quick(False)

    def _set_quick(self, quick: bool) -> None:
        self.film.set_quick(quick)
        self.heat.set_quick(quick)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a logical point, else about the middle."""
        if self._view is None:
            return
        view = self._view
        x, y = view.width / 2, view.height / 2
        if at is not None:
            x, y = at.x() * view.ratio, at.y() * view.ratio
        self.set_view(view.zoomed(view.scale * factor, x, y))

    def toggle_fit(self, at: QPointF) -> None:
        """Turn the whole film into twice its size about a point, and back."""
        if self._view is None:
            return
        if self._view.is_fit:
            self.zoom_by(_MAGNIFIED, at)
        else:
            self.set_view(self._view.fitted())

    def set_orientation(self, turns: int, mirrored: bool) -> None:
        """Lay the image mirrored or not, then turned clockwise by quarter turns."""
        if self._view is not None:
            self.set_view(self._view.oriented(Orientation(turns, mirrored)))

    def rotate(self, by: int) -> None:
        """Turn what is on the screen clockwise by quarter turns."""
        if self._view is not None:
            self.set_view(self._view.oriented(self._view.orientation.rotated(by)))

    def flip(self) -> None:
        """Exchange left and right of what is on the screen."""
        if self._view is not None:
            self.set_view(self._view.oriented(self._view.orientation.flipped()))

    def set_voi(self, voi: Voi) -> None:
        """Use another window or VOI LUT."""
        if self._image is not None and voi != self.film.voi:
            self.film.set_voi(voi)
            self.voi_changed.emit()

    def set_inverted(self, inverted: bool) -> None:
        """Turn the grey scale over, or back."""
        if self._image is not None and inverted != self.film.inverted:
            self.film.set_inverted(inverted)
            self.voi_changed.emit()

    def drag_window(self, dx: float, dy: float) -> None:
        """Change width by `dx` and brightness by `dy` logical pixels."""
        voi, default = self.film.voi, self.film.default_voi
        if self._image is None or voi is None or default is None:
            return
        rising = windowing.is_rising(self._image.header, inverted=self.film.inverted)
        self.set_voi(windowing.dragged(voi, default, dx, dy, rising=rising))

    def _new_view(self, image: Image) -> ViewGeometry:
        size, ratio = self.viewport().size(), self.devicePixelRatioF()
        return ViewGeometry(
            image.header.rows,
            image.header.columns,
            max(round(size.height() * ratio), 1),
            max(round(size.width() * ratio), 1),
            ratio,
            aspect=pixel_aspect(image.header),
        )

    def refit_viewport(self) -> None:
        """Follow the viewport's size and the screen's scale factor."""
        if self._image is None or self._view is None:
            return
        new = self._new_view(self._image)
        self.set_view(self._view.resized(new.height, new.width, new.ratio))

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802 (Qt's name)
        """Keep fit a fit, else keep the middle."""
        super().resizeEvent(event)
        # pyqtgraph calls this before our own fields exist.
        if getattr(self, "_image", None) is not None:
            self.refit_viewport()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt's name)
        """Give the memory of pictures back while none is seen."""
        super().hideEvent(event)
        self.film.release()
        self.heat.release()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Follow a move to a screen of another scale factor."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.refit_viewport()

    def drawBackground(  # noqa: N802 (Qt's name)
        self, painter: QPainter, rect: QRectF | QRect
    ) -> None:
        """Fill black around the film alone, which covers the rest itself."""
        part = QRectF(rect).toAlignedRect()
        film = self._film_inside()
        if film.contains(part):
            return
        painter.save()
        painter.setClipRegion(QRegion(part) - QRegion(film))
        painter.fillRect(part, QColor(tokens.VIEWPORT))
        painter.restore()

    def _film_inside(self) -> QRect:
        """Return the whole logical pixels that the film surely covers."""
        if self._view is None or not self.film.isVisible():
            return QRect()
        left, top, width, height = (v / self._view.ratio for v in self._view.visible())
        first = QPoint(math.ceil(left) + 1, math.ceil(top) + 1)
        last = QPoint(math.floor(left + width) - 2, math.floor(top + height) - 2)
        return QRect(first, last)

    def close(self) -> bool:
        """Close without deleting the items, as pyqtgraph would.

        Qt still tells a closed canvas of fonts and styles until it is gone.
        """
        self._settling.stop()
        return QGraphicsView.close(self)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Ask for a useful size."""
        return QSize(640, 640)

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 (pyqtgraph's signature)
        """Leave keys to the ImageView around."""
        event.ignore()

    def keyReleaseEvent(self, event: Any) -> None:  # noqa: N802 (pyqtgraph's signature)
        """Leave keys to the ImageView around."""
        event.ignore()
