import numpy as np
import pytest

from learning import brain_calibration
from learning.brain_calibration import TypeFilms, enough_blocks, left_out, type_spec


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brain_calibration, "RESAMPLES", 3)


def films(with_type: int, without: int, shift_of_first: float = 0.0) -> TypeFilms:
    """Blocks of 20 slices, of one class each, told apart by the logit with noise."""
    blocks = np.repeat(np.arange(with_type + without), 20)
    truth = (blocks < with_type).astype(np.int64)
    noise = np.random.default_rng(0).uniform(-1.5, 1.5, len(blocks))
    logits = 2.0 * truth - 1.0 + noise
    logits[blocks == 0] += shift_of_first
    return TypeFilms(logits, truth, blocks.astype(str))


@pytest.mark.parametrize(
    ("with_type", "without", "enough"), [(9, 9, True), (8, 12, False), (12, 8, False)]
)
def test_that_nine_blocks_of_each_class_are_asked_for(
    with_type: int, without: int, enough: bool
) -> None:
    assert enough_blocks(films(with_type, without)) is enough


def test_that_few_blocks_withhold_intervals_and_sets_however_many_the_slices() -> None:
    given = films(3, 3)  # 60 slices of each class, more than the 20 of a film's set
    spec = type_spec("glioma", given, 1.0)
    assert spec.operating_point is None
    assert spec.conformal is None
    assert 0.0 < spec.threshold < 1.0


def test_that_enough_blocks_give_intervals_drawn_by_block() -> None:
    spec = type_spec("glioma", films(9, 9), 1.0)
    assert spec.conformal is not None
    point = spec.operating_point
    assert point is not None
    assert point.sensitivity.value >= 0.95
    assert point.sensitivity.low < point.sensitivity.value < point.sensitivity.high


def test_that_a_block_unlike_the_others_is_missed_when_the_others_judge_it() -> None:
    # The first of three blocks with the type looks like blocks without it: all of
    # its slices lie below the others' threshold, which finds 95 % of their own.
    told = left_out(films(3, 3, shift_of_first=-4.0))
    assert (told.blocks, told.slices) == (6, 120)
    assert told.sensitivity is not None
    assert told.sensitivity <= 2 / 3
    assert told.present is not None
    assert told.present <= 2 / 3


def test_that_a_block_is_not_judged_where_the_others_lack_a_class() -> None:
    told = left_out(films(1, 3))
    # Without the one block there is no slice with the type to learn from.
    assert told.blocks == 3
    assert told.sensitivity is None
    assert told.present is None
    assert told.specificity is not None
