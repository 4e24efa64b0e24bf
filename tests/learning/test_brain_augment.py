import numpy as np
import pytest

from learning import brain_augment
from learning.brain_augment import augment_slice, bias_field
from learning.brain_slices import NEGATIVE, POSITIVE, BrainSlice


def slice_with_tumour(left: float = 10.0) -> BrainSlice:
    image = np.full((64, 64), 60, np.uint8)
    image[20:30, int(left) : int(left) + 10] = 220
    return BrainSlice("f", "a", "train", "b", image, 1, (20.0, left, 10.0, 10.0))


def test_that_image_and_target_move_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brain_augment, "ERASED", 0.0)
    monkeypatch.setattr(brain_augment, "DECOY", 0.0)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        item = slice_with_tumour()
        image, target = brain_augment._place(item.image, item.target, 96, rng)
        cells = image.reshape(48, 2, 48, 2).mean((1, 3))
        # All of the core lies on the bright square, whatever the view.
        assert (target == POSITIVE).any()
        assert cells[target == POSITIVE].min() > 180


def test_that_a_tumour_painted_over_leaves_neither_mark_nor_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brain_augment, "ERASED", 1.0)
    shown = augment_slice(slice_with_tumour(), 64, np.random.default_rng(0))
    assert shown.kind == -1
    assert (shown.target == NEGATIVE).all()


def test_that_a_tumour_in_the_midline_is_not_painted_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brain_augment, "ERASED", 1.0)
    item = slice_with_tumour(left=27.0)
    shown = augment_slice(item, 64, np.random.default_rng(0))
    assert shown.kind == 1
    assert (shown.target == POSITIVE).any()


def test_that_the_decoy_spares_the_tumour_and_its_mirror_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(brain_augment, "ERASED", 0.0)
    monkeypatch.setattr(brain_augment, "DECOY", 1.0)
    item = slice_with_tumour()
    for seed in range(50):
        image, _, kind = brain_augment._paint(item, np.random.default_rng(seed))
        assert kind == 1
        assert np.array_equal(image, item.image)


def test_that_the_same_seed_shows_the_same() -> None:
    one, two = (
        augment_slice(slice_with_tumour(), 64, np.random.default_rng(5))
        for _ in range(2)
    )
    assert np.array_equal(one.image, two.image)
    assert np.array_equal(one.target, two.target)


def test_that_a_field_brightens_slowly() -> None:
    flat = np.full((64, 64), 100, np.uint8)
    changed = bias_field(flat, np.random.default_rng(0)).astype(int)
    assert np.ptp(changed) > 10
    assert np.abs(np.diff(changed, axis=1)).max() <= 4
