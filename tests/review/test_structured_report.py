import io
import logging
from dataclasses import replace

import pytest
from highdicom.sr import srread
from pydicom import dcmread

from explain.analysis import AnalysisStatus
from inference.model_card import (
    Code,
    ExplainSpec,
    InclusionRules,
    InputSpec,
    ModelCard,
)
from review import report_codes, structured_report, vocabulary
from review.decision import Box, Verdict
from review.errors import ExportRefusedError


@pytest.fixture(params=["chest_study", "tibia_study"])
def study(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def report(study, reviewed, request_of):
    """The SR of a review with a decision of every kind, read back."""
    request = request_of(reviewed(study))
    return dcmread(io.BytesIO(structured_report.sr_drafts(request)[0].content))


def draft_of(session, request_of, **more):
    return structured_report.sr_drafts(request_of(session, **more))[0]


def read(session, request_of, **more):
    return dcmread(io.BytesIO(draft_of(session, request_of, **more).content))


def items(dataset):
    """All content items of the tree, the containers too."""
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


def coded(dataset, value):
    return [item.ConceptCodeSequence[0].CodeValue for item in named(dataset, value)]


def groups(dataset):
    return named(dataset, "125007")


def test_that_dciodvfy_finds_no_error(
    study, reviewed, request_of, dicom_errors, tmp_path
):
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft_of(reviewed(study), request_of).content)
    assert dicom_errors(path) == []


def test_that_dciodvfy_can_fail(report, dicom_errors, tmp_path):
    del report.CompletionFlag
    report.VerificationFlag = "PERHAPS"
    report.save_as(tmp_path / "bad.dcm", enforce_file_format=True)
    assert dicom_errors(tmp_path / "bad.dcm")


def test_that_it_is_an_unverified_preliminary_comprehensive_3d_sr(report):
    assert report.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
    assert report.VerificationFlag == "UNVERIFIED"
    assert report.PreliminaryFlag == "PRELIMINARY"
    assert report.CompletionFlag == "COMPLETE"
    assert report.ContentQualification == "RESEARCH"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert "VerifyingObserverSequence" not in report


def test_that_it_lies_in_the_source_study_in_a_series_of_its_own(report, study):
    source = study.images[0]
    assert report.StudyInstanceUID == source.study_instance_uid
    assert report.SeriesInstanceUID != source.series_instance_uid
    assert report.PatientID == study.patient.patient_id
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0]
    series = evidence.ReferencedSeriesSequence[0]
    assert evidence.StudyInstanceUID == source.study_instance_uid
    assert series.SeriesInstanceUID == source.series_instance_uid
    reference = series.ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == source.sop_instance_uid


def test_that_device_and_person_are_named_as_observers_and_authors(report):
    assert sorted(coded(report, "121005")) == ["121006", "121007"]
    assert [str(item.PersonName) for item in named(report, "121008")] == ["K. Lind^"]
    assert [item.TextValue for item in named(report, "121013")] == ["Overread"]
    kinds = [author.ObserverType for author in report.AuthorObserverSequence]
    assert kinds == ["PSN", "DEV"]


def test_that_processing_equipment_and_our_scheme_are_declared(report):
    equipment = report.ContributingEquipmentSequence[0]
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109102"
    scheme = report.CodingSchemeIdentificationSequence[0]
    assert scheme.CodingSchemeDesignator == vocabulary.SCHEME


def test_that_each_decision_is_told_as_such(report):
    assert coded(report, "D00") == ["D02", "D03", "D04", "D04"]
    assert coded(report, "D10") == ["R01"]


def test_that_each_finding_has_the_tracking_uid_of_its_row(study, reviewed, request_of):
    session = reviewed(study)
    report = read(session, request_of)
    expected = [row.tracking_uid for row in session.findings]
    assert [item.UID for item in named(report, "112040")][:4] == expected


def test_that_a_rejection_without_reason_says_that_none_was_given(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    session.set_reason("chest-findings/pneumonia", "")
    assert coded(read(session, request_of), "D10") == ["R00"]


def test_that_a_flagged_finding_without_decision_is_told_as_not_decided(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    session.decide("chest-findings/pneumonia", None)
    report = read(session, request_of)
    assert coded(report, "D00")[0] == "D05"
    assert "D01" not in coded(report, "D00")
    assert report.CompletionFlag == "PARTIAL"


def test_that_a_probability_is_a_num_with_its_uncertainty(report):
    number = named(report, "122157")[0].MeasuredValueSequence[0]
    assert float(number.NumericValue) == pytest.approx(0.83)
    assert number.MeasurementUnitsCodeSequence[0].CodeValue == "1"
    above = named(report, "371886008")[0].MeasuredValueSequence[0].NumericValue
    below = named(report, "371885007")[0].MeasuredValueSequence[0].NumericValue
    assert (float(above), float(below)) == pytest.approx((0.07, 0.12))


def test_that_an_uncalibrated_number_is_a_certainty_in_percent(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    rows = tuple(
        replace(row, interval=None if row.interval is None else (0.83, 0.83))
        for row in session.findings
    )
    report = read(session, request_of, findings=rows)
    assert named(report, "122157") == []
    number = named(report, "111012")[0].MeasuredValueSequence[0]
    assert float(number.NumericValue) == pytest.approx(83.0)
    assert number.MeasurementUnitsCodeSequence[0].CodeValue == "%"


def test_that_a_box_is_a_closed_polyline_in_column_row_order(report):
    region = named(report, "111030")[0]
    # Row 60.5, column 20, 300 x 400: columns 20 to 420, rows 60.5 to 360.5.
    assert region.GraphicType == "POLYLINE"
    assert list(region.GraphicData) == [
        20, 60.5, 420, 60.5, 420, 360.5, 20, 360.5, 20, 60.5,
    ]  # fmt: skip


def test_that_the_algorithm_is_identified_with_threshold_and_weights(report):
    texts = [item.TextValue for item in named(groups(report)[0], "111002")]
    assert "threshold=0.42" in texts
    assert f"weights SHA-256={'ab' * 32}" in texts
    assert any(text.startswith("preprocessing=not known") for text in texts)
    assert coded(groups(report)[0], "111000") == ["123110"]
    assert named(groups(report)[2], "111001") == []  # the reader's own finding


def test_that_the_preprocessing_comes_from_the_manifest_of_these_weights(
    chest_study, reviewed, request_of, tmp_path
):
    card = ModelCard(
        tmp_path, "chest-findings", "1.0.0", "Chest", "", "Overread", "", "lite0",
        "weights.safetensors", "ab" * 32, InputSpec(224, 224, 3, (1, 99), 0.5, 0.25),
        ExplainSpec("bn2", "classifier", ()), InclusionRules((), (), (), None, 1), (),
    )  # fmt: skip
    report = read(reviewed(chest_study), request_of, cards=(card,))
    texts = [item.TextValue for item in named(groups(report)[0], "111002")]
    assert any("224 x 224 px" in text and "mean 0.5" in text for text in texts)


def test_that_the_status_of_every_run_is_told(report):
    assert coded(report, "S00") == ["111222", "111224"]
    assert coded(report, "111017") == ["111244"]
    comments = [item.TextValue for item in named(report, "121106")]
    assert "Reason: no memory" in comments


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (AnalysisStatus.INELIGIBLE, "111225"),
        (AnalysisStatus.OUT_OF_DISTRIBUTION, "111225"),
        (AnalysisStatus.FAILED, "111224"),
    ],
)
def test_that_a_study_without_findings_still_says_what_ai_did(
    status, value, chest_study, session_of, build_analysis, request_of
):
    session = session_of(chest_study)
    session.adopt(
        build_analysis(chest_study.images[0], status=status, reasons=("lateral view",))
    )
    report = read(session, request_of)
    assert coded(report, "S00") == [value]
    assert coded(report, "111017") == ["111245"]
    assert "Reason: lateral view" in [i.TextValue for i in named(report, "121106")]


def test_that_a_study_no_model_saw_says_so(chest_study, session_of, request_of):
    report = read(session_of(chest_study), request_of)
    assert coded(report, "S00") == ["111225"]


def test_that_what_lies_below_threshold_is_told_but_not_as_a_finding(
    chest_study, session_of, build_analysis, request_of
):
    session = session_of(chest_study)
    session.adopt(build_analysis(chest_study.images[0]))
    session.decide("chest-findings/pneumonia", Verdict.CONFIRMED)
    report = read(session, request_of)
    assert coded(report, "D00") == ["D01"]
    comments = [item.TextValue for item in named(report, "121106")]
    figure = "0.12, between 0.05 and 0.20, threshold 0.42"
    assert f"Not flagged, not decided: Tuberculosis, {figure}" in comments


def test_that_highdicom_reads_it_back(chest_study, reviewed, request_of):
    draft = draft_of(reviewed(chest_study), request_of)
    document = srread(io.BytesIO(draft.content))
    assert len(document.content.get_planar_roi_measurement_groups()) == 1


def test_that_the_names_of_all_deciding_readers_are_told(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    session.reader = "山田 太郎"
    session.decide("chest-findings/pneumonia", Verdict.CONFIRMED)
    report = read(session, request_of, reader="A. Other")
    names = [str(item.PersonName) for item in named(report, "121008")]
    assert names == ["A. Other^", "山田 太郎^", "K. Lind^"]


def test_that_a_free_name_beside_its_code_is_kept(chest_study, session_of, request_of):
    session = session_of(chest_study)
    code = vocabulary.OTHER_FINDING.code
    session.add_finding("Azygos lobe", code, chest_study.images[0], Box(1, 1, 9, 9))
    report = read(session, request_of)
    assert [item.TextValue for item in named(report, "D08")] == ["Azygos lobe"]
    assert coded(report, "121071") == ["M99"]


def test_that_the_check_refuses_a_report_that_tells_other_decisions(
    chest_study, reviewed, request_of, tmp_path
):
    session = reviewed(chest_study)
    draft = draft_of(session, request_of)
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert draft.check(path) == "Read back: 4 findings, patient and study match"
    session.decide("chest-findings/pneumonia", Verdict.CONFIRMED)
    with pytest.raises(ExportRefusedError, match="other findings"):
        draft_of(session, request_of).check(path)
    path.write_bytes(draft.content[: len(draft.content) // 2])
    with pytest.raises(ExportRefusedError):
        draft.check(path)


def test_that_the_check_refuses_another_patient(
    chest_study, reviewed, request_of, tmp_path
):
    draft = draft_of(reviewed(chest_study), request_of)
    dataset = dcmread(io.BytesIO(draft.content))
    dataset.PatientID = "SOMEBODY"
    path = tmp_path / "sr.dcm"
    dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="patient or study"):
        draft.check(path)


def test_that_a_film_that_is_not_dicom_is_refused_with_the_reason(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    film = replace(chest_study.images[0], is_dicom=False)
    with pytest.raises(ExportRefusedError, match="no patient and no study"):
        structured_report.sr_drafts(request_of(session, headers=(film,)))


def test_that_a_file_that_changed_since_it_was_opened_is_refused(
    chest_study, tibia_study, reviewed, request_of
):
    session = reviewed(chest_study)
    other = tibia_study.images[0].path
    moved = replace(chest_study.images[0], path=other)
    with pytest.raises(ExportRefusedError, match="has changed"):
        structured_report.sr_drafts(request_of(session, headers=(moved,)))


def test_that_images_of_two_patients_are_refused(
    chest_study, tibia_study, reviewed, request_of
):
    session = reviewed(chest_study)
    both = (*chest_study.images, *tibia_study.images)
    with pytest.raises(ExportRefusedError, match="one patient"):
        structured_report.sr_drafts(request_of(session, headers=both))


def test_that_no_name_reaches_a_log_or_a_warning(
    chest_study, reviewed, request_of, tmp_path, caplog, recwarn
):
    dataset = dcmread(chest_study.images[0].path)
    dataset.PatientName = "CANARYNAME"  # highdicom warns of a name without caret
    dataset.PatientSex = "CANARY"
    dataset.save_as(tmp_path / "film.dcm")
    film = replace(chest_study.images[0], path=tmp_path / "film.dcm")
    caplog.set_level(logging.DEBUG)
    draft = draft_of(reviewed(chest_study), request_of, headers=(film,))
    assert b"CANARYNAME" in draft.content
    assert "CANARY" not in caplog.text
    assert not [w for w in recwarn if "CANARY" in str(w.message)]
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert draft.check(path).endswith("left out: ['PatientSex']")


def test_that_a_latin_1_name_arrives_in_utf_8(
    chest_study, reviewed, request_of, tmp_path
):
    dataset = dcmread(chest_study.images[0].path)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = "Müller^Jürgen"
    dataset.save_as(tmp_path / "film.dcm")
    film = replace(chest_study.images[0], path=tmp_path / "film.dcm")
    report = read(reviewed(chest_study), request_of, headers=(film,))
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert str(report.PatientName) == "Müller^Jürgen"


def test_that_the_preamble_is_zeroed(chest_study, reviewed, request_of):
    assert draft_of(reviewed(chest_study), request_of).content[:128] == b"\0" * 128


def test_that_a_code_of_a_long_meaning_is_cut_to_64(
    chest_study, session_of, request_of
):
    session = session_of(chest_study)
    session.add_finding(
        "x" * 200, Code("99OVERREAD", "M99", "y" * 200), chest_study.images[0], None
    )
    report = read(session, request_of)
    code = named(report, "121071")[0].ConceptCodeSequence[0]
    assert code.CodeMeaning == "y" * 64


@pytest.mark.parametrize(
    ("keyword", "value", "words"),
    [
        ("SOPInstanceUID", "", "no valid SOPInstanceUID"),
        ("StudyInstanceUID", "1..2", "no valid StudyInstanceUID"),
        ("StudyInstanceUID", "999.2", "no valid StudyInstanceUID"),
        ("PatientID", "x" * 65, "Patient ID is not valid"),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")  # pydicom, writing it
@pytest.mark.filterwarnings("ignore:The value length")  # pydicom, writing it
def test_that_an_image_without_a_sound_identity_is_refused(
    keyword, value, words, chest_study, reviewed, request_of, tmp_path
):
    dataset = dcmread(chest_study.images[0].path)
    setattr(dataset, keyword, value)
    dataset.save_as(tmp_path / "film.dcm")
    film = replace(chest_study.images[0], path=tmp_path / "film.dcm")
    session = reviewed(chest_study)
    with pytest.raises(ExportRefusedError, match=words):
        draft_of(session, request_of, headers=(film,))


@pytest.mark.parametrize(
    ("modalities", "value"),
    [
        (("CR",), "168537006"),
        (("DX", "DX"), "168537006"),
        (("CT",), "77477000"),
        (("MR",), "363679005"),
        (("CT", "MR"), "363679005"),
        ((), "363679005"),
    ],
)
def test_that_the_procedure_is_that_of_the_modality(modalities, value, chest_study):
    image = chest_study.images[0]
    headers = [replace(image, modality=modality) for modality in modalities]
    assert report_codes.procedure_of(headers).value == value


def test_that_all_methods_of_deidentification_are_taken_over(
    chest_study, reviewed, request_of, dicom_errors, tmp_path
):
    dataset = dcmread(chest_study.images[0].path)
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = ["dcanon", "no identifiers", "keep dates"]
    dataset.save_as(tmp_path / "film.dcm")
    film = replace(chest_study.images[0], path=tmp_path / "film.dcm")
    draft = draft_of(reviewed(chest_study), request_of, headers=(film,))
    path = tmp_path / "sr.dcm"
    path.write_bytes(draft.content)
    assert list(dcmread(path).DeidentificationMethod) == [
        "dcanon", "no identifiers", "keep dates",
    ]  # fmt: skip
    assert draft.check(path).endswith("patient and study match")
    assert dicom_errors(path) == []


def test_that_two_patient_ids_in_one_are_refused_not_made_one(
    chest_study, reviewed, request_of, tmp_path
):
    dataset = dcmread(chest_study.images[0].path)
    dataset.PatientID = ["A1", "B2"]
    dataset.save_as(tmp_path / "film.dcm")
    film = replace(chest_study.images[0], path=tmp_path / "film.dcm")
    with pytest.raises(ExportRefusedError, match="Patient ID is not valid"):
        draft_of(reviewed(chest_study), request_of, headers=(film,))
