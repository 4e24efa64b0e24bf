"""A light U-Net on EfficientNet-Lite0: a mask, and types of what it marks.

Imports torch and timm: only the inference process and the command line do.
"""

from __future__ import annotations

import timm
import torch
from torch import Tensor, nn

ENCODER = "tf_efficientnet_lite0"
_SKIPS = (16, 24, 40, 112, 320)
"""Channels of Lite0's stages at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input."""
_WIDTHS = (24, 32, 64, 256)
"""Channels of the decoder at 1/2, 1/4, 1/8 and 1/16."""
_FLOOR = 0.02
"""Attention of cells outside the mask: where nothing is marked, all weigh alike."""


class UnetLite0(nn.Module):
    """Encoder Lite0, decoder with skips; mask at half the input's side.

    The types are told by a linear head on the mean of the maps at 1/16 (of
    ``attended``), weighted by the mask's own probability: the head looks at what
    is marked and at what its receptive field holds around it, not at the border
    of the slice. Since the mean of those maps goes straight into the head, the
    saliency of a type has a closed form (CAM).

    Parameters
    ----------
    labels
        Types (logits).
    channels
        Of the input.
    planes
        Of the mask.
    """

    def __init__(self, labels: int, channels: int = 3, planes: int = 1) -> None:
        super().__init__()
        self.encoder = timm.create_model(
            ENCODER, pretrained=False, features_only=True, in_chans=channels
        )
        self.fuse = _block(_SKIPS[4] + _SKIPS[3], _WIDTHS[3], side=1)
        self.up8 = _block(_WIDTHS[3] + _SKIPS[2], _WIDTHS[2])
        self.up4 = _block(_WIDTHS[2] + _SKIPS[1], _WIDTHS[1])
        self.up2 = _block(_WIDTHS[1] + _SKIPS[0], _WIDTHS[0])
        self.mask = nn.Conv2d(_WIDTHS[0], planes, 1)
        self.attended = nn.Identity()
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(_WIDTHS[3], labels)

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Return logits (n, labels) and mask logits (n, planes, rows/2, columns/2).

        Parameters
        ----------
        films : (n, channels, rows, columns)
            Sides are multiples of 32.
        """
        half, quarter, eighth, sixteenth, last = self.encoder(films)
        fused = self.fuse(torch.cat([_twice(last), sixteenth], 1))
        deep = self.up8(torch.cat([_twice(fused), eighth], 1))
        deep = self.up4(torch.cat([_twice(deep), quarter], 1))
        mask = self.mask(self.up2(torch.cat([_twice(deep), half], 1)))
        maps = self.attended(fused * _attention(mask, fused))
        logits = self.head(self.dropout(maps.mean((2, 3))))
        return {"logits": logits, "mask": mask}


def build_unet(labels: int, channels: int) -> nn.Module:
    """Return the bare network with one mask plane; entry of `networks.BUILDERS`."""
    return UnetLite0(labels, channels)


def _block(inputs: int, outputs: int, side: int = 3) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _twice(maps: Tensor) -> Tensor:
    return nn.functional.interpolate(
        maps, scale_factor=2.0, mode="bilinear", align_corners=False
    )


def _attention(mask: Tensor, like: Tensor) -> Tensor:
    """Return the mask's probability on the grid of `like`, of mean one.

    Detached: the types must not bend the mask to suit themselves.
    """
    probability = mask.detach().float().sigmoid().amax(1, keepdim=True)
    cells = (
        nn.functional.adaptive_avg_pool2d(probability, (like.shape[-2], like.shape[-1]))
        + _FLOOR
    )
    weights: Tensor = cells / cells.mean((2, 3), keepdim=True)
    return weights.to(like.dtype)
