"""MONAI bundles: read as data, converted, run; what is an expression is refused."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.bundle_preprocessing import input_table, output_kind
from inference.classifier import load
from inference.errors import ModelUnavailableError
from inference.raw_outputs import log_odds
from inference.registry import Registry

pytest.importorskip("monai")
sys.path.append(str(Path(__file__).parent / "support"))
foreign = importlib.import_module("foreign_models")


@pytest.fixture
def registry(tmp_path):
    (tmp_path / "bundled").mkdir()
    return Registry(tmp_path / "bundled", tmp_path / "user")


def unet():
    from monai.networks.nets import UNet

    torch.manual_seed(10)
    return UNet(2, 1, 2, channels=[4, 8], strides=[2]).eval()


def edit(bundle, change):
    path = bundle / "configs" / "inference.json"
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))
    return bundle


def test_that_a_segmentation_bundle_is_added_as_a_draft(registry, tmp_path):
    network = unet()
    bundle = foreign.write_bundle(tmp_path / "tiny", network)
    card = registry.add(bundle)
    assert (card.model_id, card.task, card.output) == (
        "monai-tiny",
        "segmentation",
        "softmax",
    )
    assert [spec.key for spec in card.segments] == ["tumour"]
    assert card.inclusion.modalities == ("MR",)
    film = np.random.default_rng(0).random((1, 32, 32), np.float32)
    mask = load(card, torch.device("cpu")).run(film).dense["mask"]
    with torch.no_grad():
        planes = network(torch.from_numpy(film)[:, None]).numpy()
    np.testing.assert_allclose(mask, log_odds(planes)[:, 1:], atol=1e-4)


def test_that_a_classification_bundle_is_added_as_a_draft(registry, tmp_path):
    from monai.networks.nets import DenseNet121

    network = DenseNet121(2, 1, 2, init_features=8, growth_rate=4).eval()
    bundle = foreign.write_bundle(tmp_path / "tiny", network)

    def classify(table):
        table["network_def"] = {
            "_target_": "monai.networks.nets.DenseNet121",
            "spatial_dims": 2,
            "in_channels": 1,
            "out_channels": 2,
            "init_features": 8,
            "growth_rate": 4,
        }
        table["postprocessing"]["transforms"][0] = {
            "_target_": "Activationsd",
            "sigmoid": True,
        }

    card = registry.add(edit(bundle, classify))
    assert [spec.can_be_flagged for spec in card.findings] == [False, True]
    assert not any(spec.calibrated for spec in card.findings)
    classifier = load(card, torch.device("cpu"))
    film = np.random.default_rng(0).random((1, 32, 32), np.float32)
    with torch.no_grad():
        logits = network(torch.from_numpy(film)[:, None]).numpy()
    np.testing.assert_allclose(classifier.run(film).logits, logits, atol=1e-4)
    assert classifier.pooled_linear


def test_that_weights_of_another_network_are_refused(registry, tmp_path):
    bundle = foreign.write_bundle(tmp_path / "tiny", foreign.small_network())
    card = registry.add(bundle)
    with pytest.raises(ModelUnavailableError, match="do not fit monai:UNet"):
        load(card, torch.device("cpu"))


def test_that_scaling_becomes_percentiles_mean_and_std():
    steps = {
        "transforms": [
            {
                "_target_": "ScaleIntensityRangePercentilesd",
                "lower": 1,
                "upper": 99,
                "b_min": -1.0,
                "b_max": 1.0,
            },
            {"_target_": "Resized", "spatial_size": [64, 48]},
        ]
    }
    table = input_table("m", {"num_channels": 1}, steps)
    # (x - 0.5) / 0.5 maps 0 to -1 and 1 to 1.
    assert table == {
        "channels": 1,
        "percentiles": [1.0, 99.0],
        "mean": 0.5,
        "std": 0.5,
        "rows": 64,
        "columns": 48,
    }


@pytest.mark.parametrize(
    ("image", "steps", "reason"),
    [
        ({"num_channels": 4}, [], "neither 1 nor 3 channels"),
        ({"num_channels": 1}, [], "scales no grey values"),
        (
            {"num_channels": 1, "spatial_shape": ["16*n", "16*n"]},
            [{"_target_": "ScaleIntensityd"}],
            "not two fixed sides",
        ),
        ({"num_channels": 1}, [{"_target_": "Rotate90d"}], "'Rotate90d' is not ours"),
        ({"num_channels": 1}, ["$x"], "which is not run"),
    ],
)
def test_that_preprocessing_we_cannot_repeat_is_refused(image, steps, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        input_table("m", image, {"transforms": steps})


def test_that_outputs_without_a_kind_are_refused():
    with pytest.raises(ModelUnavailableError, match="neither sigmoid nor softmax"):
        output_kind("m", {"transforms": []})
