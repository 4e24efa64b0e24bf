"""The film on the screen: only its visible part is resampled and windowed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.film_source import FilmSource, look_up
from gui.film_table import FilmTable
from gui.memory import Memory
from gui.picture import Picture, opaque
from gui.region import Grid, Region
from gui.screen_item import ScreenItem, device_pixels
from gui.view_geometry import ViewGeometry
from studies.grayscale import Voi, default_voi
from studies.model import Image, IntArray, UInt8Array

MARGIN = 192
"""Device pixels kept ready around the viewport while the film is panned."""


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """A region of the shown image, resampled but not yet windowed."""

    quick: bool
    grid: Grid
    region: Region
    pixels: IntArray
    shown: UInt8Array | None

    def cut(self, part: Region) -> _Patch:
        """Return a part of it, in one piece."""
        at = part.part_of(self.region)
        shown = None if self.shown is None else np.ascontiguousarray(self.shown[at])
        return _Patch(
            self.quick, self.grid, part, np.ascontiguousarray(self.pixels[at]), shown
        )


class FilmItem(ScreenItem):
    """Paints one image, 1:1 in device pixels.

    Two stages are kept apart, so that a pan needs neither and a window change
    only the second: the resampled stored values, and the picture.
    """

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._source: FilmSource | None = None
        self._image: Image | None = None
        self._default: Voi | None = None
        self._voi: Voi | None = None
        self._inverted = False
        self._quick = False
        self._table = FilmTable()
        self._patch: _Patch | None = None
        self._picture: Picture | None = None
        self._memory, self._scratch = (Memory(), Memory()), Memory()

    def set_image(self, image: Image | None) -> None:
        """Show another image with the window of its header, or none.

        A mask of the image before is dropped.
        """
        self._take(image)
        self._default = self._voi = None if image is None else default_voi(image)
        self._inverted = False

    def set_slice(self, image: Image) -> None:
        """Show another image of the same stack: window and inversion stay.

        A mask is dropped, for it was another image's. A colour image among grey
        ones, or the reverse, gets its own window.
        """
        before = self._image
        if before is None or before.stored.ndim != image.stored.ndim:
            self.set_image(image)
        else:
            self._take(image)

    def _take(self, image: Image | None) -> None:
        self._image = image
        self._source = None if image is None else FilmSource(image, self._scratch)
        self._patch = self._picture = None
        self.update_film()

    def set_mask(self, mask: UInt8Array | None) -> None:
        """Paint black, like padding, where a mask is 255: outside a shutter.

        Parameters
        ----------
        mask : (rows, columns)
            0 where the image shows; None shows all of it.

        Raises
        ------
        MaskSizeError
            If it has another size than the image.
        """
        if self._source is not None:
            self._source.set_mask(mask)
            self._patch = self._picture = None
            self.update_film()

    @property
    def voi(self) -> Voi | None:
        """The window or VOI LUT in use; None without an image."""
        return self._voi

    @property
    def default_voi(self) -> Voi | None:
        """The first image's own window or VOI LUT; None without an image."""
        return self._default

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

    @property
    def quick(self) -> bool:
        """Whether a smaller film is sampled in haste, during a zoom."""
        return self._quick

    def set_quick(self, quick: bool) -> None:
        """Sample in haste while the film is zoomed, or as well as can be."""
        if quick != self._quick:
            self._quick = quick
            self.update_film()

    def _rewindow(self) -> None:
        self._picture = None
        self.update_film()

    def release(self) -> None:
        """Give back the memory of what was painted; a paint makes it anew."""
        self._patch = self._picture = None
        self._memory, self._scratch = (Memory(), Memory()), Memory()
        if self._source is not None:
            self._source.release(self._scratch)

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
        if shown.is_empty:
            return
        picture = self._covering(self._source, self.geometry, shown)
        with device_pixels(painter, self.geometry.ratio):
            picture.draw(painter, self.geometry, shown)

    def _covering(
        self, source: FilmSource, geometry: ViewGeometry, shown: Region
    ) -> Picture:
        """Return a picture of what is shown at least.

        A new window is applied to what is shown, a pan makes all that is ready.
        """
        patch, picture = self._resampled(source, geometry, shown), self._picture
        if picture is None and patch.region != shown:
            patch = self._patch = patch.cut(shown)
        if picture is None or not picture.region.covers(shown):
            picture = self._windowed(source, patch, *self._memory)
            self._picture = picture
        return picture

    def _resampled(
        self, source: FilmSource, geometry: ViewGeometry, shown: Region
    ) -> _Patch:
        """Return resampled pixels that cover what is shown.

        A margin is added once the film is panned: those that follow then only
        move the picture.
        """
        patch, grid, quick = self._patch, geometry.grid, self._quick
        same = patch is not None and (patch.quick, patch.grid) == (quick, grid)
        if patch is not None and same and patch.region.covers(shown):
            return patch
        region = geometry.region(MARGIN) if same else shown
        sampled = source.warp(grid, region, quick=quick)
        self._patch = _Patch(quick, grid, region, *sampled)
        if not same:
            self._picture = None
        return self._patch

    def _windowed(
        self, source: FilmSource, patch: _Patch, grey: Memory, bgra: Memory
    ) -> Picture:
        """Return a patch as it is displayed, made in the memory given."""
        table = self._current_table(source)
        display = grey.array(patch.pixels.shape, np.uint8)
        if source.is_color:
            cv2.LUT(patch.pixels, table[:256], dst=display)
        else:
            look_up(patch.pixels, table, display)
        if patch.shown is not None:
            shown = cv2.merge([patch.shown] * 3) if source.is_color else patch.shown
            cv2.bitwise_and(display, shown, dst=display)
        return opaque(patch.region, display, bgra)

    def _current_table(self, source: FilmSource) -> UInt8Array:
        assert self._image is not None
        assert self._voi is not None
        return self._table.of(self._image, source, self._voi, inverted=self._inverted)

    def sampled(self, grid: Grid, region: Region) -> Picture | None:
        """Return any region of the image at any density, as it is displayed.

        None without an image, or where the region is empty.
        """
        if self._source is None or region.is_empty:
            return None
        patch = _Patch(False, grid, region, *self._source.warp(grid, region))
        return self._windowed(self._source, patch, Memory(), Memory())
