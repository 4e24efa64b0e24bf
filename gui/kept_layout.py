"""What hung where: as it is kept with the review, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gui.stack_source import PlaneStack
from gui.viewport import PLACES
from review.measurement import ScreenLayout
from studies.hanging_protocol import LayoutName

if TYPE_CHECKING:
    from gui.open_studies import OpenStudies
    from gui.pane import Pane
    from gui.viewport import Viewport
    from studies.model import Series, Study

Place: TypeAlias = "tuple[Study, Series, int]"
"""What a pane held: study, series, place of the image, counted from 0."""


def of(viewport: Viewport) -> ScreenLayout:
    """Return what hangs where, of each pane: UIDs, image and plane."""
    panes = tuple(_kept(pane) for pane in viewport.panes)
    return ScreenLayout(viewport.layout_name.value, panes)


def found_again(
    saved: ScreenLayout, studies: OpenStudies
) -> tuple[LayoutName, list[Place | None]] | None:
    """Return the layout and what each pane held, None for a pane that was empty.

    None altogether if the layout has another name or number of panes than ours
    have, if nothing hung in it, or if what hung is not open now.
    """
    try:
        name = LayoutName(saved.name)
    except ValueError:
        return None
    places = [_place(pane, studies) for pane in saved.panes]
    if len(places) != len(PLACES[name]) or not any(places):
        return None
    lost = (
        pane and place is None for pane, place in zip(saved.panes, places, strict=True)
    )
    return None if any(lost) else (name, places)


def _kept(pane: Pane) -> dict[str, object]:
    stack = pane.stack
    if stack is None:
        return {}
    return {
        "study": stack.study.study_instance_uid,
        "series": stack.series.series_instance_uid,
        "index": pane.index,
        "plane": stack.name if isinstance(stack, PlaneStack) else "",
    }


def _place(pane: object, studies: OpenStudies) -> Place | None:
    """Return what one pane held, if its study and series are open."""
    if not isinstance(pane, dict) or not pane:
        return None
    for study in studies.all:
        for series in study.series:
            here = (study.study_instance_uid, series.series_instance_uid)
            if here == (pane.get("study"), pane.get("series")):
                index = pane.get("index")
                place = index if isinstance(index, int) else 0
                return study, series, min(max(place, 0), len(series.images) - 1)
    return None
