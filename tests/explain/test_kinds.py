"""Models of every kind through the engine: see inference/support/tiny_kinds.py."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from explain.analysis import AnalysisRequest, AnalysisStatus, CheckResult
from explain.engine import Engine
from inference.classifier import load
from inference.errors import UnknownModelError
from inference.local_store import LocalState
from inference.model_card import read_manifest
from studies.model import GrayscaleParameters, Image, ImageHeader, Window


@pytest.fixture(scope="module")
def kinds(write_model):
    """The module that writes models; `write_model` puts its folder on the path."""
    return importlib.import_module("tiny_kinds")


@pytest.fixture
def make_engine(kinds, tmp_path):
    """Make an engine whose input gate gives some answers; counts what is loaded."""

    def make(local=None, **answers):
        gate = read_manifest(kinds.write_gate(tmp_path / "input-gate", **answers))
        runs = []

        def counting(card, device):
            classifier = load(card, device)
            run = classifier.run

            def counted(films):
                runs.append(card.model_id)
                return run(films)

            classifier.run = counted
            return classifier

        engine = Engine(
            load_model=counting,
            find_gate=lambda: gate,
            local=lambda card: LocalState(local),
        )
        return engine, runs

    return make


def film(values: np.ndarray, **stated: object) -> Image:
    """Return an 8-bit film whose display values are values / 255."""
    header = {
        "path": Path("film.dcm"),
        "frame": 0,
        "sop_instance_uid": "1.2.3.4",
        "sop_class_uid": "",
        "series_instance_uid": "1.2.3",
        "study_instance_uid": "1.2",
        "modality": "DX",
        "rows": values.shape[0],
        "columns": values.shape[1],
        "grayscale": GrayscaleParameters(
            "MONOCHROME2", 8, 0, windows=(Window(128.0, 256.0),)
        ),
        **stated,
    }
    return Image(ImageHeader(**header), values.astype(np.uint8))  # type: ignore[arg-type]  # keywords of a test


def bright_quarter(rows: int = 128, columns: int = 128) -> np.ndarray:
    """Return a black film whose upper left quarter is white."""
    values = np.zeros((rows, columns))
    values[: rows // 2, : columns // 2] = 255
    return values


def request(folder: Path, image: Image, method: str = "") -> AnalysisRequest:
    return AnalysisRequest("r", image, str(folder), method, "cpu")


def test_that_severities_come_with_their_error_bands(kinds, make_engine, tmp_path):
    engine, _ = make_engine()
    folder = kinds.write_severity(tmp_path / "model")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    # A quarter of the film is white: 8 / 4 and 6 / 4.
    extent, opacity = analysis.severities
    assert (extent.key, extent.value) == ("extent", pytest.approx(2.0))
    assert extent.interval == pytest.approx((0.5, 3.0))
    assert opacity.value == pytest.approx(1.5)
    assert opacity.interval == pytest.approx((0.0, 2.5))
    assert analysis.findings == ()
    checks = {check.key: check for check in analysis.trust}
    assert checks["error"].result is CheckResult.PASSED
    assert checks["error"].figure.startswith(
        "Geographic extent: off by 1.2, the mean alone by 2.0"
    )
    assert "calibration" not in checks


def test_that_a_segment_lies_on_the_images_pixels(kinds, make_engine, tmp_path):
    engine, _ = make_engine(kind=[0, 0, 0, 0, 9.0, 0, 0, 0])
    folder = kinds.write_segmentation(tmp_path / "model")
    values = np.zeros((128, 128))
    values[:, :64] = 255
    image = film(values, modality="MR", spacing_mm=(0.5, 0.5))
    analysis = engine.analyse(request(folder, image))
    assert analysis.status is AnalysisStatus.SUCCEEDED
    (tumour,) = analysis.segments
    # Logits 10 and -10 meet half way between two cells, at the white half's edge.
    np.testing.assert_array_equal(tumour.mask, image.stored == 255)
    assert tumour.pixels == 128 * 64
    assert tumour.area_mm2 == 128 * 64 * 0.25
    assert [finding.key for finding in analysis.findings] == ["glioma"]


def test_that_a_letterboxed_segment_lies_on_the_images_pixels(
    kinds, make_engine, tmp_path
):
    engine, _ = make_engine(kind=[0, 0, 0, 0, 9.0, 0, 0, 0])
    folder = kinds.write_segmentation(tmp_path / "model", fit="letterbox")
    image = film(bright_quarter(64, 128), modality="MR")
    (tumour,) = engine.analyse(request(folder, image)).segments
    # Interpolation rounds the corner, at row 31 and column 63.
    assert np.argwhere(tumour.mask).max(axis=0).tolist() == [31, 63]
    assert tumour.mask[8:20, :64].all()
    assert tumour.mask[8:28, :50].all()
    assert tumour.area_mm2 is None


def test_that_boxes_lie_on_the_images_pixels(kinds, make_engine, tmp_path):
    engine, _ = make_engine(kind=[0, 0, 9.0, 0, 0, 0, 0, 0])
    folder = kinds.write_boxes(tmp_path / "model")
    analysis = engine.analyse(request(folder, film(bright_quarter(128, 256))))
    (finding,) = analysis.findings
    (box,) = finding.boxes
    assert (box.row, box.column, box.rows, box.columns) == (0, 0, 64, 128)
    # The brightest cells say 20 * (1 - 0.5).
    assert box.probability == pytest.approx(1 / (1 + np.exp(-10)))


def test_that_the_lungs_alone_are_shown_to_a_model_that_asks_for_them(
    kinds, make_engine, tmp_path
):
    engine, _ = make_engine(lung_box=[0.0, 0.0, 0.5, 0.5])
    folder = kinds.write_severity(tmp_path / "model", region="lungs")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    # The lung box is the white quarter.
    assert analysis.severities[0].value == pytest.approx(8.0)


def test_that_a_map_of_the_lungs_lies_where_the_lungs_do(kinds, make_engine, tmp_path):
    engine, _ = make_engine(lung_box=[0.0, 0.25, 0.5, 0.75])
    folder = kinds.write_boxes(tmp_path / "model", region="lungs", kind="frontal chest")
    analysis = engine.analyse(
        request(folder, film(bright_quarter()), method="grad-cam")
    )
    assert analysis.placement.crop == (0, 32, 64, 64)
    (box,) = analysis.findings[0].boxes
    # White columns 0 to 64 of the film; the crop begins at 32.
    assert (box.row, box.column, box.rows, box.columns) == (0, 32, 64, 32)
    assert analysis.heatmaps["fracture"].placement.crop == (0, 32, 64, 64)


def test_that_a_film_without_lungs_fails_and_says_so(kinds, make_engine, tmp_path):
    engine, _ = make_engine(lung_box=[0.5, 0.5, 0.5, 0.5])
    folder = kinds.write_severity(tmp_path / "model", region="lungs")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    assert analysis.status is AnalysisStatus.FAILED
    assert analysis.reasons == ("the lungs were not found on the film",)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"kind": [0, 9.0, 0, 0, 0, 0, 0, 0]}, "lateral view"),
        (
            {"kind": [0, 0, 0, 0, 9.0, 0, 0, 0]},
            "not a frontal chest radiograph: looks like a brain MR slice",
        ),
        ({"rotation": [0, 9.0, 0, 0]}, "film is turned by 90 degrees"),
        ({"inverted": [9.0]}, "film is inverted"),
        ({"cut_off": [9.0]}, "lungs are cut off"),
        (
            {"distance": [2.4, 0.0, 0.0]},
            "unlike the training films. Distance 2.40, limit 1.00. Score withheld.",
        ),
    ],
)
def test_that_what_the_gate_refuses_gets_no_number(
    kinds, make_engine, tmp_path, answers, reason
):
    engine, runs = make_engine(**answers)
    folder = kinds.write_severity(tmp_path / "model")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    assert analysis.status is AnalysisStatus.OUT_OF_DISTRIBUTION
    assert analysis.reasons == (reason,)
    assert (analysis.findings, analysis.severities, analysis.segments) == ((), (), ())
    assert analysis.trust[-1].result is CheckResult.FAILED
    assert runs == ["input-gate"]


def test_that_an_accepted_film_says_what_it_was_taken_for(kinds, make_engine, tmp_path):
    engine, _ = make_engine()
    folder = kinds.write_severity(tmp_path / "model")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    check = analysis.trust[0]
    assert (check.key, check.result) == ("kind", CheckResult.PASSED)
    assert check.figure == "frontal chest, 1.00"
    assert analysis.timing_ms["gate"] > 0


def test_that_the_gate_runs_once_for_an_image_however_many_models_follow(
    kinds, make_engine, tmp_path
):
    engine, runs = make_engine()
    image = film(bright_quarter())
    severity = kinds.write_severity(tmp_path / "one")
    boxes = kinds.write_boxes(tmp_path / "two", kind="frontal chest")
    engine.analyse(request(severity, image))
    engine.analyse(request(boxes, image))
    assert runs == ["input-gate", "tiny-severity", "tiny-limb"]


def test_that_other_pixels_under_the_same_uid_are_asked_about_again(
    kinds, make_engine, tmp_path
):
    engine, runs = make_engine()
    folder = kinds.write_severity(tmp_path / "one")
    engine.analyse(request(folder, film(bright_quarter())))
    engine.analyse(request(folder, film(np.full((128, 128), 99))))
    assert runs.count("input-gate") == 2


def test_that_without_a_gate_a_model_that_asks_for_a_kind_fails(kinds, tmp_path):
    def missing():
        raise UnknownModelError("input-gate", ())

    folder = kinds.write_severity(tmp_path / "one")
    engine = Engine(find_gate=missing, local=lambda card: LocalState())
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    assert analysis.status is AnalysisStatus.FAILED
    assert analysis.severities == ()
    assert analysis.reasons == (
        "the input gate is not available (not known; there is: none);"
        " no film is analysed without it",
    )


def test_that_a_gate_with_broken_answers_lets_nothing_pass(
    kinds, make_engine, tmp_path
):
    engine, _ = make_engine(kind=[float("nan")] * 8)
    folder = kinds.write_severity(tmp_path / "one")
    analysis = engine.analyse(request(folder, film(bright_quarter())))
    assert analysis.status is AnalysisStatus.FAILED
    assert analysis.reasons[0].startswith("the input gate: ")


def test_that_the_header_is_asked_before_the_gate(kinds, make_engine, tmp_path):
    engine, runs = make_engine()
    folder = kinds.write_severity(tmp_path / "one")
    analysis = engine.analyse(request(folder, film(bright_quarter(), modality="CT")))
    assert analysis.status is AnalysisStatus.INELIGIBLE
    assert runs == []


def test_that_a_number_that_is_no_probability_is_marked(kinds, make_engine, tmp_path):
    engine, _ = make_engine(kind=[0, 0, 9.0, 0, 0, 0, 0, 0])
    folder = kinds.write_boxes(tmp_path / "model", calibrated="false")
    (finding,) = engine.analyse(request(folder, film(bright_quarter()))).findings
    assert not finding.calibrated
    assert finding.interval is None
