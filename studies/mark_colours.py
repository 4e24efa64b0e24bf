"""Colours of marks: the tokens of the design, or the object's own made readable."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np

from studies.elements import Elements
from studies.mark_model import Colour

# Segments of the design: sky, yellow, orange; told apart by the colour-blind too.
SKY: Colour = (0x56, 0xB4, 0xE9)
YELLOW: Colour = (0xF0, 0xE4, 0x42)
ORANGE: Colour = (0xE6, 0x9F, 0x00)
TOKENS = (SKY, YELLOW, ORANGE)
# Contrast 4.5 to black: (0.175 + 0.05) / 0.05 (WCAG 2, 1.4.3).
_DARKEST = 0.175
_GOLDEN = 0.618034
# CIE XYZ relative to D50 (the white of DICOM's PCS) -> linear sRGB, by Bradford.
_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_WHITE = np.array([0.96422, 1.0, 0.82521])


def palette(own: Sequence[Colour | None]) -> tuple[Colour, ...]:
    """Return a colour for each mark of a set.

    Up to three get the tokens of the design; of more, each its own colour, made
    readable, else one of evenly spread hues.
    """
    if len(own) <= len(TOKENS):
        return TOKENS[: len(own)]
    return tuple(
        hue(index) if colour is None else readable(colour)
        for index, colour in enumerate(own)
    )


def hue(index: int) -> Colour:
    """Return the tokens first, then hues far from their neighbours'."""
    if index < len(TOKENS):
        return TOKENS[index]
    red, green, blue = colorsys.hls_to_rgb(index * _GOLDEN % 1.0, 0.65, 0.75)
    return readable((round(red * 255), round(green * 255), round(blue * 255)))


def readable(colour: Colour) -> Colour:
    """Mix a colour with white until it reads on black; a casing does it on white."""
    red, green, blue = (min(max(int(v), 0), 255) for v in colour)
    for white in np.linspace(0.0, 1.0, 21):
        mixed = tuple(round(v + (255 - v) * float(white)) for v in (red, green, blue))
        found: Colour = (mixed[0], mixed[1], mixed[2])
        if luminance(found) >= _DARKEST:
            return found
    return (255, 255, 255)


def luminance(colour: Colour) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
              for v in (channel / 255.0 for channel in colour)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def own_colour(elements: Elements, keyword: str) -> Colour | None:
    """Return the sRGB of a CIELab value of an object, or None if it has none.

    References
    ----------
    DICOM PS3.3 C.10.7.1.1: L* is 0 to 65535 for 0 to 100, a* and b* are 0 to
    65535 for -128 to 127.
    """
    values = elements.numbers(keyword)
    if len(values) != 3 or not all(0 <= v <= 0xFFFF for v in values):
        return None
    return from_dicom_lab(values[0], values[1], values[2])


def from_dicom_lab(lightness: float, a: float, b: float) -> Colour:
    """Return the sRGB of a scaled CIELab value (PS3.3 C.10.7.1.1)."""
    fy = (lightness / 65535.0 * 100.0 + 16.0) / 116.0
    fx = fy + (a / 65535.0 * 255.0 - 128.0) / 500.0
    fz = fy - (b / 65535.0 * 255.0 - 128.0) / 200.0
    f = np.array([fx, fy, fz])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(_TO_SRGB @ xyz, 0.0, 1.0)
    gamma = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    red, green, blue = (round(float(v) * 255) for v in gamma)
    return (red, green, blue)
