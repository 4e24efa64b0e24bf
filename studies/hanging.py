"""Which image of a study is shown first; see `hanging_protocol` for the rest."""

from __future__ import annotations

from studies.hanging_candidates import SEGMENTATIONS
from studies.model import ImageHeader, Series, Study

_FILM_MODALITIES = ("CR", "DX", "DR", "MG", "RG", "PX")
_FRONTAL_VIEWS = ("PA", "AP")


def first_image(study: Study) -> ImageHeader:
    """Return the image to show first: a frontal film if there is one.

    Films come before slices, frontal views before unknown ones, those before
    lateral and oblique views, segmentations last; ties keep the order of the
    series.

    Raises
    ------
    ValueError
        If the study holds no image.
    """
    if not study.images:
        raise ValueError("the study holds no image")
    return min(study.images, key=_rank)


def is_film(header: ImageHeader) -> bool:
    """Return whether it is a radiograph, or a picture file of one.

    Slices of a NIfTI volume are not DICOM either, but have a place in space.
    """
    if header.is_dicom:
        return header.modality in _FILM_MODALITIES
    return header.plane is None


def is_hung(series: Series) -> bool:
    """Return whether a series is hung unasked: segmentations are drawn instead."""
    return all(one.sop_class_uid not in SEGMENTATIONS for one in series.images[:1])


def is_frontal(header: ImageHeader) -> bool:
    """Return whether View Position (0018,5101) says PA or AP."""
    return header.view_position in _FRONTAL_VIEWS


def _rank(header: ImageHeader) -> tuple[bool, bool, int]:
    view = 0 if is_frontal(header) else 1 if not header.view_position else 2
    return header.sop_class_uid in SEGMENTATIONS, not is_film(header), view
