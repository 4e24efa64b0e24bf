"""Planes of a volume: what they show, and what their headers say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from studies.errors import UnreadableFileError
from studies.grayscale import to_display
from studies.model import GrayscaleParameters, ImageHeader, Window
from studies.projection import slab_offsets
from studies.reader import read_image
from studies.reslice import PlaneKind, Projection, Reslicer
from studies.volume import NoVolumeError, Volume

AXIAL, CORONAL, SAGITTAL = PlaneKind
# Slices from the head to the feet 2 mm apart, rows to posterior, columns to the left.
STRAIGHT = np.array(
    [[0, 0, 1, 100], [0, 1, 0, 200], [-2, 0, 0, 300], [0, 0, 0, 1]], float
)
WINDOW = Window(40.0, 400.0)


def volume(stored: np.ndarray, affine: np.ndarray = STRAIGHT, **grayscale) -> Volume:
    params = GrayscaleParameters("MONOCHROME2", 16, 1, windows=(WINDOW,))
    header = ImageHeader(
        path=Path("slice.dcm"),
        frame=0,
        sop_instance_uid="1.2.3",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        series_instance_uid="1.2",
        study_instance_uid="1",
        modality="CT",
        rows=stored.shape[1],
        columns=stored.shape[2],
        grayscale=replace(params, **grayscale),
        frame_of_reference_uid="1.9",
        notices=("Text is burned into the pixels",),
    )
    notices = ("Gantry tilt 1.0 degrees",)
    return Volume(stored, affine.copy(), header, "1.2", notices)


def ramp() -> np.ndarray:
    """100 slice + 10 row + column: each voxel names itself."""
    slices, rows, columns = np.indices((3, 4, 5))
    return (100 * slices + 10 * rows + columns).astype(np.int16)


def oblique() -> np.ndarray:
    turn, _ = np.linalg.qr(np.array([[9.0, 1, 2], [-1, 8, 3], [2, 1, 9]]))
    affine = np.eye(4)
    affine[:3, :3] = turn * [2.0, 1.0, 1.3]
    return affine


# Which way round


def test_that_an_axial_plane_of_axial_slices_is_the_slice_itself() -> None:
    reslicer = Reslicer(volume(ramp()))
    assert reslicer.count(AXIAL) == 3
    assert np.array_equal(reslicer.image(AXIAL, 1).stored, ramp()[1])


def test_that_the_patients_right_is_at_the_left_and_the_front_at_the_top() -> None:
    # A prone patient: rows run to the right, columns to anterior.
    prone = STRAIGHT * np.array([[-1], [-1], [1], [1]])
    image = Reslicer(volume(ramp(), prone)).image(AXIAL, 0)
    assert np.array_equal(image.stored, ramp()[0, ::-1, ::-1])


def test_that_a_coronal_plane_has_the_head_at_the_top() -> None:
    image = Reslicer(volume(ramp())).image(CORONAL, 2)
    # Slices 2 mm apart, pixels of 1 mm: row centres at -0.25, 0.25, 0.75 ... slices.
    assert image.stored[:, 0].tolist() == [20, 45, 95, 145, 195, 220]
    assert image.stored[0].tolist() == [20, 21, 22, 23, 24]


def test_that_a_sagittal_plane_has_the_front_at_the_left_and_starts_right() -> None:
    reslicer = Reslicer(volume(ramp()))
    assert reslicer.count(SAGITTAL) == 5
    image = reslicer.image(SAGITTAL, 0)  # the patient's right: column 0
    assert image.stored[0].tolist() == [0, 10, 20, 30]
    assert image.stored[-1].tolist() == [200, 210, 220, 230]


@pytest.mark.parametrize(
    ("kind", "letters"),
    [(AXIAL, ("L", "P")), (CORONAL, ("L", "F")), (SAGITTAL, ("P", "F"))],
)
def test_that_letters_follow_the_plane_not_the_acquisition(kind, letters) -> None:
    header = Reslicer(volume(ramp(), oblique())).image(kind, 0).header
    assert header.patient_orientation == letters


# Values


@pytest.mark.parametrize("kind", PlaneKind)
def test_that_oblique_planes_hold_what_scipy_interpolates(kind: PlaneKind) -> None:
    rng = np.random.default_rng(3)
    stored = rng.integers(-1000, 3000, (11, 17, 13)).astype(np.int16)
    affine = oblique()
    reslicer = Reslicer(volume(stored, affine))
    index = reslicer.count(kind) // 2
    image = reslicer.image(kind, index)
    rows, columns = np.indices(image.stored.shape) + 0.5
    points = np.array(
        [
            reslicer.to_patient(kind, index, r, c)
            for r, c in zip(rows.ravel(), columns.ravel(), strict=True)
        ]
    )
    inverse = np.linalg.inv(affine)
    places = inverse[:3, :3] @ points.T + inverse[:3, 3:]
    wanted = map_coordinates(
        stored.astype(float), places, order=1, mode="nearest"
    ).reshape(image.stored.shape)
    low = -0.5 - 1e-6
    inside = np.all(
        (places > low) & (places < np.array([[11], [17], [13]]) + low), axis=0
    ).reshape(image.stored.shape)
    # float32 knows a place to 1e-6 voxels, and neighbours differ by thousands.
    assert inside.sum() > 100
    assert np.abs(image.stored[inside] - wanted[inside]).max() <= 0.51


def test_that_outside_the_volume_is_padding_and_black() -> None:
    reslicer = Reslicer(volume(ramp() + 1000, oblique()))
    image = reslicer.image(AXIAL, reslicer.count(AXIAL) // 2)
    (low, high) = image.header.grayscale.padding
    padded = (image.stored >= low) & (image.stored <= high)
    assert padded[0, 0]
    assert not padded.all()
    assert image.stored[~padded].min() >= 1000
    assert (to_display(image, Window(0.0, 2.0))[padded] == 0).all()


def test_that_padding_stays_padding_and_does_not_shine_into_the_image() -> None:
    stored = np.full((3, 4, 4), 50, np.int16)
    stored[:, :, 0] = -2000
    image = Reslicer(volume(stored, padding=(-2000, -2000))).image(CORONAL, 1)
    assert set(image.stored[:, 0].tolist()) == {-2000}
    assert set(image.stored[:, 1:].ravel().tolist()) == {50}
    assert image.header.grayscale.padding == (-2000, -2000)


def test_that_an_oblique_pixel_is_padding_where_its_nearest_voxel_is() -> None:
    rng = np.random.default_rng(5)
    stored = rng.integers(10, 20, (9, 9, 9)).astype(np.int16)
    stored[rng.random(stored.shape) < 0.3] = -2000
    reslicer = Reslicer(volume(stored, oblique(), padding=(-2000, -2000)))
    index = reslicer.count(AXIAL) // 2
    pixels = reslicer.image(AXIAL, index).stored
    inverse = np.linalg.inv(oblique())
    seen = {True: 0, False: 0}
    for row, column in np.ndindex(pixels.shape):
        point = reslicer.to_patient(AXIAL, index, row + 0.5, column + 0.5)
        nearest = np.rint(inverse[:3, :3] @ point + inverse[:3, 3]).astype(int)
        if (nearest < 0).any() or (nearest > 8).any():
            continue
        is_padded = bool(stored[tuple(nearest)] == -2000)
        seen[is_padded] += 1
        assert bool(pixels[row, column] == -2000) is is_padded
        # Nothing between padding and image, which would be values of neither.
        assert is_padded or 10 <= pixels[row, column] < 20
    assert min(seen.values()) > 10


def test_that_a_volume_that_uses_all_values_still_has_a_padding_value() -> None:
    stored = np.zeros((3, 4, 4), np.uint16)
    stored[1], stored[2] = 65535, 3
    full = volume(stored, oblique(), pixel_representation=0)
    reslicer = Reslicer(full)
    image = reslicer.image(AXIAL, reslicer.count(AXIAL) // 2)
    assert image.header.grayscale.padding == (0, 0)
    assert image.stored.max() > 3


def test_that_values_of_more_than_16_bits_are_refused() -> None:
    stored = np.zeros((3, 4, 4), np.int32)
    stored[0] = 1 << 20
    with pytest.raises(NoVolumeError, match="16 bits"):
        Reslicer(volume(stored))


# Slabs


def test_that_a_slab_holds_the_planes_within_half_its_thickness() -> None:
    assert list(slab_offsets(5.0, 1.25)) == [-2, -1, 0, 1, 2]
    assert list(slab_offsets(2.4, 1.25)) == [0]
    assert list(slab_offsets(0.0, 1.25)) == [0]


@pytest.mark.parametrize(
    ("projection", "wanted"),
    [
        (Projection.MAXIMUM, 9),
        (Projection.MINIMUM, 1),
        (Projection.AVERAGE, 5),
    ],
)
@pytest.mark.parametrize("padding", [None, (-99, -99)])
def test_that_a_slab_is_flattened(projection, wanted, padding) -> None:
    stored = np.full((3, 2, 2), -99 if padding else 5, np.int16)
    stored[:, 0, 0] = [1, 5, 9]
    image = Reslicer(volume(stored, padding=padding)).image(
        AXIAL, 1, slab_mm=4.0, projection=projection
    )
    assert image.stored[0, 0] == wanted
    assert image.header.slice_thickness_mm == 4.0
    assert image.header.series_description == "Axial, reformatted, 4 mm slab"


def test_that_padding_does_not_count_in_a_slab() -> None:
    stored = np.full((3, 2, 2), 7, np.int16)
    stored[0] = -99
    for projection in Projection:
        image = Reslicer(volume(stored, padding=(-99, -99))).image(
            AXIAL, 1, slab_mm=4.0, projection=projection
        )
        assert set(image.stored.ravel().tolist()) == {7}


def test_that_a_slab_is_cut_off_at_the_ends_of_the_volume() -> None:
    image = Reslicer(volume(ramp())).image(AXIAL, 0, slab_mm=4.0)
    assert image.stored[0, 0] == 100


# Headers


def test_that_a_header_says_what_the_plane_is() -> None:
    reslicer = Reslicer(volume(ramp()))
    header = reslicer.image(CORONAL, 3).header
    assert (header.rows, header.columns) == (6, 5)
    assert header.spacing_mm == (1.0, 1.0)
    assert header.series_description == "Coronal, reformatted"
    assert header.instance_number == 4
    assert header.frame_of_reference_uid == "1.9"
    assert header.notices == ("Gantry tilt 1.0 degrees",)
    assert header.grayscale.windows == (WINDOW,)


def test_that_the_same_plane_has_the_same_uid_and_another_plane_another() -> None:
    def uids() -> list[str]:
        reslicer = Reslicer(volume(ramp()))
        return [
            reslicer.image(kind, index).header.sop_instance_uid
            for kind in PlaneKind
            for index in range(3)
        ]

    assert uids() == uids()
    assert len(set(uids())) == 9
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in uids())


def test_that_a_slab_has_a_uid_of_its_own_by_thickness_and_projection() -> None:
    reslicer = Reslicer(volume(ramp()))
    most, mean = Projection.MAXIMUM, Projection.AVERAGE
    slabs = [(0.0, most), (9.0, most), (9.0, mean), (15.0, mean)]
    made = [
        reslicer.image(AXIAL, 1, slab_mm=mm, projection=way).header.sop_instance_uid
        for mm, way in slabs
    ]
    assert len(set(made)) == 4
    for (mm, way), uid in zip(slabs, made, strict=True):
        assert reslicer.uid(AXIAL, 1, slab_mm=mm, projection=way) == uid
    # A slab no thicker than the plane is the plane.
    assert reslicer.uid(AXIAL, 1, slab_mm=0.1, projection=mean) == made[0]


def test_that_no_file_is_read_for_the_pixels_of_a_plane(rg1: Path) -> None:
    source = volume(ramp())
    source = replace(source, header=replace(source.header, path=rg1))
    header = Reslicer(source).image(AXIAL, 0).header
    with pytest.raises(UnreadableFileError):
        read_image(header)


def test_that_a_volume_without_a_window_has_one_for_all_its_planes() -> None:
    reslicer = Reslicer(volume(ramp(), windows=()))
    windows = {reslicer.image(AXIAL, i).header.grayscale.windows for i in range(3)}
    assert windows == {(Window(117.5, 234.0 + 1.0, "from the volume"),)}


def test_that_there_is_no_plane_beyond_the_last() -> None:
    with pytest.raises(IndexError, match="there are 3"):
        Reslicer(volume(ramp())).image(AXIAL, 3)


def test_that_a_point_outside_is_nearest_to_the_first_or_last_plane() -> None:
    reslicer = Reslicer(volume(ramp()))
    assert reslicer.index_at(AXIAL, (100.0, 200.0, 1000.0)) == 0
    assert reslicer.index_at(AXIAL, (100.0, 200.0, -1000.0)) == 2


def test_that_the_centre_is_the_middle_of_the_voxels() -> None:
    assert Reslicer(volume(ramp())).center_mm == (102.0, 201.5, 298.0)
