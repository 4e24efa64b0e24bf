"""The film on the screen: only its visible part is resampled and windowed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.film_source import FilmSource, look_up
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import Region, ViewGeometry
from studies.grayscale import Voi, default_voi, display_table
from studies.model import Image, IntArray, UInt8Array

MARGIN = 192
"""Device pixels kept ready around the viewport while the film is panned."""


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """A region of the scaled image, resampled but not yet windowed."""

    scale: float
    region: Region
    pixels: IntArray
    padding: UInt8Array | None


class FilmItem(ScreenItem):
    """Paints one image, 1:1 in device pixels.

    Two stages are kept apart, so that a pan needs neither and a window change
    only the second: the resampled stored values, and the grey picture.
    """

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._source: FilmSource | None = None
        self._image: Image | None = None
        self._voi: Voi | None = None
        self._inverted = False
        self._table: UInt8Array | None = None
        self._patch: _Patch | None = None
        self._picture: QImage | None = None

    def set_image(self, image: Image | None) -> None:
        """Show another image with the window of its header, or none."""
        self._image = image
        self._source = None if image is None else FilmSource(image)
        self._voi = None if image is None else default_voi(image)
        self._inverted = False
        self._patch = None
        self._rewindow()

    @property
    def voi(self) -> Voi | None:
        """The window or VOI LUT in use; None without an image."""
        return self._voi

    @property
    def inverted(self) -> bool:
        """Whether the grey scale is turned over from what the header says."""
        return self._inverted

    def set_voi(self, voi: Voi) -> None:
        """Use another window or VOI LUT."""
        if self._voi is not None and voi != self._voi:
            self._voi = voi
            self._rewindow()

    def set_inverted(self, inverted: bool) -> None:
        """Turn the grey scale over, or back."""
        if inverted != self._inverted:
            self._inverted = inverted
            self._rewindow()

    def _rewindow(self) -> None:
        self._table = self._picture = None
        self.update()

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Blit the picture; make it first if the view or the window changed."""
        if self._source is None or self.geometry is None:
            return
        shown = self.geometry.region(0)
        if shown.width == 0 or shown.height == 0:
            return
        patch = self._covering(self._source, self.geometry, shown)
        if self._picture is None:
            self._picture = to_qimage(self._grey(self._source, patch))
        with device_pixels(painter, self.geometry.ratio):
            painter.drawImage(
                QPoint(self.geometry.x + shown.x, self.geometry.y + shown.y),
                self._picture,
                QRect(
                    shown.x - patch.region.x,
                    shown.y - patch.region.y,
                    shown.width,
                    shown.height,
                ),
            )

    def _covering(
        self, source: FilmSource, geometry: ViewGeometry, shown: Region
    ) -> _Patch:
        """Return resampled pixels that cover what is shown.

        A margin is added once the film is panned: those that follow then only
        move the picture.
        """
        patch = self._patch
        same_scale = patch is not None and patch.scale == geometry.scale
        if patch is not None and same_scale and patch.region.covers(shown):
            return patch
        region = geometry.region(MARGIN if same_scale else 0)
        patch = _Patch(geometry.scale, region, *source.warp(geometry.scale, region))
        self._patch, self._picture = patch, None
        return patch

    def _grey(self, source: FilmSource, patch: _Patch) -> UInt8Array:
        """Return the patch as (height, width) grey or (height, width, 3) RGB."""
        table = self._current_table(source)
        if source.is_color:
            return np.asarray(cv2.LUT(patch.pixels, table[:256]), np.uint8)
        grey = look_up(patch.pixels, table)
        if patch.padding is not None:
            grey[patch.padding >= 128] = 0
        return grey

    def _current_table(self, source: FilmSource) -> UInt8Array:
        if self._table is None:
            assert self._image is not None
            assert self._voi is not None
            self._table = source.table(
                display_table(self._image, self._voi, inverted=self._inverted)
            )
        return self._table


def to_qimage(pixels: UInt8Array) -> QImage:
    """Wrap 8-bit grey or RGB in a QImage that owns its bytes."""
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        kind = QImage.Format.Format_Grayscale8
    else:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA).astype(np.uint8, copy=False)
        kind = QImage.Format.Format_RGB32
    pixels = np.ascontiguousarray(pixels)
    # copy(): QImage only borrows the bytes it is given.
    return QImage(pixels.data, width, height, pixels.strides[0], kind).copy()
