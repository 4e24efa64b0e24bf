from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from learning import train_brain
from learning.brain_slices import BrainSlice
from learning.train_brain import (
    build_pretrained,
    frozen_parts,
    sampling_weights,
    save_network,
    side_of_step,
)
from learning.trainer import Plan


def brain_slice(block: str, kind: int, masked: bool = False) -> BrainSlice:
    image = np.full((32, 32), 50, np.uint8)
    mask = np.zeros((32, 32), np.bool_)
    mask[5:15, 5:15] = True
    return BrainSlice(
        file="f",
        source="cheng",
        split="train",
        block=block,
        image=image,
        kind=kind,
        box=(5.0, 5.0, 10.0, 10.0),
        mask=mask if masked else None,
    )


def test_that_types_are_drawn_alike_and_blocks_by_the_root_of_their_size() -> None:
    slices = [brain_slice("a", 0)] * 4 + [brain_slice("b", 0), brain_slice("c", 1)]
    weights = sampling_weights(slices)
    # Type 0: blocks of 4 and 1 slices, roots 2 and 1: 2/3 and 1/3 of a half.
    assert weights[:4].tolist() == pytest.approx([1 / 12] * 4)
    assert weights[4:].tolist() == pytest.approx([1 / 6, 1 / 2])


def test_that_slices_with_masks_are_drawn_twice_as_often() -> None:
    weights = sampling_weights([brain_slice("a", 0, masked=True), brain_slice("a", 0)])
    assert weights.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_that_the_last_steps_see_the_full_size() -> None:
    assert [side_of_step(step, 100) for step in (0, 84, 85, 99)] == [160, 160, 224, 224]


def test_that_a_run_trains_the_decoder_and_leaves_the_first_stages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(train_brain, "BATCH", 2)
    monkeypatch.setattr(train_brain, "SMALL_SIDE", 64)
    monkeypatch.setattr(train_brain, "SMALL_SHARE", 1.0)
    slices = [brain_slice("a", 0, masked=True), brain_slice("b", 1)]
    plan = Plan(steps=2, bfloat16=False)
    trained = train_brain.train(slices, plan, tmp_path, Console(quiet=True))
    fresh = build_pretrained()
    for one, other in zip(frozen_parts(fresh), frozen_parts(trained), strict=True):
        for name, value in one.state_dict().items():
            assert torch.allclose(value.float(), other.state_dict()[name].float()), name
    assert not torch.equal(
        fresh.get_submodule("encoder.blocks.4").state_dict()["0.conv_pw.weight"],
        trained.get_submodule("encoder.blocks.4").state_dict()["0.conv_pw.weight"],
    )
    save_network(trained, tmp_path / "weights.safetensors")
    assert (tmp_path / "weights.safetensors").stat().st_size < 15_000_000
