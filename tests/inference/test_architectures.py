"""Networks of other makers, and what may not be built."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from inference.architectures import build, our_names
from inference.architectures.torchvision_names import NAMES
from inference.errors import ModelUnavailableError
from inference.model_card import Code, SegmentSpec, read_manifest
from inference.raw_outputs import undo_operating_point
from inference.xray_models import XRAY_MODELS


@pytest.fixture
def card(model_folder):
    return read_manifest(model_folder)


def with_input(card, **changes):
    return replace(card, input=replace(card.input, **changes))


def segmenting(card, architecture, **options):
    """A card of a network that gives one plane of 32 x 32."""
    spec = SegmentSpec("tumour", "Tumour", Code("99LOCAL", "T", "Tumour"), 0.5)
    grey = with_input(card, rows=32, columns=32, channels=1)
    return replace(
        grey,
        architecture=architecture,
        options=options,
        task="segmentation",
        findings=(),
        segments=(spec,),
    )


def test_that_torchvision_classifiers_are_built_without_weights(card):
    network = build(replace(card, architecture="torchvision:resnet18"))
    assert network.get_submodule("fc").out_features == 4


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v2", "vgg11"])
def test_that_torchvision_classifiers_may_take_one_channel(card, name):
    card = replace(with_input(card, channels=1), architecture=f"torchvision:{name}")
    film = torch.zeros(1, 1, 64, 64)
    assert build(card).eval()(film).shape == (1, 4)


def test_that_every_allowed_name_is_torchvisions():
    import torchvision

    assert set(torchvision.models.list_models(module=torchvision.models)) >= NAMES


@pytest.mark.parametrize(
    ("architecture", "options", "reason"),
    [
        ("torchvision:inception_v3", {}, "only classifiers"),
        ("torchvision:raft_large", {}, "only classifiers"),
        ("torchvision:resnet18", {"weights": "DEFAULT"}, "'weights' .* may not be set"),
        ("resnet18", {"pretrained": True}, "'pretrained' .* may not be set"),
        ("resnet18", {"checkpoint_path": "/x.pth"}, "may not be set"),
        ("resnet18", {"__class__": "os.system"}, "'__class__' .* may not be set"),
        ("torchxrayvision:densenet121-res224-xyz", {}, "there is: densenet121-res224"),
        ("torchxrayvision:densenet121-res224-all", {}, "takes 1 channel"),
        ("monai:SwinUNETR", {}, "'SwinUNETR' is not loaded; allowed: UNet"),
        ("monai:EfficientNetBN", {"pretrained": True}, "may not be set"),
        ("monai:UNet", {"spatial_dims": 3}, "three-dimensional"),
        ("monai:DenseNet121", {"in_channels": 1}, "in_channels is 1, not 3"),
        ("overread:none-such", {}, "is not known"),
        ("hf-hub:someone/model", {}, "is not known"),
        ("os:system", {}, "is not known"),
        ("torchvision:__init__", {}, "only classifiers"),
    ],
)
def test_that_what_may_not_be_built_is_refused_by_name(
    card, architecture, options, reason
):
    with pytest.raises(ModelUnavailableError, match=reason):
        build(replace(card, architecture=architecture, options=options))


def test_that_a_network_of_our_own_is_built_by_its_name(card, monkeypatch):
    def head_only(labels, channels):
        return nn.Linear(channels, labels)

    monkeypatch.setattr(our_names, "BUILDERS", {"tiny": head_only})
    network = build(replace(card, architecture="overread:tiny"))
    assert (network.in_features, network.out_features) == (3, 4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("UNet", {"channels": [4, 8], "strides": [2], "num_res_units": 1}),
        ("BasicUNet", {"features": [4, 4, 8, 8, 16, 4]}),
        ("SegResNet", {"init_filters": 8, "blocks_down": [1, 1], "blocks_up": [1]}),
    ],
)
def test_that_monais_segmenting_networks_are_built(card, name, options):
    pytest.importorskip("monai")
    network = build(segmenting(card, f"monai:{name}", **options)).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 1, 32, 32)).shape == (1, 1, 32, 32)


def test_that_options_that_do_not_suit_are_a_refusal(card):
    pytest.importorskip("monai")
    wrong = segmenting(card, "monai:UNet", channels=[4, 8], strides=[2, 2, 2])
    wrong = replace(wrong, options={"channels": [4], "strides": []})
    with pytest.raises(ModelUnavailableError, match="cannot be built"):
        build(wrong)


def test_that_the_facts_about_the_xray_networks_are_the_librarys():
    published = pytest.importorskip("torchxrayvision").models.model_urls
    for name, model in XRAY_MODELS.items():
        facts = published[name]
        points = facts["op_threshs"]
        trained = [
            (index, label, points[index])
            for index, label in enumerate(facts["labels"])
            if label and not np.isnan(points[index])
        ]
        assert list(model.heads) == trained
        assert model.outputs == len(facts["labels"])
        assert (model.url, model.side_px) == (
            facts["weights_url"],
            facts["input_resolution"],
        )


def xray_card(card, name):
    """A card for the whole published network: 18 outputs on grey films."""
    many = tuple(replace(card.findings[0], key=f"f{index}") for index in range(18))
    grey = with_input(card, channels=1)
    return replace(grey, architecture=f"torchxrayvision:{name}", findings=many)


def test_that_our_densenet_is_the_librarys_with_its_normalisation_undone(card):
    library = pytest.importorskip("torchxrayvision").models
    torch.manual_seed(3)
    points = torch.linspace(0.02, 0.6, 18)
    theirs = library.DenseNet(op_threshs=points).eval()
    ours = build(xray_card(card, "densenet121-res224-all")).eval()
    state = {k: v for k, v in theirs.state_dict().items() if k != "op_threshs"}
    ours.load_state_dict(state, strict=True)
    films = torch.rand(2, 1, 224, 224) * 2048 - 1024
    with torch.no_grad():
        normalised = theirs(films).numpy()
        logits = ours(films)
    undone = undo_operating_point(normalised, points.tolist())
    np.testing.assert_allclose(undone, torch.sigmoid(logits).numpy(), atol=1e-5)


def test_that_our_resnet_is_the_librarys(card, tmp_path, monkeypatch):
    library = pytest.importorskip("torchxrayvision").models
    torch.manual_seed(4)
    ours = build(xray_card(card, "resnet50-res512-all")).eval()
    saved = tmp_path / "state.pt"
    torch.save(ours.state_dict(), saved)
    monkeypatch.setattr(library, "get_weights", lambda *_, **__: str(saved))
    theirs = library.ResNet(weights="resnet50-res512-all")
    films = torch.rand(1, 1, 512, 512) * 2048 - 1024
    with torch.no_grad():
        logits = theirs.model(films)
        np.testing.assert_allclose(ours(films).numpy(), logits.numpy(), atol=1e-4)
