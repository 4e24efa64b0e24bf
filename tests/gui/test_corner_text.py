"""What stands in the corners of a film."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale

from gui import corner_text
from gui.orientation import Orientation
from gui.view_geometry import ViewGeometry
from studies.model import (
    GrayscaleParameters,
    Image,
    ImageHeader,
    LookupTable,
    Patient,
    Plane,
    Series,
    SpacingSource,
    Study,
    Window,
)

HEADER = ImageHeader(
    path=Path("RG1.dcm"),
    frame=0,
    sop_instance_uid="1.1",
    sop_class_uid="1.2",
    series_instance_uid="1.3",
    study_instance_uid="1.4",
    modality="CR",
    rows=1955,
    columns=1841,
    grayscale=GrayscaleParameters("MONOCHROME1", 15, 0),
    body_part="CHEST",
    view_position="PA",
    patient_orientation=("L", "F"),
    age_years=64.5,
    lossy_ratio=10.0,
)
PATIENT = Patient("OVR-0001", "DEMO, RG1", date(1940, 3, 5), "F")
STUDY = Study(
    "1.4",
    PATIENT,
    "",
    datetime(2004, 8, 26, 7, 31),  # noqa: DTZ001 (DICOM times have no zone)
    "A-1",
    (
        Series(
            "1.3",
            "CR",
            "",
            1,
            "CHEST",
            (HEADER, replace(HEADER, sop_instance_uid="1.9")),
        ),
    ),
)
VIEW = ViewGeometry(1955, 1841, 988, 1472).fitted()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


def lines(header: ImageHeader = HEADER, *, inverted: bool = False) -> tuple[str, ...]:
    image = Image(header, np.zeros((4, 4), np.uint16))
    voi = Window(15000.0, 30000.0)
    return corner_text.display_lines(image, voi, VIEW, inverted=inverted)


def test_that_rows_towards_the_left_put_r_at_the_left_edge() -> None:
    found = corner_text.sides(HEADER)
    assert (found.left, found.right, found.top, found.bottom) == ("R", "L", "H", "F")
    assert found.source == "from header"


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, patient_orientation=()),
        replace(HEADER, patient_orientation=("X", "F")),
        replace(HEADER, is_dicom=False),
    ],
)
def test_that_no_side_is_guessed(header: ImageHeader) -> None:
    found = corner_text.sides(header)
    assert not found.known
    assert found.left == found.right == ""
    assert found.source == "No side known"


@pytest.mark.parametrize(
    ("orientation", "letters"),
    [
        # left, top, right, bottom
        (Orientation(), "RHLF"),
        (Orientation(1), "FRHL"),
        (Orientation(2), "LFRH"),
        (Orientation(3), "HLFR"),
        (Orientation(0, mirrored=True), "LHRF"),
        (Orientation(1, mirrored=True), "FLHR"),
        (Orientation(2, mirrored=True), "RFLH"),
        (Orientation(3, mirrored=True), "HRFL"),
    ],
)
def test_that_the_letters_move_with_the_pixels(
    orientation: Orientation, letters: str
) -> None:
    found = corner_text.sides(HEADER, orientation)
    assert found.left + found.top + found.right + found.bottom == letters
    assert found.known


def test_that_a_turned_image_without_sides_still_has_none() -> None:
    header = replace(HEADER, patient_orientation=())
    assert not corner_text.sides(header, Orientation(1)).known


def test_that_an_oblique_direction_is_turned_letter_by_letter() -> None:
    assert corner_text.opposite("LAH") == "RPF"


def test_that_the_patient_is_named_with_id_sex_age_and_birth_date() -> None:
    assert corner_text.patient_lines(PATIENT, HEADER) == (
        "DEMO, RG1",
        "ID OVR-0001",
        "F  64 y",
        "Born 1940-03-05",
    )


def test_that_a_png_film_claims_no_patient() -> None:
    found = corner_text.patient_lines(PATIENT, replace(HEADER, is_dicom=False))
    assert found == ("Not DICOM: no patient known", "RG1.dcm")


@pytest.mark.parametrize(
    ("years", "text"), [(64.5, "64 y"), (2.0, "2 y"), (1.5, "18 mo"), (0.02, "7 d")]
)
def test_that_an_infants_age_is_told_in_months_or_days(years: float, text: str) -> None:
    assert corner_text.age_text(years) == text


def test_that_the_study_is_told_with_its_place_in_the_series() -> None:
    assert corner_text.study_lines(STUDY, HEADER) == (
        "CHEST PA",
        "26 Aug 2004  07:31",
        "Acc. A-1",
        "Image 1 of 2",
    )


def test_that_a_film_older_than_its_study_says_when_it_was_taken() -> None:
    old = replace(HEADER, acquired_at=datetime(1995, 9, 26, 12, 51))  # noqa: DTZ001 (DICOM times have no zone)
    assert "Acquired 26 Sep 1995" in corner_text.study_lines(STUDY, old)


def test_that_the_display_is_told_in_full() -> None:
    assert lines() == (
        "W 30000  L 15000",
        "Zoom 51 %",
        "1841 × 1955  15 bit",  # noqa: RUF001 (a times sign)
        "MONOCHROME1, shown as positive",
        "No pixel spacing: px only",
        "Lossy, 10:1",
    )


def test_that_an_inverted_film_says_so() -> None:
    assert "MONOCHROME1, shown as negative" in lines(inverted=True)
    positive = replace(HEADER, grayscale=GrayscaleParameters("MONOCHROME2", 12, 0))
    assert "Inverted" in lines(positive, inverted=True)
    assert "Inverted" not in lines(positive)


def test_that_a_flipped_and_turned_film_says_so_even_in_the_smallest_pane() -> None:
    image = Image(HEADER, np.zeros((4, 4), np.uint16))
    view = VIEW.oriented(Orientation(1, mirrored=True))
    voi = Window(15000.0, 30000.0)
    said = corner_text.display_lines(image, voi, view, inverted=True)
    assert "Flipped, rotated 90°" in said
    assert corner_text.kept_lines(HEADER, view, inverted=True) == (
        "MONOCHROME1, shown as negative",
        "Flipped, rotated 90°",
    )
    assert corner_text.kept_lines(HEADER, VIEW, inverted=False) == ()


def test_that_a_slice_tells_number_place_and_thickness() -> None:
    # An axial slice of 101 x 101 pixels of 2 mm from (-100, -100): its middle
    # lies at x = y = 0, and z is that of the slice.
    axial = Plane((-100.0, -100.0, -36.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    header = replace(
        HEADER,
        rows=101,
        columns=101,
        spacing_mm=(2.0, 2.0),
        plane=axial,
        slice_thickness_mm=1.25,
    )
    assert corner_text.slice_lines(109, 189, header) == (
        "Slice 109 of 189",
        "Z 36.0 mm, feet",
        "1.25 mm thick",
    )
    assert corner_text.slice_lines(1, 2, header, slab_mm=10.0, slab="MIP")[-1] == (
        "10 mm MIP"
    )
    assert corner_text.slice_lines(3, 7, HEADER) == ("Image 3 of 7",)


def test_that_a_sagittal_slice_tells_its_side() -> None:
    sagittal = Plane((-35.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
    assert corner_text.place_text(replace(HEADER, plane=sagittal)) == (
        "X 35.0 mm, right"
    )


def test_that_slices_are_not_counted_twice() -> None:
    assert "Image 1 of 2" not in corner_text.study_lines(STUDY, HEADER, counted=False)


def test_that_pixels_of_unknown_size_tell_their_shape() -> None:
    text = corner_text.spacing_text(HEADER, 1.5)
    assert text == "No pixel spacing: px only, 1.5 times as high as wide"


def test_that_spacing_at_the_detector_is_not_passed_off_as_the_patients() -> None:
    header = replace(
        HEADER,
        spacing_mm=(0.143, 0.143),
        spacing_source=SpacingSource.IMAGER_PIXEL_SPACING,
    )
    assert corner_text.spacing_text(header) == "0.143 mm per px at detector"


def test_that_a_look_up_table_is_named() -> None:
    table = LookupTable((0, 1), 0, 8, "BONE")
    assert corner_text.voi_text(table) == "VOI LUT BONE"


def test_that_a_volume_that_is_no_dicom_has_the_letters_that_it_gives() -> None:
    plane = Plane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    header = replace(
        HEADER, is_dicom=False, plane=plane, patient_orientation=("L", "P")
    )
    found = corner_text.sides(header)
    assert (found.left, found.right, found.top, found.bottom) == ("R", "L", "A", "P")


def test_that_what_is_wrong_with_a_file_is_told_but_nothing_twice() -> None:
    header = replace(HEADER, notices=("No pixel spacing: px only", "Cut short"))
    assert corner_text.notice_lines(header) == ("Cut short",)


def test_that_a_frame_without_a_place_is_no_slice() -> None:
    assert corner_text.slice_lines(3, 30, replace(HEADER, plane=None)) == (
        "Image 3 of 30",
    )
