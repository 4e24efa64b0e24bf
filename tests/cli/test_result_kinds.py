"""Severities, segments, boxes and volumes as `overread analyze` writes them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cli.result_files import ResultFiles
from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from inference.boxes import FoundBox
from inference.findings import Finding
from inference.model_card import Code
from inference.segments import Segment
from inference.severities import SeverityValue
from studies.model import GrayscaleParameters, ImageHeader, Plane

CODE = Code("SCT", "126952004", "Neoplasm of brain")
MODEL = ModelIdentity("brain-tumour", "1.0.0", "ab" * 32, "Brain tumour", "Overread")


def header(number: int = 0, **stated: object) -> ImageHeader:
    """Return a slice of 4 x 4 pixels of 0.5 mm, 5 mm from the one before."""
    whole = {
        "path": Path(f"{number}.dcm"),
        "frame": 0,
        "sop_instance_uid": f"1.2.3.{number}",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.4",
        "series_instance_uid": "1.2.3",
        "study_instance_uid": "1.2",
        "modality": "MR",
        "rows": 4,
        "columns": 4,
        "grayscale": GrayscaleParameters("MONOCHROME2", 12, 0),
        "spacing_mm": (0.5, 0.5),
        "plane": Plane((0.0, 0.0, 5.0 * number), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        "frame_of_reference_uid": "1.9",
        **stated,
    }
    return ImageHeader(**whole)  # type: ignore[arg-type]  # keywords of a test


def analysis(pixels: int = 3, **stated: object) -> Analysis:
    mask = np.arange(16).reshape(4, 4) < pixels
    segment = Segment("tumour", "Tumour", CODE, mask, pixels, pixels * 0.25, 0.5)
    whole = Analysis("r", "1.2.3.0", 0, MODEL, AnalysisStatus.SUCCEEDED)
    return replace(whole, segments=(segment,), **stated)  # type: ignore[arg-type]


@pytest.fixture
def write(tmp_path):
    """Write pairs of header and analysis; return the lines."""

    def write(*pairs):
        with ResultFiles(tmp_path, heatmaps=False) as files:
            for head, result in pairs:
                files.add(head, result, 1.0)
        text = (tmp_path / "results.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    return write


def test_that_a_segment_has_its_area_and_its_mask_beside_the_line(write, tmp_path):
    (line,) = write((header(), analysis(3)))
    assert line["segments"] == [
        {
            "name": "Tumour",
            "code": {
                "scheme": "SCT",
                "value": "126952004",
                "meaning": "Neoplasm of brain",
            },
            "pixels": 3,
            "area_mm2": 0.75,
            "threshold": 0.5,
            "mask": "masks.npz#0/tumour",
        }
    ]
    with np.load(tmp_path / "masks.npz") as masks:
        assert masks["0/tumour"].dtype == np.uint8
        assert masks["0/tumour"].sum() == 3


def test_that_a_segment_without_pixels_has_no_mask(write, tmp_path):
    (line,) = write((header(), analysis(0)))
    assert line["segments"][0]["pixels"] == 0
    assert line["segments"][0]["mask"] is None
    assert not (tmp_path / "masks.npz").exists()


def test_that_a_severity_is_said_to_be_no_prognosis(write):
    severity = SeverityValue("e", "Extent", CODE, 3.25, (1.5, 5.0), 0.0, 8.0, 0.9)
    (line,) = write((header(), analysis(severities=(severity,))))
    told = line["severities"][0]
    assert (told["value"], told["interval"]) == (3.25, [1.5, 5.0])
    assert (told["minimum"], told["maximum"], told["coverage"]) == (0.0, 8.0, 0.9)
    assert told["note"] == "severity, not a prognosis"


def test_that_a_finding_tells_boxes_set_and_whether_it_is_a_probability(write):
    box = FoundBox(1.0, 2.0, 10.0, 20.0, 0.75)
    finding = Finding(
        "fracture",
        "Fracture",
        CODE,
        1.0,
        0.7,
        None,
        0.5,
        True,
        False,
        "present",
        (box,),
    )
    (line,) = write((header(), analysis(findings=(finding,))))
    told = line["findings"][0]
    assert told["calibrated"] is False
    assert told["interval"] is None
    assert told["set"] == "present"
    assert told["boxes"] == [
        {"row": 1.0, "column": 2.0, "rows": 10.0, "columns": 20.0, "probability": 0.75}
    ]


def test_that_a_refused_image_has_no_number_of_any_kind(write):
    refused = analysis(status=AnalysisStatus.OUT_OF_DISTRIBUTION, reasons=("x",))
    (line,) = write((header(), refused))
    assert line["findings"] == []
    assert "segments" not in line
    assert "severities" not in line


def test_that_a_series_has_its_volume_exactly(write, tmp_path):
    # 3 + 0 + 5 pixels of 0.5 x 0.5 x 5 mm are 10 cubic mm.
    write(*((header(n), analysis(pixels)) for n, pixels in enumerate((3, 0, 5))))
    text = (tmp_path / "volumes.jsonl").read_text(encoding="utf-8")
    record = json.loads(text)
    assert record["schema"] == "overread.volume/1"
    assert (record["series_uid"], record["slices"]) == ("1.2.3", 3)
    assert (record["pixels"], record["volume_ml"]) == (8, 0.01)
    assert record["reason"] == ""
    assert record["model"]["id"] == "brain-tumour"


def test_that_a_series_with_a_slice_left_out_has_no_volume(write, tmp_path):
    refused = analysis(status=AnalysisStatus.INELIGIBLE, reasons=("x",))
    write((header(0), analysis()), (header(1), refused), (header(2), analysis()))
    record = json.loads((tmp_path / "volumes.jsonl").read_text(encoding="utf-8"))
    assert record["volume_ml"] is None
    assert record["reason"] == "1 of 3 slices were not analysed"


def test_that_uneven_slices_have_no_volume_and_a_reason(write, tmp_path):
    write(*((header(n), analysis()) for n in (0, 1, 3)))
    record = json.loads((tmp_path / "volumes.jsonl").read_text(encoding="utf-8"))
    assert record["volume_ml"] is None
    assert record["reason"]


def test_that_a_file_that_could_not_be_read_may_be_a_slice_that_the_volume_lacks(
    tmp_path,
):
    with ResultFiles(tmp_path, heatmaps=False) as files:
        # Once for each model that was asked.
        files.add_unread(Path("3.dcm"), MODEL, "damaged")
        files.add_unread(Path("3.dcm"), replace(MODEL, model_id="other"), "damaged")
        for number in range(3):
            files.add(header(number), analysis(), 1.0)
    record = json.loads((tmp_path / "volumes.jsonl").read_text(encoding="utf-8"))
    assert (record["pixels"], record["volume_ml"]) == (9, None)
    assert record["reason"] == "1 file could not be read and may belong to this series"


def test_that_after_an_error_nothing_appears_that_is_not_whole(tmp_path):
    def half() -> None:
        with ResultFiles(tmp_path, heatmaps=True) as files:
            files.add(header(0), analysis(), 1.0)
            files.add(header(1), analysis(), 1.0)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half()
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 2


def test_that_maps_and_masks_are_closed_though_the_lines_cannot_be_saved(
    tmp_path, monkeypatch
):
    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("cli.result_files.os.fsync", full)
    files = ResultFiles(tmp_path, heatmaps=True)
    with pytest.raises(OSError, match="no space left"), files:
        files.add(header(), analysis(), 1.0)
    # An open archive would write its end into the folder when it is collected.
    assert [path.name for path in tmp_path.iterdir()] == ["results.jsonl"]


def test_that_a_single_film_has_no_volume(write, tmp_path):
    write((header(), analysis()))
    assert not (tmp_path / "volumes.jsonl").exists()


def test_that_the_gates_time_is_told_with_the_films_preparation(write):
    steps = {"gate": 7.0, "preprocess": 2.0, "predict": 30.0, "explain": 4.0}
    (line,) = write((header(), analysis(timing_ms=steps)))
    assert line["timing_ms"] == {
        "read": 1.0,
        "preprocess": 9.0,
        "predict": 30.0,
        "explain": 4.0,
    }
