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
from inference.preprocess import prepare
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


def turned(films):
    """As MONAI's readers give films: (films, 1, columns, rows)."""
    return torch.from_numpy(films).transpose(1, 2)[:, None]


def edit(bundle, change):
    path = bundle / "configs" / "inference.json"
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))
    return bundle


def test_that_a_segmentation_bundle_is_added_as_a_draft(registry, tmp_path):
    network = unet()
    bundle = foreign.write_bundle(tmp_path / "tiny", network)
    card = registry.add(bundle, kind="brain MR")
    assert (card.model_id, card.task, card.output) == (
        "monai-tiny",
        "segmentation",
        "softmax",
    )
    assert [spec.key for spec in card.segments] == ["tumour"]
    assert card.inclusion.modalities == ("MR",)
    assert card.inclusion.kind == "brain MR"
    film = np.random.default_rng(0).random((1, 32, 32), np.float32)
    mask = load(card, torch.device("cpu")).run(film).dense["mask"]
    with torch.no_grad():
        planes = network(turned(film)).numpy()
    expected = log_odds(planes)[:, 1:].swapaxes(2, 3)
    np.testing.assert_allclose(mask, expected, atol=1e-4)


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

    card = registry.add(edit(bundle, classify), kind="any")
    assert [spec.can_be_flagged for spec in card.findings] == [False, True]
    assert not any(spec.calibrated for spec in card.findings)
    classifier = load(card, torch.device("cpu"))
    film = np.random.default_rng(0).random((1, 32, 32), np.float32)
    with torch.no_grad():
        logits = network(turned(film)).numpy()
    np.testing.assert_allclose(classifier.run(film).logits, logits, atol=1e-4)
    assert classifier.pooled_linear


def test_that_weights_of_another_network_are_refused(registry, tmp_path):
    bundle = foreign.write_bundle(tmp_path / "tiny", foreign.small_network())
    card = registry.add(bundle, kind="brain MR")
    with pytest.raises(ModelUnavailableError, match="do not fit monai:UNet"):
        load(card, torch.device("cpu"))


def test_that_a_bundle_of_which_nobody_says_what_it_reads_is_refused(
    registry, tmp_path
):
    bundle = foreign.write_bundle(tmp_path / "tiny", unet())
    with pytest.raises(ModelUnavailableError, match="does not say what kind"):
        registry.add(bundle)
    with pytest.raises(ModelUnavailableError, match=r"inclusion\.kind"):
        registry.add(bundle, kind="knee")


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


def load_image(**more):
    return {"_target_": "LoadImaged", "keys": "image", **more}


RESIZE = {"_target_": "Resized", "spatial_size": [64, 48]}
TURN = {"_target_": "Transposed", "indices": [0, 2, 1]}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # MONAI's readers give (columns, rows): 64 is the upright film's width.
        ([load_image(), RESIZE], (48, 64, True)),
        ([load_image(reader="PILReader"), RESIZE], (48, 64, True)),
        ([load_image(reader="ITKReader"), RESIZE], (48, 64, True)),
        ([load_image(reverse_indexing=False), RESIZE], (64, 48, False)),
        (
            [load_image(reader="PILReader", reverse_indexing=False), RESIZE],
            (64, 48, False),
        ),
        # ITK's argument of the same name means the opposite.
        (
            [load_image(reader="ITKReader", reverse_indexing=True), RESIZE],
            (64, 48, False),
        ),
        (
            [load_image(reader="PydicomReader", swap_ij=False), RESIZE],
            (64, 48, False),
        ),
        ([load_image(), TURN, RESIZE], (64, 48, False)),
        ([load_image(), RESIZE, TURN], (48, 64, False)),
        ([RESIZE], (64, 48, False)),
    ],
)
def test_that_the_side_that_comes_first_is_told(steps, expected):
    scale = {"_target_": "ScaleIntensityd"}
    table = input_table("m", {"num_channels": 1}, {"transforms": [*steps, scale]})
    found = (table["rows"], table["columns"], table.get("transposed", False))
    assert found == expected


def add_with_steps(registry, tmp_path, steps):
    def change(table):
        table["preprocessing"]["transforms"] = steps

    bundle = edit(foreign.write_bundle(tmp_path / "tiny", unet()), change)
    return registry.add(bundle, kind="any")


# MONAI warns of a reader of DICOM that it registers and that is not asked here.
@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader")
@pytest.mark.parametrize("turns", [False, True])
def test_that_a_bundle_gets_a_film_as_monai_gives_it(registry, tmp_path, turns):
    from monai.transforms import (
        Compose,
        EnsureChannelFirst,
        LoadImage,
        Resize,
        ScaleIntensity,
        Transpose,
    )
    from PIL import Image

    # 20 rows, 48 columns, each cell of the network 2 x 2 pixels of one grey.
    cells = np.random.default_rng(2).integers(1, 255, (10, 24))
    cells[0, 0], cells[9, 23] = 0, 255
    grey = np.kron(cells, np.ones((2, 2))).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "film.png")
    sides = [10, 24] if turns else [24, 10]
    steps = [load_image(), {"_target_": "EnsureChannelFirstd"}]
    steps += [TURN] if turns else []
    steps += [{"_target_": "ScaleIntensityd"}]
    steps += [{"_target_": "Resized", "spatial_size": sides}]
    card = add_with_steps(registry, tmp_path, steps)
    monai = Compose(
        [
            LoadImage(),
            EnsureChannelFirst(),
            *([Transpose([0, 2, 1])] if turns else []),
            ScaleIntensity(),
            Resize(sides),
        ]
    )
    theirs = monai(tmp_path / "film.png").as_tensor()
    classifier = load(card, torch.device("cpu"))
    film, _ = prepare((grey / 255.0).astype(np.float32), card.input)
    assert film.shape == (10, 24)
    np.testing.assert_allclose(
        classifier.to_input(film[None])[0].numpy(), theirs.numpy(), atol=1e-5
    )
    with torch.no_grad():
        planes = classifier.network(theirs[None])
    expected = log_odds(planes.numpy())[0, 1]
    mask = classifier.run(film[None]).dense["mask"][0, 0]
    # The mask lies on the upright film, whichever way the network saw it.
    np.testing.assert_allclose(mask, expected if turns else expected.T, atol=1e-4)


@pytest.mark.parametrize(
    ("image", "steps", "reason"),
    [
        ({"num_channels": 1}, [load_image(reader="NumpyReader")], "'NumpyReader'"),
        ({"num_channels": 1}, [load_image(reverse_indexing=True)], "for which reader"),
        (
            {"num_channels": 1},
            [{"_target_": "Transposed", "indices": [2, 1, 0]}],
            r"Transpose to \[2, 1, 0\] is not ours",
        ),
        (
            {"num_channels": 1},
            [{"_target_": "ResizeWithPadOrCropd", "spatial_size": [64, 64]}],
            "'ResizeWithPadOrCropd' is not ours",
        ),
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
