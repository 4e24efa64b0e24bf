from pathlib import Path

import numpy as np
import pytest
import torch
from rich.progress import Progress

from learning.films import BASE_SIDE, FilmSet
from learning.train import (
    Recipe,
    Trainer,
    masked_loss,
    sampling_weights,
    training_mask,
)
from studies.errors import OverreadError

NAN = float("nan")


def film_set(rows: list[tuple[str, str, str, list[float]]]) -> FilmSet:
    rng = np.random.default_rng(0)
    return FilmSet(
        films=rng.integers(0, 256, (len(rows), BASE_SIDE, BASE_SIDE)).astype(np.uint8),
        labels=np.array([row[3] for row in rows], np.float32),
        sources=np.array([row[0] for row in rows]),
        patients=np.array([row[1] for row in rows]),
        splits=np.array([row[2] for row in rows]),
        files=np.array([f"{i}.png" for i in range(len(rows))]),
    )


def small_set() -> FilmSet:
    return film_set(
        [
            ("a", f"p{i}", "train", [float(i % 2), NAN, NAN, float(1 - i % 2)])
            for i in range(8)
        ]
    )


def test_that_the_loss_leaves_unknown_labels_out() -> None:
    logits = torch.zeros(2, 4)
    labels = torch.tensor([[1.0, NAN, NAN, NAN], [0.0, NAN, 1.0, NAN]])
    # Each known label costs log 2; covid has two, tuberculosis one, two none:
    # the mean over the four labels is (log 2 + 0 + log 2 + 0) / 4.
    expected = 2 * np.log(2) / 4
    assert float(masked_loss(logits, labels, 0.0)) == pytest.approx(expected)


def test_that_a_source_is_drawn_by_the_square_root_of_its_size() -> None:
    one, nine = ["small"], ["large"] * 9
    films = film_set(
        [(s, f"p{i}", "train", [1, 0, 0, 0]) for i, s in enumerate(one + nine)]
    )
    weights = sampling_weights(films)
    # sqrt(1) : sqrt(9) = 1 : 3.
    assert weights[0] == pytest.approx(0.25)
    assert weights[1:].sum() == pytest.approx(0.75)


def test_that_rare_labels_within_a_source_are_drawn_more_often() -> None:
    labels = [[1, 0, 0, 0]] + [[0, 0, 0, 1]] * 4
    films = film_set([("s", f"p{i}", "train", row) for i, row in enumerate(labels)])
    weights = sampling_weights(films)
    # sqrt(1) : sqrt(4) = 1 : 2 between the two combinations.
    assert weights[0] == pytest.approx(1 / 3)
    assert weights[1] == pytest.approx(2 / 3 / 4)


def test_that_a_patient_of_the_held_out_source_is_not_trained_on() -> None:
    row = [0.0, 0.0, 0.0, 1.0]
    films = film_set(
        [
            ("held", "anna", "test", row),
            ("held", "bert", "train", row),
            ("kept", "anna", "train", row),
            ("kept", "cleo", "train", row),
            ("kept", "dora", "val", row),
        ]
    )
    assert training_mask(films, "held").tolist() == [False, False, False, True, False]
    assert training_mask(films, "").tolist() == [False, True, True, True, False]


def test_that_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    recipe = Recipe(films=16, batch=4)
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    with Progress(disable=True) as progress:
        whole = Trainer(small_set(), recipe, tmp_path / "whole")
        whole.run(progress)
        broken = Trainer(small_set(), recipe, tmp_path / "broken")
        broken.stop_after = 2
        broken.run(progress)
        resumed = Trainer(small_set(), recipe, tmp_path / "broken")
        resumed.resume()
        assert resumed.step == 2
        resumed.run(progress)
    for name, value in whole.average.items():
        assert torch.allclose(value, resumed.average[name], atol=1e-5), name


def test_that_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    first = Trainer(small_set(), Recipe(films=8, batch=4), tmp_path)
    first.save()
    other = Trainer(small_set(), Recipe(films=8, batch=4, seed=9), tmp_path)
    with pytest.raises(OverreadError, match="another recipe"):
        other.resume()
