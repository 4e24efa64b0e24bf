"""The fracture model's calibration, manifest and card, from figures made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.fracture_calibration import calibrated, to_logit, to_probability
from learning.fracture_card import write_card
from learning.fracture_figures import UPPER, WEB, FractureRun
from learning.fracture_films import SIDE, LimbFilms
from learning.manifest_file import write_manifest
from learning.publish_fracture import to_card
from studies.errors import OverreadError


def run_of(source: np.ndarray, split: np.ndarray) -> FractureRun:
    """Alternating labels; logits are 1 for a fracture and -1 else, give or take 2."""
    count = len(source)
    labels = np.arange(count) % 2
    noise = np.random.default_rng(0).uniform(-2.0, 2.0, count)
    return FractureRun(
        logits=2.0 * labels - 1.0 + noise,
        maps=np.zeros((count, 2, 2), np.float32),
        fracture=labels,
        usable=np.ones(count, np.bool_),
        sources=source,
        parts=np.array([""] * count),
        splits=split,
        files=np.arange(count).astype(str),
    )


def run_with_web(web_shift: float) -> FractureRun:
    run = run_of(
        np.repeat([UPPER, UPPER, WEB[1]], 60), np.repeat(["val", "test", "val"], 60)
    )
    run.logits[120:] += web_shift
    return run


def figures(upper: dict[str, Any], painted: float) -> dict[str, Any]:
    share = {"value": 0.5, "low": 0.4, "high": 0.6}
    other = {"with": 124, "without": 50, "auroc": (0.8, 0.7, 0.9)}
    _, on_test = calibrated(run_with_web(0.0))
    return {
        "random_split": (0.89, 0.84, 0.93),
        "random_counts": (78, 102),
        "unseen": {
            "upper": upper,
            "other": other,
            "other_by_source": {WEB[0]: {"with": 88, "without": 15, "auroc": None}},
            "left_out": 104,
            "joined": 5,
            "joined_across_sources": 0,
            "films": 441,
            "fractures": 382,
        },
        "unseen_found": {"value": 0.7, "low": 0.6, "high": 0.8},
        "unclear": 147,
        "run": {"held_out": list(WEB), "views": 4, "plan": {"steps": 260}},
        "box_rule": {"threshold": 0.3, "peak_share": 0.0},
        "froc": {
            "n": 180,
            "n_boxes": 88,
            "false_marks": 0.25,
            "sensitivity": share,
            "froc": [{"false_marks": 0.5, "sensitivity": share}],
        },
        "painted_over": (painted, painted - 0.05, painted + 0.05),
        "on_test": on_test,
    }


def card_text(folder: Path, upper: dict[str, Any], painted: float = 0.82) -> str:
    given = figures(upper, painted)
    (folder / "weights.safetensors").write_bytes(b"weights")
    films = LimbFilms(
        films=np.zeros((1, SIDE, SIDE), np.uint8),
        fracture=np.ones(1, np.float32),
        boxes=(np.zeros((0, 4), np.float32),),
        usable=np.ones(1, np.bool_),
        sources=np.array([UPPER]),
        parts=np.array([""]),
        splits=np.array(["train"]),
        files=np.array(["a"]),
    )
    spec, _ = calibrated(run_with_web(0.0))
    card = to_card(folder, spec, given, films)
    write_manifest(card, "python -m learning.publish_fracture")
    write_card(folder / "card.md", card, given)
    text = (folder / "card.md").read_text(encoding="utf-8")
    return " ".join(text.split())


TOO_FEW = {"with": 160, "without": 3, "auroc": None}


def test_that_films_of_other_limbs_do_not_move_the_calibration() -> None:
    spec, _ = calibrated(run_with_web(0.0))
    moved, _ = calibrated(run_with_web(5.0))
    assert spec == moved
    assert spec.calibration.films == 60
    assert spec.operating_point is not None
    assert spec.operating_point.with_finding == 30


def test_that_too_few_validation_films_give_no_threshold() -> None:
    run = run_of(np.array([UPPER] * 30), np.array(["val"] * 30))
    with pytest.raises(OverreadError, match="30 films are too few"):
        calibrated(run)


def test_that_the_threshold_s_logit_has_the_threshold_s_probability() -> None:
    spec, _ = calibrated(run_with_web(0.0))
    logit = np.array([to_logit(spec.threshold, spec.calibration)])
    assert to_probability(logit, spec.calibration)[0] == pytest.approx(spec.threshold)


def test_that_an_unmeasurable_goal_has_no_verdict(tmp_path: Path) -> None:
    text = card_text(tmp_path, TOO_FEW)
    assert "upper limb** | 160 / 3 | not measurable |" in text
    assert "was **not measurable**: of 163 such films 3 are without" in text
    assert "reached" not in text
    assert "a share of 0.70 (0.60 to 0.80) at its threshold" in text


@pytest.mark.parametrize(
    ("auroc", "said"), [(0.8, "is reached: 0.80."), (0.79, "is **missed**: 0.79.")]
)
def test_that_a_measured_goal_is_reached_or_missed(
    tmp_path: Path, auroc: float, said: str
) -> None:
    upper = {"with": 160, "without": 30, "auroc": (auroc, 0.7, 0.9)}
    assert f"a source it never saw, {said}" in card_text(tmp_path, upper)


def test_that_the_two_web_collections_count_as_one_source(tmp_path: Path) -> None:
    text = card_text(tmp_path, TOO_FEW)
    assert "the two count as **one source**" in text
    assert "5 to another, 0 of them across the two" in text
    assert "other limbs, refused in use | 124 / 50 | 0.80 (0.70 to 0.90) |" in text


@pytest.mark.parametrize(
    ("painted", "row"),
    [
        (0.82, "0.82 (0.77 to 0.87) | 0.74 | **missed**."),
        (0.6, "0.60 (0.55 to 0.65) | 0.74 | kept."),
    ],
)
def test_that_the_shortcut_check_states_its_limit_and_whether_it_is_kept(
    tmp_path: Path, painted: float, row: str
) -> None:
    text = card_text(tmp_path, TOO_FEW, painted)
    assert f"| Fractures painted over | {row}" in text
