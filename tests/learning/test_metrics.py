from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus, ModelIdentity
from inference.boxes import FoundBox
from inference.errors import InferenceCancelledError
from inference.findings import Finding
from inference.model_card import (
    Calibration,
    Code,
    ExplainSpec,
    FindingSpec,
    InclusionRules,
    InputSpec,
    ModelCard,
    SegmentSpec,
    SeveritySpec,
)
from inference.model_outputs import BoxSpec
from inference.segments import Segment
from inference.severities import SeverityValue
from learning.labelled_folder import read_labelled_folder
from learning.local_calibration import calibrate_locally, data_fingerprint
from learning.report import render_report
from learning.targets import targets_of
from learning.validation import Validation, validate

CODE = Code("SCT", "1", "Something")
CARD = ModelCard(
    folder=Path("model"),
    model_id="made-up",
    version="1",
    name="Made up",
    summary="",
    manufacturer="",
    licence="",
    architecture="",
    weights="w.safetensors",
    sha256="0" * 64,
    input=InputSpec(8, 8, 1),
    explain=ExplainSpec("", "", ()),
    inclusion=InclusionRules((), (), ()),
    findings=(
        FindingSpec("fracture", "Fracture", "fracture", CODE, 0.5, Calibration(), 1.0),
    ),
    severities=(
        SeveritySpec(
            "extent", "Extent", "severity_extent", CODE, 0.0, 8.0, 1.0, 1.0, 0.9, 86
        ),
    ),
    segments=(SegmentSpec("tumour", "Tumour", CODE, 0.5),),
    boxes=(BoxSpec("fracture", 0.5),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three films of 8 x 8: a boxed one, one without, one whose place is unknown."""
    import cv2

    for number in range(3):
        film = np.full((8, 8), 10 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), film)
    mask = np.zeros((8, 8), np.uint8)
    mask[0:2, 0:4] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    (tmp_path / "labels.csv").write_text(
        "file,source,patient_id,fracture,severity_extent,tumour,mask_file\n"
        "0.png,a,p1,1,2,1,mask.png\n"
        '1.png,a,p2,0,"5,5",0,\n'
        "2.png,b,p3,1,9,,\n"
    )
    (tmp_path / "boxes.csv").write_text("file,x,y,w,h\n0.png,0,0,4,2\n")
    return tmp_path


def _answers(requests: Iterable[AnalysisRequest]) -> Iterator[Analysis]:
    return map(_answer, requests)


def _answer(request: AnalysisRequest) -> Analysis:
    """Say 0.8, extent 3 +- 1, the upper left 2 x 2, and a box there."""
    mask = np.zeros((8, 8), bool)
    mask[0:2, 0:2] = True
    box = FoundBox(0.0, 0.0, 2.0, 2.0, 0.9)
    return Analysis(
        request.request_id,
        "1.2",
        0,
        ModelIdentity("made-up", "1", "", "", ""),
        AnalysisStatus.SUCCEEDED,
        findings=(
            Finding("fracture", "F", CODE, 1.4, 0.8, None, 0.5, True, boxes=(box,)),
        ),
        severities=(
            SeverityValue("extent", "E", CODE, 3.0, (2.0, 4.0), 0.0, 8.0, 0.9),
        ),
        segments=(Segment("tumour", "T", CODE, mask, 4, None, 0.5),),
    )


@pytest.fixture
def done(folder: Path) -> Validation:
    with read_labelled_folder(folder) as films:
        return validate(CARD, films, None, targets_of(CARD, films), _answers)


def test_that_severities_are_measured_where_the_truth_lies_on_the_scale(
    done: Validation,
) -> None:
    measured = done.metrics()["severities"]["severity_extent"]
    # 2 and 5.5 (with a comma) against 3; 9 is off the scale and told.
    assert measured["overall"]["n"] == 2
    assert measured["overall"]["mae"]["value"] == pytest.approx((1 + 2.5) / 2)
    assert measured["overall"]["coverage"]["value"] == 0.5
    assert list(measured["by_source"]) == ["a"]
    assert [line for line in done.problems() if "severity_extent" in line] == [
        "labels.csv, line 4, column severity_extent: found '9';"
        " allowed: 0 to 8, nothing"
    ]


def test_that_segments_are_measured_by_mask_box_and_absence(done: Validation) -> None:
    measured = done.metrics()["segments"]["tumour"]["overall"]
    # 4 pixels shared of 4 and 8; the boxes share 4 of 8; film 1 has nothing.
    assert measured["dice"]["value"] == pytest.approx(2 * 4 / 12)
    assert measured["box_hit_rate"]["value"] == 1.0
    assert (measured["n_without"], measured["false_mark_rate"]["value"]) == (1, 1.0)


def test_that_boxes_are_measured_where_the_place_is_known(done: Validation) -> None:
    measured = done.metrics()["boxes"]["fracture"]["overall"]
    # Film 2 has the finding but no box: nobody knows where.
    assert (measured["n"], measured["n_boxes"]) == (2, 1)
    assert measured["sensitivity"]["value"] == 1.0
    assert measured["false_marks"] == 0.5


def test_that_the_page_has_a_section_for_each_kind(done: Validation) -> None:
    page = render_report(done.metrics(), done, 0.8)
    for words in ("Extent", "not a prognosis", "Tumour: segmentation", ">FROC<"):
        assert words in page


def test_that_the_fingerprint_of_the_data_knows_neither_names_nor_order(
    done: Validation, folder: Path
) -> None:
    before = data_fingerprint(done)
    assert data_fingerprint(replace(done, films=done.films[::-1])) == before
    assert data_fingerprint(replace(done, films=done.films[:2])) != before
    (folder / "labels.csv").write_text("file,source\n")
    assert data_fingerprint(done) != before


def test_that_a_local_calibration_names_what_it_rests_on(done: Validation) -> None:
    local = calibrate_locally(
        done, site="Site A", validated_by="Reader 3", validated_on="2026-03-14"
    )
    assert (local.model_id, local.weights_sha256) == ("made-up", "0" * 64)
    assert (local.films, local.refused) == (3, 0)
    assert local.data_fingerprint == data_fingerprint(done)
    assert local.signature is None
    (finding,) = local.findings
    assert finding.withheld == "3 patients, needs 100"
    assert finding.warning.endswith(
        "films of 2 sources were pooled: where the sources differ in how often they"
        " have the finding, the AUROC flatters"
    )


def test_that_a_cancelled_validation_calibrates_nothing(done: Validation) -> None:
    with pytest.raises(ValueError, match="cancelled"):
        calibrate_locally(
            replace(done, cancelled=True),
            site="A",
            validated_by="B",
            validated_on="2026-03-14",
        )


def test_that_a_token_that_is_set_ends_a_validation_with_what_was_done(
    folder: Path,
) -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise InferenceCancelledError

    with read_labelled_folder(folder) as films:
        part = validate(
            CARD, films, None, targets_of(CARD, films), _answers, progress=stop
        )
    assert part.cancelled
    assert (part.metrics()["n"], part.metrics()["cancelled_after"]) == (2, 2)
