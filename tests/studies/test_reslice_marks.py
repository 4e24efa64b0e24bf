"""Marks in a made-up patient are found where they are, in all three planes.

`--log-cli-level=INFO` prints the largest error of each acquisition in voxels.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from studies.model import GrayscaleParameters, ImageHeader, Plane
from studies.reslice import PlaneKind, Projection, Reslicer
from studies.volume import Volume, build_volume

BACKGROUND, BRIGHTNESS = 100, 3000
MARKS = [(-9.3, 8.1, 7.7), (6.4, -10.2, -8.9), (0.4, 1.3, 9.6)]


@dataclass(frozen=True)
class Acquisition:
    """How slices of a patient are taken: directions, spacing and count."""

    row: Sequence[float]
    column: Sequence[float]
    step: Sequence[float]
    pixel_mm: tuple[float, float] = (1.0, 1.0)
    shape: tuple[int, int, int] = (28, 52, 48)
    is_reversed: bool = False

    def axes(self) -> np.ndarray:
        row, column = np.array(self.row), np.array(self.column)
        pixel = self.pixel_mm
        return np.stack([self.step, column * pixel[0], row * pixel[1]], axis=1)

    def start(self) -> np.ndarray:
        # The middle of the stack lies a little off the origin.
        middle = (np.array(self.shape) - 1) / 2
        return np.array([0.31, -0.47, 0.23]) - self.axes() @ middle


def rotated(axis: Sequence[float], degrees: float) -> Acquisition:
    unit = np.array(axis) / np.linalg.norm(axis)
    x, y, z = unit * np.sin(np.radians(degrees))
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    cosine = np.cos(np.radians(degrees))
    turn = cosine * np.eye(3) + skew + (1 - cosine) * np.outer(unit, unit)
    return Acquisition(turn[:, 0], turn[:, 1], -2.0 * turn[:, 2])


ACQUISITIONS = {
    "axial": Acquisition((1, 0, 0), (0, 1, 0), (0, 0, -2)),
    "axial, feet to head": Acquisition((1, 0, 0), (0, 1, 0), (0, 0, 2)),
    "sagittal": Acquisition((0, 1, 0), (0, 0, -1), (2, 0, 0)),
    "coronal": Acquisition((1, 0, 0), (0, 0, -1), (0, 2, 0)),
    "oblique": rotated((0.4, 0.7, -0.3), 37),
    "oblique by 8 degrees": rotated((1, 0, 0), 8),
    "gantry tilt 18": Acquisition((1, 0, 0), (0, 1, 0), (0, 0.65, -2)),
    "gantry tilt, turned back": Acquisition(
        (1, 0, 0), (0, np.cos(0.3), -np.sin(0.3)), (0, 0, -2)
    ),
    "prone": Acquisition((-1, 0, 0), (0, -1, 0), (0, 0, -2)),
    "decubitus, right": Acquisition((0, 1, 0), (-1, 0, 0), (0, 0, -2)),
    "decubitus, left": Acquisition((0, -1, 0), (1, 0, 0), (0, 0, 2)),
    "0.7 x 0.7 x 5": Acquisition(
        (1, 0, 0), (0, 1, 0), (0, 0, -5), (0.7, 0.7), (12, 80, 80)
    ),
    "0.7 x 0.7 x 5, oblique": Acquisition(
        (1, 0, 0), (0, 0.8, 0.6), (0, 3, -4), (0.7, 0.7), (12, 80, 80)
    ),
    "reversed slices": Acquisition(
        (1, 0, 0), (0, 1, 0), (0, 0, -2), (0.9, 1.1), is_reversed=True
    ),
}


def acquire(acquisition: Acquisition, mark: Sequence[float]) -> Volume:
    """Take slices of a patient with one bright ball, and build their volume."""
    shape = acquisition.shape
    index = np.stack(np.indices(shape), axis=-1)
    points = index @ acquisition.axes().T + acquisition.start()
    distance = np.linalg.norm(points - np.array(mark), axis=-1)
    # Between thick slices a smaller ball would be seen where it was sampled.
    sigma_mm = max(2.5, 0.8 * float(np.linalg.norm(acquisition.step)))
    ball = BRIGHTNESS * np.exp(-((distance / sigma_mm) ** 2) / 2)
    stored = np.rint(BACKGROUND + ball).astype(np.int16)
    headers = [
        ImageHeader(
            path=Path(f"{number}.dcm"),
            frame=0,
            sop_instance_uid=f"1.2.{number}",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            series_instance_uid="1.2",
            study_instance_uid="1",
            modality="CT",
            rows=shape[1],
            columns=shape[2],
            grayscale=GrayscaleParameters("MONOCHROME2", 16, 1),
            spacing_mm=acquisition.pixel_mm,
            instance_number=number,
            plane=Plane(
                tuple(acquisition.start() + number * np.array(acquisition.step)),
                tuple(acquisition.row),
                tuple(acquisition.column),
            ),
        )
        for number in range(shape[0])
    ]
    if acquisition.is_reversed:
        return build_volume(headers[::-1], stored[::-1].copy())
    return build_volume(headers, stored)


def brightness(reslicer: Reslicer, kind: PlaneKind, index: int) -> np.ndarray:
    """The plane above its background; nothing where it is padding."""
    image = reslicer.image(kind, index)
    (low, high) = image.header.grayscale.padding
    padded = (image.stored >= low) & (image.stored <= high)
    return np.where(padded, 0, image.stored.astype(float) - BACKGROUND)


def center(plane: np.ndarray) -> tuple[float, float]:
    rows, columns = np.indices(plane.shape) + 0.5
    return (plane * rows).sum() / plane.sum(), (plane * columns).sum() / plane.sum()


@pytest.fixture(params=ACQUISITIONS)
def acquisition(request: pytest.FixtureRequest) -> Acquisition:
    return ACQUISITIONS[request.param]


def test_that_marks_are_found_within_half_a_voxel_in_all_planes(
    acquisition: Acquisition, request: pytest.FixtureRequest
) -> None:
    to_voxels = np.linalg.inv(acquisition.axes())
    errors = []
    for mark in MARKS:
        reslicer = Reslicer(acquire(acquisition, mark))
        for kind in PlaneKind:
            planes = [
                brightness(reslicer, kind, index)
                for index in range(reslicer.count(kind))
            ]
            sums = np.array([plane.sum() for plane in planes])
            index = (sums * np.arange(len(sums))).sum() / sums.sum()
            found = reslicer.to_patient(kind, index, *center(sum(planes)))
            errors.append(np.abs(to_voxels @ (np.array(found) - mark)).max())
    name = request.node.callspec.params["acquisition"]
    logging.getLogger(__name__).info("%s: %.3f voxels", name, max(errors))
    assert max(errors) < 0.5


def test_that_the_plane_through_a_mark_shows_it_where_to_image_says(
    acquisition: Acquisition,
) -> None:
    for mark in MARKS:
        reslicer = Reslicer(acquire(acquisition, mark))
        for kind in PlaneKind:
            index = reslicer.index_at(kind, mark)
            image = reslicer.image(kind, index)
            found = center(brightness(reslicer, kind, index))
            wanted = reslicer.to_image(kind, mark)
            off_mm = np.subtract(found, wanted) * image.header.spacing_mm[0]
            assert np.abs(off_mm).max() < 0.5 * min(acquisition.pixel_mm)


def test_that_places_come_back_from_the_patient(acquisition: Acquisition) -> None:
    reslicer = Reslicer(acquire(acquisition, MARKS[0]))
    for kind in PlaneKind:
        point = reslicer.to_patient(kind, 3, 10.25, 20.5)
        assert reslicer.to_image(kind, point) == pytest.approx((10.25, 20.5), abs=1e-6)
        assert reslicer.index_at(kind, point) == 3


def test_that_a_header_says_where_its_pixels_lie(acquisition: Acquisition) -> None:
    reslicer = Reslicer(acquire(acquisition, MARKS[0]))
    for kind in PlaneKind:
        plane = reslicer.image(kind, 4).header.plane
        assert plane.position == pytest.approx(reslicer.to_patient(kind, 4, 0.5, 0.5))


def test_that_a_slab_of_the_whole_volume_shows_a_mark_wherever_it_lies(
    acquisition: Acquisition,
) -> None:
    reslicer = Reslicer(acquire(acquisition, MARKS[1]))
    for kind in PlaneKind:
        image = reslicer.image(
            kind,
            reslicer.count(kind) // 2,
            slab_mm=200,
            projection=Projection.MAXIMUM,
        )
        at = np.unravel_index(np.argmax(image.stored), image.stored.shape)
        pixel = image.header.spacing_mm[0]
        wanted = reslicer.to_image(kind, MARKS[1])
        off_mm = (np.array(at) + 0.5 - wanted) * pixel
        largest = np.linalg.norm(acquisition.axes(), axis=0).max()
        assert np.abs(off_mm).max() <= 0.5 * largest + 0.5 * pixel
