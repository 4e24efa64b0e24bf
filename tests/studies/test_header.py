"""Geometry, identity and oddities of a header."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pydicom.dataset import Dataset

from studies.identity import display_name
from studies.model import ImageHeader, SpacingSource
from studies.reader import read_file, read_header
from studies.record import ImageRecord


def _header(write_film, **elements: object) -> ImageHeader:
    return read_header(write_film(**elements))[0]


def test_that_pixel_spacing_comes_before_imager_pixel_spacing(write_film) -> None:
    header = _header(
        write_film, PixelSpacing=["0.15", "0.15"], ImagerPixelSpacing=["0.2", "0.2"]
    )
    assert header.spacing_mm == (0.15, 0.15)
    assert header.spacing_source is SpacingSource.PIXEL_SPACING
    assert "Pixel Spacing and Imager Pixel Spacing differ" in header.notices


def test_that_imager_pixel_spacing_is_marked_as_at_the_detector(write_film) -> None:
    header = _header(write_film)
    assert header.spacing_mm == (0.2, 0.2)
    assert header.spacing_source.value == "at detector"
    assert header.notices == ()


def test_that_the_same_spacing_twice_is_at_the_detector(write_film) -> None:
    header = _header(
        write_film, PixelSpacing=["0.2", "0.2"], ImagerPixelSpacing=["0.2", "0.2"]
    )
    assert header.spacing_mm == (0.2, 0.2)
    assert header.spacing_source is SpacingSource.IMAGER_PIXEL_SPACING


@pytest.mark.parametrize("spacing", [["0", "0"], ["1e-30", "1e-30"], ["-1", "-1"]])
def test_that_an_impossible_spacing_gives_no_millimetres(
    write_film, spacing: list[str]
) -> None:
    header = _header(write_film, PixelSpacing=spacing, ImagerPixelSpacing=None)
    assert header.spacing_mm is None
    assert any("PixelSpacing is" in notice for notice in header.notices)


def test_that_a_film_without_spacing_says_so(write_film) -> None:
    header = _header(write_film, ImagerPixelSpacing=None)
    assert header.spacing_mm is None
    assert header.notices == ("No pixel spacing: px only",)


def test_that_pixels_that_are_not_square_are_told(write_film) -> None:
    header = _header(write_film, PixelSpacing=["0.5", "1"], ImagerPixelSpacing=None)
    assert header.notices == ("Pixels are not square: 0.5 by 1",)


def test_that_patient_orientation_is_read_and_rubbish_told(write_film) -> None:
    assert _header(write_film, PatientOrientation=["L", "F"]).patient_orientation == (
        "L",
        "F",
    )
    header = _header(write_film, PatientOrientation=["X", "Q"])
    assert header.patient_orientation == ()
    assert any("Patient Orientation" in notice for notice in header.notices)


def test_that_the_orientation_of_a_slice_follows_from_its_cosines(write_film) -> None:
    # Axial, head first supine: rows run to the patient's left, columns to the back.
    axial = ["1", "0", "0", "0", "1", "0"]
    assert _header(write_film, ImageOrientationPatient=axial).patient_orientation == (
        "L",
        "P",
    )
    # Coronal: columns run to the feet. Tilted: 0.8 to the feet, 0.6 to the front.
    coronal = ["1", "0", "0", "0", "-0.6", "-0.8"]
    assert _header(write_film, ImageOrientationPatient=coronal).patient_orientation == (
        "L",
        "FA",
    )


def test_that_image_laterality_comes_before_laterality(write_film) -> None:
    header = _header(write_film, ImageLaterality="L", Laterality="R")
    assert header.laterality == "L"
    assert _header(write_film, Laterality="R").laterality == "R"


@pytest.mark.parametrize(
    ("age", "years"), [("012Y", 12.0), ("006M", 0.5), ("026W", 26 / 52.18)]
)
def test_that_the_patients_age_is_in_years(write_film, age: str, years: float) -> None:
    assert _header(write_film, PatientAge=age).age_years == pytest.approx(years)


def test_that_the_age_follows_from_birth_and_study_date(write_film) -> None:
    born = {"PatientBirthDate": "20000615"}
    before = _header(write_film, StudyDate="20120614", **born)
    after = _header(write_film, StudyDate="20120615", **born)
    assert (before.age_years, after.age_years) == (11.0, 12.0)


def test_that_a_study_before_birth_gives_no_age(write_film) -> None:
    header = _header(write_film, StudyDate="19990101", PatientBirthDate="20000615")
    assert header.age_years is None
    assert "The study is dated before the patient's birth" in header.notices


def test_that_steps_of_lossy_compression_multiply(write_film) -> None:
    header = _header(
        write_film, LossyImageCompression="01", LossyImageCompressionRatio=["10", "2"]
    )
    assert header.lossy_ratio == 20.0


def test_that_lossy_compression_without_a_ratio_is_told(write_film) -> None:
    header = _header(write_film, LossyImageCompression="01")
    assert header.lossy_ratio is None
    assert "Lossy compressed, ratio not stated" in header.notices


def test_that_the_view_is_taken_from_its_code_if_the_position_is_absent(
    write_film,
) -> None:
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator = "272479007", "SCT"
    view.CodeMeaning = "postero-anterior"
    assert _header(write_film, ViewCodeSequence=[view]).view_position == "PA"


def test_that_burned_in_text_and_overlays_are_told(write_film) -> None:
    path = write_film(BurnedInAnnotation="YES")
    assert "Text is burned into the pixels" in read_header(path)[0].notices


def test_that_a_missing_series_uid_is_derived_and_told(write_film) -> None:
    header = _header(write_film, SeriesInstanceUID=None)
    assert header.series_instance_uid.startswith("2.25.")
    assert "No SeriesInstanceUID in the header" in header.notices


def test_that_the_time_of_acquisition_is_read(write_film) -> None:
    header = _header(
        write_film, AcquisitionDate="20040826", AcquisitionTime="185059.25"
    )
    assert header.acquired_at == datetime(2004, 8, 26, 18, 50, 59)  # noqa: DTZ001 - the device's local time has no zone


def test_that_the_patient_is_read(write_film) -> None:
    record = read_file(
        write_film(PatientBirthDate="19400305", PatientSex="F", IssuerOfPatientID="H")
    )
    assert isinstance(record, ImageRecord)
    patient = record.patient
    assert (patient.patient_id, patient.name) == ("P1", "Doe, Jane")
    assert (patient.birth_date, patient.sex) == (date(1940, 3, 5), "F")
    assert patient.issuer == "H"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Doe^Jane^Q^Dr^", "Doe, Jane Q Dr"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎)"),
        ("=山田^太郎", "山田, 太郎"),
        ("Doe", "Doe"),
        ("", ""),
    ],
)
def test_that_a_name_is_shown_as_it_is_read(stored: str, shown: str) -> None:
    assert display_name(stored) == shown


def test_that_a_name_in_another_character_set_is_decoded(write_film) -> None:
    path = write_film(SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Jörg")
    record = read_file(path)
    assert isinstance(record, ImageRecord)
    assert record.patient.name == "Müller, Jörg"


def test_that_a_name_that_cannot_be_decoded_is_told(write_film) -> None:
    path = write_film(SpecificCharacterSet="ISO_IR 192", PatientName="Muxler^Jorg")
    path.write_bytes(path.read_bytes().replace(b"Muxler", b"Mu\xfcler"))
    notices = read_header(path)[0].notices
    assert any("could not be decoded" in notice for notice in notices)


def test_that_two_long_names_that_differ_stay_different(write_film) -> None:
    ids = []
    for last in "ab":
        path = write_film(PatientID="1234567890")
        # The length field of PatientID, 10, becomes 60010: an ID far too long.
        long_id = b"x" * 60009 + last.encode()
        old = b"LO" + (10).to_bytes(2, "little") + b"1234567890"
        new = b"LO" + (60010).to_bytes(2, "little") + long_id
        path.write_bytes(path.read_bytes().replace(old, new))
        record = read_file(path)
        assert isinstance(record, ImageRecord)
        ids.append(record.patient.patient_id)
    assert ids[0] != ids[1]
    assert len(ids[0]) <= 260
