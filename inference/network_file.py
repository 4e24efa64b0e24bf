"""The verified bytes of a model's weights -> its network, whatever their format."""

from __future__ import annotations

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import nn

from inference.architectures import build
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard


def to_network(card: ModelCard, data: bytes) -> nn.Module:
    """Make the network of a manifest from the verified bytes of its weights.

    Raises
    ------
    ModelUnavailableError
        If the architecture is not known, or the weights do not fit it.
    """
    if card.format == "onnx":
        from inference.onnx_network import OnnxNetwork

        return OnnxNetwork(card.model_id, card.weights, data)
    if card.format == "torch.export":
        from inference.exported_network import ExportedNetwork

        return ExportedNetwork(card.model_id, card.weights, data)
    network = build(card)
    try:
        network.load_state_dict(load_tensors(data), strict=True)
    except (RuntimeError, SafetensorError) as error:
        first = str(error).splitlines()[-1].strip()
        raise ModelUnavailableError(
            card.model_id, f"the weights do not fit {card.architecture} ({first[:200]})"
        ) from error
    return network
