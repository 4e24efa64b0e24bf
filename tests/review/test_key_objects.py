"""Key images as Key Object Selection, written to bytes and read back."""

import io
from dataclasses import replace

import pytest
from highdicom.ko import KeyObjectSelectionDocument
from pydicom import dcmread

from review import key_objects
from review.errors import ExportRefusedError


@pytest.fixture
def marked(chest_study, session_of):
    session = session_of(chest_study)
    session.set_key_image(chest_study.images[0], on=True, comment="ä 日本")
    return session


def draft_of(session, request_of, **more):
    (draft,) = key_objects.ko_drafts(request_of(session, **more))
    return draft


def read(session, request_of, **more):
    return dcmread(io.BytesIO(draft_of(session, request_of, **more).content))


def test_that_dciodvfy_finds_no_error(marked, request_of, dicom_errors, tmp_path):
    draft = draft_of(marked, request_of)
    path = tmp_path / "ko.dcm"
    path.write_bytes(draft.content)
    assert dicom_errors(path) == []
    assert draft.check(path) == "Read back: 1 key image, patient and study match"


def test_that_dciodvfy_can_fail(marked, request_of, dicom_errors, tmp_path):
    document = read(marked, request_of)
    del document.CurrentRequestedProcedureEvidenceSequence
    document.save_as(tmp_path / "bad.dcm", enforce_file_format=True)
    assert dicom_errors(tmp_path / "bad.dcm")


def test_that_it_is_a_selection_of_interest_in_the_source_study(marked, request_of):
    document = read(marked, request_of)
    image = marked.study.images[0]
    assert document.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.59"
    title = document.ConceptNameCodeSequence[0]
    assert (title.CodeValue, title.CodingSchemeDesignator) == ("113000", "DCM")
    assert document.StudyInstanceUID == image.study_instance_uid
    assert document.PatientID == marked.study.patient.patient_id
    assert document.SeriesInstanceUID != image.series_instance_uid
    assert key_objects.read_selection(document) == {(image.sop_instance_uid, 0)}


def test_that_the_remark_and_who_marked_are_told(marked, request_of):
    document = read(marked, request_of)
    texts = [i.TextValue for i in document.ContentSequence if i.ValueType == "TEXT"]
    assert any("marked by K. Lind: ä 日本" in text for text in texts)
    assert any("NOT FOR DIAGNOSIS" in text for text in texts)
    names = [i.PersonName for i in document.ContentSequence if i.ValueType == "PNAME"]
    assert names == ["K. Lind^"]


def test_that_highdicom_reads_it_back(marked, request_of):
    document = KeyObjectSelectionDocument.from_dataset(read(marked, request_of))
    assert len(document.content.get_references()) == 1


def test_that_frames_are_named_once_per_image(marked, request_of):
    film = replace(marked.study.images[0], frames=4)
    marked.study = replace(
        marked.study, series=(replace(marked.study.series[0], images=(film,)),)
    )
    marked.set_key_image(replace(film, frame=3), on=True)
    document = read(marked, request_of, headers=(film,))
    uid = film.sop_instance_uid
    assert key_objects.read_selection(document) == {(uid, 1), (uid, 4)}
    images = [i for i in document.ContentSequence if i.ValueType == "IMAGE"]
    assert len(images) == 1


def test_that_no_key_image_makes_no_object(chest_study, session_of, request_of):
    assert key_objects.ko_drafts(request_of(session_of(chest_study))) == []


def test_that_key_images_that_are_not_open_are_refused_or_said(
    marked, request_of, tmp_path
):
    (here,) = marked.key_images
    lost = replace(here, sop_instance_uid="1.2.99")
    with pytest.raises(ExportRefusedError, match="none of the key images is open"):
        draft_of(marked, request_of, key_images=(lost,))
    draft = draft_of(marked, request_of, key_images=(here, lost))
    path = tmp_path / "ko.dcm"
    path.write_bytes(draft.content)
    assert draft.check(path).endswith("; 1 not open: in CSV and JSON only")


def test_that_a_png_film_is_refused(marked, request_of):
    film = replace(marked.study.images[0], is_dicom=False)
    with pytest.raises(ExportRefusedError, match="no patient and no study"):
        draft_of(marked, request_of, headers=(film,))


def test_that_the_check_finds_another_patient_and_another_image(
    marked, request_of, tmp_path
):
    draft = draft_of(marked, request_of)
    path = tmp_path / "ko.dcm"
    document = dcmread(io.BytesIO(draft.content))
    document.PatientID = "SOMEBODY"
    document.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="patient or study"):
        draft.check(path)
    document = dcmread(io.BytesIO(draft.content))
    image = next(i for i in document.ContentSequence if i.ValueType == "IMAGE")
    image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.99"
    document.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="other images"):
        draft.check(path)
