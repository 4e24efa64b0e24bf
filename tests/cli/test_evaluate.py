import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import cli.evaluate
import cli.local
import cli.models
from cli.evaluate_options import Options
from explain.engine import Engine
from inference.classifier import Classifier, Outputs
from inference.errors import LocalCalibrationError, ModelUnavailableError
from inference.local_store import read_file
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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network say how bright a film is on the whole, without computing."""

    def run(self: Classifier, prepared: np.ndarray) -> Outputs:
        bright = prepared.mean(axis=(1, 2))[:, None]
        channels = self.head.in_features
        return Outputs(
            np.repeat(bright, 2, axis=1).astype(np.float32),
            np.zeros((1, channels), np.float32),
            np.zeros((1, channels, 2, 2), np.float32),
        )

    monkeypatch.setattr(Classifier, "run", run)


@pytest.fixture
def many(tmp_path: Path, quick: None) -> Path:
    """120 films of noise of one site, every second with an opacity."""
    folder = tmp_path / "site"
    folder.mkdir()
    generator = np.random.default_rng(1)
    rows = ["file,source,patient_id,opacity"]
    for number in range(120):
        noise = generator.integers(0, 256, (40, 40), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), noise)
        rows.append(f"{number}.png,site,p{number},{number % 2}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def _calibrate(path: Path) -> Options:
    return Options(calibrate=path, site="Site A", validated_by="Reader 3")


def test_that_a_calibration_is_signed_put_into_force_and_copied(
    model: str, many: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "local.json"
    assert cli.evaluate.run(model, many, tmp_path / "out", _calibrate(copy)) == 0
    registry = default_registry()
    state = registry.local_calibration(registry.card(model))
    assert state.calibration == read_file(copy)
    (finding,) = state.calibration.findings
    assert (finding.films, finding.with_finding, finding.withheld) == (120, 60, "")
    # The brightness of noise tells nothing of its label, and it is said.
    assert finding.warning.startswith("not shown to do better than chance")
    assert "in force for this user" in capsys.readouterr().out


def test_that_a_model_in_force_is_measured_only_if_asked_for(
    model: str, many: Path, tmp_path: Path
) -> None:
    def brier(name: str, options: Options) -> float:
        cli.evaluate.run(model, many, tmp_path / name, options)
        text = (tmp_path / name / "metrics.json").read_text()
        return float(json.loads(text)["findings"]["opacity"]["overall"]["brier"])

    before = brier("one", _calibrate(tmp_path / "local.json"))
    assert brier("two", Options()) == before
    # Brightness tells nothing: calibrated, every film has about 0.5.
    here = brier("three", Options(local=True))
    assert here == pytest.approx(0.25, abs=1e-3)
    assert here != before


def test_that_too_few_films_are_written_as_withheld_and_not_put_into_force(
    model: str, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "local.json"
    assert cli.evaluate.run(model, films, tmp_path / "out", _calibrate(copy)) == 1
    assert not read_file(copy).usable
    said = capsys.readouterr()
    assert "5 patients, needs 100" in said.out
    assert "in force for this user" not in said.out
    assert "not put into force: no finding could be calibrated" in said.err
    registry = default_registry()
    assert registry.local_calibration(registry.card(model)).calibration is None


def test_that_too_few_films_leave_an_earlier_calibration_in_force(
    model: str, many: Path, films: Path, tmp_path: Path
) -> None:
    good, empty = tmp_path / "good.json", tmp_path / "empty.json"
    assert cli.evaluate.run(model, many, tmp_path / "out", _calibrate(good)) == 0
    assert cli.evaluate.run(model, films, tmp_path / "out", _calibrate(empty)) == 1
    registry = default_registry()
    state = registry.local_calibration(registry.card(model))
    assert state.calibration == read_file(good)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (Options(calibrate=Path("x.json"), site="A"), "--validated-by"),
        (Options(sensitivity=1.5), "--sensitivity 1.5"),
        (Options(device="cuda:77"), "cuda:77"),
        (
            Options(calibrate=Path("x.json"), site="A", validated_by="B", local=True),
            "--local",
        ),
    ],
)
def test_that_wrong_options_are_named(
    model: str,
    films: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: Options,
    word: str,
) -> None:
    assert cli.evaluate.run(model, films, tmp_path / "out", options) == 2
    assert word in capsys.readouterr().err


def test_that_a_model_never_validated_has_nothing_local_to_measure(
    model: str, films: Path, tmp_path: Path
) -> None:
    with pytest.raises(LocalCalibrationError, match="never validated here"):
        cli.evaluate.run(model, films, tmp_path / "out", Options(local=True))


def test_that_ctrl_c_leaves_figures_that_are_marked_as_partial(
    model: str,
    films: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "out"
    assert cli.evaluate.run(model, films, output) == 0
    whole, calls = Engine.predict, []

    def interrupted(self: Engine, films: Any) -> Any:
        calls.append(films)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(self, films)

    monkeypatch.setattr("explain.stream.FILMS", 2)
    monkeypatch.setattr(Engine, "predict", interrupted)
    copy = tmp_path / "local.json"
    assert cli.evaluate.run(model, films, output, _calibrate(copy)) == 1
    # Nothing of the earlier run is left that could be taken for this one's.
    assert [path.name for path in output.iterdir()] == ["metrics.partial.json"]
    partial = json.loads((output / "metrics.partial.json").read_text())
    assert (partial["n"], partial["cancelled_after"]) == (2, 2)
    assert partial["films_in_all"] == 6
    assert not copy.exists()
    assert "cancelled after 2 of 6 films" in capsys.readouterr().err


def test_that_faulty_rows_are_lines_with_line_and_column_and_the_rest_is_measured(
    model: str, films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (films / "labels.csv").open("a") as stream:
        stream.write("a/0.png,a,test,p1,1,0\na/gone.png,a,test,p9,1,0\n")
        stream.write("b/4.png,b\n")
    text = (films / "labels.csv").read_text().replace("p2,0,", "p2,7,")
    (films / "labels.csv").write_text(text)
    assert cli.evaluate.run(model, films, tmp_path / "out") == 1
    err = capsys.readouterr().err
    for line in (
        "labels.csv, line 8, column file: found a/0.png again, after line 2",
        "labels.csv, line 9: a/gone.png: gone.png cannot be read",
        "labels.csv, line 10: found another number of cells, 2",
        "labels.csv, line 3, column opacity: found '7'; allowed: 1, 0, nothing",
    ):
        assert err.count(line) == 1
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    overall = metrics["findings"]["opacity"]["overall"]
    assert (overall["n_pos"], overall["n_neg"]) == (3, 1)


def test_that_the_mean_within_sources_stands_beside_the_findings(
    model: str, films: Path, tmp_path: Path
) -> None:
    cli.evaluate.run(model, films, tmp_path / "out", Options("test"))
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert list(metrics) == [
        "model",
        "data",
        "split",
        "n",
        "n_refused",
        "findings",
        "within_sources",
    ]
    assert metrics["within_sources"]["opacity"]["sources"] == 2


def test_that_a_removed_calibration_is_no_longer_in_force(
    model: str, many: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.evaluate.run(model, many, tmp_path / "out", _calibrate(tmp_path / "x.json"))
    capsys.readouterr()
    cli.models.run_show(model)
    assert "Calibrated on 120 films (0 not scored) of Site A" in capsys.readouterr().out
    assert cli.local.run_uncalibrate(model) == 0
    assert cli.local.run_uncalibrate(model) == 1
    capsys.readouterr()
    cli.models.run_show(model)
    assert "Not calibrated on local films." in capsys.readouterr().out


def test_that_an_id_that_is_no_folder_name_removes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.local.run_uncalibrate("../../precious") == 2
    assert "an id has lower-case letters" in capsys.readouterr().err


def test_that_a_folder_of_dicom_png_jpeg_and_a_zip_is_measured(
    model: str, quick: None, rg1: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    (folder / "sub").mkdir(parents=True)
    shutil.copy(rg1, folder / "sub" / "IMG0001")
    film = np.random.default_rng(3).integers(0, 256, (50, 40), dtype=np.uint8)
    cv2.imwrite(str(folder / "one.png"), film)
    cv2.imwrite(str(folder / "two.jpg"), film[::-1])
    with zipfile.ZipFile(folder / "ward.zip", "w") as archive:
        archive.write(folder / "one.png", "deep/three.png")
    (folder / "labels.csv").write_text(
        "file;source;opacity\n"
        "sub/IMG0001;clinic;1\none.png;clinic;0\ntwo.jpg;ward;1\ndeep/three.png;ward;0\n"
    )
    assert cli.evaluate.run(model, folder, tmp_path / "out") == 0
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["n"], metrics["n_refused"]) == (4, 0)
    assert metrics["within_sources"]["opacity"]["sources"] == 2
