"""``overread:gate``, the network of the input gate: small, because every film passes.

The first five stages of EfficientNet-Lite0 on a 128 x 128 grey film, stretched,
and linear heads on one hidden layer.
"""

from __future__ import annotations

from typing import cast

import timm
import torch
from torch import Tensor, nn

from inference.film_gate import DISTANCES, KINDS, TURNS

SIDE = 128
GRID = SIDE // 16
CHANNELS = 112
PLACED = 16
HIDDEN = 192


class GateNetwork(nn.Module):
    """Tells kind, rotation, inversion, cut-off, lung box and distance of films.

    Attributes
    ----------
    mean, precision_root, scale
        Per entry of `DISTANCES`: the distance of a film from the training films
        of a kind is ||precision_root (features - mean)|| / scale, Mahalanobis'
        (Lee et al. 2018). Not trained; set when the model is published.

    References
    ----------
    Tan and Le, EfficientNet, 2019; Lite0 as timm builds it.
    """

    def __init__(self, channels: int = 1, components: int = HIDDEN) -> None:
        super().__init__()
        whole = timm.create_model(
            "tf_efficientnet_lite0", pretrained=False, in_chans=channels, num_classes=0
        )
        self.stem = nn.Sequential(
            whole.get_submodule("conv_stem"), whole.get_submodule("bn1")
        )
        self.blocks = nn.Sequential(*list(whole.get_submodule("blocks").children())[:5])
        self.placed = nn.Conv2d(CHANNELS, PLACED, 1)
        self.hidden = nn.Linear(2 * CHANNELS + PLACED * GRID * GRID, HIDDEN)
        self.drop = nn.Dropout(0.2)
        self.heads = nn.ModuleDict(
            {
                "kind": nn.Linear(HIDDEN, len(KINDS)),
                "rotation": nn.Linear(HIDDEN, len(TURNS)),
                "inverted": nn.Linear(HIDDEN, 1),
                "cut_off": nn.Linear(HIDDEN, 1),
                "lung_box": nn.Linear(HIDDEN, 4),
            }
        )
        kinds = len(DISTANCES)
        self.register_buffer("mean", torch.zeros(kinds, HIDDEN))
        self.register_buffer("precision_root", torch.zeros(kinds, components, HIDDEN))
        self.register_buffer("scale", torch.ones(kinds))

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Run on (n, channels, 128, 128).

        Returns
        -------
        ``kind`` (n, 8), ``rotation`` (n, 4), ``inverted`` and ``cut_off`` (n, 1)
        in logits; ``lung_box`` (n, 4) in fractions of the film, which may lie
        outside it; ``features`` (n, 192); ``distance`` (n, 3).
        """
        maps = self.blocks(self.stem(films))
        pooled = [maps.mean((2, 3)), maps.amax((2, 3))]
        placed = nn.functional.relu(self.placed(maps)).flatten(1)
        features = nn.functional.silu(self.hidden(torch.cat([*pooled, placed], 1)))
        kept = self.drop(features)
        outputs = {name: head(kept) for name, head in self.heads.items()}
        outputs["lung_box"] = outputs["lung_box"] * 0.25 + 0.5
        outputs["features"] = features
        outputs["distance"] = self._distance(features)
        return outputs

    def _distance(self, features: Tensor) -> Tensor:
        mean, root = cast("Tensor", self.mean), cast("Tensor", self.precision_root)
        away = features.float()[:, None, :] - mean[None]
        components = torch.einsum("nkf,kcf->nkc", away, root)
        lengths = torch.linalg.vector_norm(components, dim=2)
        distances: Tensor = lengths / cast("Tensor", self.scale)
        return distances


def build_gate(labels: int, channels: int) -> nn.Module:
    """Build the bare network; it has no labels of its own, so `labels` is 0."""
    if labels:
        raise ValueError(f"the gate's network has no findings; {labels} are named")
    return GateNetwork(channels)
