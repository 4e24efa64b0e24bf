import math

import numpy as np
import pytest
import torch

from inference.film_gate import KINDS
from learning.gate_batches import GateBatch, GateSampler, chances, gate_loss
from learning.gate_films import STORED_SIDE, GateFilms


def films(*of: tuple[str, str]) -> GateFilms:
    """Films of (kind, source), named 0, 1, ..."""
    rng = np.random.default_rng(0)
    names = np.array([str(number) for number in range(len(of))])
    return GateFilms(
        films=rng.integers(0, 255, (len(of), STORED_SIDE, STORED_SIDE), np.uint8),
        kinds=np.array([KINDS.index(kind) for kind, _ in of]),
        sources=np.array([source for _, source in of]),
        patients=names,
        files=names,
        test=np.zeros(len(of), np.bool_),
    )


def test_that_sources_of_a_kind_are_drawn_by_the_root_of_their_size() -> None:
    given = films(*[("frontal chest", "big")] * 4, ("frontal chest", "small"))
    # Roots 2 and 1: two thirds and one third.
    assert chances(given, {}) == pytest.approx([1 / 6] * 4 + [1 / 3])


def test_that_a_film_with_a_lung_box_is_drawn_four_times_as_often() -> None:
    given = films(*[("frontal chest", "one")] * 2)
    assert chances(given, {"1": (0.1, 0.1, 0.9, 0.9)}) == pytest.approx([0.2, 0.8])


def test_that_kinds_have_their_shares() -> None:
    given = films(("frontal chest", "a"), *[("brain MR", "b")] * 3)
    found = chances(given, {})
    # 0.34 against 0.10.
    assert found[0] == pytest.approx(0.34 / 0.44)


def test_that_a_step_makes_the_same_batch_again() -> None:
    given = films(("frontal chest", "a"), ("photograph", "b"), ("other", "c"))
    make = GateSampler(given, {"0": (0.1, 0.1, 0.9, 0.9)}, batch=6)
    first, second = make(5), make(5)
    assert torch.equal(first.films, second.films)
    assert first.films.shape == (6, 1, 128, 128)


def test_that_what_is_not_asked_costs_nothing() -> None:
    nothing = torch.tensor([float("nan")])
    batch = GateBatch(
        films=torch.zeros(1, 1, 128, 128),
        kinds=torch.tensor([0]),
        turns=torch.tensor([-1]),
        inverted=nothing,
        cut_off=nothing,
        boxes=nothing[:, None].expand(1, 4),
    )
    outputs = {
        "kind": torch.zeros(1, len(KINDS)),
        "rotation": torch.full((1, 4), 9.0),
        "inverted": torch.full((1, 1), 9.0),
        "cut_off": torch.full((1, 1), 9.0),
        "lung_box": torch.full((1, 4), 9.0),
    }
    # Eight kinds alike: ln 8, whatever the smoothing.
    assert float(gate_loss(outputs, batch)) == pytest.approx(math.log(8.0))
