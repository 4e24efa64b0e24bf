"""How a film is looked at: zoom, window, map; and where it stands in its stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.corners import PaneTag
    from gui.heatmap_item import MapMode
    from gui.view_geometry import ViewGeometry
    from studies.grayscale import Voi


@dataclass(frozen=True, slots=True)
class ViewState:
    """How one film was being looked at; what `ImageView.restore_state` takes.

    `center` is an image (row, column) from the outer corner of the first pixel;
    `scale` device pixels per image pixel, None for the whole film; `opacity`
    where the slider stands, 0 to 1.
    """

    center: tuple[float, float]
    scale: float | None
    voi: Voi | None
    inverted: bool
    map_mode: MapMode
    opacity: float

    def place(self, view: ViewGeometry) -> ViewGeometry:
        """Return where the image lies when it is looked at like this."""
        if self.scale is None:
            return view.fitted()
        return view.centred(*self.center, self.scale)


@dataclass(frozen=True, slots=True)
class StackPlace:
    """Where an image stands among those of its pane: number (from 1) of count.

    `tag` names a pane that shows a plane, e.g. "Axial"; `is_slice` says that the
    images lie one behind the other in the patient or in time.
    """

    number: int
    count: int
    tag: PaneTag | None = None
    is_slice: bool = False


def seen_like(theirs: ViewGeometry, ours: ViewGeometry) -> ViewGeometry:
    """Return our image seen like another one: zoom and centre in shares of each.

    An image of 512 x 512 shown at twice its whole, centred on its pixel
    (128, 128), shows one of 256 x 256 at twice its whole, centred on (64, 64).
    """
    if theirs.is_fit:
        return ours.fitted()
    row, column = theirs.center
    return ours.centred(
        row / theirs.rows * ours.rows,
        column / theirs.columns * ours.columns,
        theirs.scale / theirs.fit_scale * ours.fit_scale,
    )
