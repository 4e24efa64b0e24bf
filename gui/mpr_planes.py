"""What planes through a series look like: names, colours, lines. No widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.crosshair_item import Line
from studies.patient_planes import PlaneKind
from studies.reslice import Reslicer
from studies.volume import NoVolumeError, build_volume, volume_of_images

if TYPE_CHECKING:
    from gui.errands import Stopped
    from gui.stack_source import SeriesStack
    from studies.model import Plane, Vector

TITLES = {
    "axial": "Axial",
    "sagittal": "Sagittal",
    "coronal": "Coronal",
    "mip": "Slab, maximum",
    "minip": "Slab, minimum",
    "mean": "Slab, mean",
}
COLORS = {
    PlaneKind.AXIAL: "#F2935C",
    PlaneKind.SAGITTAL: "#7CC4F5",
    PlaneKind.CORONAL: "#53C7A5",
}
"""Each plane's own colour: of its tag, and of its line in the other panes."""

ORDER = (PlaneKind.AXIAL, PlaneKind.SAGITTAL, PlaneKind.CORONAL)


def reslicer_of(source: SeriesStack, _stopped: Stopped) -> Reslicer:
    """Build the volume of a series that is read; runs in the background.

    Raises
    ------
    NoVolumeError
        If an image could not be read, or they fill no grid in space.
    """
    pixels = source.pixels
    images = [pixels.image(index) for index in range(pixels.count)]
    read = [image for image in images if image is not None]
    if len(read) < len(images):
        missing = len(images) - len(read)
        raise NoVolumeError((f"{missing} slices could not be read",))
    stored = pixels.stack()
    if stored is None:
        return Reslicer(volume_of_images(read))
    return Reslicer(build_volume([image.header for image in read], stored))


def kind_of(source: SeriesStack) -> PlaneKind:
    """Return the plane of the patient that lies nearest to the slices of a series."""
    plane = source.header(0).plane
    assert plane is not None  # slices that make a volume have one
    axis = max(range(3), key=lambda i: abs(plane.normal[i]))
    return (PlaneKind.SAGITTAL, PlaneKind.CORONAL, PlaneKind.AXIAL)[axis]


def moved_into(plane: Plane | None, point_mm: Vector) -> Vector:
    """Move a point along the normal of a plane until it lies in it."""
    if plane is None:
        return point_mm
    pairs = zip(plane.position, point_mm, plane.normal, strict=True)
    off = sum((there - here) * n for there, here, n in pairs)
    x, y, z = (p + off * n for p, n in zip(point_mm, plane.normal, strict=True))
    return x, y, z


def lines_through(kind: PlaneKind, at: tuple[float, float]) -> tuple[Line, ...]:
    """Return the upright and the level line through an image position.

    In an axial plane the sagittal one stands upright and the coronal one lies
    level; in the other two the axial one lies level.
    """
    upright, level = {
        PlaneKind.AXIAL: (PlaneKind.SAGITTAL, PlaneKind.CORONAL),
        PlaneKind.SAGITTAL: (PlaneKind.CORONAL, PlaneKind.AXIAL),
        PlaneKind.CORONAL: (PlaneKind.SAGITTAL, PlaneKind.AXIAL),
    }[kind]
    row, column = at
    return (
        Line(column, upright=True, color=COLORS[upright]),
        Line(row, upright=False, color=COLORS[level]),
    )
