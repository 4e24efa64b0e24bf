"""A network that says where: a fine map of logits, and a film's logit from its peak.

For findings that are small against the film, as a fracture is. Imports torch:
never in the window's process.
"""

from __future__ import annotations

from typing import cast

import timm
import torch
from torch import Tensor, nn

TRUNK_STRIDE = 8
MAP_STRIDE = 16
_BLOCK = 8
_WINDOW = 9
_PEAK_CELLS = 6


class LocalContrast(nn.Module):
    """Take the local mean away and divide by the local spread.

    Exposure, collimation borders and the grey scale of an export are the same
    over a window of 72 px, a fracture line is not: so this layer takes much of
    what tells the hospital, and leaves what tells the fracture. The means are
    taken over blocks of 8 px and interpolated.

    References
    ----------
    Jarrett et al., What is the best multi-stage architecture for object
    recognition?, 2009 (local contrast normalisation; here with a flat window).
    """

    def forward(self, films: Tensor) -> Tensor:
        """Return films of the same shape, (n, 1, rows, columns)."""
        flat = films - _mean(films)
        spread = _mean(flat * flat).clamp(min=0.0).sqrt()
        # The film's own spread keeps flat regions flat instead of noisy.
        floor = flat.std(dim=(2, 3), keepdim=True) * 0.3 + 1e-3
        return flat / (spread + floor)


def _mean(values: Tensor) -> Tensor:
    blocks = nn.functional.avg_pool2d(values, _BLOCK)
    wide = nn.functional.avg_pool2d(
        blocks, _WINDOW, stride=1, padding=_WINDOW // 2, count_include_pad=False
    )
    return nn.functional.interpolate(wide, values.shape[2:], mode="bilinear")


def _stages(base: nn.Module) -> list[nn.Module]:
    return list(base.get_submodule("blocks").children())


class Trunk(nn.Module):
    """Local contrast and the first three stages of EfficientNet-Lite0.

    (n, 1, rows, columns) -> (n, 40, rows / 8, columns / 8). Not trained: what it
    gives may be kept and used again.
    """

    def __init__(self) -> None:
        super().__init__()
        base = timm.create_model("tf_efficientnet_lite0", pretrained=False, in_chans=1)
        self.contrast = LocalContrast()
        self.conv_stem = base.conv_stem
        self.bn1 = base.bn1
        self.blocks = nn.Sequential(*_stages(base)[:3])

    def forward(self, films: Tensor) -> Tensor:
        """Return the features at an eighth of the film's side."""
        stem = cast("nn.Module", self.conv_stem)
        norm = cast("nn.Module", self.bn1)
        found: Tensor = self.blocks(norm(stem(self.contrast(films))))
        return found


class Rest(nn.Module):
    """The trunk's features -> the map's logits and the film's.

    Attributes
    ----------
    middle, deep
        Stages four and five, and six, of EfficientNet-Lite0.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        base = timm.create_model("tf_efficientnet_lite0", pretrained=False, in_chans=1)
        stages = _stages(base)
        self.middle = nn.Sequential(*stages[3:5])
        self.deep = stages[5]
        self.from_trunk = nn.Conv2d(40, 64, 1)
        self.from_middle = nn.Conv2d(112, 64, 1)
        self.from_deep = nn.Conv2d(192, 64, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU()
        )
        self.dropout = nn.Dropout2d(0.2)
        self.point = nn.Conv2d(64, labels, 1)
        self.scale = nn.Parameter(torch.ones(labels))
        self.shift = nn.Parameter(torch.zeros(labels))

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (n, labels) and ``map`` (n, labels, rows, columns)."""
        middle = self.middle(features)
        deep = self.from_deep(self.deep(middle))
        size = middle.shape[2:]
        mixed = (
            self.from_middle(middle)
            + nn.functional.interpolate(deep, size, mode="bilinear")
            + self.from_trunk(nn.functional.adaptive_avg_pool2d(features, size))
        )
        cells = self.point(self.dropout(self.mix(mixed.relu())))
        peak = cells.flatten(2).topk(_PEAK_CELLS, dim=2).values.mean(2)
        return {"logits": peak * self.scale + self.shift, "map": cells}

    def train(self, mode: bool = True) -> Rest:
        """Keep ImageNet's batch norms at their statistics in training too."""
        super().train(mode)
        for module in (self.middle, self.deep):
            module.eval()
        return self


class FineMap(nn.Module):
    """Grey film (n, 1, rows, columns) -> logits and map, see `Rest`."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.rest = Rest(labels)

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Return ``logits`` (n, labels) and ``map`` at a sixteenth of the side."""
        found: dict[str, Tensor] = self.rest(self.trunk(films))
        return found


def build_finemap(labels: int, channels: int) -> nn.Module:
    """Return the bare network.

    Raises
    ------
    ValueError
        If it is asked for more than one channel, or for no label.
    """
    if channels != 1 or labels < 1:
        raise ValueError("the fine map takes 1 channel and gives at least 1 logit")
    return FineMap(labels)
