import io
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread

from explain.analysis import AnalysisStatus
from explain.heatmap import Heatmap
from explain.rendering import blend
from inference.preprocess import Placement
from review import capture_drawing, capture_style, secondary_capture
from review.capture_panel import PanelContent
from review.decision import Box, Verdict
from review.errors import ExportRefusedError


@pytest.fixture
def confirmed(reviewed):
    """A review whose flagged finding is confirmed, so that its map is shown."""

    def make(study):
        session = reviewed(study)
        session.decide("chest-findings/pneumonia", Verdict.CONFIRMED)
        return session

    return make


def captures(session, request_of, **more):
    drafts = secondary_capture.sc_drafts(request_of(session, **more))
    return [dcmread(io.BytesIO(draft.content)) for draft in drafts]


def panel(*, heatmap=None, mapped=None, findings=()):
    return PanelContent(findings, (), mapped, heatmap, "", "W 1 L 1", (), "K", "now")


def heatmap(rows=200, columns=100, probability=1.0):
    values = np.zeros((2, 1), dtype=np.float32)
    values[1, 0] = 4.0
    place = Placement(rows, columns, (0, 0, rows, columns), (2, 1))
    return Heatmap("k", values, 4.0, probability, place, "grad-cam")


@pytest.mark.parametrize("name", ["chest_study", "tibia_study"])
def test_that_dciodvfy_finds_no_error(
    name, request, confirmed, request_of, dicom_errors, tmp_path
):
    session = confirmed(request.getfixturevalue(name))
    path = tmp_path / "sc.dcm"
    path.write_bytes(secondary_capture.sc_drafts(request_of(session))[0].content)
    assert dicom_errors(path) == []


def test_that_dciodvfy_can_fail(
    chest_study, confirmed, request_of, dicom_errors, tmp_path
):
    dataset = captures(confirmed(chest_study), request_of)[0]
    del dataset.ConversionType
    dataset.save_as(tmp_path / "bad.dcm", enforce_file_format=True)
    assert dicom_errors(tmp_path / "bad.dcm")


def test_that_it_is_a_derived_secondary_image_with_declared_burned_in_text(
    chest_study, confirmed, request_of
):
    dataset = captures(confirmed(chest_study), request_of)[0]
    source = chest_study.images[0]
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY"]
    assert dataset.BurnedInAnnotation == "YES"
    assert dataset.ContentQualification == "RESEARCH"
    assert dataset.StudyInstanceUID == source.study_instance_uid
    assert dataset.SeriesInstanceUID != source.series_instance_uid
    item = dataset.SourceImageSequence[0]
    assert item.ReferencedSOPInstanceUID == source.sop_instance_uid
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    assert dataset.ContributingEquipmentSequence[0].Manufacturer == "Overread"


def test_that_a_lossy_source_stays_declared_as_lossy(
    chest_study, confirmed, request_of
):
    source = dcmread(chest_study.images[0].path, stop_before_pixels=True)
    dataset = captures(confirmed(chest_study), request_of)[0]
    assert dataset.get("LossyImageCompression") == source.get("LossyImageCompression")


def test_that_the_film_stands_pixel_by_pixel_beneath_the_notice(
    tibia_study, session_of, request_of
):
    from studies.grayscale import to_display
    from studies.reader import read_image

    image = read_image(tibia_study.images[0])
    pixels = captures(session_of(tibia_study), request_of)[0].pixel_array
    top = capture_drawing.film_top(image.header.rows)
    film = pixels[top : top + image.header.rows, : image.header.columns]
    grey = (to_display(image) * 255.0 + 0.5).astype(np.uint8)
    np.testing.assert_array_equal(film, np.repeat(grey[..., None], 3, axis=2))
    assert pixels[:top, :, :].max() > 100  # the notice is written there


def test_that_the_notice_is_burned_in_on_every_capture(
    chest_study, confirmed, request_of
):
    pixels = captures(confirmed(chest_study), request_of)[0].pixel_array
    strip = pixels[: capture_drawing.film_top(1955)]
    written = np.all(strip == capture_style.BANNER_TEXT, axis=-1)
    assert written.sum() > 1000


def test_that_heat_lies_on_the_film_as_the_window_draws_it():
    film = np.full((200, 100), 0.5, dtype=np.float32)
    heat = heatmap()
    drawn = capture_drawing.draw_capture(film, panel(heatmap=heat))
    top = capture_drawing.film_top(200)
    # Far into the hot cell (rows 100 to 200) the heat is 1.0, and 0 far above.
    expected = blend(np.full((1, 1), 128, np.uint8), np.ones((1, 1), np.float32), 0.70)[
        0, 0
    ]
    np.testing.assert_array_equal(drawn[top + 199, 50], expected)
    np.testing.assert_array_equal(drawn[top + 1, 50], [128, 128, 128])


def test_that_a_finding_of_one_percent_leaves_the_film_clear():
    film = np.full((200, 100), 0.5, dtype=np.float32)
    drawn = capture_drawing.draw_capture(film, panel(heatmap=heatmap(probability=0.01)))
    top = capture_drawing.film_top(200)
    assert (drawn[top : top + 200, :100] == 128).all()


def test_that_a_large_film_is_reduced_to_2048_and_heat_and_boxes_with_it(
    session, build_header, tmp_path
):
    film = np.zeros((4096, 1024), dtype=np.float32)
    big = build_header(tmp_path / "x", rows=4096, columns=1024)
    from inference.model_card import Code

    session.add_finding(
        "Mass", Code("SCT", "4147007", "Mass"), big, Box(2048, 512, 1024, 256)
    )
    drawn = capture_drawing.draw_capture(film, panel(findings=session.findings))
    top = capture_drawing.film_top(2048)
    film_area = drawn[top : top + 2048, :380]  # the number stands beyond the box
    pink = np.argwhere(np.all(film_area == capture_style.MISSED, axis=-1))
    # The box begins at half its row and column, 1024 and 256 (outer corner, so
    # 0.5 px before that pixel's centre).
    assert abs(pink[:, 0].min() - 1023.5) <= 2
    assert abs(pink[pink[:, 0] > 1100][:, 1].min() - 255.5) <= 2
    assert drawn.shape[0] == top + 2048


def test_that_a_rejected_findings_box_and_map_are_not_drawn(
    chest_study, reviewed, request_of
):
    session = reviewed(chest_study)
    session.edit_box("chest-findings/pneumonia", Box(1000, 1000, 300, 300))
    rejected = captures(session, request_of)[0].pixel_array
    top = capture_drawing.film_top(1955)
    area = rejected[top + 950 : top + 1350, 950:1350].astype(int)
    assert (area[..., 0] == area[..., 2]).all()  # grey: nothing coloured there


def test_that_each_kind_of_outline_has_its_own_line(session, header, build_analysis):
    session.adopt(build_analysis(header))
    ai = session.finding("chest-findings/pneumonia")
    assert capture_style.line_style(ai).dashes is not None
    for verdict, style in (
        (Verdict.CONFIRMED, capture_style.STYLE_CONFIRMED),
        (Verdict.UNSURE, capture_style.STYLE_UNSURE),
        (Verdict.REJECTED, capture_style.STYLE_REJECTED),
    ):
        session.decide(ai.finding_uid, verdict)
        row = session.finding(ai.finding_uid)
        assert capture_style.line_style(row) is style


def test_that_there_is_one_capture_per_shown_map(chest_study, confirmed, request_of):
    session = confirmed(chest_study)
    assert len(captures(session, request_of)) == 1
    session.decide("chest-findings/pneumonia", Verdict.REJECTED)
    assert len(captures(session, request_of)) == 1  # the film without a map


def test_that_a_map_that_does_not_fit_the_image_is_hidden(
    chest_study, confirmed, request_of
):
    session = confirmed(chest_study)
    header = chest_study.images[0]
    assert not capture_drawing.placement_fits(heatmap(), header)
    wrong = replace(
        session.analyses[0], heatmaps={"pneumonia": heatmap(rows=10, columns=10)}
    )
    pixels = captures(session, request_of, analyses=(wrong,))[0].pixel_array
    top = capture_drawing.film_top(header.rows)
    film = pixels[top + 1000 : top + header.rows, : header.columns].astype(int)
    assert (film[..., 0] == film[..., 2]).all()


@pytest.mark.parametrize(
    ("crop", "fits"),
    [
        ((0, 0, 200, 100), True),
        ((10, 10, 100, 90), True),
        ((0, -50, 200, 200), True),
        ((-200, 0, 200, 100), False),
        ((200, 0, 201, 100), False),
        ((0, 0, 0, 100), False),
    ],
)
def test_that_the_placement_self_check_wants_the_crop_on_the_image(
    crop, fits, build_header, tmp_path
):
    header = build_header(tmp_path / "x", rows=200, columns=100)
    placed = replace(heatmap(), placement=Placement(200, 100, crop, (2, 1)))
    assert capture_drawing.placement_fits(placed, header) is fits


def test_that_no_patient_name_or_id_is_handed_to_the_drawing(
    chest_study, confirmed, request_of, monkeypatch
):
    written = []
    real = capture_drawing.write_panel

    def note(pen, content):
        pen_write = pen.write
        pen.write = lambda text, *a, **k: (
            written.append(text),
            pen_write(text, *a, **k),
        )
        real(pen, content)

    monkeypatch.setattr(capture_drawing, "write_panel", note)
    captures(confirmed(chest_study), request_of)
    text = " ".join(written)
    assert "K. Lind" in text
    assert chest_study.patient.name not in text
    assert chest_study.patient.patient_id not in text


def test_that_the_check_refuses_other_pixels_and_a_missing_declaration(
    chest_study, confirmed, request_of, tmp_path
):
    draft = secondary_capture.sc_drafts(request_of(confirmed(chest_study)))[0]
    path = tmp_path / "sc.dcm"
    path.write_bytes(draft.content)
    assert "notice burned in" in draft.check(path)
    dataset = dcmread(path)
    dataset.BurnedInAnnotation = "NO"
    dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(ExportRefusedError, match="burned-in"):
        draft.check(path)
    content = bytearray(draft.content)
    content[-1000] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ExportRefusedError, match="other pixels"):
        draft.check(path)


def test_that_a_film_that_is_not_dicom_is_refused_with_the_reason(
    chest_study, confirmed, request_of
):
    film = replace(chest_study.images[0], is_dicom=False)
    with pytest.raises(ExportRefusedError, match="Export CSV or JSON"):
        secondary_capture.sc_drafts(request_of(confirmed(chest_study), headers=(film,)))


def test_that_of_many_slices_only_those_told_of_are_captured(
    chest_study, session_of, build_analysis, build_measurement, request_of
):
    film = chest_study.images[0]
    slices = tuple(replace(film, sop_instance_uid=f"1.2.{n}") for n in range(9))
    session = session_of(
        replace(chest_study, series=(replace(chest_study.series[0], images=slices),))
    )

    def told():
        images = secondary_capture.told_images(request_of(session))
        return [image.sop_instance_uid for image in images]

    assert told() == ["1.2.0"]
    refused = build_analysis(slices[1], status=AnalysisStatus.INELIGIBLE)
    session.adopt(refused)
    session.adopt(build_analysis(slices[5], request_id="r2"))
    session.measure(build_measurement(slices[3], "length"))
    session.set_key_image(slices[8], on=True)
    assert told() == ["1.2.5", "1.2.3", "1.2.8"]


def test_that_all_of_a_few_films_are_captured(chest_study, session_of, request_of):
    film = chest_study.images[0]
    films = (film, replace(film, sop_instance_uid="1.2.9"))
    request = request_of(session_of(chest_study), headers=films)
    assert secondary_capture.told_images(request) == films
