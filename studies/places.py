"""Images by where they lie: parallel groups, places, and their order.

The order is the one in which films were hung: axial slices from the head to the
feet, coronal ones from front to back, sagittal ones from the patient's right to
the left, whatever order they were acquired or numbered in. An oblique stack goes
by the axis that its normal is nearest to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studies.model import ImageHeader, Plane, Vector

# Slices nearer than this along the normal lie at one place.
SAME_PLACE_MM = 0.01
# Planes whose normals differ by less than 2.6 degrees are sorted as one stack.
_PARALLEL = 0.999
# A series with more directions turns (radial slices): it goes by number alone.
_MOST_DIRECTIONS = 32
# Which way along x (left), y (posterior), z (head) the slices follow each other.
_READING = (1.0, 1.0, -1.0)


def dot(one: Vector, other: Vector) -> float:
    """Return the scalar product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def reading_normal(plane: Plane) -> Vector:
    """Return the plane's normal, turned so that slices follow along it."""
    normal = plane.normal
    axis = max(range(3), key=lambda each: abs(normal[each]))
    if normal[axis] * _READING[axis] >= 0:
        return normal
    return (-normal[0], -normal[1], -normal[2])


def viewing_order(frames: Iterable[ImageHeader]) -> list[ImageHeader]:
    """Return the images by place along the normal, not by instance number.

    Images of one direction stay together, the group with the smallest instance
    number first (the three directions of a localiser); images without a plane
    are a group too and keep the order of their numbers. Where every place is
    taken equally often (phases, echoes, diffusion weightings) the passes follow
    each other, each a whole stack; where one place alone is taken twice, the
    two stand side by side.
    """
    numbered = sorted(frames, key=_number)
    ordered: list[ImageHeader] = []
    for group in _groups(numbered):
        for one_pass in passes(group):
            ordered += one_pass
    return ordered


def passes(frames: Sequence[ImageHeader]) -> tuple[tuple[ImageHeader, ...], ...]:
    """Split parallel images into stacks that take each place once.

    At each place the images follow by instance number, frame, then time. Returns
    one stack where the places are not all taken equally often, or are unknown.
    """
    taken = _by_place(frames)
    repeats = {len(images) for images in taken}
    if len(repeats) != 1 or any(header.plane is None for header in frames):
        return (tuple(image for images in taken for image in images),)
    return tuple(zip(*taken, strict=True))


def _by_place(frames: Sequence[ImageHeader]) -> list[list[ImageHeader]]:
    """Return the images of each place; all images are parallel or have no plane."""
    numbered = sorted(frames, key=_number)
    first = numbered[0].plane
    if first is None:
        return [numbered]
    normal = reading_normal(first)
    along = {id(h): dot(h.plane.position, normal) for h in numbered if h.plane}
    taken: list[list[ImageHeader]] = []
    last = float("-inf")
    # sorted() is stable: at one place the images keep the order of their numbers.
    for header in sorted(numbered, key=lambda each: along[id(each)]):
        if along[id(header)] - last <= SAME_PLACE_MM:
            taken[-1].append(header)
        else:
            taken.append([header])
        last = along[id(header)]
    return [sorted(images, key=_number) for images in taken]


def _groups(frames: list[ImageHeader]) -> list[list[ImageHeader]]:
    """Return the images by the direction of their normal, in the order first met."""
    groups: list[tuple[Vector | None, list[ImageHeader]]] = []
    for header in frames:
        if len(groups) > _MOST_DIRECTIONS:
            return [[each] for each in frames]
        normal = None if header.plane is None else header.plane.normal
        for known, members in groups:
            if _is_parallel(known, normal):
                members.append(header)
                break
        else:
            groups.append((normal, [header]))
    return [members for _, members in groups]


def _is_parallel(one: Vector | None, other: Vector | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(dot(one, other)) >= _PARALLEL


def _number(header: ImageHeader) -> tuple[bool, int, int, str, str]:
    number, moment = header.instance_number, header.acquired_at
    when = "" if moment is None else moment.isoformat()
    return number is None, number or 0, header.frame, when, str(header.path)
