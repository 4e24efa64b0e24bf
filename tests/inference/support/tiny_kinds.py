"""Model folders of every kind, around one network that can be worked out by hand.

The network averages a film over 8 x 8 cells. Its mask and its fine map say
20 * (brightness - 0.5) of each cell, its head a linear function of the mean.
"""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.networks import BUILDERS

SIDE = 64
CELLS = 8


class Bright(nn.Module):
    """Says how bright a film is: on the whole, and cell by cell."""

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        self.trunk = nn.AvgPool2d(SIDE // CELLS)
        self.head = nn.Linear(channels, labels)

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Return logits, mask and map."""
        cells = self.trunk(films)
        dense = 20.0 * (cells[:, :1] - 0.5)
        logits = self.head(cells.mean(dim=(2, 3)))
        return {"logits": logits, "mask": dense, "map": dense}


class Gate(nn.Module):
    """Gives the same answer for every film: `answers`, as `film_gate` wants it."""

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        sizes = {"kind": 8, "rotation": 4, "inverted": 1, "cut_off": 1}
        sizes |= {"lung_box": 4, "distance": 3}
        for name, size in sizes.items():
            self.register_buffer(name, torch.zeros(size))

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Return every answer, for each film."""
        return {
            name: value.expand(len(films), -1) for name, value in self.named_buffers()
        }


BUILDERS["tiny-bright"] = Bright
BUILDERS["tiny-gate"] = Gate

_HEAD = """\
schema = "overread.model/2"
id = "{model_id}"
version = "0.0.1"
name = "{name}"
summary = "For tests"
manufacturer = "Overread"
licence = "Apache-2.0"
architecture = "overread:{network}"
weights = "weights.safetensors"
sha256 = "{sha256}"
task = "{task}"

[input]
rows = {side}
columns = {side}
channels = 1
scaling = "range"
fit = "{fit}"
region = "{region}"
region_margin = 0.0

[explain]
layer = "{layer}"
head = "{head}"
methods = {methods}

[inclusion]
modalities = {modalities}
body_parts = []
views = []
kind = "{kind}"
"""
FINDING = """
[[findings]]
key = "{key}"
name = "{name}"
column = "{key}"
code = {{ scheme = "SCT", value = "{value}", meaning = "{name}" }}
threshold = 0.5
heatmap_reference = 2.0
calibrated = {calibrated}
calibration = {{ slope = 1.0, intercept = 0.0, var_slope = 0.01, var_intercept = 0.02 }}
"""
SEVERITY = """
[[severities]]
key = "{key}"
name = "{name}"
column = "severity_{key}"
code = {{ scheme = "99OVERREAD", value = "{value}", meaning = "{name}" }}
minimum = 0.0
maximum = {maximum}
below = 1.5
above = 1.0
coverage = 0.9
films = 200
mean_absolute_error = {{ value = 1.2, low = 1.0, high = 1.4 }}
baseline_error = {{ value = 2.0, low = 1.8, high = 2.2 }}
"""
SEGMENT = """
[[segments]]
key = "tumour"
name = "Tumour"
code = { scheme = "SCT", value = "126952004", meaning = "Neoplasm of brain" }
threshold = 0.5
dice = { value = 0.8, low = 0.77, high = 0.83 }
"""
BOX = """
[[boxes]]
finding = "fracture"
threshold = 0.5
"""


def write_severity(folder: Path, **how: str) -> Path:
    """Write a model that says 8 x brightness of 0 to 8, and 6 x of 0 to 6."""
    parts = SEVERITY.format(
        key="extent", name="Geographic extent", value="S01", maximum=8.0
    )
    parts += SEVERITY.format(key="opacity", name="Opacity", value="S02", maximum=6.0)
    return _write(folder, "tiny-severity", "severity", parts, [8.0, 6.0], **how)


def write_segmentation(folder: Path, **how: str) -> Path:
    """Write a model that marks what is bright, with a type of its own."""
    parts = FINDING.format(
        key="glioma", name="Glioma", value="393564001", calibrated="true"
    )
    how = {"modalities": '["MR"]', "kind": "brain MR", **how}
    return _write(folder, "tiny-brain", "segmentation", parts + SEGMENT, [4.0], **how)


def write_boxes(folder: Path, *, calibrated: str = "true", **how: str) -> Path:
    """Write a model that finds a fracture where it is bright, with boxes."""
    parts = FINDING.format(
        key="fracture", name="Fracture", value="125605004", calibrated=calibrated
    )
    how = {"kind": "limb", **how}
    return _write(folder, "tiny-limb", "classification", parts + BOX, [4.0], **how)


def write_gate(folder: Path, **answers: list[float]) -> Path:
    """Write an input gate that takes every film for an upright frontal chest film.

    `answers` replaces some of its outputs: ``kind=[0, 9, 0, 0, 0, 0, 0, 0]`` is a
    lateral view.
    """
    told = {
        "kind": [9.0, 0, 0, 0, 0, 0, 0, 0],
        "rotation": [9.0, 0, 0, 0],
        "inverted": [-9.0],
        "cut_off": [-9.0],
        "lung_box": [0.25, 0.25, 0.75, 0.75],
        "distance": [0.5, 0.5, 0.5],
        **answers,
    }
    folder.mkdir(parents=True)
    state = {key: torch.tensor(value) for key, value in told.items()}
    save_file(state, folder / "weights.safetensors")
    _manifest(folder, "input-gate", "gate", "", network="tiny-gate", explained=False)
    return folder


def _write(
    folder: Path, model_id: str, task: str, parts: str, weights: list[float], **how: str
) -> Path:
    folder.mkdir(parents=True)
    count = len(weights)
    state = {
        "head.weight": torch.tensor(weights).view(count, 1),
        "head.bias": torch.zeros(count),
    }
    save_file(state, folder / "weights.safetensors")
    _manifest(folder, model_id, task, parts, **how)
    return folder


def _manifest(
    folder: Path,
    model_id: str,
    task: str,
    parts: str,
    *,
    network: str = "tiny-bright",
    explained: bool = True,
    **how: str,
) -> None:
    weights = (folder / "weights.safetensors").read_bytes()
    stated = {
        "model_id": model_id,
        "name": model_id.replace("-", " ").capitalize(),
        "network": network,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "task": task,
        "side": str(SIDE),
        "fit": "stretch",
        "region": "whole",
        "layer": "trunk" if explained else "",
        "head": "head" if explained else "",
        "methods": '["grad-cam"]' if explained else "[]",
        "modalities": '["CR", "DX"]',
        "kind": "frontal chest",
        **how,
    }
    text = _HEAD.format(**stated) + parts
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
