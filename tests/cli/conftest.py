"""Fixtures of the command line: a small model of random weights."""

import hashlib
from pathlib import Path

import pytest

MANIFEST = """
schema = "overread.model/2"
id = "small"
version = "0.1.0"
name = "Small"
summary = "Random weights, for tests."
manufacturer = "Tests"
licence = "Apache-2.0"
architecture = "tf_efficientnet_lite0"
weights = "weights.safetensors"
sha256 = "{sha256}"

[input]
rows = 64
columns = 64
channels = 3
percentiles = [1.0, 99.0]
mean = 0.5
std = 0.25

[explain]
layer = "bn2"
head = "classifier"
methods = ["grad-cam"]

[inclusion]
modalities = ["CR", "DX"]
body_parts = []
views = []
minimum_side_px = 32
any_image = true

[[findings]]
key = "opacity-pattern"
name = "Opacity pattern"
column = "opacity"
code = {{ scheme = "SCT", value = "125112009", meaning = "Abnormally opaque" }}
threshold = 0.5
calibration = {{ slope = 1.0, intercept = 0.0 }}
heatmap_reference = 1.0

[[findings]]
key = "tb"
name = "Tuberculosis"
column = "tuberculosis"
code = {{ scheme = "SCT", value = "154283005", meaning = "Pulmonary tuberculosis" }}
threshold = 0.5
calibration = {{ slope = 1.0, intercept = 0.0 }}
heatmap_reference = 1.0
"""


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that the registry accepts; its weights are random, seed 0."""
    import timm
    import torch
    from safetensors.torch import save_file

    # Small networks are no faster on two threads, and far slower on a busy machine.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = timm.create_model("tf_efficientnet_lite0", num_classes=2, in_chans=3)
    folder = tmp_path_factory.mktemp("models") / "small"
    folder.mkdir()
    weights = folder / "weights.safetensors"
    save_file(network.state_dict(), weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "manifest.toml").write_text(MANIFEST.format(sha256=digest))
    return folder
