"""`overread evaluate` on films of each folder of the development data."""

import csv
import json
import shutil
from pathlib import Path

import pytest

import cli.evaluate
from inference.registry import default_registry
from learning.labelled_folder import LabelsError, read_labelled_folder
from learning.targets import targets_of

FOLDERS = {
    "cxr": ("cohen", "tb_rahman"),
    "fracture": ("fracatlas_subset", "multiregion_web"),
    "brain_mri": ("br35h",),
}
COLUMNS = {
    "cxr": ("covid", "pneumonia"),
    "fracture": ("fracture", "fracture"),
    "brain_mri": ("tumour", "diagnosis=no tumour"),
}


def _twenty(data: Path, name: str, tmp_path: Path) -> Path:
    """Copy the labels of twenty films, and the zips that hold them."""
    folder, source = tmp_path / name, data / name
    folder.mkdir()
    with (source / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    each = 20 // len(FOLDERS[name])
    chosen = []
    for origin in FOLDERS[name]:
        chosen += [row for row in rows if row["source"] == origin][:each]
        shutil.copy(source / f"{origin}.zip", folder)
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    shutil.copy(source / "boxes.csv", folder)
    return folder


def _measuring(model_folder: Path, name: str, tmp_path: Path) -> str:
    """Add a small model whose two findings are the folder's columns."""
    copy = tmp_path / "small"
    shutil.copytree(model_folder, copy)
    text = (copy / "manifest.toml").read_text()
    for old, new in zip(("opacity", "tuberculosis"), COLUMNS[name], strict=True):
        text = text.replace(f'column = "{old}"', f'column = "{new}"')
    (copy / "manifest.toml").write_text(text)
    return default_registry().add(copy).model_id


@pytest.mark.parametrize("name", list(FOLDERS))
def test_that_twenty_films_of_a_folder_are_measured(
    development_data: Path, model_folder: Path, tmp_path: Path, name: str
) -> None:
    films = _twenty(development_data, name, tmp_path)
    model = _measuring(model_folder, name, tmp_path)
    assert cli.evaluate.run(model, films, tmp_path / "out") == 0
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (metrics["n"], metrics["n_refused"]) == (20, 0)
    assert set(metrics["findings"]) == set(COLUMNS[name])
    overall = metrics["findings"][COLUMNS[name][0]]["overall"]
    assert overall["n_pos"] + overall["n_neg"] > 0


@pytest.mark.parametrize("name", list(FOLDERS))
def test_that_each_bundled_model_that_a_folder_can_measure_is_measured(
    development_data: Path, tmp_path: Path, name: str
) -> None:
    films = _twenty(development_data, name, tmp_path)
    measured = []
    for card in default_registry().cards():
        try:
            targets_of(card, read_labelled_folder(films))
        except LabelsError:
            continue
        assert cli.evaluate.run(card.model_id, films, tmp_path / card.model_id) == 0
        text = (tmp_path / card.model_id / "metrics.json").read_text()
        assert json.loads(text)["n"] == 20
        measured.append(card.model_id)
    if not measured:
        pytest.skip(f"no bundled model has an output that {name} has labels of")
