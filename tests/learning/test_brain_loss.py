import math

import pytest
import torch

from learning.brain_loss import mask_loss, type_loss
from learning.brain_slices import NEGATIVE, POSITIVE, UNKNOWN


def targets(*values: int) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, len(values))


def test_that_undecided_pixels_cost_what_paper_says() -> None:
    # Logits 0: cross-entropy log 2 a pixel; Dice loss 1 - (2 * 0.5 + 1) / (2 + 1).
    loss = mask_loss(torch.zeros(1, 1, 2), targets(NEGATIVE, POSITIVE))
    assert float(loss) == pytest.approx(math.log(2) + 1 / 3, abs=1e-5)


def test_that_unknown_pixels_do_not_count() -> None:
    logits = torch.tensor([[[0.0, 0.0, 7.0]]])
    loss = mask_loss(logits, targets(NEGATIVE, POSITIVE, UNKNOWN))
    assert float(loss) == pytest.approx(math.log(2) + 1 / 3, abs=1e-5)


def test_that_a_slice_without_a_tumour_has_no_dice_loss() -> None:
    loss = mask_loss(torch.zeros(1, 1, 2), targets(NEGATIVE, NEGATIVE))
    assert float(loss) == pytest.approx(math.log(2), abs=1e-5)


def test_that_slices_of_no_known_type_do_not_count() -> None:
    logits = torch.tensor([[0.0, 0.0, 0.0], [9.0, -9.0, 9.0]])
    assert float(type_loss(logits, torch.tensor([1, -1]))) == pytest.approx(
        math.log(2), abs=1e-5
    )


def test_that_a_batch_without_types_costs_nothing() -> None:
    assert float(type_loss(torch.ones(2, 3), torch.tensor([-1, -1]))) == 0.0
