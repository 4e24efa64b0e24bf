import numpy as np
import pytest

from inference.model_card import Calibration, Code, FindingSpec
from inference.preprocess import Placement
from learning.brain_calibration import TypeFilms, cross_fitted
from learning.brain_figures import half_shift, measure_gate
from learning.brain_measures import (
    Agreement,
    Results,
    agreement,
    best_threshold,
    marked,
    pixel_reliability,
)
from learning.brain_measures import cross_fitted as cross_fitted_masks
from learning.brain_slices import BrainSlice

WHOLE = Placement(8, 8, (0, 0, 8, 8), (8, 8))


def results(*masks: np.ndarray, features: np.ndarray | None = None) -> Results:
    count = len(masks)
    return Results(
        logits=np.zeros((count, 3), np.float32),
        features=np.zeros((count, 4), np.float32) if features is None else features,
        peaks=np.zeros((count, 3), np.float32),
        masks=np.stack(masks),
        placements=(WHOLE,) * count,
    )


def square(rows: slice, columns: slice) -> np.ndarray:
    logits = np.full((8, 8), -5.0, np.float32)
    logits[rows, columns] = 5.0
    return logits


def brain_slice(mask: bool = True) -> BrainSlice:
    """A tumour of 4 x 4 pixels at (2, 2)."""
    truth = np.zeros((8, 8), np.bool_)
    truth[2:6, 2:6] = True
    return BrainSlice(
        file="f",
        source="cheng",
        split="val",
        block="b",
        image=np.zeros((8, 8), np.uint8),
        kind=0,
        box=(2.0, 2.0, 4.0, 4.0),
        mask=truth if mask else None,
    )


def table(overlap: list[float]) -> Agreement:
    values = np.array(overlap)
    return Agreement(values * np.nan, values, values, values * np.nan)


def test_that_a_mark_is_compared_with_mask_and_box() -> None:
    # Half of the tumour is marked: Dice 2 * 8 / 24, box overlap 8 / 16.
    half = results(square(slice(2, 6), slice(2, 4)))
    found = agreement([brain_slice()], half, 0.5)
    assert found.dice[0] == pytest.approx(2 / 3)
    assert found.overlap[0] == 0.5
    assert found.centre[0] == 1.0
    assert found.area_ratio[0] == 0.5


def test_that_a_slice_without_mask_has_no_dice() -> None:
    found = agreement(
        [brain_slice(mask=False)], results(square(slice(8), slice(8))), 0.5
    )
    assert np.isnan(found.dice[0])
    # 16 of 64 pixels.
    assert found.overlap[0] == 0.25


def test_that_a_slice_is_marked_only_by_parts_large_enough() -> None:
    both = results(square(slice(0, 2), slice(0, 2)), square(slice(0, 1), slice(0, 3)))
    assert marked(both, 0.5).tolist() == [True, False]


def test_that_the_threshold_of_the_greatest_mean_is_taken() -> None:
    chosen = best_threshold({0.3: np.array([0.2, np.nan]), 0.6: np.array([0.4, 0.1])})
    # Means 0.2 and 0.25.
    assert chosen == 0.6


def test_that_a_block_is_measured_at_the_threshold_of_the_others() -> None:
    blocks = np.array(["a", "b"])
    # Block a alone would choose 0.3, b alone 0.6.
    tables = {0.3: table([0.9, 0.1]), 0.6: table([0.2, 0.8])}
    crossed, chosen = cross_fitted_masks(tables, blocks)
    assert chosen == [0.6, 0.3]
    assert crossed.overlap.tolist() == [0.2, 0.1]


def test_that_the_reliability_counts_cells_by_their_probability() -> None:
    # 16 cells of probability 0.993, all tumour; 48 of 0.007, none.
    low, high = pixel_reliability(
        [brain_slice()], results(square(slice(2, 6), slice(2, 6)))
    )
    assert (low["cells"], low["tumour_share"]) == (48, 0.0)
    assert (high["cells"], high["tumour_share"]) == (16, 1.0)
    assert high["mean_probability"] == pytest.approx(0.9933, abs=1e-4)


def test_that_a_block_has_no_part_in_its_own_calibration() -> None:
    rng = np.random.default_rng(0)
    blocks = np.repeat(np.array(["a", "b", "c"]), 20)
    truth = np.tile([0, 1], 30)
    logits = rng.normal(0, 1, 60) + truth
    first = cross_fitted(TypeFilms(logits, truth, blocks))
    # Turning a block's labels round changes the others' probabilities only.
    turned = truth.copy()
    turned[blocks == "a"] = 1 - turned[blocks == "a"]
    second = cross_fitted(TypeFilms(logits, turned, blocks))
    assert np.allclose(first[blocks == "a"], second[blocks == "a"])
    assert not np.allclose(first[blocks == "b"], second[blocks == "b"])


def test_that_the_gate_lets_98_of_100_unseen_slices_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("learning.brain_figures.COMPONENTS", (0, 4))
    rng = np.random.default_rng(0)
    empty = np.zeros((100, 8, 8), np.float32)
    trained, unseen = (
        results(*empty, features=rng.normal(0, 1, (100, 4)).astype(np.float32))
        for _ in range(2)
    )
    far = results(*empty[:5], features=np.full((5, 4), 9.0, np.float32))
    blocks = np.repeat(np.array(["a", "b"]), 50)
    gate, facts = measure_gate(trained, unseen, blocks, {"far": far})
    assert (gate.distances(unseen.features) > 1.0).sum() == 2
    # Signed root 3 in each of four components: not far beyond the limit of 2 or
    # so, so that distances on another scale would not tell it apart.
    assert gate.distances(far.features).max() < 3.0
    assert facts["others"]["far"] == {"images": 5, "refused": 1.0, "auroc": 1.0}


def test_that_half_precision_is_judged_by_the_greatest_change() -> None:
    # Logit 0 becomes 0.04 in one cell of the first slice: sigmoid 0.5 and 0.51.
    flat = np.zeros((8, 8), np.float32)
    moved = flat.copy()
    moved[3, 3] = 0.04
    code = Code("99OVERREAD", "X", "X")
    specs = [FindingSpec("x", "X", "x", code, 0.5, Calibration(), 1.0)]
    shift = half_shift(results(flat, flat), results(moved), specs)
    assert shift == pytest.approx(0.01, abs=1e-5)
