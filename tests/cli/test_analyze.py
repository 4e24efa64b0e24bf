import importlib
import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import cli.analyze
from explain.engine import Engine
from inference.registry import Registry

SUPPORT = Path(__file__).parent.parent / "inference" / "support"
KEYS = [
    "schema",
    "path",
    "study_uid",
    "series_uid",
    "sop_uid",
    "model",
    "status",
    "reasons",
    "findings",
    "trust",
    "placement",
    "timing_ms",
]


@pytest.fixture(scope="session")
def write_model():
    import torch

    torch.set_num_threads(1)
    sys.path.append(str(SUPPORT))
    return importlib.import_module("tiny_models").write_model


@pytest.fixture(scope="session")
def template(write_model, tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("models") / "tiny-chest")


@pytest.fixture
def models(template, tmp_path, monkeypatch):
    """A folder of models that the test may spoil, as the only registry."""
    folder = tmp_path / "models"
    shutil.copytree(template, folder / "tiny-chest")
    monkeypatch.setattr(cli.analyze, "default_registry", lambda: Registry(folder, None))
    return folder


@pytest.fixture
def analyze(models, tmp_path):
    """Run the command and return its exit code and the lines it wrote."""

    def analyze(
        *paths, ids=(), explain="", device="auto", heatmaps=True, backend="torch"
    ):
        output = tmp_path / "out"
        code = cli.analyze.run(paths, output, ids, explain, device, heatmaps, backend)
        results = output / "results.jsonl"
        text = results.read_text(encoding="utf-8") if results.exists() else ""
        return code, [json.loads(line) for line in text.splitlines()]

    return analyze


@pytest.fixture
def png(tmp_path):
    path = tmp_path / "film.png"
    pixels = np.random.default_rng(2).integers(0, 256, (300, 280), dtype=np.uint8)
    assert cv2.imwrite(str(path), pixels)
    return path


def test_that_the_sample_film_gives_a_line_as_in_the_contract(analyze, rg1, tmp_path):
    code, (line,) = analyze(rg1)
    assert code == 0
    assert list(line) == KEYS
    assert line["schema"] == "overread.result/1"
    assert line["path"] == str(rg1)
    assert line["sop_uid"] == "1.3.6.1.4.1.5962.1.1.9.1.3.20040826185059.5457"
    assert set(line["model"]) == {"id", "version", "sha256"}
    assert line["status"] == "succeeded"
    assert line["reasons"] == []
    assert line["trust"]["calibration"]["used"] == {"from": "manifest"}
    assert line["placement"] == {
        "rows": 1955,
        "columns": 1841,
        "crop": [0, 0, 1955, 1841],
        "grid": [7, 7],
    }
    assert set(line["timing_ms"]) == {"read", "preprocess", "predict", "explain"}
    assert line["timing_ms"]["read"] > 0
    pneumonia = line["findings"][1]
    assert list(pneumonia) == [
        "name",
        "code",
        "probability",
        "interval",
        "threshold",
        "flagged",
        "heatmap",
    ]
    assert pneumonia["code"] == {
        "scheme": "SCT",
        "value": "233604007",
        "meaning": "Pneumonia",
    }
    low, high = pneumonia["interval"]
    assert low <= pneumonia["probability"] <= high
    assert pneumonia["heatmap"] == "heatmaps.npz#0/pneumonia"
    assert not list((tmp_path / "out").glob(".*"))


def test_that_the_maps_are_in_the_models_own_grid_and_not_rescaled(
    analyze, rg1, tmp_path, models
):
    from explain.analysis import AnalysisRequest
    from studies.reader import read_film

    analyze(rg1)
    folder = str(models / "tiny-chest")
    request = AnalysisRequest("r", read_film(rg1), folder, "grad-cam", "cpu")
    expected = Engine().analyse(request).heatmaps
    with np.load(tmp_path / "out" / "heatmaps.npz") as maps:
        assert sorted(maps) == ["0/covid", "0/pneumonia", "0/tuberculosis"]
        for key, heatmap in expected.items():
            found = maps[f"0/{key}"]
            assert found.dtype == np.float16
            np.testing.assert_allclose(found, heatmap.values, rtol=2e-3, atol=1e-3)


def test_that_an_excluded_film_is_ineligible_and_no_failure(analyze, rg3):
    code, (line,) = analyze(rg3)
    assert code == 0
    assert line["status"] == "ineligible"
    assert line["reasons"] == ["body part is extremity; the model reads chest, thorax"]
    assert line["findings"] == []
    assert line["placement"] is None


def test_that_a_film_unlike_the_training_films_is_out_of_distribution(
    analyze, rg1, models, write_model
):
    shutil.rmtree(models / "tiny-chest")
    write_model(models / "tiny-chest", gate_scale=1e-6)
    code, (line,) = analyze(rg1)
    assert code == 0
    assert line["status"] == "out_of_distribution"
    assert line["findings"] == []
    assert line["trust"]["gate"]["result"] == "failed"


def test_that_a_png_film_is_analysed_and_noted_as_not_dicom(analyze, png):
    code, (line,) = analyze(png)
    assert code == 0
    assert line["status"] == "succeeded"
    assert any("not DICOM" in notice for notice in line["trust"]["notices"])


def test_that_a_bad_file_is_one_line_and_the_rest_is_done(
    analyze, rg1, tmp_path, capsys
):
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"DICM" * 50)
    code, lines = analyze(bad, rg1)
    assert code == 1
    by_path = {Path(line["path"]).name: line for line in lines}
    assert by_path["RG1_UNCI.dcm"]["status"] == "succeeded"
    assert by_path["bad.dcm"]["status"] == "failed"
    assert by_path["bad.dcm"]["sop_uid"] is None
    complaints = capsys.readouterr().err.splitlines()
    assert len(complaints) == 1
    assert complaints[0].startswith("overread: ")
    assert "bad.dcm" in complaints[0]


def test_that_truncated_pixels_fail_by_name(analyze, rg1, tmp_path, capsys):
    short = tmp_path / "short.dcm"
    short.write_bytes(rg1.read_bytes()[:100_000])
    code, lines = analyze(short)
    assert code == 1
    assert [line["status"] for line in lines] == ["failed"]
    assert lines[0]["reasons"]
    assert "short.dcm" in capsys.readouterr().err


def test_that_a_changed_model_is_told_once_and_scores_nothing(
    analyze, rg1, png, models, capsys
):
    weights = models / "tiny-chest" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    code, lines = analyze(rg1, png)
    assert code == 1
    assert [line["status"] for line in lines] == ["failed", "failed"]
    assert "changed" in lines[0]["reasons"][0]
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_that_each_image_gets_a_line_for_each_model(analyze, rg1, models, write_model):
    write_model(
        models / "second",
        model_id="second",
        architecture="resnet18",
        layer="layer4",
        head="fc",
    )
    code, lines = analyze(rg1)
    assert code == 0
    assert [line["model"]["id"] for line in lines] == ["second", "tiny-chest"]
    assert lines[1]["findings"][0]["heatmap"] == "heatmaps.npz#1/covid"
    assert len(analyze(rg1, ids=("second", "second"))[1]) == 1


def test_that_no_maps_are_written_without_heatmaps(analyze, rg1, tmp_path):
    analyze(rg1)
    _, (line,) = analyze(rg1, heatmaps=False)
    assert {finding["heatmap"] for finding in line["findings"]} == {None}
    assert line["placement"]["grid"] == [7, 7]
    assert not (tmp_path / "out" / "heatmaps.npz").exists()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ids": ("fracture",)}, "there is: tiny-chest"),
        ({"explain": "rise"}, "tiny-chest allows grad-cam, hirescam"),
        ({"backend": "tensorrt"}, "allowed: auto, torch, openvino"),
        ({"device": "tpu"}, "device 'tpu' is not here; allowed: auto, cpu"),
    ],
)
def test_that_wrong_usage_names_what_is_allowed(analyze, rg1, capsys, wrong, told):
    code, lines = analyze(rg1, **wrong)
    assert code == 2
    assert lines == []
    assert told in capsys.readouterr().err


def test_that_an_empty_folder_is_told(analyze, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    code, lines = analyze(tmp_path / "empty")
    assert code == 1
    assert lines == []
    assert "no DICOM image" in capsys.readouterr().err


def test_that_without_a_model_nothing_is_tried(analyze, rg1, models, capsys):
    shutil.rmtree(models / "tiny-chest")
    code, lines = analyze(rg1)
    assert code == 1
    assert lines == []
    assert "no model is installed" in capsys.readouterr().err


def test_that_an_interrupted_run_marks_the_rest_as_cancelled(
    analyze, rg1, png, monkeypatch
):
    def interrupt(self, films):
        raise KeyboardInterrupt

    monkeypatch.setattr(Engine, "predict", interrupt)
    code, lines = analyze(rg1, png)
    assert code == 1
    assert [line["status"] for line in lines] == ["cancelled", "cancelled"]


def test_that_no_patient_name_is_written(analyze, rg1, tmp_path, capsys):
    import pydicom

    name = str(pydicom.dcmread(rg1, stop_before_pixels=True).PatientName)
    analyze(rg1)
    written = (tmp_path / "out" / "results.jsonl").read_text() + str(
        capsys.readouterr()
    )
    assert name not in written


@pytest.fixture
def many(tmp_path):
    """Eleven films of different noise: one batch of eight, and one of three."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(11):
        random = np.random.default_rng(number)
        pixels = random.integers(0, 256, (230, 240), dtype=np.uint8)
        assert cv2.imwrite(str(folder / f"film{number:02}.png"), pixels)
    return folder


def test_that_many_films_come_in_order_and_each_as_if_alone(analyze, many):
    code, lines = analyze(many)
    assert code == 0
    names = [Path(line["path"]).name for line in lines]
    assert names == [f"film{number:02}.png" for number in range(11)]
    for number in (0, 9):
        _, (alone,) = analyze(many / names[number])
        for found, expected in zip(
            lines[number]["findings"], alone["findings"], strict=True
        ):
            assert found["probability"] == pytest.approx(
                expected["probability"], abs=1e-5
            )


def test_that_an_interrupt_keeps_what_was_written_and_cancels_the_rest(
    analyze, many, monkeypatch
):
    whole = Engine.predict
    calls = []

    def second_time(self, films):
        calls.append(len(films))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(self, films)

    monkeypatch.setattr(Engine, "predict", second_time)
    code, lines = analyze(many)
    assert code == 1
    assert calls == [8, 3]
    statuses = [line["status"] for line in lines]
    assert statuses == ["succeeded"] * 8 + ["cancelled"] * 3


def test_that_a_bad_film_among_many_costs_only_itself(analyze, many):
    data = (many / "film04.png").read_bytes()
    (many / "film04.png").write_bytes(data[: len(data) // 2])
    code, lines = analyze(many)
    assert code == 1
    statuses = {Path(line["path"]).name: line["status"] for line in lines}
    assert statuses.pop("film04.png") == "failed"
    assert set(statuses.values()) == {"succeeded"}
    assert len(statuses) == 10
