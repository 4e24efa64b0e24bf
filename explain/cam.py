"""Saliency of all findings of one film, in units of the logit.

Imports torch (through `inference.classifier`): never in the window's process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.classifier import Classifier, Outputs
from inference.errors import InferenceFailedError
from studies.model import Float32Array

if TYPE_CHECKING:
    from pytorch_grad_cam.base_cam import BaseCAM

METHODS = ("grad-cam", "hirescam", "layercam", "grad-cam++", "eigen-cam")
"""All methods a manifest may name."""

WITHOUT_UNIT = ("grad-cam++", "eigen-cam")
"""Methods whose values are no contributions to a logit."""


def saliency(
    classifier: Classifier,
    film: Float32Array,
    outputs: Outputs,
    method: str,
    labels: Sequence[int],
) -> Float32Array:
    """Return the maps of some labels on one film.

    Parameters
    ----------
    film : (rows, columns)
        As `inference.preprocess.prepare` gives it.
    outputs
        Of the forward pass of this film alone; the closed form needs no other.
    method
        One of `METHODS`.
    labels
        Indices of the labels.

    Returns
    -------
    (labels, grid rows, grid columns) float32, >= 0, not rescaled. Contributions
    to the logit, except for the methods in `WITHOUT_UNIT`.

    Raises
    ------
    InferenceFailedError
        If the method is not known, or a map is not finite.
    """
    if method not in METHODS:
        raise InferenceFailedError(
            classifier.card.model_id,
            f"saliency method {method!r}; allowed: {', '.join(METHODS)}",
        )
    if method == "eigen-cam":
        maps = np.repeat(eigen_cam(outputs.maps[0])[None], len(labels), axis=0)
    elif classifier.pooled_linear:
        weights = classifier.head_weight[list(labels)]
        maps = closed_form(outputs.maps[0], weights, method)
    else:
        maps = by_package(classifier, film, method, labels)
    if not np.isfinite(maps).all():
        raise InferenceFailedError(
            classifier.card.model_id,
            f"the {method} map holds values that are no number",
        )
    return maps


def closed_form(maps: Float32Array, weights: Float32Array, method: str) -> Float32Array:
    """Return the contribution of each cell to each logit, without gradients.

    With logit_k = sum_c w_kc mean_ij A_c(i,j) + b_k the gradient of the logit
    with respect to each cell of channel c is w_kc / (h w), the same for all
    cells. Grad-CAM's channel weight, its mean over the cells, is then the same
    number, and so is HiResCAM's product; LayerCAM keeps its positive part and
    Grad-CAM++ weighs it once more. We
    leave the factor 1 / (h w) out, so that the mean over the cells, before the
    ReLU, plus the bias is the logit.

    Parameters
    ----------
    maps : (channels, rows, columns)
        Output of the last layer before pooling.
    weights : (labels, channels)
        Of the linear head.

    Returns
    -------
    (labels, rows, columns) float32, >= 0.

    References
    ----------
    Selvaraju et al., Grad-CAM, 2017; Draelos and Carin, HiResCAM, 2020;
    Jiang et al., LayerCAM, 2021.
    """
    if method == "layercam":
        weights = np.maximum(weights, 0.0)
    elif method == "grad-cam++":
        weights = _plus_plus_weights(maps, weights)
    contributions = np.tensordot(weights, maps, axes=1)
    positive: Float32Array = np.maximum(contributions, 0.0).astype(np.float32)
    return positive


def _plus_plus_weights(maps: Float32Array, weights: Float32Array) -> Float32Array:
    """Return Grad-CAM++'s channel weights for the gradient w / (h w).

    Equation 19 of Chattopadhay et al., Grad-CAM++, 2018, with the package's
    guard of 1e-6; the sum over cells of equal terms is their number times one.
    """
    cells = maps.shape[1] * maps.shape[2]
    gradient = weights / np.float32(cells)
    total = maps.sum(axis=(1, 2))
    alpha = gradient**2 / (2.0 * gradient**2 + total * gradient**3 + 1e-6)
    found: Float32Array = cells * np.maximum(gradient, 0.0) * alpha
    return found


def eigen_cam(maps: Float32Array) -> Float32Array:
    """Return the first principal component of the maps, the same for all labels.

    From the Gram matrix of the cells (49 x 49 for a 7 x 7 grid) instead of the
    package's decomposition of cells by channels (1280 x 1280). A component has
    no sign of its own: we turn the cell furthest from zero positive, where the
    package takes what comes.

    Parameters
    ----------
    maps : (channels, rows, columns)

    Returns
    -------
    (rows, columns) float32, >= 0.

    References
    ----------
    Muhammad and Yeasin, Eigen-CAM, 2020.
    """
    cells = maps.reshape(maps.shape[0], -1).T.astype(np.float64)
    cells -= cells.mean(axis=0)
    values, vectors = np.linalg.eigh(cells @ cells.T)
    # A cell's projection on the first component: left vector times singular value.
    projection = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    if -projection.min() > projection.max():
        projection = -projection
    positive: Float32Array = np.maximum(projection, 0.0).astype(np.float32)
    return positive.reshape(maps.shape[1:])


def by_package(
    classifier: Classifier,
    film: Float32Array,
    method: str,
    labels: Sequence[int],
) -> Float32Array:
    """Return the maps of the grad-cam package before it rescales each to 0-1.

    For networks without a closed form. Multiplied by the number of cells where
    that gives contributions to the logit, as in `closed_form`.

    Returns
    -------
    (labels, rows, columns) float32, >= 0.
    """
    import torch

    parameters = list(classifier.network.parameters())
    explainer = _explainer(classifier, method)
    try:
        # The package differentiates with respect to the maps; parameters only
        # have to carry a graph as far as them.
        for parameter in parameters:
            parameter.requires_grad_(True)
        with torch.enable_grad():
            batch = classifier.to_input(film[None])
            found = [_raw_map(explainer, batch, label) for label in labels]
    finally:
        explainer.activations_and_grads.release()
        for parameter in parameters:
            parameter.requires_grad_(False)
            parameter.grad = None
    maps = classifier.upright(np.stack(found).astype(np.float32)[None])[0]
    cells = 1 if method in WITHOUT_UNIT else maps.shape[1] * maps.shape[2]
    positive: Float32Array = np.maximum(maps * np.float32(cells), np.float32(0.0))
    return positive


def _explainer(classifier: Classifier, method: str) -> BaseCAM:
    # 4 s of imports, for the methods that need them only.
    import pytorch_grad_cam as package

    kinds: dict[str, Any] = {
        "grad-cam": package.GradCAM,
        "hirescam": package.HiResCAM,
        "layercam": package.LayerCAM,
        "grad-cam++": package.GradCAMPlusPlus,
    }
    explainer: BaseCAM = kinds[method](classifier.network, [classifier.layer])
    return explainer


def _raw_map(explainer: BaseCAM, batch: Any, label: int) -> Float32Array:
    """Take the package's steps one by one, and stop before its scaling."""
    store = explainer.activations_and_grads
    logits = store(batch)
    logits[0, label].backward()
    activations = store.activations[0].numpy()
    gradients = store.gradients[0].numpy()
    image: Float32Array = explainer.get_cam_image(
        batch, explainer.target_layers[0], None, activations, gradients, False
    )[0]
    return image
