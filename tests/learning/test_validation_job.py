import importlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.errors import InferenceCancelledError
from inference.local_calibration import LocalCalibration, LocalFinding
from inference.model_card import Calibration, read_manifest
from learning.labels_csv import LabelsError
from learning.validation_job import KEPT, ValidationJob, handler, with_own_thresholds

SUPPORT = Path(__file__).parents[1] / "inference" / "support"

FINDING = LocalFinding(
    key="pneumonia",
    name="Pneumonia",
    column="pneumonia",
    films=200,
    with_finding=80,
    patients=190,
    prevalence=None,
    auroc=None,
    withheld="",
    calibration=Calibration(slope=1.0, intercept=1.0),
    method="platt",
    why="",
    threshold=0.3,
    operating_point=None,
    threshold_withheld="",
    conformal=None,
    conformal_withheld="",
    reliability=(),
    shipped_reliability=(),
    ece=None,
    shipped_ece=None,
)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("tiny_models")


@pytest.fixture
def films(tmp_path):
    """Four films of noise; the last one is too small for any model."""
    folder = tmp_path / "films"
    folder.mkdir()
    generator = np.random.default_rng(0)
    lines = ["file,source,pneumonia,view"]
    for number in range(4):
        side = 16 if number == 3 else 240
        noise = generator.integers(0, 256, (side, side), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), noise)
        lines.append(f"{number}.png,ward,{number % 2},PA")
    lines.append("gone.png,ward,1,PA")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def job_of(model: Path, films: Path) -> ValidationJob:
    return ValidationJob(
        str(model), str(films), None, None, "Sankt Josef", "K. Lind", "2026-03-02"
    )


def test_that_a_validation_tells_each_film_and_withholds_what_few_films_cannot_carry(
    tiny, tmp_path, films
):
    model = tiny.write_model(tmp_path / "tiny", side=64)
    told = []
    outcome, arrays = handler(
        job_of(model, films), {}, lambda fraction, step: told.append((fraction, step))
    )
    assert arrays == {}
    assert told[1] == (0.2, "Film 1 of 5")
    assert told[-1] == (1.0, "Film 5 of 5")
    made = outcome.calibration
    assert (made.site, made.validated_by) == ("Sankt Josef", "K. Lind")
    assert made.weights_sha256 == read_manifest(model).sha256
    assert made.signature is None
    (found,) = made.findings
    assert found.withheld.startswith(f"{found.films} patients, needs ")
    assert made.films == 5
    assert sum(count for _, count in outcome.refusals) == made.refused
    assert any("line 6: gone.png" in line for line in outcome.problems)


def test_that_a_cancelled_validation_gives_nothing(tiny, tmp_path, films):
    model = tiny.write_model(tmp_path / "tiny", side=64)

    def report(fraction: float, step: str) -> None:
        if fraction > 0.3:
            raise InferenceCancelledError("cancelled")

    with pytest.raises(InferenceCancelledError):
        handler(job_of(model, films), {}, report)


def test_that_labels_of_no_finding_are_refused_before_any_film_is_read(
    tiny, tmp_path, films
):
    (films / "labels.csv").write_text("file,source,other\n0.png,ward,1\n")
    model = tiny.write_model(tmp_path / "tiny", side=64)
    with pytest.raises(LabelsError, match="no column of an output"):
        handler(job_of(model, films), {}, lambda *_: None)


def test_that_the_model_s_own_thresholds_are_carried_over(tiny, tmp_path):
    card = read_manifest(tiny.write_manifest(tmp_path / "tiny"))
    spec = replace(card.finding("pneumonia"), threshold=0.5, calibration=Calibration())
    card = replace(card, findings=(spec,))
    made = LocalCalibration(
        card.model_id, "1", card.sha256, "", "", "", "", "", 200, 0, (FINDING,)
    )
    (found,) = with_own_thresholds(made, card).findings
    # 0.5 is reached at logit 0; there the site's probability is 1 / (1 + exp(-1)).
    assert found.threshold == pytest.approx(0.7310586)
    assert found.operating_point is None
    assert found.threshold_withheld == KEPT


def test_that_a_withheld_finding_stays_withheld(tiny, tmp_path):
    card = read_manifest(tiny.write_manifest(tmp_path / "tiny"))
    withheld = replace(FINDING, withheld="too few", calibration=None, threshold=None)
    made = LocalCalibration(
        card.model_id, "1", card.sha256, "", "", "", "", "", 20, 0, (withheld,)
    )
    assert with_own_thresholds(made, card).findings == (withheld,)
