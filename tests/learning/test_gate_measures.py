import numpy as np
import pytest

from inference.film_gate import KINDS
from learning.gate_measures import (
    box_overlaps,
    crop_to_cut,
    invert,
    judge_all,
    kind_auroc,
    refusals,
    turn,
)
from studies.model import Float32Array


def outputs(*kinds: str) -> dict[str, Float32Array]:
    """Outputs of a network that is sure of each film's kind."""
    count = len(kinds)
    kind = np.zeros((count, len(KINDS)), np.float32)
    for row, name in enumerate(kinds):
        kind[row, KINDS.index(name)] = 8.0
    return {
        "kind": kind,
        "rotation": np.tile(np.array([8, 0, 0, 0], np.float32), (count, 1)),
        "inverted": np.full((count, 1), -4.0, np.float32),
        "cut_off": np.full((count, 1), -4.0, np.float32),
        "lung_box": np.tile(np.array([0, 0, 1, 0.5], np.float32), (count, 1)),
        "distance": np.zeros((count, 3), np.float32),
    }


def test_that_the_refused_share_is_counted_by_source() -> None:
    verdicts = judge_all(
        outputs("frontal chest", "CT slice", "frontal chest"), "frontal chest"
    )
    found = refusals(verdicts, np.array(["a", "a", "b"]))
    assert [(r.group, r.refused.value, r.films) for r in found] == [
        ("a", 0.5, 2),
        ("b", 0.0, 1),
    ]


def test_that_auroc_is_of_the_wanted_kinds_probability() -> None:
    given = outputs("frontal chest", "frontal chest", "CT slice", "CT slice")
    kinds = np.array([KINDS.index(k) for k in ("frontal chest", "CT slice")] * 2)
    # Each class has one film that looks right and one that looks wrong.
    assert kind_auroc(given, kinds, "frontal chest", ["CT slice"]) == 0.5


def test_that_a_film_turned_by_90_degrees_is_turned_clockwise() -> None:
    film = np.array([[1, 2], [3, 4]], np.uint8)
    assert turn(90)(film).tolist() == [[3, 1], [4, 2]]
    assert invert(film).tolist() == [[254, 253], [252, 251]]


def test_that_a_crop_takes_a_share_of_the_lungs() -> None:
    film = np.repeat(np.arange(100, dtype=np.uint8)[:, None], 100, axis=1)
    cropped = crop_to_cut(film, (0.2, 0.2, 0.7, 0.8), 0, 0.2)
    # The upper fifth of 20 to 70 is gone: the film begins at row 30.
    assert cropped.shape == film.shape
    assert abs(int(cropped[0, 0]) - 30) <= 1
    assert abs(int(cropped[-1, 0]) - 99) <= 1


def test_that_a_lung_box_that_was_not_found_overlaps_nothing() -> None:
    verdicts = judge_all(outputs("frontal chest", "photograph"), "")
    truth = [(0.0, 0.0, 1.0, 1.0)] * 2
    assert box_overlaps(verdicts, truth) == pytest.approx([0.5, 0.0])
