import pytest
import torch

from inference.networks import BUILDERS
from inference.unet import UnetLite0, _attention


@pytest.fixture(scope="module")
def network() -> UnetLite0:
    torch.manual_seed(0)
    return UnetLite0(3, 1).eval()


def test_that_it_is_built_by_its_name() -> None:
    assert isinstance(BUILDERS["unet-lite0"](3, 1), UnetLite0)


@torch.inference_mode()
def test_that_the_mask_has_half_the_sides_of_the_input(network: UnetLite0) -> None:
    outputs = network(torch.zeros(2, 1, 64, 96))
    assert outputs["logits"].shape == (2, 3)
    assert outputs["mask"].shape == (2, 1, 32, 48)


@torch.inference_mode()
def test_that_the_head_is_linear_on_the_mean_of_the_attended_maps(
    network: UnetLite0,
) -> None:
    kept = {}
    hook = network.attended.register_forward_hook(
        lambda _module, _inputs, output: kept.update(maps=output)
    )
    logits = network(torch.randn(1, 1, 64, 64))["logits"]
    hook.remove()
    assert torch.allclose(network.head(kept["maps"].mean((2, 3))), logits, atol=1e-5)


def test_that_attention_follows_the_mask_and_has_mean_one() -> None:
    # Left half certain, right half not: (1 + 0.02) and 0.02, of mean 0.52.
    mask = torch.full((1, 1, 4, 4), -30.0)
    mask[..., :2] = 30.0
    weights = _attention(mask, torch.zeros(1, 5, 2, 2))
    assert weights[0, 0, 0].tolist() == pytest.approx([1.02 / 0.52, 0.02 / 0.52])


def test_that_all_cells_weigh_alike_where_nothing_is_marked() -> None:
    weights = _attention(torch.full((1, 1, 4, 4), -30.0), torch.zeros(1, 5, 2, 2))
    assert torch.allclose(weights, torch.ones(1, 1, 2, 2))


def test_that_the_types_do_not_bend_the_mask() -> None:
    torch.manual_seed(0)
    network = UnetLite0(3, 1)
    network(torch.randn(2, 1, 64, 64))["logits"].sum().backward()
    assert network.mask.weight.grad is None
