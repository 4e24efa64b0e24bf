"""The heat map over the film: colour, contour lines, or off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explain.heatmap import Heatmap
from explain.rendering import START_OPACITY
from gui import heat_raster, theme, tokens
from gui.film_item import MARGIN
from gui.heat_raster import HeatRaster
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import Region, ViewGeometry
from studies.model import Float32Array

MapMode: TypeAlias = Literal["colour", "contour", "off"]
MODES: tuple[MapMode, ...] = ("colour", "contour", "off")

_LINE_WIDTHS = {0.25: 1.0, 0.50: 1.6, 0.75: 2.2}


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """The map at the screen's own pixels, so that a pan only moves it."""

    scale: float
    region: Region
    picture: QImage


class HeatmapItem(ScreenItem):
    """Paints one heat map on its absolute scale, at its place on the film."""

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._heatmap: Heatmap | None = None
        self._raster: HeatRaster | None = None
        self._picture: QImage | None = None
        self._patch: _Patch | None = None
        self._lines: dict[float, list[Float32Array]] | None = None
        self._mode: MapMode = "colour"
        self._opacity = START_OPACITY

    def set_heatmap(self, heatmap: Heatmap | None) -> None:
        """Show another map, or none."""
        if heatmap is self._heatmap:
            return
        self._heatmap = heatmap
        self._raster = None if heatmap is None else heat_raster.rasterise(heatmap)
        self._picture = self._patch = self._lines = None
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
        self._picture = self._patch = None
        self.update()

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
        with device_pixels(painter, geometry.ratio):
            if self._mode == "colour":
                self._paint_colour(painter, raster, geometry)
            elif self._mode == "contour":
                self._paint_lines(painter, raster, geometry)

    def _paint_colour(
        self, painter: QPainter, raster: HeatRaster, geometry: ViewGeometry
    ) -> None:
        shown = geometry.region(0)
        if shown.width == 0 or shown.height == 0:
            return
        patch = self._covering(raster, geometry, shown)
        painter.drawImage(
            QPoint(geometry.x + shown.x, geometry.y + shown.y),
            patch.picture,
            QRect(
                shown.x - patch.region.x,
                shown.y - patch.region.y,
                shown.width,
                shown.height,
            ),
        )

    def _covering(
        self, raster: HeatRaster, geometry: ViewGeometry, shown: Region
    ) -> _Patch:
        """Return the map scaled to the screen, over what is shown at least."""
        patch = self._patch
        same_scale = patch is not None and patch.scale == geometry.scale
        if patch is not None and same_scale and patch.region.covers(shown):
            return patch
        if self._picture is None:
            self._picture = _to_qimage(raster, self._opacity)
        region = geometry.region(MARGIN if same_scale else 0)
        patch = _scaled(self._picture, raster, geometry.scale, region)
        self._patch = patch
        return patch

    def _paint_lines(
        self, painter: QPainter, raster: HeatRaster, geometry: ViewGeometry
    ) -> None:
        if self._lines is None:
            self._lines = heat_raster.level_lines(raster)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = geometry.ratio
        for level, polygons in self._lines.items():
            paths = [device_path(polygon, geometry) for polygon in polygons]
            for path in paths:
                _stroke(painter, path, _LINE_WIDTHS[level] * ratio, ratio)
            for path in paths:
                _label(painter, path, f"{level:.2f}", ratio)


def device_path(polygon: Float32Array, geometry: ViewGeometry) -> QPainterPath:
    """Turn an image polygon, (points, 2) in (column, row), into a device path."""
    scaled = polygon.astype(np.float64) * geometry.scale + (geometry.x, geometry.y)
    path = QPainterPath()
    if len(scaled) == 0:
        return path
    path.moveTo(QPointF(*scaled[0]))
    for x, y in scaled[1:]:
        path.lineTo(QPointF(x, y))
    path.closeSubpath()
    return path


def _scaled(
    picture: QImage, raster: HeatRaster, scale: float, region: Region
) -> _Patch:
    """Scale a map to the screen where it lies in a region of the scaled image."""
    row, column, rows, columns = (scale * value for value in raster.crop)
    made = QImage(region.width, region.height, picture.format())
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    target = QRectF(column - region.x, row - region.y, columns, rows)
    painter.drawImage(target, picture)
    painter.end()
    return _Patch(scale, region, made)


def _to_qimage(raster: HeatRaster, opacity: float) -> QImage:
    pixels = np.ascontiguousarray(heat_raster.to_bgra(raster, opacity))
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_ARGB32_Premultiplied
    # copy(): QImage only borrows the bytes it is given.
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()


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
