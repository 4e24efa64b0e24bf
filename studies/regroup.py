"""Images of one series -> the series: in viewing order, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studies.model import ImageHeader, Series
from studies.slices import slice_notices, viewing_order


def series_of(
    frames: Sequence[ImageHeader], number: int | None
) -> tuple[Series, tuple[str, ...]]:
    """Return the series that frames make up, and what is wrong with their places.

    Parameters
    ----------
    frames
        As their files say them, in any order; at least one.
    number
        Series Number (0020,0011).

    Returns
    -------
    Series, notices
        The notices stand at every image of the series too.
    """
    notices = slice_notices(frames)
    images = tuple(_with(header, notices) for header in viewing_order(frames))
    first = images[0]
    series = Series(
        first.series_instance_uid,
        first.modality,
        first.series_description,
        number,
        first.body_part,
        images,
    )
    return series, notices


def bare(series: Series) -> tuple[list[ImageHeader], tuple[str, ...]]:
    """Return the images without what was said of the series, and what was said."""
    images = list(series.images)
    notices = slice_notices(images)
    count = len(notices)
    if not count:
        return images, ()
    stripped = [
        replace(header, notices=header.notices[:-count])
        if header.notices[-count:] == notices
        else header
        for header in images
    ]
    return stripped, notices


def by_number(series: Series) -> tuple[bool, int]:
    """Sort key: series follow by Series Number, those without one come last."""
    return series.number is None, series.number or 0


def _with(header: ImageHeader, notices: tuple[str, ...]) -> ImageHeader:
    return replace(header, notices=(*header.notices, *notices)) if notices else header
