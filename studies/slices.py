"""Slices of a series: their order, and what is wrong with their places."""

from __future__ import annotations

from collections.abc import Sequence

from studies.model import ImageHeader
from studies.places import viewing_order as viewing_order
from studies.stack import describe_stack


def slice_notices(frames: Sequence[ImageHeader]) -> tuple[str, ...]:
    """Return what is wrong with the places of a series' slices.

    Images without a plane are no slices, and nothing is said of them; nor of a
    series that takes each place several times, for that is how it is read.
    """
    placed = [header for header in frames if header.plane is not None]
    if len(placed) < 2:
        return ()
    notices = list(describe_stack(placed).notices)
    rescales = {
        (h.grayscale.rescale_slope, h.grayscale.rescale_intercept) for h in frames
    }
    if len(rescales) > 1 and {h.modality for h in frames} == {"CT"}:
        notices.append("The rescale differs from slice to slice")
    return tuple(notices)
