"""How wide the dock may be, so that the film keeps its share of the window.

The image wins: the viewport keeps 65 % of the window's area. The dock gives way,
down to 320 px, then the rail and the status bar, then the strip of series, then
the dock collapses. Only the reader's own wish (F7, F8, larger text) outweighs the
rule. No Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

from gui import tokens

MINIMUM_SHARE = 0.65
COMPACT_RAIL = 40
COMPACT_STATUS = 24
WIDE_DOCK = 480
WIDEST_DOCK = 560
STRIP_WIDTH = 104
_WIDE_WINDOW = 2560
_LOW_WINDOW = 820
_SEPARATOR = 1


@dataclass(frozen=True, slots=True)
class LayoutPlan:
    """Sizes in logical pixels.

    `dock_width` is 0 where the dock has to collapse. `low`: trust is a tab.
    `strip`: there is room for the series beside the film.
    """

    dock_width: int
    compact: bool
    low: bool
    strip: bool = False

    @property
    def rail_width(self) -> int:
        """Width of the tool rail."""
        return COMPACT_RAIL if self.compact else tokens.RAIL_WIDTH

    @property
    def rows_height(self) -> int:
        """Height of top bar, banner and status bar together."""
        status = COMPACT_STATUS if self.compact else tokens.STATUS_BAR_HEIGHT
        return tokens.TOP_BAR_HEIGHT + tokens.BANNER_HEIGHT + status


def plan(
    width: int,
    height: int,
    text_scale: float = 1.0,
    *,
    forced: bool = False,
    taken: int = 0,
    strip: bool = False,
    strip_forced: bool = False,
) -> LayoutPlan:
    """Return the sizes for a window.

    Parameters
    ----------
    forced
        The reader asked for the dock (F8): it stays, at its smallest.
    taken
        Height that a bar over the film takes of it.
    strip, strip_forced
        There are several series to choose from; the reader asked for them (F7).
    """
    low = height < _LOW_WINDOW * (1.0 + (text_scale - 1.0) / 2.0)
    wished = WIDE_DOCK if width >= _WIDE_WINDOW else tokens.DOCK_WIDTH
    strips = (True,) if strip_forced else (True, False) if strip else (False,)
    if text_scale > 1.0:
        larger = min(round(wished * text_scale), WIDEST_DOCK)
        return LayoutPlan(max(larger, wished), False, low, strip_forced)
    for with_strip in strips:
        for compact in (False, True):
            there = LayoutPlan(0, compact, low, with_strip)
            room = _room(width, height - taken, there, width * height)
            if room >= tokens.DOCK_MINIMUM_WIDTH:
                return LayoutPlan(min(room, wished), compact, low, with_strip)
    smallest = tokens.DOCK_MINIMUM_WIDTH if forced else 0
    return LayoutPlan(smallest, True, low, strip_forced)


def _room(width: int, height: int, there: LayoutPlan, area: int) -> int:
    """Return the width that is left for the dock."""
    strip = STRIP_WIDTH if there.strip else 0
    film = MINIMUM_SHARE * area / max(height - there.rows_height, 1)
    return int(width - there.rail_width - _SEPARATOR - strip - film)
