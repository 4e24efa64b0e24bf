"""Severities, segments and boxes: claimed, decided, kept and exported."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from pydicom import dcmread

from inference.boxes import FoundBox
from inference.model_card import Code
from inference.segments import Segment
from inference.severities import SeverityValue
from review import capture_drawing, structured_report, table
from review.analysis_records import analysis_from_record, analysis_to_record
from review.capture_paths import paths_of
from review.claims import is_news
from review.decision import MarkedArea, Verdict
from review.errors import ExportRefusedError
from review.records import finding_from_json, finding_to_json
from review.session import ReviewSession
from review.states import claim_figure, state_words
from review.store import DecisionStore

EXTENT = Code("99OVERREAD", "S01", "Geographic extent")
TUMOUR = Code("SCT", "126952004", "Neoplasm of brain")
BOXES = (FoundBox(10.0, 20.0, 30.0, 40.0, 0.9), FoundBox(60.0, 5.0, 8.0, 9.0, 0.6))


def severity(value=3.0, low=1.5, high=5.0):
    return SeverityValue("extent", "Extent", EXTENT, value, (low, high), 0.0, 8.0, 0.9)


def segment(header, pixels=(slice(10, 14), slice(20, 25))):
    mask = np.zeros((header.rows, header.columns), np.bool_)
    mask[pixels] = True
    count = int(mask.sum())
    return Segment("tumour", "Tumour", TUMOUR, mask, count, count * 0.25, 0.5)


@pytest.fixture
def claimed(build_analysis):
    """Make a result with a severity, a segment, and boxes at the first finding."""

    def make(header, **more):
        made = build_analysis(header)
        findings = (
            replace(made.findings[0], boxes=BOXES, conformal="present"),
            replace(made.findings[1], calibrated=False, interval=None),
        )
        whole = {
            "findings": findings,
            "severities": (severity(),),
            "segments": (segment(header),),
            "acquired_at": datetime(2026, 3, 12, 10, 15, tzinfo=UTC),
            **more,
        }
        return replace(made, **whole)

    return make


def test_that_severity_and_segment_become_rows_to_be_decided(session, header, claimed):
    session.adopt(claimed(header))
    rows = {row.finding_uid.rpartition("/")[2]: row for row in session.findings}
    assert list(rows) == ["pneumonia", "tuberculosis", "extent", "tumour"]
    assert rows["extent"].severity == severity()
    assert rows["extent"].flagged
    assert rows["extent"].probability is None
    assert rows["tumour"].segment == MarkedArea(20, 5.0)
    assert rows["tumour"].flagged
    assert rows["pneumonia"].boxes == BOXES
    session.decide(rows["extent"].finding_uid, Verdict.CONFIRMED)
    assert session.finding(rows["extent"].finding_uid).decision is not None


def test_that_a_severity_whose_band_reaches_its_end_is_not_flagged(
    session, header, claimed
):
    session.adopt(claimed(header, severities=(severity(1.0, 0.0, 2.5),)))
    row = session.finding("chest-findings/extent")
    assert not row.flagged
    assert state_words(row) == "Not told from none, not decided"


def test_that_a_segment_without_a_pixel_is_no_row(session, header, claimed):
    nothing = segment(header, (slice(0, 0), slice(0, 0)))
    session.adopt(claimed(header, segments=(nothing,)))
    assert "tumour" not in [row.finding_uid[-6:] for row in session.findings]


def test_that_the_same_result_again_is_no_news_and_another_is(session, header, claimed):
    assert session.adopt(claimed(header))
    assert not session.adopt(claimed(header, request_id="r2"))
    assert session.adopt(claimed(header, severities=(severity(4.0),)))
    wider = segment(header, (slice(10, 14), slice(20, 30)))
    assert session.adopt(
        claimed(header, severities=(severity(4.0),), segments=(wider,))
    )


def _with_first(made, **more):
    first, *rest = made.findings
    return replace(made, findings=(replace(first, **more), *rest))


def _moved(by):
    return (replace(BOXES[0], row=BOXES[0].row + by), BOXES[1])


def _area(made, area_mm2):
    return replace(made, segments=(replace(made.segments[0], area_mm2=area_mm2),))


@pytest.mark.parametrize(
    "change",
    [
        lambda made: _with_first(made, interval=(0.6, 0.9)),
        lambda made: _with_first(made, interval=None),
        lambda made: _with_first(made, boxes=_moved(1.5)),
        lambda made: replace(made, severities=(severity(3.0, 1.0, 5.0),)),
        lambda made: _area(made, 7.0),
        lambda made: _area(made, None),
    ],
    ids=["interval", "no interval", "box", "severity's band", "area", "no spacing"],
)
def test_that_another_interval_box_or_area_is_news(header, claimed, change):
    made = claimed(header)
    assert is_news(change(made), [made])


def test_that_what_cpu_and_gpu_differ_by_is_no_news(header, claimed):
    made = claimed(header)
    near = _with_first(made, interval=(0.7104, 0.9), boxes=_moved(0.5))
    near = _area(replace(near, severities=(severity(3.001, 1.503, 5.0),)), 5.02)
    assert not is_news(near, [made])


def test_that_an_analysis_is_kept_with_all_it_says(header, claimed):
    made = claimed(header)
    back = analysis_from_record(*analysis_to_record(made))
    assert back.severities == made.severities
    assert back.findings == made.findings
    assert back.acquired_at == made.acquired_at
    (kept,) = back.segments
    np.testing.assert_array_equal(kept.mask, made.segments[0].mask)
    assert not kept.mask.flags.writeable
    assert (kept.key, kept.pixels, kept.area_mm2, kept.threshold) == (
        "tumour",
        20,
        5.0,
        0.5,
    )


def test_that_what_an_older_overread_wrote_is_read(header, build_analysis):
    text, arrays = analysis_to_record(build_analysis(header))
    record = json.loads(text)
    for name in ("severities", "segments", "local", "acquired_at"):
        del record[name]
    for finding in record["findings"]:
        for name in ("calibrated", "conformal", "boxes"):
            del finding[name]
    back = analysis_from_record(json.dumps(record), arrays)
    assert (back.severities, back.segments, back.acquired_at) == ((), (), None)
    assert back.findings[0].calibrated


def test_that_rows_come_back_from_json(session, header, claimed):
    session.adopt(claimed(header))
    for row in session.findings:
        stored = json.loads(json.dumps(finding_to_json(row)))
        assert finding_from_json(stored) == row


def test_that_a_row_of_an_older_overread_is_a_plain_finding(session, header, claimed):
    session.adopt(claimed(header))
    record = finding_to_json(session.findings[0])
    for name in ("calibrated", "conformal", "boxes", "severity", "segment"):
        del record[name]
    row = finding_from_json(record)
    assert (row.calibrated, row.boxes, row.severity) == (True, (), None)


def test_that_the_figures_say_what_they_are(session, header, claimed):
    session.adopt(claimed(header))
    told = {row.finding_uid[15:]: claim_figure(row) for row in session.findings}
    assert told["extent"] == "3.0 of 8, between 1.5 and 5.0: severity, not a prognosis"
    assert told["tumour"] == "5.0 mm2"
    assert told["tuberculosis"] == "0.12, not a probability, threshold 0.42"


# --- over time --------------------------------------------------------------------


def test_that_a_severity_is_followed_over_the_patients_studies(
    store, build_header, build_study, build_analysis, tmp_path, clock, new_uid, claimed
):
    for number, (value, day) in enumerate(((2.0, 1), (5.0, 9), (3.0, 4))):
        header = build_header(
            tmp_path / f"{number}.dcm", f"1.2.3.{number}",
            study_instance_uid=f"1.2.9.{number}",
        )  # fmt: skip
        session = ReviewSession(store, build_study(header), "K", clock, new_uid)
        at = datetime(2026, 3, day, tzinfo=UTC)
        session.adopt(claimed(header, severities=(severity(value),), acquired_at=at))
    points = session.severity_history(session.finding("chest-findings/extent"))
    assert [(p.at.day, p.value, p.interval) for p in points] == [
        (1, 2.0, (1.5, 5.0)),
        (4, 3.0, (1.5, 5.0)),
        (9, 5.0, (1.5, 5.0)),
    ]


@pytest.mark.parametrize("patient", ["P2", ""])
def test_that_another_patients_severities_are_left_out(
    store, build_header, build_study, tmp_path, clock, new_uid, claimed, patient
):
    for number, who in enumerate(("P1" if patient else "", patient)):
        header = build_header(
            tmp_path / f"{number}.dcm", f"1.2.3.{number}",
            study_instance_uid=f"1.2.9.{number}",
        )  # fmt: skip
        study = build_study(header, patient_id=who)
        session = ReviewSession(store, study, "K", clock, new_uid)
        session.adopt(claimed(header))
    points = session.severity_history(session.finding("chest-findings/extent"))
    assert [point.sop_instance_uid for point in points] == ["1.2.3.1"]


def test_that_a_film_without_a_date_has_no_place_on_the_line(session, header, claimed):
    session.adopt(claimed(header, acquired_at=None))
    row = session.finding("chest-findings/extent")
    assert session.severity_history(row) == ()


# --- exports ----------------------------------------------------------------------


@pytest.fixture
def decided(chest_study, tmp_path, clock, new_uid, claimed):
    """A review of RG1 in which all is confirmed."""
    store = DecisionStore(tmp_path / "kinds.sqlite")
    session = ReviewSession(store, chest_study, "K. Lind", clock, new_uid)
    session.adopt(claimed(chest_study.images[0]))
    for row in session.findings:
        session.decide(row.finding_uid, Verdict.CONFIRMED)
    yield session
    store.close()


def test_that_the_csv_has_severity_segment_and_boxes(decided, request_of):
    text = table.to_csv(request_of(decided)).decode("utf-8-sig")
    rows = {r["finding"]: r for r in csv.DictReader(io.StringIO(text, newline=""))}
    extent, tumour = rows["Extent"], rows["Tumour"]
    assert (extent["severity"], extent["severity_low"], extent["severity_high"]) == (
        "3.0",
        "1.5",
        "5.0",
    )
    assert (extent["probability"], extent["calibrated"]) == ("", "")
    assert (tumour["segment_pixels"], tumour["segment_area_mm2"]) == ("20", "5.0")
    pneumonia = rows["Pneumonia"]
    assert (pneumonia["boxes"], pneumonia["box_row"], pneumonia["set"]) == (
        "2",
        "10.0",
        "present",
    )
    assert rows["Tuberculosis"]["calibrated"] == "no"


def test_that_the_json_has_them_too(decided, request_of):
    tree = json.loads(table.to_json(request_of(decided)))
    found = {item["name"]: item for item in tree["findings"]}
    assert found["Extent"]["severity"]["value"] == 3.0
    assert found["Tumour"]["segment"] == {"pixels": 20, "area_mm2": 5.0}
    assert len(found["Pneumonia"]["boxes"]) == 2
    assert found["Tuberculosis"]["calibrated"] is False


def test_that_the_sr_says_what_the_numbers_it_leaves_undecided_are_worth(
    session_of, chest_study, claimed, request_of
):
    session = session_of(chest_study)
    low = severity(1.0, 0.0, 2.5)
    session.adopt(claimed(chest_study.images[0], severities=(low,)))
    (draft,) = structured_report.sr_drafts(request_of(session))
    document = dcmread(io.BytesIO(draft.content))
    lines = [str(item.TextValue) for item in named(document, "121106")]
    assert [line for line in lines if line.startswith("Not flagged")] == [
        "Not flagged, not decided: Tuberculosis, 0.12, not a probability,"
        " threshold 0.42",
        "Not flagged, not decided: Extent, 1.0 of 8, between 0.0 and 2.5:"
        " severity, not a prognosis",
    ]


@pytest.fixture
def report(decided, request_of):
    (draft,) = structured_report.sr_drafts(request_of(decided))
    return dcmread(io.BytesIO(draft.content))


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


def test_that_the_sr_measures_a_severity_with_its_interval(report):
    (number,) = [i for i in named(report, "S01") if i.ValueType == "NUM"]
    value = number.MeasuredValueSequence[0]
    assert float(value.NumericValue) == 3.0
    assert value.MeasurementUnitsCodeSequence[0].CodeValue == "{score}"
    # Upper and lower measurement uncertainty: 5.0 - 3.0 and 3.0 - 1.5.
    told = {
        item.ConceptNameCodeSequence[0].CodeValue: float(
            item.MeasuredValueSequence[0].NumericValue
        )
        for item in number.ContentSequence
    }
    assert told == {"371886008": 2.0, "371885007": 1.5}
    units = {
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue
        for item in number.ContentSequence
    }
    assert units == {"{score}"}
    words = " ".join(str(item.TextValue) for item in named(report, "121106"))
    assert "On a scale of 0 to 8; the uncertainty is that of a 90 %" in words
    assert "Severity, not a prognosis." in words


def test_that_the_sr_measures_a_segment_and_says_that_its_outline_is_not_there(report):
    (number,) = [i for i in named(report, "42798000") if i.ValueType == "NUM"]
    value = number.MeasuredValueSequence[0]
    assert float(value.NumericValue) == 5.0
    assert value.MeasurementUnitsCodeSequence[0].CodeValue == "mm2"
    words = " ".join(str(item.TextValue) for item in named(report, "121106"))
    assert "Told by its area; its outline is not in this report." in words


def test_that_the_sr_has_the_most_probable_box_and_names_the_others(report):
    (region,) = named(report, "111030")
    assert list(region.GraphicData)[:4] == [20.0, 10.0, 60.0, 10.0]
    words = " ".join(str(item.TextValue) for item in named(report, "121106"))
    assert "Others: row 60, column 5, 8 x 9 px." in words


def test_that_the_sr_calls_no_uncalibrated_number_a_probability(report):
    values = [
        float(i.MeasuredValueSequence[0].NumericValue) for i in named(report, "122157")
    ]
    assert values == [0.83]
    (certainty,) = named(report, "111012")
    assert float(certainty.MeasuredValueSequence[0].NumericValue) == 12.0
    words = " ".join(str(item.TextValue) for item in named(report, "121106"))
    assert "The certainty is not a probability: only its order counts." in words


def test_that_the_check_reads_the_numbers_back_and_says_what_is_left_out(
    decided, request_of, tmp_path
):
    (draft,) = structured_report.sr_drafts(request_of(decided))
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert draft.check(path) == (
        "Read back: 4 findings, patient and study match;"
        " 1 outline told by area alone; 1 further region told in words"
    )


def test_that_another_number_than_claimed_is_refused(decided, request_of, tmp_path):
    (draft,) = structured_report.sr_drafts(request_of(decided))
    document = dcmread(io.BytesIO(draft.content))
    (number,) = [i for i in named(document, "S01") if i.ValueType == "NUM"]
    number.MeasuredValueSequence[0].NumericValue = "4.0"
    path = tmp_path / "sr.dcm"
    document.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="other figures than claimed"):
        draft.check(path)


def test_that_an_uncertainty_in_another_unit_than_its_number_is_refused(
    decided, request_of, tmp_path
):
    (draft,) = structured_report.sr_drafts(request_of(decided))
    document = dcmread(io.BytesIO(draft.content))
    (number,) = [i for i in named(document, "S01") if i.ValueType == "NUM"]
    above = number.ContentSequence[0].MeasuredValueSequence[0]
    above.MeasurementUnitsCodeSequence[0].CodeValue = "1"
    path = tmp_path / "sr.dcm"
    document.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="other figures than claimed"):
        draft.check(path)


def test_that_dciodvfy_finds_no_error(decided, request_of, dicom_errors, tmp_path):
    (draft,) = structured_report.sr_drafts(request_of(decided))
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert dicom_errors(path) == []


def test_that_a_capture_draws_around_boxes_and_segment(decided, chest_study):
    rows = {row.finding_uid.rpartition("/")[2]: row for row in decided.findings}
    boxes = paths_of(rows["pneumonia"], decided.analyses, 1.0)
    assert [path[0] for path in boxes] == [(19.5, 9.5), (4.5, 59.5)]
    (line,) = paths_of(rows["tumour"], decided.analyses, 2.0)
    # Pixels 20 to 24 across and 10 to 13 down, twice as large.
    assert min(line) == (40.5, 20.5)
    assert max(line) == (48.5, 26.5)
    assert paths_of(rows["extent"], decided.analyses, 1.0) == []


def test_that_dashes_run_on_over_edges_shorter_than_themselves():
    picture = np.zeros((9, 60, 3), np.uint8)
    line = [(float(x), 4.0) for x in range(0, 60, 2)]
    capture_drawing._line(picture, line, (255, 255, 255), 1, (6.0, 6.0))
    drawn = picture[4, :, 0] > 128
    assert 15 < drawn.sum() < 45
