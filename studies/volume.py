"""A stack of slices as one grid of voxels in the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studies.errors import OverreadError
from studies.modality import padding_mask
from studies.model import GrayscaleParameters, Image, ImageHeader, IntArray
from studies.places import viewing_order
from studies.stack import describe_stack, fitted_line

# Stored values 1 to 65535 of a converted volume; 0 is its padding.
_MOST_STEPS = 65534


class NoVolumeError(OverreadError):
    """Slices that make no volume; `reasons` are sentences for the radiologist."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"These slices make no volume: {'; '.join(self.reasons)}")


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Voxels of one series, read-only.

    Attributes
    ----------
    stored : (slices, rows, columns)
        Stored values, integer.
    affine : (4, 4)
        Voxel index (slice, row, column), whole at a voxel's centre, to mm in the
        patient: x to the left, y to posterior, z to the head.
    header
        That of the middle slice; its grey scale holds for the whole volume.
    notices
        What must be told wherever the volume is shown.
    """

    stored: IntArray
    affine: NDArray[np.float64]
    header: ImageHeader
    series_instance_uid: str
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.stored.setflags(write=False)
        self.affine.setflags(write=False)

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Distance of neighbouring voxels along (slices, rows, columns)."""
        lengths: NDArray[np.float64] = np.linalg.norm(self.affine[:3, :3], axis=0)
        return lengths


def volume_of_images(images: Sequence[Image]) -> Volume:
    """Build a volume from images of one series, in any order; errors as below."""
    order = viewing_order([image.header for image in images])
    by_place = {id(image.header): image.stored for image in images}
    _check(order)
    stored = np.stack([by_place[id(header)] for header in order])
    return build_volume(order, stored)


def build_volume(headers: Sequence[ImageHeader], stored: IntArray) -> Volume:
    """Build a volume over given memory.

    Nothing is copied unless the slices come in neither the viewing order nor its
    reverse, or are rescaled differently (PET, old CT): then they are brought to
    one scale, exactly where 16 bits hold it, and a notice says so.

    Parameters
    ----------
    headers
        Of the slices, in the order of `stored`.
    stored : (slices, rows, columns)
        Stored values, integer.

    Raises
    ------
    NoVolumeError
        If the slices fill no grid in space; see `studies.stack.describe_stack`.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1, with the slice as third axis.
    """
    notices = _check(headers)
    order, stored = _in_line(headers, stored)
    middle = order[len(order) // 2]
    if len({_scale(header) for header in order}) > 1:
        stored, params = _one_scale(order, stored)
        middle = replace(middle, grayscale=params)
        notices = (*notices, "The rescale differs from slice to slice: made one")
    return Volume(stored, _affine(order), middle, middle.series_instance_uid, notices)


def _check(headers: Sequence[ImageHeader]) -> tuple[str, ...]:
    """Refuse what is no volume before its pixels are touched; return its notices."""
    stack = describe_stack(headers)
    if not stack.is_volume:
        raise NoVolumeError(stack.reasons)
    return stack.notices


def _in_line(
    headers: Sequence[ImageHeader], stored: IntArray
) -> tuple[Sequence[ImageHeader], IntArray]:
    """Return headers and slices as they follow each other in the patient.

    Forwards or backwards: the affine says which, so that nothing need be copied.
    """
    expected = (len(headers), headers[0].rows, headers[0].columns)
    if stored.shape != expected:
        raise NoVolumeError((f"The pixels are {stored.shape}, not {expected}",))
    order = viewing_order(headers)
    places = {id(header): index for index, header in enumerate(headers)}
    wanted = [places[id(header)] for header in order]
    if wanted in (sorted(wanted), sorted(wanted, reverse=True)):
        return headers, stored.view()
    return order, stored[wanted]


def _affine(headers: Sequence[ImageHeader]) -> NDArray[np.float64]:
    planes = [header.plane for header in headers if header.plane is not None]
    start, step = fitted_line([plane.position for plane in planes])
    spacing = headers[0].spacing_mm
    assert spacing is not None, "a volume has millimetres"
    affine = np.eye(4)
    affine[:3, 0] = step
    # The distance between rows is walked along a column, and the other way round.
    affine[:3, 1] = _unit(planes[0].column) * spacing[0]
    affine[:3, 2] = _unit(planes[0].row) * spacing[1]
    affine[:3, 3] = start
    return affine


def _unit(vector: tuple[float, float, float]) -> NDArray[np.float64]:
    array = np.array(vector, np.float64)
    return np.asarray(array / np.linalg.norm(array), np.float64)


def _scale(header: ImageHeader) -> tuple[object, ...]:
    params = header.grayscale
    return (
        params.rescale_slope,
        params.rescale_intercept,
        params.padding,
        params.bits_stored,
        params.pixel_representation,
    )


def _one_scale(
    headers: Sequence[ImageHeader], stored: IntArray
) -> tuple[IntArray, GrayscaleParameters]:
    """Bring all slices to one rescale in 16 bits, 0 being the padding.

    With the smallest slope where the whole range then fits: slices whose slopes
    are equal and whose intercepts differ by whole steps are kept exactly.
    """
    params = [header.grayscale for header in headers]
    if any(p.modality_lut is not None or p.rescale_slope == 0 for p in params):
        raise NoVolumeError(("The rescale differs from slice to slice",))
    low, high = _modality_range(params, stored)
    step = min(abs(p.rescale_slope) for p in params)
    step = max(step, (high - low) / _MOST_STEPS)
    converted = np.empty(stored.shape, np.uint16)
    for one, source, target in zip(params, stored, converted, strict=True):
        modality = source * np.float64(one.rescale_slope) + one.rescale_intercept
        values = np.rint((modality - low) / step) + 1.0
        target[:] = np.where(padding_mask(source, one), 0.0, values)
    middle = params[len(params) // 2]
    return converted, replace(
        middle,
        bits_stored=16,
        pixel_representation=0,
        rescale_slope=step,
        rescale_intercept=low - step,
        padding=(0, 0),
    )


def _modality_range(
    params: Sequence[GrayscaleParameters], stored: IntArray
) -> tuple[float, float]:
    """Return the smallest and largest modality value, padding left out."""
    ends = []
    for one, values in zip(params, stored, strict=True):
        kept = values if one.padding is None else values[~padding_mask(values, one)]
        if kept.size:
            edges = np.array([kept.min(), kept.max()], np.float64)
            ends += list(edges * one.rescale_slope + one.rescale_intercept)
    return (min(ends), max(ends)) if ends else (0.0, 1.0)
