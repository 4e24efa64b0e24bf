"""Changing a window by hand, in steps that suit the film. Qt-free."""

from __future__ import annotations

from dataclasses import replace

from studies.grayscale import Voi
from studies.model import ImageHeader, VoiFunction, Window

_PIXELS_PER_WIDTH = 512.0
"""Logical pixels of a drag that change the window by the film's own width."""

STEPS_PER_WIDTH = 50.0
"""Steps of a key that change the window by the film's own width."""


def as_window(voi: Voi) -> Window:
    """Return the window that spans what a VOI LUT maps; a window as it is."""
    if isinstance(voi, Window):
        return voi
    count = len(voi.entries)
    return Window(voi.first_mapped + count / 2, float(count), voi.explanation)


def changed(voi: Voi, d_center: float, d_width: float, smallest: float) -> Window:
    """Return a window moved and widened, in modality values.

    `smallest` is the width below which it does not get; for LINEAR never
    below 1 (PS3.3 C.11.2.1.2.1).
    """
    window = as_window(voi)
    if window.function is VoiFunction.LINEAR:
        smallest = max(smallest, 1.0)
    width = max(window.width + d_width, smallest)
    return replace(window, center=window.center + d_center, width=width, explanation="")


def dragged(voi: Voi, default: Voi, dx: float, dy: float, *, rising: bool) -> Window:
    """Return the window after a drag of `dx` to the right and `dy` upwards.

    Parameters
    ----------
    default
        The film's own window, which sets the step.
    rising
        Whether larger values are shown brighter; up always brightens.
    """
    step = as_window(default).width / _PIXELS_PER_WIDTH
    brighter = -dy if rising else dy
    return changed(voi, brighter * step, dx * step, smallest=step)


def nudged(voi: Voi, default: Voi, d_center: float, d_width: float) -> Window:
    """Return the window after steps of a key: a fiftieth of the film's own width."""
    step = as_window(default).width / STEPS_PER_WIDTH
    return changed(voi, d_center * step, d_width * step, smallest=step / 10)


def is_rising(header: ImageHeader, *, inverted: bool) -> bool:
    """Whether larger modality values are shown brighter."""
    negative = header.grayscale.photometric_interpretation == "MONOCHROME1"
    return negative is inverted
