"""Networks of MONAI, by its names: ``monai:UNet``. Two-dimensional ones only.

MONAI is an extra: ``pip install 'overread[monai]'``.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from inference.architectures.options import checked_options
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard

_UNET = {"channels", "strides", "kernel_size", "up_kernel_size", "dropout"}
_UNET_MORE = {"num_res_units", "act", "norm", "bias", "adn_ordering"}
_BASIC = {"features", "act", "norm", "bias", "dropout", "upsample"}
_SEGRES = {"init_filters", "dropout_prob", "act", "norm", "use_conv_final"}
_SEGRES_MORE = {"blocks_down", "blocks_up", "upsample_mode", "num_groups"}
_DYN = {"kernel_size", "strides", "upsample_kernel_size", "filters", "dropout"}
_DYN_MORE = {"norm_name", "act_name", "res_block", "trans_bias"}
_DENSE = {"init_features", "growth_rate", "block_config", "bn_size", "dropout_prob"}
_SIZES = {"in_channels", "out_channels", "spatial_dims"}

ALLOWED: dict[str, frozenset[str]] = {
    "UNet": frozenset(_UNET | _UNET_MORE | _SIZES),
    "BasicUNet": frozenset(_BASIC | _SIZES),
    "AttentionUnet": frozenset(_UNET | _SIZES),
    "SegResNet": frozenset(_SEGRES | _SEGRES_MORE | _SIZES),
    "DynUNet": frozenset(_DYN | _DYN_MORE | _SIZES),
    "DenseNet121": frozenset(_DENSE | _SIZES),
    "DenseNet169": frozenset(_DENSE | _SIZES),
    "DenseNet201": frozenset(_DENSE | _SIZES),
    "EfficientNetBN": frozenset({"model_name", "norm", "num_classes", *_SIZES}),
}
"""Networks, and which of their arguments a manifest may set. Not among them:
``pretrained``, which fetches weights."""

MASKS = frozenset({"UNet", "BasicUNet", "AttentionUnet", "SegResNet", "DynUNet"})
"""Networks whose output is a mask."""


def check_name(model_id: str, name: str) -> None:
    """Refuse a network that is not among `ALLOWED`."""
    if name not in ALLOWED:
        raise ModelUnavailableError(
            model_id,
            f"MONAI's network {name[:60]!r} is not loaded; allowed:"
            f" {', '.join(ALLOWED)}",
        )


def build(card: ModelCard, name: str) -> nn.Module:
    """Build a network by MONAI's name, without weights.

    Raises
    ------
    ModelUnavailableError
        If the name or an option is not allowed, the network is
        three-dimensional, or MONAI is not installed.
    """
    check_name(card.model_id, name)
    options = checked_options(card, ALLOWED[name])
    if options.get("spatial_dims", 2) != 2:
        raise ModelUnavailableError(
            card.model_id, "three-dimensional networks are not run"
        )
    outputs = len(card.segments) if name in MASKS else card.outputs
    # Exclusive classes may have a background before the segments.
    if card.output == "softmax" and options.get("out_channels") == outputs + 1:
        outputs += 1
    sizes: dict[str, Any] = {"spatial_dims": 2, "in_channels": card.input.channels}
    sizes["num_classes" if name == "EfficientNetBN" else "out_channels"] = outputs
    for key, size in sizes.items():
        if options.setdefault(key, size) != size:
            raise ModelUnavailableError(
                card.model_id, f"option {key} is {options[key]}, not {size}"
            )
    if name == "EfficientNetBN":
        # MONAI would fetch ImageNet's weights by default.
        options["pretrained"] = False
    network: nn.Module = getattr(_networks(card.model_id), name)(**options)
    return network


def _networks(model_id: str) -> Any:
    try:
        from monai.networks import nets
    except ImportError as error:
        raise ModelUnavailableError(
            model_id, "MONAI is not installed; run: pip install 'overread[monai]'"
        ) from error
    return nets
