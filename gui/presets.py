"""Window presets 1 to 9: those of the header, then a set of our own. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studies.model import Window

if TYPE_CHECKING:
    from studies.grayscale import Voi
    from studies.model import Image

_CT = (
    ("Lung", -600.0, 1500.0),
    ("Soft tissue", 40.0, 400.0),
    ("Bone", 400.0, 1800.0),
    ("Brain", 40.0, 80.0),
    ("Liver", 60.0, 160.0),
)
_FILM = (
    ("More contrast", 0.0, 0.6),
    ("Less contrast", 0.0, 1.5),
    ("Centre lower", -0.15, 1.0),
    ("Centre higher", 0.15, 1.0),
)
"""Title, shift of the centre in widths, factor of the width."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A window and its name."""

    title: str
    voi: Voi


def presets(image: Image) -> tuple[Preset, ...]:
    """Return up to nine windows for an image, the one shown first at place 1."""
    from studies.grayscale import default_voi, voi_choices

    choices = voi_choices(image)
    found: list[Preset] = []
    for place, voi in enumerate(choices, start=1):
        title = "As first shown" if len(choices) == 1 else f"From the header, {place}"
        found.append(Preset(voi.explanation or title, voi))
    base = default_voi(image)
    if image.header.modality == "CT":
        found += [Preset(name, Window(c, w, name)) for name, c, w in _CT]
    elif isinstance(base, Window):
        found += [_varied(base, *row) for row in _FILM]
    return tuple(found[:9])


def _varied(base: Window, title: str, shift: float, factor: float) -> Preset:
    width = max(base.width * factor, 1.0)
    center = base.center + shift * base.width
    return Preset(title, Window(center, width, title, base.function))
