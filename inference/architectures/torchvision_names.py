"""Classifiers of torchvision, by its names: ``torchvision:resnet50``."""

from __future__ import annotations

from torch import nn

from inference.architectures.options import checked_options
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard

NAMES = frozenset(
    {
        *("alexnet", "convnext_base", "convnext_large", "convnext_small"),
        *("convnext_tiny", "densenet121", "densenet161", "densenet169"),
        *("densenet201", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2"),
        *("efficientnet_b3", "efficientnet_b4", "efficientnet_b5"),
        *("efficientnet_b6", "efficientnet_b7", "efficientnet_v2_l"),
        *("efficientnet_v2_m", "efficientnet_v2_s", "mnasnet0_5", "mnasnet1_0"),
        *("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"),
        *("regnet_x_1_6gf", "regnet_x_400mf", "regnet_x_800mf", "regnet_y_1_6gf"),
        *("regnet_y_400mf", "regnet_y_800mf", "resnet101", "resnet152", "resnet18"),
        *("resnet34", "resnet50", "resnext101_32x8d", "resnext50_32x4d"),
        *("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "squeezenet1_0"),
        *("squeezenet1_1", "swin_b", "swin_s", "swin_t", "vgg11", "vgg11_bn"),
        *("vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"),
        *("vit_b_16", "vit_b_32", "wide_resnet101_2", "wide_resnet50_2"),
    }
)
"""Those that give one tensor of logits; the two Inceptions give more in training."""


def build(card: ModelCard, name: str) -> nn.Module:
    """Build a classifier by torchvision's name, without weights.

    Raises
    ------
    ModelUnavailableError
        If the name is not among `NAMES`.
    """
    import torchvision

    if name not in NAMES:
        raise ModelUnavailableError(
            card.model_id,
            f"architecture {card.architecture[:60]!r} is not known; of torchvision's"
            " networks only classifiers are loaded",
        )
    checked_options(card, frozenset())
    network: nn.Module = torchvision.models.get_model(
        name, weights=None, num_classes=card.outputs
    )
    if card.input.channels != 3:
        _take_channels(network, card.input.channels)
    return network


def _take_channels(network: nn.Module, channels: int) -> None:
    """Put a first convolution of fewer channels in; torchvision's take three."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            place, _, last = name.rpartition(".")
            setattr(network.get_submodule(place), last, _narrowed(module, channels))
            return


def _narrowed(first: nn.Conv2d, channels: int) -> nn.Conv2d:
    rows, columns = first.kernel_size
    down, across = first.stride
    above, beside = (side for side in first.padding if isinstance(side, int))
    return nn.Conv2d(
        channels,
        first.out_channels,
        (rows, columns),
        (down, across),
        (above, beside),
        bias=first.bias is not None,
    )
