"""TorchXRayVision's classifiers, by its names, without its code.

``torchxrayvision:densenet121-res224-all``. The library downloads a pickled
module when a network is made; here the same network is built from torchvision's
parts, under the same names of tensors, and gives logits: the library's
normalisation, in which 0.5 is the operating point, is not applied.

References
----------
Cohen et al., TorchXRayVision: a library of chest X-ray datasets and models,
2022; torchxrayvision 1.5.7, models.py.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inference.architectures.options import checked_options
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from inference.xray_models import XRAY_MODELS


class XrayDenseNet(nn.Module):
    """DenseNet-121 on one channel; `last` gives the maps that are pooled.

    The library, like torchvision, ends with an in-place ReLU that overwrites
    the last norm's output: a module of its own keeps both.
    """

    def __init__(self, labels: int) -> None:
        # torchvision takes seconds to import; most models need none of it.
        from torchvision.models import densenet121

        super().__init__()
        network = densenet121(weights=None, num_classes=labels)
        self.features: nn.Module = network.features
        self.classifier: nn.Module = network.classifier
        self.features.conv0 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        self.last = nn.ReLU()

    def forward(self, films: Tensor) -> Tensor:
        """Return the logits of films (n, 1, rows, columns), in -1024 to 1024."""
        maps = self.last(self.features(films))
        logits: Tensor = self.classifier(torch.flatten(maps.mean((2, 3)), 1))
        return logits


def xray_resnet(labels: int) -> nn.Module:
    """Return ResNet-50 on one channel."""
    from torchvision.models import resnet50

    network: nn.Module = resnet50(weights=None, num_classes=labels)
    network.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return network


def build(card: ModelCard, name: str) -> nn.Module:
    """Build a network by TorchXRayVision's name, without weights.

    Raises
    ------
    ModelUnavailableError
        If the name is not one of its classifiers, or the input is not grey.
    """
    checked_options(card, frozenset())
    if name not in XRAY_MODELS:
        raise ModelUnavailableError(
            card.model_id,
            f"architecture {card.architecture[:60]!r} is not known; there is:"
            f" {', '.join(XRAY_MODELS)}",
        )
    if card.input.channels != 1:
        raise ModelUnavailableError(
            card.model_id, f"{card.architecture} takes 1 channel"
        )
    if name.startswith("resnet50"):
        return xray_resnet(card.outputs)
    return XrayDenseNet(card.outputs)
