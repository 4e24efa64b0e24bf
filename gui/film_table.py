"""The grey of each pixel value, kept while nothing that makes it changes. Qt-free."""

from __future__ import annotations

from gui.film_source import FilmSource
from studies.grayscale import Voi, display_table
from studies.model import Image, UInt8Array


class FilmTable:
    """The last table made: the slices of a stack share it."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._table: UInt8Array | None = None

    def of(
        self, image: Image, source: FilmSource, voi: Voi, *, inverted: bool
    ) -> UInt8Array:
        """Return the 65536 grey values over `FilmSource.pixels`."""
        key = _key(image, source, voi, inverted)
        if self._table is None or key != self._key:
            made = source.table(display_table(image, voi, inverted=inverted))
            self._key, self._table = key, made
        return self._table


def _key(
    image: Image, source: FilmSource, voi: Voi, inverted: bool
) -> tuple[object, ...]:
    """Return all that the table depends on.

    The windows that the header offers are left out, for the one in use counts.
    Beyond 16 bits the table spans the image's own values, so it is its own.
    """
    params = image.header.grayscale
    own = image if params.bits_stored > 16 else None
    return (
        voi,
        inverted,
        own,
        source.is_color,
        source.offset,
        source.step,
        params.photometric_interpretation,
        params.bits_stored,
        params.pixel_representation,
        params.rescale_slope,
        params.rescale_intercept,
        params.modality_lut,
        params.padding,
    )
