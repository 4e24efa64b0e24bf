from dataclasses import replace

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection

from explain import cam
from inference.classifier import load
from inference.errors import InferenceFailedError
from inference.model_card import read_manifest

NETWORKS = [
    ("tf_efficientnet_lite0", "bn2", "classifier"),
    ("resnet18", "layer4", "fc"),
    ("densenet121", "features.norm5", "classifier"),
]


@pytest.fixture(scope="module")
def film():
    return np.random.default_rng(3).standard_normal((96, 96)).astype(np.float32)


@pytest.fixture(scope="module", params=NETWORKS, ids=[name for name, *_ in NETWORKS])
def classifier(request, write_model, tmp_path_factory):
    architecture, layer, head = request.param
    folder = tmp_path_factory.mktemp("model") / "model"
    write_model(folder, architecture=architecture, layer=layer, head=head, side=96)
    return load(read_manifest(folder), torch.device("cpu"))


@pytest.fixture(scope="module")
def lite0(write_model, tmp_path_factory):
    folder = write_model(tmp_path_factory.mktemp("lite0") / "model", side=96)
    return load(read_manifest(folder), torch.device("cpu"))


def test_that_the_closed_form_fits_on_paper():
    # Two channels on a 1 x 2 grid; label 0 takes both, label 1 subtracts.
    maps = np.array([[[1.0, 2.0]], [[3.0, 0.0]]], np.float32)
    weights = np.array([[0.5, 1.0], [1.0, -1.0]], np.float32)
    found = cam.closed_form(maps, weights, "grad-cam")
    # Label 0: 0.5*1 + 3 = 3.5 and 0.5*2 + 0 = 1; label 1: 1 - 3 -> 0, 2 - 0 = 2.
    assert found.tolist() == [[[3.5, 1.0]], [[0.0, 2.0]]]


def test_that_layercam_leaves_negative_weights_out():
    maps = np.array([[[1.0, 2.0]], [[3.0, 0.0]]], np.float32)
    weights = np.array([[1.0, -1.0]], np.float32)
    assert cam.closed_form(maps, weights, "layercam").tolist() == [[[1.0, 2.0]]]


def test_that_contributions_and_bias_add_up_to_the_logit(classifier, film):
    outputs = classifier.run(film[None])
    contributions = np.tensordot(classifier.head_weight, outputs.maps[0], axes=1)
    logits = contributions.mean(axis=(1, 2)) + classifier.head.bias.numpy()
    np.testing.assert_allclose(logits, outputs.logits[0], atol=1e-4)


def test_that_the_closed_form_equals_the_grad_cam_package_after_its_scaling(
    classifier, film
):
    outputs = classifier.run(film[None])
    assert classifier.pooled_linear
    ours = cam.saliency(classifier, film, outputs, "grad-cam", range(4))
    classifier.network.requires_grad_(True)
    with GradCAM(classifier.network, [classifier.layer]) as package:
        for label in range(4):
            target = [ClassifierOutputTarget(label)]
            theirs = package(classifier.to_input(film[None]), target)
            # In the package's own unit (it adds 1e-7 to the maximum), scaled as
            # it does: once a layer, and once more over all layers.
            own_unit = ours[label : label + 1] / 9
            scaled = scale_cam_image(scale_cam_image(own_unit, (96, 96)))
            np.testing.assert_allclose(scaled, theirs, atol=1e-4)
    package.activations_and_grads.release()
    classifier.network.requires_grad_(False)


@pytest.mark.parametrize("method", ["grad-cam", "hirescam", "layercam", "grad-cam++"])
def test_that_the_closed_form_equals_the_unscaled_maps_of_the_package(
    classifier, film, method
):
    outputs = classifier.run(film[None])
    ours = cam.saliency(classifier, film, outputs, method, [0, 2])
    theirs = cam.by_package(classifier, film, method, [0, 2])
    peak = theirs.max()
    assert peak > 0
    np.testing.assert_allclose(ours / peak, theirs / peak, atol=1e-4)


def test_that_eigen_cam_equals_the_package_up_to_its_arbitrary_sign(lite0, film):
    maps = lite0.run(film[None]).maps
    theirs = get_2d_projection(maps)[0]
    theirs = np.maximum(theirs if theirs.max() > -theirs.min() else -theirs, 0)
    ours = cam.eigen_cam(maps[0])
    np.testing.assert_allclose(ours / ours.max(), theirs / ours.max(), atol=1e-4)


def test_that_eigen_cam_of_equal_cells_is_empty():
    assert cam.eigen_cam(np.ones((5, 2, 3), np.float32)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("method", cam.METHODS)
def test_that_every_method_gives_finite_maps_and_leaves_the_network_clean(
    lite0, film, method
):
    outputs = lite0.run(film[None])
    maps = cam.saliency(lite0, film, outputs, method, [0, 1, 2])
    assert maps.shape == (3, 3, 3)
    assert maps.dtype == np.float32
    assert np.isfinite(maps).all()
    assert maps.min() >= 0
    assert not lite0.layer._forward_hooks
    assert not lite0.head._forward_pre_hooks
    assert all(p.grad is None for p in lite0.network.parameters())
    assert not any(p.requires_grad for p in lite0.network.parameters())


def test_that_hooks_are_removed_when_the_explanation_fails(lite0, film):
    with pytest.raises(IndexError):
        cam.by_package(lite0, film, "grad-cam", [99])
    assert not lite0.layer._forward_hooks
    assert not any(p.requires_grad for p in lite0.network.parameters())


def test_that_an_unknown_method_is_refused_by_name(lite0, film):
    outputs = lite0.run(film[None])
    with pytest.raises(InferenceFailedError, match=r"'rise'; allowed: grad-cam, hires"):
        cam.saliency(lite0, film, outputs, "rise", [0])


def test_that_a_layer_that_is_not_pooled_by_the_head_goes_through_the_package(
    write_model, tmp_path, film
):
    folder = write_model(tmp_path / "model", layer="blocks.5", side=96)
    classifier = load(read_manifest(folder), torch.device("cpu"))
    assert not classifier.pooled_linear
    outputs = classifier.run(film[None])
    maps = cam.saliency(classifier, film, outputs, "grad-cam", [1])
    np.testing.assert_array_equal(
        maps, cam.by_package(classifier, film, "grad-cam", [1])
    )


def test_that_the_map_of_a_transposed_network_lies_on_the_upright_film(
    write_model, tmp_path, film
):
    # On a square grid: the same network, given the same numbers.
    card = read_manifest(write_model(tmp_path / "m", layer="blocks.5", side=96))
    turned = replace(card, input=replace(card.input, transposed=True))
    plain, ours = (load(one, torch.device("cpu")) for one in (card, turned))
    given = np.ascontiguousarray(film.T)
    expected = cam.by_package(plain, given, "grad-cam", [1])
    found = cam.by_package(ours, film, "grad-cam", [1])
    np.testing.assert_allclose(found, expected.swapaxes(1, 2), atol=1e-6)
    assert not np.allclose(found, expected, atol=1e-3)
    maps = ours.run(film[None]).maps
    np.testing.assert_allclose(maps, plain.run(given[None]).maps.swapaxes(2, 3))
