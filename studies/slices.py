"""Slices of a series: their order, and what is wrong with their places."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from studies.model import ImageHeader, Plane

# Slices nearer than this lie at one place; a step this much longer is a gap.
_SAME_PLACE_MM = 0.01
_GAP_FACTOR = 1.5
_PARALLEL = 0.999


def viewing_order(frames: Sequence[ImageHeader]) -> list[ImageHeader]:
    """Return the images by instance number, then frame, then place, then path."""

    def rank(header: ImageHeader) -> tuple[bool, int, int, float, str]:
        along = 0.0 if header.plane is None else header.plane.along_normal
        number = header.instance_number
        path = str(header.path)
        return number is None, number or 0, header.frame, along, path

    return sorted(frames, key=rank)


def slice_notices(frames: Sequence[ImageHeader]) -> tuple[str, ...]:
    """Return what is wrong with the places of a series' slices.

    A gap shows from three steps on; fewer give no median to judge by.
    """
    places = [header.plane for header in frames if header.plane is not None]
    if len(places) < 2:
        return ()
    notices = []
    if any(_turned(places[0], place) for place in places[1:]):
        return ("Slices of one series lie in different planes",)
    along = sorted(place.along_normal for place in places)
    steps = [b - a for a, b in itertools.pairwise(along)]
    real = [step for step in steps if step > _SAME_PLACE_MM]
    if crowded := _crowded(steps):
        notices.append(f"{crowded} slices lie at one place")
    usual = median(real) if real else 0.0
    gaps = [step for step in real if step > _GAP_FACTOR * usual]
    if gaps and len(real) > 2:
        missing = sum(round(gap / usual) - 1 for gap in gaps)
        notices.append(f"Slices are missing: {max(missing, 1)} in {len(gaps)} gap")
    rescales = {
        (h.grayscale.rescale_slope, h.grayscale.rescale_intercept) for h in frames
    }
    if len(rescales) > 1 and {h.modality for h in frames} == {"CT"}:
        notices.append("The rescale differs from slice to slice")
    return tuple(notices)


def _crowded(steps: Sequence[float]) -> int:
    """Return how many slices share a place that others do not share.

    Where every place is taken equally often the series repeats itself in time,
    echo or diffusion weighting, and nothing is wrong: then 0.
    """
    at_place = [1]
    for step in steps:
        if step > _SAME_PLACE_MM:
            at_place.append(1)
        else:
            at_place[-1] += 1
    return max(at_place) if len(set(at_place)) > 1 else 0


def _turned(one: Plane, other: Plane) -> bool:
    dot = sum(a * b for a, b in zip(one.normal, other.normal, strict=True))
    return abs(dot) < _PARALLEL
