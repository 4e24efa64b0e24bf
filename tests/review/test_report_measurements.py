"""The reader's measurements in the SR, written to bytes and read back."""

import io
from dataclasses import replace

import pytest
from highdicom.sr import srread
from pydicom import dcmread

from review import structured_report, vocabulary
from review.errors import ExportRefusedError
from review.measurement import MeasuredValue, MeasurementKind


@pytest.fixture
def one(chest_study, session_of, build_measurement, request_of):
    """Return the group of one more measurement in the SR."""

    def make(kind, **more):
        session = session_of(chest_study)
        session.measure(build_measurement(chest_study.images[0], kind, **more))
        (draft,) = structured_report.sr_drafts(request_of(session))
        document = dcmread(io.BytesIO(draft.content))
        return [g for g in named(document, "125007") if named(g, "L01")][-1]

    return make


def items(dataset):
    for item in dataset.get("ContentSequence", []):
        yield item
        yield from items(item)


def named(dataset, value):
    return [
        item
        for item in items(dataset)
        if item.get("ConceptNameCodeSequence")
        and item.ConceptNameCodeSequence[0].CodeValue == value
    ]


def figure(group, value):
    """Return a figure and its unit by the code of its name."""
    (number,) = named(group, value)
    told = number.MeasuredValueSequence[0]
    unit = told.MeasurementUnitsCodeSequence[0]
    return float(told.NumericValue), unit.CodingSchemeDesignator, unit.CodeValue


def graphics(item):
    return [
        (found.GraphicType, list(found.GraphicData))
        for found in items(item)
        if found.ValueType == "SCOORD"
    ]


def comments(group):
    return [item.TextValue for item in named(group, "121106")]


@pytest.mark.parametrize("study", ["chest_study", "tibia_study"])
def test_that_dciodvfy_finds_no_error_in_any_kind(
    study, request, measured, request_of, dicom_errors, tmp_path
):
    session = measured(request.getfixturevalue(study))
    (draft,) = structured_report.sr_drafts(request_of(session))
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert dicom_errors(path) == []
    assert draft.check(path) == (
        "Read back: 4 findings, 6 measurements, patient and study match;"
        " 1 measurement on a reformatted plane: in CSV and JSON only"
    )


def test_that_a_length_is_a_num_taken_from_a_line_on_its_image(one, chest_study):
    group = one("length")
    assert figure(group, "410668003") == (42.3, "UCUM", "mm")
    (number,) = named(group, "410668003")
    (scoord,) = number.ContentSequence
    assert scoord.RelationshipType == "INFERRED FROM"
    # (row 10, column 20) to (30, 60), told as columns and rows.
    assert graphics(number) == [("POLYLINE", [20, 10, 60, 30])]
    reference = scoord.ContentSequence[0].ReferencedSOPSequence[0]
    image = chest_study.images[0]
    assert reference.ReferencedSOPInstanceUID == image.sop_instance_uid


def test_that_angles_are_degrees_with_their_lines(one):
    angle = one("angle")
    assert figure(angle, "1483009") == (31.25, "UCUM", "deg")
    assert graphics(angle) == [("POLYLINE", [20, 10, 60, 30, 20, 50])]
    cobb = one("cobb")
    assert figure(cobb, "285285000") == (12.5, "UCUM", "deg")
    assert graphics(cobb) == [
        ("POLYLINE", [20, 10, 60, 30]),
        ("POLYLINE", [20, 50, 60, 70]),
    ]


def test_that_regions_are_planar_rois_with_statistics_in_hounsfield_units(one):
    ellipse = one("ellipse")
    assert ellipse.ContentTemplateSequence[0].TemplateIdentifier == "1410"
    assert figure(ellipse, "42798000") == (628.5, "UCUM", "mm2")
    for code, value in {
        "373098007": -712.25, "386136009": 14.5, "255605001": -760, "56851009": 12,
    }.items():  # fmt: skip
        assert figure(ellipse, code) == (value, "UCUM", "[hnsf'U]")
    # Rows 10 to 30, columns 20 to 60: the major axis lies along row 20.
    assert graphics(ellipse) == [("ELLIPSE", [20, 20, 60, 20, 40, 10, 40, 30])]
    assert graphics(one("rectangle")) == [
        ("POLYLINE", [20, 10, 60, 10, 60, 30, 20, 30, 20, 10])
    ]


def test_that_the_major_axis_of_an_upright_ellipse_comes_first(one):
    tall = one("ellipse", points=((10.0, 20.0), (50.0, 30.0)))
    assert graphics(tall) == [("ELLIPSE", [25, 10, 25, 50, 20, 30, 30, 30])]


def test_that_each_width_of_the_cardiothoracic_ratio_has_its_line(one):
    group = one("cardiothoracic")
    assert figure(group, "L10") == (0.52, "UCUM", "1")
    assert figure(group, "L11") == (140.5, "UCUM", "mm")
    assert graphics(named(group, "L11")[0]) == [("POLYLINE", [20, 10, 60, 30])]
    assert graphics(named(group, "L12")[0]) == [("POLYLINE", [20, 50, 60, 70])]
    assert len(graphics(named(group, "L10")[0])) == 2


def test_that_millimetres_at_the_detector_say_so(one):
    group = one("cardiothoracic")
    for code, method in (("L11", ["L20"]), ("L10", [])):
        (number,) = named(group, code)
        found = named(number, "370129005")
        assert [item.ConceptCodeSequence[0].CodeValue for item in found] == method
    assert any("at detector" in text for text in comments(group))


def test_that_pixels_are_told_as_pixels_and_never_as_millimetres(one):
    pixels = (MeasuredValue("length", 120.5, "px"),)
    group = one("length", values=pixels)
    assert figure(group, "410668003") == (120.5, "UCUM", "{pixels}")
    assert any("no spacing" in text for text in comments(group))


def test_that_stored_values_and_units_without_a_code_are_told_in_words(one):
    stored = (MeasuredValue("mean", 512.0, "stored"), MeasuredValue("max", 2.0, "OD"))
    group = one("ellipse", values=stored)
    assert figure(group, "373098007") == (512, "UCUM", "1")
    told = comments(group)
    assert any("stored values" in text for text in told)
    assert "In OD, as the image has it" in told


def test_that_a_figure_without_a_code_keeps_its_name_in_words(one):
    group = one("ellipse", values=(MeasuredValue("entropy", 3.5, "1"),))
    assert figure(group, "L19") == (3.5, "UCUM", "1")
    assert "Other figure: entropy" in comments(group)


@pytest.mark.parametrize("kind", list(MeasurementKind))
def test_that_each_is_the_readers_own_and_names_no_algorithm(one, kind):
    group = one(kind, label="aorta")
    assert [str(item.PersonName) for item in named(group, "L01")] == ["K. Lind^"]
    assert len(named(group, "L02")) == 1
    assert named(group, "111001") == []
    assert named(group, "D00") == []
    assert "aorta" in comments(group)
    assert named(group, "112039")[0].TextValue.endswith(f"{kind.value}, aorta")


@pytest.mark.parametrize("kind", ["length", "ellipse"])
def test_that_points_outside_the_image_are_not_told_as_if_they_were_on_it(one, kind):
    group = one(kind, points=((-10.0, 20.0), (30.0, 60.0)))
    assert graphics(group) == []
    assert any("outside the image" in text for text in comments(group))
    assert len(named(group, "L01")) == 1


def test_that_a_frame_of_a_multi_frame_image_is_named(
    chest_study, session_of, build_measurement, request_of
):
    # Only the reference is looked at: the sample itself has one frame.
    film = replace(chest_study.images[0], frames=4)
    session = session_of(chest_study)
    session.study = replace(
        chest_study, series=(replace(chest_study.series[0], images=(film,)),)
    )
    session.measure(build_measurement(film, "length", frame=2))
    (draft,) = structured_report.sr_drafts(request_of(session, headers=(film,)))
    (number,) = named(dcmread(io.BytesIO(draft.content)), "410668003")
    reference = number.ContentSequence[0].ContentSequence[0].ReferencedSOPSequence[0]
    assert reference.ReferencedFrameNumber == 3


def test_that_an_image_that_is_not_open_is_left_out_and_said(
    chest_study, measured, request_of, tmp_path
):
    session = measured(chest_study)
    lost = replace(session.measurements[0], sop_instance_uid="1.2.99")
    kept = (lost, *session.measurements[1:])
    (draft,) = structured_report.sr_drafts(request_of(session, measurements=kept))
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert "1 measurement on images that are not open" in draft.check(path)


def test_that_who_measured_is_an_observer(chest_study, measured, request_of):
    session = measured(chest_study)
    session.reader = "A. Other"
    item = session.measurements[0]
    session.move_measurement(item.uid, ((1.0, 1.0), (2.0, 2.0)), item.values)
    (draft,) = structured_report.sr_drafts(request_of(session, reader="K. Lind"))
    document = dcmread(io.BytesIO(draft.content))
    names = [str(found.PersonName) for found in named(document, "121008")]
    assert names == ["K. Lind^", "A. Other^"]


def test_that_the_check_finds_another_figure(
    chest_study, measured, request_of, tmp_path
):
    session = measured(chest_study)
    (draft,) = structured_report.sr_drafts(request_of(session))
    document = dcmread(io.BytesIO(draft.content))
    number = named(document, "410668003")[0].MeasuredValueSequence[0]
    number.NumericValue, number.FloatingPointValue = "43.3", 43.3
    path = tmp_path / "sr.dcm"
    document.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="other figures"):
        draft.check(path)


def test_that_highdicom_reads_regions_and_measurements_back(
    chest_study, measured, request_of
):
    (draft,) = structured_report.sr_drafts(request_of(measured(chest_study)))
    document = srread(io.BytesIO(draft.content))
    # The box of a finding, an ellipse and a rectangle.
    assert len(document.content.get_planar_roi_measurement_groups()) == 3
    told = [
        group.get_measurements()[0].name.meaning
        for group in document.content.get_image_measurement_groups()
        if group.get_measurements()
    ]
    assert told[-4:] == ["Length", "Angle", "Cobb angle", "Cardiothoracic ratio"]


def test_that_the_own_codes_of_measurements_are_of_our_scheme():
    for code in (vocabulary.MEASURED_BY, vocabulary.CARDIOTHORACIC_RATIO):
        assert code.scheme == vocabulary.SCHEME
