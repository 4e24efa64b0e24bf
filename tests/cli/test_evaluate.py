import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import cli.evaluate
from cli.evaluate import Options
from inference.errors import ModelUnavailableError
from inference.registry import default_registry
from learning.labelled_folder import LabelsError
from studies.errors import UnreadableFileError

ROWS = (
    "a/0.png,a,test,p1,1,0\n"
    "a/1.png,a,test,p2,0,\n"
    "b/2.png,b,test,p3,1,0\n"
    "b/3.png,b,test,p4,0,0\n"
    "b/small.png,b,test,p5,1,0\n"
    "b/4.png,b,train,p6,1,0\n"
)


@pytest.fixture
def model(model_folder: Path) -> str:
    """Id of the small model, added to this user's models."""
    return default_registry().add(model_folder).model_id


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Films of noise of two sources; one is too small for the model."""
    folder = tmp_path / "films"
    generator = np.random.default_rng(0)
    for row in ROWS.splitlines():
        path = folder / row.split(",")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        side = 16 if path.stem == "small" else 48
        noise = generator.integers(0, 256, (side, side), dtype=np.uint8)
        cv2.imwrite(str(path), noise)
    (folder / "labels.csv").write_text(
        f"file,source,split,patient_id,opacity,tuberculosis\n{ROWS}"
    )
    return folder


def test_that_metrics_and_report_are_written(
    model: str, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "out"
    assert cli.evaluate.run(model, films, output, Options("test")) == 0
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["model"] == "small"
    assert metrics["data"] == str(films)
    assert metrics["split"] == "test"
    assert (metrics["n"], metrics["n_refused"]) == (5, 1)
    opacity = metrics["findings"]["opacity"]
    assert (opacity["overall"]["n_pos"], opacity["overall"]["n_neg"]) == (2, 2)
    assert opacity["overall"]["auroc"]["value"] in (0.0, 0.25, 0.5, 0.75, 1.0)
    assert set(opacity["by_source"]) == {"a", "b"}
    assert metrics["findings"]["tuberculosis"]["overall"]["auroc"] is None
    assert "Opacity pattern" in (output / "report.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in output.iterdir()) == [
        "metrics.json",
        "report.html",
    ]
    assert "4 of 5 films scored" in capsys.readouterr().out


def test_that_the_same_run_gives_the_same_figures(
    model: str, films: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        cli.evaluate.run(model, films, tmp_path / name)
    one, two = ((tmp_path / n / "metrics.json").read_text() for n in ("one", "two"))
    assert one == two


def test_that_an_unreadable_film_is_one_line_and_the_rest_is_measured(
    model: str, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (films / "a/0.png").write_bytes(b"no picture")
    assert cli.evaluate.run(model, films, tmp_path / "out", Options("test")) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "a/0.png" in line]
    assert len(lines) == 1
    assert "left out of the figures" in lines[0]
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["n"], metrics["n_refused"]) == (5, 2)


def test_that_an_unknown_model_is_wrong_usage(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.evaluate.run("no-such-model", films, tmp_path / "out") == 2
    assert "no-such-model" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_that_a_tampered_model_is_refused(
    model: str, films: Path, tmp_path: Path
) -> None:
    weights = default_registry().card(model).weights_path
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelUnavailableError, match="small"):
        cli.evaluate.run(model, films, tmp_path / "out")


def test_that_an_unknown_split_is_wrong_usage(
    model: str, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.evaluate.run(model, films, tmp_path / "out", Options("val")) == 2
    assert "test, train" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_that_labels_without_any_finding_of_the_model_are_refused(
    model: str, films: Path, tmp_path: Path
) -> None:
    (films / "labels.csv").write_text("file,source,fracture\na/0.png,a,1\n")
    with pytest.raises(LabelsError, match="opacity, tuberculosis"):
        cli.evaluate.run(model, films, tmp_path / "out")


def test_that_a_folder_without_labels_is_refused(model: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"labels\.csv"):
        cli.evaluate.run(model, tmp_path, tmp_path / "out")


def test_that_an_output_that_cannot_be_made_is_known_before_the_work(
    model: str,
    films: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "out").write_text("a file stands here")
    worked: list[object] = []
    monkeypatch.setattr(cli.evaluate, "_run", lambda *given: worked.append(given))
    with pytest.raises(OSError, match="out"):
        cli.evaluate.run(model, films, tmp_path / "out")
    assert worked == []
