"""The small tensors beside the weights: of the input gate and of the ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import ModelUnavailableError
from inference.model_card import EnsembleSpec, GateSpec, ModelCard
from inference.weights import read_verified


def load_gate(card: ModelCard) -> dict[str, NDArray[Any]] | None:
    """Load the tensors of the input gate; None for a model without one.

    Returns
    -------
    ``mean`` (features,) and ``precision_root`` (components, features), float64.

    Raises
    ------
    ModelUnavailableError
        If the file is missing or changed, or a tensor is missing, of another
        shape, or holds values that are no number.
    """
    if card.gate is None:
        return None
    tensors = _load(card, card.gate, ("mean", "precision_root"))
    mean, root = tensors["mean"], tensors["precision_root"]
    if mean.ndim != 1 or root.ndim != 2 or root.shape[1:] != mean.shape:
        raise _wrong_shapes(card, card.gate.tensors, tensors)
    # What `inference.gate` computes in: once here, not once a film.
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def load_ensemble(card: ModelCard) -> dict[str, NDArray[Any]] | None:
    """Load the heads of the ensemble; None for a model without one.

    Returns
    -------
    ``weight`` (members, labels, features) and ``bias`` (members, labels).

    Raises
    ------
    ModelUnavailableError
        As `load_gate`; also if the labels are not those of the manifest.
    """
    if card.ensemble is None:
        return None
    tensors = _load(card, card.ensemble, ("weight", "bias"))
    weight, bias = tensors["weight"], tensors["bias"]
    if (
        weight.ndim != 3
        or weight.shape[:2] != bias.shape
        or weight.shape[1] != card.outputs
    ):
        raise _wrong_shapes(card, card.ensemble.tensors, tensors)
    return tensors


def _load(
    card: ModelCard, spec: GateSpec | EnsembleSpec, names: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    from safetensors.torch import load as load_tensors

    data = read_verified(card.model_id, card.folder / spec.tensors, spec.sha256)
    # By way of torch: NumPy has no bfloat16.
    loaded = {key: value.float().numpy() for key, value in load_tensors(data).items()}
    for name in names:
        if name not in loaded:
            raise ModelUnavailableError(card.model_id, f"{spec.tensors} lacks {name}")
        if not np.isfinite(loaded[name]).all():
            raise ModelUnavailableError(
                card.model_id,
                f"{name} in {spec.tensors} holds values that are no number",
            )
    return {name: loaded[name] for name in names}


def _wrong_shapes(
    card: ModelCard, file: str, tensors: dict[str, NDArray[Any]]
) -> ModelUnavailableError:
    found = ", ".join(f"{key} {value.shape}" for key, value in tensors.items())
    return ModelUnavailableError(
        card.model_id, f"the tensors in {file} do not fit the manifest ({found})"
    )
