"""Order of slices, and what makes them a stack or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from studies.geometry import orientation_letters
from studies.model import GrayscaleParameters, ImageHeader, Plane
from studies.places import passes, viewing_order
from studies.slices import slice_notices
from studies.stack import describe_stack

AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
CORONAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))

MakeSlice = Callable[..., ImageHeader]


def at(position, number=None, axes=AXIAL, **changes) -> ImageHeader:
    """A CT slice with its first pixel at a position, (x, y, z) or z alone."""
    if not isinstance(position, tuple):
        position = (0.0, 0.0, float(position))
    header = ImageHeader(
        path=Path("slice.dcm"),
        frame=0,
        sop_instance_uid="1.2.3",
        sop_class_uid="",
        series_instance_uid="1.2",
        study_instance_uid="1",
        modality="CT",
        rows=4,
        columns=4,
        grayscale=GrayscaleParameters("MONOCHROME2", 16, 1),
        spacing_mm=(0.5, 0.5),
        instance_number=number,
        plane=Plane(position, *axes),
    )
    return replace(header, **changes)


def stack(*heights: float) -> list[ImageHeader]:
    return [at(z, number) for number, z in enumerate(heights, 1)]


def numbers(headers) -> list[int | None]:
    return [header.instance_number for header in viewing_order(headers)]


# Order


def test_that_axial_slices_go_from_the_head_to_the_feet_whatever_their_numbers():
    assert numbers([at(0, 1), at(10, 2), at(5, 3)]) == [2, 3, 1]


def test_that_coronal_slices_go_from_front_to_back():
    slices = [at((0.0, y, 0.0), n, CORONAL) for n, y in enumerate([9.0, -9.0, 0.0])]
    assert numbers(slices) == [1, 2, 0]


def test_that_sagittal_slices_go_from_the_right_to_the_left():
    slices = [at((x, 0.0, 0.0), n, SAGITTAL) for n, x in enumerate([9.0, -9.0, 0.0])]
    assert numbers(slices) == [1, 2, 0]


def test_that_the_order_is_the_same_for_a_normal_turned_round():
    turned = ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    assert numbers([at(z, z, turned) for z in (1, 3, 2)]) == [3, 2, 1]


def test_that_frames_of_one_object_are_sorted_by_place_too():
    frames = [at(z, 1, frame=frame) for frame, z in enumerate([0, 8, 4])]
    assert [header.frame for header in viewing_order(frames)] == [1, 2, 0]


def test_that_images_without_a_plane_keep_the_order_of_their_numbers():
    images = [at(0, n, plane=None) for n in (3, 1, 2)]
    assert numbers(images) == [1, 2, 3]


def test_that_images_without_a_number_come_last():
    assert numbers([at(0, n, plane=None) for n in (None, 2, 1)]) == [1, 2, None]


def test_that_phases_follow_each_other_each_a_whole_stack():
    first = [at(z, n) for n, z in enumerate([0, 5, 10], 1)]
    second = [at(z, n) for n, z in enumerate([0, 5, 10], 11)]
    assert numbers(first + second) == [3, 2, 1, 13, 12, 11]


def test_that_echoes_numbered_slice_by_slice_are_split_into_stacks():
    slices = [at(z, n) for n, z in enumerate([0, 0, 5, 5, 10, 10], 1)]
    assert numbers(slices) == [5, 3, 1, 6, 4, 2]
    assert [len(one) for one in passes(slices)] == [3, 3]


def test_that_time_tells_apart_what_numbers_do_not():
    early, late = (datetime(2026, 1, 1, 8, minute) for minute in (0, 1))  # noqa: DTZ001
    slices = [at(0, 1, acquired_at=late), at(0, 1, acquired_at=early)]
    assert [h.acquired_at for h in viewing_order(slices)] == [early, late]


def test_that_one_place_taken_twice_stands_side_by_side():
    assert numbers([at(10, 1), at(5, 2), at(0, 3), at(5, 9)]) == [1, 2, 9, 3]


def test_that_the_planes_of_a_localiser_stay_together():
    slices = [
        at((0.0, 0.0, 5.0), 1, AXIAL),
        at((0.0, 0.0, 0.0), 2, CORONAL),
        at((0.0, 0.0, 9.0), 3, AXIAL),
        at((0.0, -5.0, 0.0), 4, CORONAL),
    ]
    assert numbers(slices) == [3, 1, 4, 2]


def test_that_slices_of_ever_new_directions_keep_their_numbers():
    def turned(degrees: float):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return (c, s, 0.0), (0.0, 0.0, -1.0)

    slices = [at((-n, 0.0, 0.0), n, turned(5.0 * n)) for n in range(35)]
    assert numbers(reversed(slices)) == list(range(35))


# Stack


def test_that_even_slices_are_a_volume_with_the_spacing_of_their_positions():
    found = describe_stack([at(z, z, slice_thickness_mm=9.0) for z in (0, 5, 10)])
    assert found.is_volume
    assert (found.spacing_mm, found.gaps, found.tilt_degrees) == (5.0, (), 0.0)


@pytest.mark.parametrize(
    ("heights", "reason", "gaps"),
    [
        ([0, 5, 10, 20, 25], "Slices are missing: 1 in 1 gap", (1,)),
        ([0, 5, 10, 25, 30, 35, 40], "Slices are missing: 2 in 1 gap", (3,)),
        ([0, 10, 15, 20, 25, 35], "Slices are missing: 2 in 2 gaps", (0, 4)),
        ([0, 5, 5, 10], "2 slices lie at one place", ()),
        ([0, 5, 11], "Slices are unevenly spaced: 5.00 to 6.00 mm", ()),
    ],
)
def test_that_uneven_places_make_no_volume_and_no_millimetres(heights, reason, gaps):
    found = describe_stack(stack(*heights))
    assert found.reasons == (reason,)
    assert found.notices == (reason,)
    assert found.spacing_mm is None
    # `gaps` count in viewing order, from the head to the feet.
    assert found.gaps == gaps


def test_that_positions_rounded_to_a_tenth_of_a_millimetre_are_even():
    heights = [round(7.03 * n, 1) for n in range(20)]
    found = describe_stack(stack(*heights))
    assert found.is_volume
    assert found.spacing_mm == pytest.approx(7.03, abs=0.01)


def test_that_thin_slices_off_by_a_tenth_of_their_spacing_are_uneven():
    # 0.2 mm apart, so 0.02 mm off is the most.
    assert describe_stack(stack(0.0, 0.2, 0.4, 0.62, 0.8)).is_volume
    assert not describe_stack(stack(0.0, 0.2, 0.4, 0.64, 0.8)).is_volume


def test_that_a_gantry_tilt_is_told_and_is_a_volume():
    # 5 mm along the table, planes tilted by 12 degrees.
    c, s = math.cos(math.radians(12)), math.sin(math.radians(12))
    tilted = ((1.0, 0.0, 0.0), (0.0, c, s))
    found = describe_stack([at(z, z, tilted) for z in (0, 5, 10, 15)])
    assert found.is_volume
    assert found.tilt_degrees == pytest.approx(12.0)
    assert found.notices == ("Gantry tilt 12.0 degrees",)
    assert found.spacing_mm == pytest.approx(5 * c)


def test_that_slices_shifted_in_their_plane_make_no_volume():
    slices = [at((x, 0.0, 5.0 * n), n) for n, x in enumerate([0.0, 3.0, 0.0, 3.0])]
    assert describe_stack(slices).reasons == ("Slices are shifted against each other",)


def test_that_slices_of_different_planes_make_no_volume():
    slices = [at(0, 1), at(5, 2), at((0.0, 0.0, 0.0), 3, CORONAL)]
    reason = "Slices of one series lie in different planes"
    assert describe_stack(slices).reasons == (reason,)
    assert slice_notices(slices) == (reason,)


def test_that_slices_turned_in_their_plane_make_no_volume():
    turned = ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))
    slices = [at(0, 1), at(5, 2, turned), at(10, 3)]
    assert not describe_stack(slices).is_volume


def test_that_phases_keep_their_spacing_but_are_no_one_volume():
    slices = stack(0, 5, 10) + stack(0, 5, 10)
    found = describe_stack(slices)
    assert found.reasons == ("Each place is taken 2 times",)
    assert (found.passes, found.spacing_mm) == (2, 5.0)
    assert slice_notices(slices) == ()
    assert all(describe_stack(one).is_volume for one in passes(slices))


def test_that_copies_at_one_place_are_no_volume_and_have_no_tilt():
    copies = [at(5, n) for n in range(1, 10)]
    found = describe_stack(copies)
    assert found.reasons == ("Each place is taken 9 times", "Fewer than 3 slices")
    assert found.notices == ()
    assert (found.passes, found.spacing_mm, found.tilt_degrees) == (9, None, 0.0)
    assert numbers(copies) == list(range(1, 10))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spacing_mm": None}, "No pixel spacing"),
        ({"spacing_mm": (1.0, 1.0)}, "Pixel spacing differs: 2 values in one series"),
        ({"rows": 8}, "Slices differ in size"),
        ({"frame_of_reference_uid": "9"}, "Slices lie in different coordinate systems"),
        ({"plane": None}, "No position in the patient"),
    ],
)
def test_that_headers_that_differ_make_no_volume(change, reason):
    slices = stack(0, 5, 10, 15)
    slices[1] = replace(slices[1], **change)
    assert reason in describe_stack(slices).reasons


def test_that_nothing_is_measured_across_slices_without_pixel_spacing():
    found = describe_stack([replace(h, spacing_mm=None) for h in stack(0, 5, 10)])
    assert found.reasons == ("No pixel spacing",)
    assert found.spacing_mm is None


def test_that_colour_slices_make_no_volume():
    colour = GrayscaleParameters("RGB", 8, 0)
    slices = [replace(h, grayscale=colour) for h in stack(0, 5, 10)]
    assert describe_stack(slices).reasons == ("Slices are in colour",)


def test_that_two_slices_make_no_volume_and_nothing_is_told():
    found = describe_stack(stack(0, 5))
    assert (found.reasons, found.notices) == (("Fewer than 3 slices",), ())
    assert found.spacing_mm == 5.0


def test_that_no_slices_are_no_volume():
    assert not describe_stack([]).is_volume


# Letters


@pytest.mark.parametrize(
    ("vector", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-1, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0, 0, -1), "F"),
        ((0, 0.96, 0.28), "PH"),
        ((0, 0.99, 0.14), "P"),
    ],
)
def test_that_letters_name_a_direction_the_main_one_first(vector, letters):
    assert orientation_letters(vector) == letters


@pytest.mark.parametrize(
    ("orientation", "told"),
    [
        (["1", "0", "0", "0", "0", "0"], "no pair of perpendicular directions"),
        (["1", "0", "0", "1", "0", "0"], "no pair of perpendicular directions"),
        (["2", "0", "0", "0", "2", "0"], "no pair of perpendicular directions"),
    ],
)
def test_that_directions_that_span_no_plane_are_told_and_not_used(
    write_film, orientation, told
):
    from studies.reader import read_header

    path = write_film(
        ImagePositionPatient=["0", "0", "0"], ImageOrientationPatient=orientation
    )
    (header,) = read_header(path)
    assert header.plane is None
    assert header.patient_orientation == ()
    assert any(told in notice for notice in header.notices)


def test_that_a_position_far_from_any_patient_is_told_and_not_used(write_film):
    from studies.reader import read_header

    path = write_film(
        ImagePositionPatient=["0", "0", "1e300"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
    )
    (header,) = read_header(path)
    assert header.plane is None
    assert any("nowhere near a patient" in notice for notice in header.notices)
