import cv2
import numpy as np
import pytest

from inference.film_gate import KINDS
from inference.gate_network import SIDE
from learning.gate_samples import (
    FRONTAL,
    OTHER,
    is_cut_off,
    make_other,
    make_sample,
    moved_box,
)

FILM = np.tile(np.linspace(0, 255, 100).astype(np.uint8), (50, 1))


def test_that_a_box_moves_with_the_film() -> None:
    # Columns doubled and shifted by 10 px, rows kept.
    matrix = np.array([[2.0, 0.0, 10.0], [0.0, 1.0, 0.0]])
    moved = moved_box((0.2, 0.1, 0.6, 0.5), (50, 100), matrix)
    # Rows 10 to 30, columns 10 to 50 become 10 to 30 and 30 to 110.
    assert moved * SIDE == pytest.approx([10.0, 30.0, 30.0, 110.0])


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0.1, 0.1, 0.9, 0.9), 0.0),
        ((-0.1, 0.1, 0.7, 0.9), 1.0),  # 0.1 of a height of 0.8 is lost: 12.5 %
        ((0.1, 0.1, 0.9, 1.1), 1.0),  # 0.1 of a width of 1.0: 10 %
    ],
)
def test_that_lungs_outside_the_film_are_cut_off(
    box: tuple[float, ...], expected: float
) -> None:
    assert is_cut_off(np.array(box)) == expected


def test_that_a_little_lung_outside_is_neither() -> None:
    # 0.05 of a height of 1.0.
    assert np.isnan(is_cut_off(np.array([0.05, 0.1, 1.05, 0.9])))


def test_that_the_box_of_an_upright_chest_film_is_told() -> None:
    bright = np.zeros((168, 168), np.uint8)
    cv2.rectangle(bright, (42, 42), (125, 125), 255, -1)
    seen = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sample = make_sample(bright, FRONTAL, (0.25, 0.25, 0.75, 0.75), rng)
        assert sample.film.shape == (SIDE, SIDE)
        if sample.turn == 0:
            seen += 1
            assert (sample.box >= 0.0).all()
            assert (sample.box <= 1.0).all()
        else:
            assert np.isnan(sample.box).all()
            assert np.isnan(sample.cut_off)
    assert 15 < seen < 40


def test_that_turn_and_cut_off_are_not_asked_of_a_limb() -> None:
    rng = np.random.default_rng(0)
    sample = make_sample(FILM, KINDS.index("upper limb"), None, rng)
    assert sample.turn == -1
    assert np.isnan(sample.cut_off)
    assert sample.inverted in (0.0, 1.0)


def test_that_inversion_is_not_asked_of_a_slice() -> None:
    rng = np.random.default_rng(0)
    assert np.isnan(make_sample(FILM, KINDS.index("brain MR"), None, rng).inverted)


def test_that_drawn_pictures_are_of_another_kind() -> None:
    films = np.stack([FILM[:, :50], FILM[:, 50:]])
    for seed in range(12):
        sample = make_other(films, np.random.default_rng(seed))
        assert sample.kind == OTHER
        assert sample.film.shape == (SIDE, SIDE)
        assert np.isfinite(sample.film).all()


def test_that_a_sample_is_the_same_for_the_same_seed() -> None:
    first, second = (
        make_sample(FILM, FRONTAL, None, np.random.default_rng(3)) for _ in range(2)
    )
    assert np.array_equal(first.film, second.film)
