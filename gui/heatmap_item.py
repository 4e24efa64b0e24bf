"""The heat map over the film: colour, contour lines, or off."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explain.heatmap import Heatmap
from explain.rendering import START_OPACITY
from gui import heat_raster, theme, tokens
from gui.film_item import MARGIN
from gui.film_source import look_up
from gui.heat_raster import HeatRaster, UInt16Array
from gui.kept_picture import KeptPicture
from gui.memory import Memory
from gui.picture import Picture, translucent
from gui.region import Grid, Region
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import ViewGeometry
from studies.model import Float32Array

MapMode: TypeAlias = Literal["colour", "contour", "off"]

_LINE_WIDTHS = {0.25: 1.0, 0.50: 1.6, 0.75: 2.2}


class HeatmapItem(ScreenItem):
    """Paints one heat map on its absolute scale, at its place on the film."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._heatmap: Heatmap | None = None
        self._raster: HeatRaster | None = None
        self._hot: tuple[Grid, Region] | None = None
        self._levels: UInt16Array | None = None
        self._colors: NDArray[np.int32] | None = None
        self._picture: Picture | None = None
        self._colored: NDArray[np.int32] | None = None
        self._contours = KeptPicture()
        self._quick = False
        self._memory = Memory(), Memory()
        self._lines: dict[float, list[Float32Array]] | None = None
        self._mode: MapMode = "colour"
        self._opacity = START_OPACITY

    def set_heatmap(self, heatmap: Heatmap | None) -> None:
        """Show another map, or none."""
        if heatmap is self._heatmap:
            return
        self._heatmap = heatmap
        self._raster = None if heatmap is None else heat_raster.rasterise(heatmap)
        self._hot = self._levels = self._colored = None
        self._picture = self._lines = None
        self._contours.drop()
        self.update()

    @property
    def heatmap(self) -> Heatmap | None:
        """The map shown."""
        return self._heatmap

    @property
    def raster(self) -> HeatRaster | None:
        """The map, resampled over its crop."""
        return self._raster

    @property
    def mode(self) -> MapMode:
        """How it is drawn."""
        return self._mode

    @property
    def opacity_share(self) -> float:
        """Where the opacity slider stands, 0 to 1."""
        return self._opacity

    def set_mode(self, mode: MapMode) -> None:
        """Draw it in colour, as contour lines, or not at all."""
        self._mode = mode
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity slider, 0 to 1."""
        self._opacity = min(max(opacity, 0.0), 1.0)
        self._colors = self._colored = self._picture = None
        self.update_film()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Draw the map where its crop lies."""
        raster, geometry = self._raster, self.geometry
        if raster is None or geometry is None or raster.is_clear:
            return
        if self._mode == "colour":
            with device_pixels(painter, geometry.ratio):
                self._paint_colour(painter, raster, geometry)
        elif self._mode == "contour":
            self._contours.draw(painter, geometry, self._paint_lines)

    def _paint_colour(
        self, painter: QPainter, raster: HeatRaster, geometry: ViewGeometry
    ) -> None:
        if self._hot is None or self._hot[0] != geometry.grid:
            hot = geometry.region_of(*raster.drawn())
            self._hot, self._picture = (geometry.grid, hot), None
        hot = self._hot[1]
        shown = geometry.region(0).within(hot)
        if shown.is_empty:
            return
        picture = self._picture
        if picture is None:
            picture = self._painted(raster, geometry, shown)
        elif not picture.region.covers(shown):
            # The film is panned: the moves that follow find the map ready.
            region = geometry.region(MARGIN).within(hot)
            picture = self._painted(raster, geometry, region)
        self._picture = picture
        picture.draw(painter, geometry, shown)

    def _painted(
        self, raster: HeatRaster, geometry: ViewGeometry, region: Region
    ) -> Picture:
        if self._levels is None:
            self._levels = heat_raster.in_levels(raster.heat)
        if self._colors is None:
            self._colors = heat_raster.color_table(self._opacity)
        # From samples to image pixels, to device pixels, to those of the region.
        to_image = np.vstack([raster.matrix(), (0.0, 0.0, 1.0)])
        matrix = geometry.matrix() @ to_image
        matrix[:, 2] -= (geometry.x + region.x, geometry.y + region.y)
        size = region.height, region.width
        if self._quick:
            if self._colored is None:
                self._colored = look_up(self._levels, self._colors)
            pixels = heat_raster.painted_quickly(
                self._colored, matrix, size, self._memory
            )
        else:
            pixels = heat_raster.painted(self._levels, self._colors, matrix, size)
        return translucent(region, pixels)

    def set_quick(self, quick: bool) -> None:
        """Take the nearest sample while the film is zoomed, or interpolate."""
        if quick != self._quick:
            self._quick, self._picture = quick, None
            self.update_film()

    def set_geometry(self, geometry: ViewGeometry) -> None:
        """Place the map anew."""
        self._contours.drop()
        super().set_geometry(geometry)

    def release(self) -> None:
        """Give back the memory of what was painted; a paint makes it anew."""
        self._colored = self._picture = None
        self._memory = Memory(), Memory()
        self._contours.drop()

    def _paint_lines(self, painter: QPainter) -> None:
        raster, geometry = self._raster, self.geometry
        assert raster is not None
        assert geometry is not None
        if self._lines is None:
            self._lines = heat_raster.level_lines(raster)
        ratio = geometry.ratio
        for level, polygons in self._lines.items():
            paths = [device_path(polygon, geometry) for polygon in polygons]
            for path in paths:
                _stroke(painter, path, _LINE_WIDTHS[level] * ratio, ratio)
            for path in paths:
                _label(painter, path, f"{level:.2f}", ratio)


def device_path(polygon: Float32Array, geometry: ViewGeometry) -> QPainterPath:
    """Turn an image polygon, (points, 2) in (column, row), into a device path."""
    path = QPainterPath()
    points = geometry.device_points(polygon)
    if len(points):
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
        path.closeSubpath()
    return path


def _stroke(painter: QPainter, path: QPainterPath, width: float, ratio: float) -> None:
    casing = QColor(0, 0, 0)
    casing.setAlphaF(tokens.CASING_ALPHA)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(casing, width + 2.4 * ratio))
    painter.drawPath(path)
    pen = QPen(QColor(tokens.AI_ON_IMAGE), width)
    # Dashed is AI, solid is a person; longer dashes than the outlines have.
    pen.setDashPattern([12 * ratio / width, 3 * ratio / width])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawPath(path)


def _label(painter: QPainter, path: QPainterPath, text: str, ratio: float) -> None:
    """Write the level at the line's lowest point, on a dark plate."""
    box = path.boundingRect()
    width, height = 30 * ratio, 16 * ratio
    plate = QRectF(box.center().x() - width / 2, box.bottom() - height / 2, width, 0)
    plate.setHeight(height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 178))
    painter.drawRoundedRect(plate, 3 * ratio, 3 * ratio)
    painter.setPen(QColor(tokens.AI_ON_IMAGE))
    painter.setFont(theme.font(round(tokens.SMALL * ratio)))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
