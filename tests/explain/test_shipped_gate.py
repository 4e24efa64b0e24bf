"""The bundled input gate on real films: two samples, and the development data."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from explain.input_gate import InputGate
from explain.loaded_models import LoadedModels
from inference.film_gate import GateVerdict
from studies.grayscale import to_display
from studies.reader import read_film


@pytest.fixture(scope="module")
def gate() -> InputGate:
    import torch

    torch.set_num_threads(1)
    return InputGate(LoadedModels())


def judged(gate: InputGate, path: Path, wanted: str = "frontal chest") -> GateVerdict:
    image = read_film(path)
    return gate.judge(image, to_display(image), wanted, "tests")


def test_that_a_chest_film_never_seen_is_accepted(gate: InputGate, rg1: Path) -> None:
    verdict = judged(gate, rg1)
    assert (verdict.kind, verdict.reasons) == ("frontal chest", ())


def test_that_its_lung_box_holds_the_lungs(gate: InputGate, rg1: Path) -> None:
    box = judged(gate, rg1).lung_box
    assert box is not None
    row0, column0, row1, column1 = box
    assert row0 < 0.3
    assert column0 < 0.3
    assert row1 > 0.6
    assert column1 > 0.7


def test_that_a_lower_leg_is_refused_by_a_chest_model(
    gate: InputGate, rg3: Path
) -> None:
    (reason,) = judged(gate, rg3).reasons
    assert reason.startswith("not a frontal chest radiograph: looks like a radiograph")


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_that_a_turned_chest_film_is_refused(
    gate: InputGate, rg1: Path, tmp_path: Path, degrees: int
) -> None:
    upright = to_display(read_film(rg1))
    turned = np.rot90(np.rint(upright * 255.0).astype(np.uint8), -(degrees // 90))
    path = tmp_path / "turned.png"
    assert cv2.imwrite(str(path), np.ascontiguousarray(turned))
    assert judged(gate, path).reasons == (f"film is turned by {degrees} degrees",)


def test_that_an_inverted_chest_film_is_refused(
    gate: InputGate, rg1: Path, tmp_path: Path
) -> None:
    inverted = 255 - np.rint(to_display(read_film(rg1)) * 255.0).astype(np.uint8)
    path = tmp_path / "inverted.png"
    assert cv2.imwrite(str(path), inverted)
    assert "film is inverted" in judged(gate, path).reasons


@pytest.mark.parametrize(
    ("series", "looks_like"),
    [
        ("ct_chest_ricord_jpegll", "a CT slice"),
        ("mr_brain_fse_pd_20", "a brain MR slice"),
    ],
)
def test_that_a_slice_never_trained_on_is_refused_by_its_name(
    gate: InputGate, development_data: Path, series: str, looks_like: str
) -> None:
    files = sorted((development_data / "dicom" / series).rglob("*.dcm"))
    verdict = judged(gate, files[len(files) // 2])
    assert verdict.reasons == (
        f"not a frontal chest radiograph: looks like {looks_like}",
    )


def _odd_films(data: Path, kind: str, folder: Path) -> Iterator[Path]:
    from learning.gate_films import trained_patients
    from learning.labelled_folder import read_labelled_folder

    with read_labelled_folder(data / "cxr") as films:
        trained = trained_patients(films)
        for item in films.items:
            if item.cell("kind") == kind and item.patient_id not in trained:
                path = folder / Path(item.file).with_suffix(".png").name
                cv2.imwrite(str(path), films.read_gray(item))
                yield path


NOT_A_FILM = (
    "not a frontal chest radiograph: looks like a photograph",
    "not a frontal chest radiograph: looks like another kind of image",
)


def test_that_lateral_views_never_trained_on_are_refused_most_by_their_name(
    gate: InputGate, development_data: Path, tmp_path: Path
) -> None:
    films = _odd_films(development_data, "lateral", tmp_path)
    reasons = [judged(gate, path).reasons for path in films]
    assert len(reasons) == 12
    assert all(reasons)
    assert reasons.count(("lateral view",)) >= 7


def test_that_photographs_drawings_and_patterns_are_refused_most_as_no_film(
    gate: InputGate, development_data: Path, tmp_path: Path
) -> None:
    films = _odd_films(development_data, "photo", tmp_path)
    reasons = [judged(gate, path).reasons for path in films]
    assert len(reasons) == 12
    assert all(reasons)
    # Some are taken for a film of another kind, and refused as such.
    assert sum(found in [(reason,) for reason in NOT_A_FILM] for found in reasons) >= 8
