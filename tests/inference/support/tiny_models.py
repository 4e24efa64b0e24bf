"""Model folders for tests: real networks with seeded random weights.

A module of its own, because the tests of four layers need such folders; their
conftests put this folder on the path.
"""

import hashlib
from pathlib import Path

FINDINGS = (
    ("covid", "COVID-19 pattern", "840539006", True),
    ("pneumonia", "Pneumonia", "233604007", True),
    ("tuberculosis", "Tuberculosis", "56717001", True),
    ("normal", "No finding", "260413007", False),
)

_HEAD = """\
schema = "overread.model/2"
id = "{model_id}"
version = "0.0.1"
name = "Tiny chest findings"
summary = "Random weights, for tests"
manufacturer = "Overread"
licence = "Apache-2.0"
architecture = "{architecture}"
weights = "weights.safetensors"
sha256 = "{sha256}"
time_limit_s = {time_limit_s}

[input]
rows = {side}
columns = {side}
channels = 3
percentiles = [1.0, 99.0]
mean = 0.5
std = 0.25

[explain]
layer = "{layer}"
head = "{head}"
methods = ["grad-cam", "hirescam", "layercam", "grad-cam++", "eigen-cam"]

[inclusion]
modalities = ["CR", "DX"]
body_parts = ["CHEST", "THORAX"]
views = ["PA", "AP"]
minimum_age_years = 16
minimum_side_px = 224
any_image = true
"""

_FINDING = """
[[findings]]
key = "{key}"
name = "{name}"
column = "{key}"
code = {{ scheme = "SCT", value = "{value}", meaning = "{name}" }}
threshold = 0.5
heatmap_reference = 2.0
can_be_flagged = {flag}
calibration = {{ slope = 1.0, intercept = 0.0, var_slope = 0.01, var_intercept = 0.02 }}
unseen_auroc = {{ value = 0.71, low = 0.64, high = 0.77 }}
"""

_GATE = """
[gate]
tensors = "gate.safetensors"
sha256 = "{sha256}"
scale = {scale}
"""


def write_manifest(folder: Path, *, time_limit_s: float = 60.0) -> Path:
    """Write a manifest alone, for tests in which no network runs."""
    folder.mkdir(parents=True)
    text = _HEAD.format(
        model_id="tiny-chest",
        architecture="resnet18",
        sha256="0" * 64,
        time_limit_s=time_limit_s,
        side=224,
        layer="layer4",
        head="fc",
    )
    (folder / "manifest.toml").write_text(text + _findings(), encoding="utf-8")
    return folder


def write_model(
    folder: Path,
    *,
    model_id: str = "tiny-chest",
    architecture: str = "tf_efficientnet_lite0",
    layer: str = "bn2",
    head: str = "classifier",
    side: int = 224,
    gate_scale: float | None = 1.0e6,
    time_limit_s: float = 60.0,
    spoil: bool = False,
) -> Path:
    """Write a model's folder and return it.

    `gate_scale` divides the distance: large opens the gate, small closes it,
    None leaves it out. `spoil` makes every output not a number.
    """
    import timm
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    torch.manual_seed(20)
    network = timm.create_model(
        architecture, pretrained=False, num_classes=4, in_chans=3
    )
    state = {key: value.contiguous() for key, value in network.state_dict().items()}
    if spoil:
        state[f"{head}.bias"] = torch.full((4,), float("nan"))
    save_file(state, folder / "weights.safetensors")
    text = _HEAD.format(
        model_id=model_id,
        architecture=architecture,
        sha256=_sha256(folder / "weights.safetensors"),
        time_limit_s=time_limit_s,
        side=side,
        layer=layer,
        head=head,
    )
    if gate_scale is not None:
        channels = network.get_submodule(head).in_features
        tensors = {
            "mean": torch.zeros(channels),
            "precision_root": torch.eye(8, channels),
        }
        save_file(tensors, folder / "gate.safetensors")
        sha256 = _sha256(folder / "gate.safetensors")
        text += _GATE.format(sha256=sha256, scale=gate_scale)
    (folder / "manifest.toml").write_text(text + _findings(), encoding="utf-8")
    (folder / "card.md").write_text("# Tiny chest findings\n", encoding="utf-8")
    return folder


def _findings() -> str:
    return "".join(
        _FINDING.format(key=key, name=name, value=value, flag=str(flag).lower())
        for key, name, value, flag in FINDINGS
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
