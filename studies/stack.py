"""What the slices of a series make up: a stack, its spacing and what is wrong.

Spacing between slices comes from their positions, never from Slice Thickness or
Spacing Between Slices: those say how thick a slice is, and lie where one is
missing (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from studies.model import ImageHeader, Vector
from studies.places import SAME_PLACE_MM, dot, passes, reading_normal, viewing_order

# A step this many times the usual one is a gap.
_GAP_FACTOR = 1.5
# A slice lies where an even stack has it if it is off by less than a tenth of the
# spacing, at most 0.1 mm: scanners write positions to 0.1 mm, and half a voxel is
# far. Below 0.01 mm nothing is told apart.
_OFF_SHARE, _OFF_LEAST_MM, _OFF_MOST_MM = 0.1, 0.01, 0.1
# Direction cosines that differ by 0.001 move the rim of a 350-mm field by 0.35 mm.
_SAME_COSINE = 1e-3
# Cosines are written to four digits at least: less tilt than this is rounding.
_LEAST_TILT_DEGREES = 0.1
_FEWEST = 3
_REMEMBERED = 64
_GREY = ("MONOCHROME1", "MONOCHROME2")


@dataclass(frozen=True, slots=True)
class Stack:
    """What is known of the slices of a series, in viewing order.

    Attributes
    ----------
    reasons
        Why they make no volume, each a plain sentence; empty if they do.
    notices
        What the reader must be told: those of the reasons that are faults, and a
        tilt, which is none.
    spacing_mm
        Distance of neighbouring slices along the normal, or None where it is not
        one and the same: then nothing is measured across slices.
    gaps
        Indexes after which slices are missing.
    tilt_degrees
        Angle between the normal and the line on which the slices follow each
        other (gantry tilt); such slices make a volume with a sheared grid.
    passes
        How many times each place is taken (phases, echoes, weightings); see
        `studies.places.passes` for the stacks one by one.
    """

    reasons: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    spacing_mm: float | None = None
    gaps: tuple[int, ...] = ()
    tilt_degrees: float = 0.0
    passes: int = 1

    @property
    def is_volume(self) -> bool:
        """Whether the slices fill a grid in space."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the slices of one pass lie, in mm.

    `off_mm` is the farthest that any slice is from where an even stack has it.
    """

    along: tuple[float, ...]
    off_mm: float
    tilt_degrees: float

    @property
    def steps(self) -> list[float]:
        return [abs(b - a) for a, b in itertools.pairwise(self.along)]

    @property
    def spacing_mm(self) -> float:
        return abs(self.along[-1] - self.along[0]) / (len(self.along) - 1)

    @property
    def usual_mm(self) -> float:
        """The step to judge by, infinite where there are fewer than three."""
        real = [step for step in self.steps if step > SAME_PLACE_MM]
        return median(real) if len(real) >= _FEWEST else math.inf

    @property
    def gaps(self) -> tuple[int, ...]:
        """After which slices some are missing."""
        limit = _GAP_FACTOR * self.usual_mm
        return tuple(i for i, step in enumerate(self.steps) if step > limit)

    @property
    def missing(self) -> int:
        steps, usual = self.steps, self.usual_mm
        return sum(max(round(steps[index] / usual) - 1, 1) for index in self.gaps)


def describe_stack(headers: Sequence[ImageHeader]) -> Stack:
    """Describe the images of one series; they may come in any order.

    `gaps` count in `viewing_order`. Where the places are taken several times each,
    spacing, gaps and tilt are those of the first pass. Any thread. Tuples are
    remembered, for several ask about the images of the open series, each time
    some 10 ms for a hundred slices.
    """
    if not isinstance(headers, tuple):
        return _describe(headers)
    known = _remembered.get(headers)
    return known if known is not None else _remembered.keep(headers, _describe(headers))


class _Memory:
    """The stacks described last, by the very tuple of their headers.

    Equal tuples are not looked for: comparing them takes as long as describing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The tuple is kept with its stack: else its id might come to be another's.
        self._known: OrderedDict[int, tuple[tuple[ImageHeader, ...], Stack]]
        self._known = OrderedDict()

    def get(self, headers: tuple[ImageHeader, ...]) -> Stack | None:
        with self._lock:
            known = self._known.get(id(headers))
            if known is None:
                return None
            self._known.move_to_end(id(headers))
            return known[1]

    def keep(self, headers: tuple[ImageHeader, ...], stack: Stack) -> Stack:
        with self._lock:
            self._known[id(headers)] = headers, stack
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return stack


_remembered = _Memory()


def _describe(headers: Sequence[ImageHeader]) -> Stack:
    frames = viewing_order(headers)
    if not frames or any(header.plane is None for header in frames):
        return Stack(("No position in the patient",))
    if _are_turned(frames):
        turned = ("Slices of one series lie in different planes",)
        return Stack(turned, turned)
    stacks = passes(frames)
    places = _places(stacks[0])
    at_fault = _misplaced(places)
    faults = (*at_fault, *_unlike(frames))
    plain = _not_enough(frames, stacks)
    if at_fault or len(places.along) < 2:
        return Stack((*faults, *plain), faults, gaps=places.gaps, passes=len(stacks))
    tilt = places.tilt_degrees if places.tilt_degrees >= _LEAST_TILT_DEGREES else 0.0
    notes = (f"Gantry tilt {tilt:.1f} degrees",) if tilt else ()
    has_mm = all(header.spacing_mm is not None for header in frames)
    return Stack(
        (*faults, *plain),
        (*faults, *notes),
        places.spacing_mm if has_mm else None,
        (),
        tilt,
        len(stacks),
    )


def _are_turned(frames: Sequence[ImageHeader]) -> bool:
    planes = [header.plane for header in frames if header.plane is not None]
    first = (*planes[0].row, *planes[0].column)
    return any(
        abs(a - b) > _SAME_COSINE
        for plane in planes[1:]
        for a, b in zip(first, (*plane.row, *plane.column), strict=True)
    )


def _unlike(frames: Sequence[ImageHeader]) -> list[str]:
    """Return in what the headers differ that one volume has but once."""
    reasons = []
    if len(spread := {h.spacing_mm for h in frames if h.spacing_mm}) > 1:
        reasons.append(f"Pixel spacing differs: {len(spread)} values in one series")
    if len({(header.rows, header.columns) for header in frames}) > 1:
        reasons.append("Slices differ in size")
    if len({header.frame_of_reference_uid for header in frames}) > 1:
        reasons.append("Slices lie in different coordinate systems")
    scales = {
        (h.grayscale.photometric_interpretation, h.grayscale.modality_lut)
        for h in frames
    }
    if len(scales) > 1:
        reasons.append("Slices differ in their grey scale")
    return reasons


def _not_enough(
    frames: Sequence[ImageHeader], stacks: Sequence[Sequence[ImageHeader]]
) -> list[str]:
    """Return what stands against a volume though nothing is wrong."""
    reasons = []
    if any(header.spacing_mm is None for header in frames):
        reasons.append("No pixel spacing")
    if not all(h.grayscale.photometric_interpretation in _GREY for h in frames):
        reasons.append("Slices are in colour")
    if len(stacks) > 1:
        reasons.append(f"Each place is taken {len(stacks)} times")
    if len(stacks[0]) < _FEWEST:
        reasons.append(f"Fewer than {_FEWEST} slices")
    return reasons


def _misplaced(places: _Places) -> list[str]:
    """Return what is wrong with the places along the normal and across it."""
    reasons = []
    if crowded := _crowd(places.steps):
        reasons.append(f"{crowded} slices lie at one place")
    if places.gaps:
        plural = "s" if len(places.gaps) > 1 else ""
        gaps = f"{len(places.gaps)} gap{plural}"
        reasons.append(f"Slices are missing: {places.missing} in {gaps}")
    if reasons or not places.steps:
        return reasons
    allowed = min(max(_OFF_SHARE * median(places.steps), _OFF_LEAST_MM), _OFF_MOST_MM)
    low, high = min(places.steps), max(places.steps)
    if places.off_mm <= allowed:
        return []
    if high - low > allowed:
        return [f"Slices are unevenly spaced: {low:.2f} to {high:.2f} mm"]
    return ["Slices are shifted against each other"]


def _crowd(steps: Sequence[float]) -> int:
    """Return how many slices share a place that others do not share, or 0."""
    at_place = [1]
    for step in steps:
        if step > SAME_PLACE_MM:
            at_place.append(1)
        else:
            at_place[-1] += 1
    return max(at_place) if len(set(at_place)) > 1 else 0


def _places(frames: Sequence[ImageHeader]) -> _Places:
    planes = [header.plane for header in frames if header.plane is not None]
    positions = [plane.position for plane in planes]
    normal = reading_normal(planes[0])
    along = tuple(dot(position, normal) for position in positions)
    start, step = fitted_line(positions)
    off = max(
        math.dist(position, _at(start, step, index))
        for index, position in enumerate(positions)
    )
    length = math.hypot(*step) * math.hypot(*normal)
    cosine = abs(dot(step, normal)) / length if length else 1.0
    return _Places(along, off, math.degrees(math.acos(min(cosine, 1.0))))


def fitted_line(positions: Sequence[Vector]) -> tuple[Vector, Vector]:
    """Return start and step of the even stack nearest to the positions.

    Least squares over all slices: a position rounded to 0.1 mm at either end
    would else tilt the whole stack.
    """
    count = len(positions)
    middle = (count - 1) / 2.0
    weight = sum((index - middle) ** 2 for index in range(count)) or 1.0
    means = [sum(p[axis] for p in positions) / count for axis in range(3)]
    steps = [
        sum((index - middle) * p[axis] for index, p in enumerate(positions)) / weight
        for axis in range(3)
    ]
    starts = [mean - middle * step for mean, step in zip(means, steps, strict=True)]
    return (starts[0], starts[1], starts[2]), (steps[0], steps[1], steps[2])


def _at(start: Vector, step: Vector, index: int) -> Vector:
    return (
        start[0] + index * step[0],
        start[1] + index * step[1],
        start[2] + index * step[2],
    )
