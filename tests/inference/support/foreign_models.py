"""Models of other makers in miniature: ONNX and torch.export files, and spoilt ones.

A module of its own, because several tests need them.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

CARD = """\
schema = "overread.model/2"
id = "{model_id}"
version = "1.0"
name = "Tiny"
summary = "For tests"
manufacturer = "Tests"
licence = "Apache-2.0"
architecture = "{architecture}"
format = "{format}"
weights = "{weights}"
sha256 = "{sha256}"

[input]
rows = 16
columns = 16
channels = 1

[explain]
layer = ""
head = ""
methods = []

[inclusion]
modalities = ["DX"]
body_parts = []
views = []
any_image = true
"""

FINDING = """
[[findings]]
key = "{key}"
name = "{key}"
column = "{key}"
code = {{ scheme = "99LOCAL", value = "{key}", meaning = "{key}" }}
threshold = 0.5
heatmap_reference = 1.0
calibration = {{}}
"""


def write_folder(folder, weights, data, kind, architecture="by its file", keys="ab"):
    """Write a model's folder around the bytes of its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / weights).write_bytes(data)
    text = CARD.format(
        model_id=folder.name,
        architecture=architecture,
        format=kind,
        weights=weights,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    text += "".join(FINDING.format(key=key) for key in keys)
    (folder / "manifest.toml").write_text(text)
    return folder


def onnx_model(**spoilt):
    """A linear head on the mean of the film: w = (1, 2), b = (0.5, -0.5).

    A film of ones gives the logits 1.5 and 1.5.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("GlobalAveragePool", ["film"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["logits"]),
        *spoilt.get("nodes", ()),
    ]
    held = [
        numpy_helper.from_array(np.array([[1.0, 2.0]], np.float32), "w"),
        numpy_helper.from_array(np.array([0.5, -0.5], np.float32), "b"),
        *spoilt.get("tensors", ()),
    ]
    film = helper.make_tensor_value_info("film", TensorProto.FLOAT, ["n", 1, 16, 16])
    given = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])
    graph = helper.make_graph(nodes, "tiny", [film], [given], held)
    opsets = [helper.make_opsetid("", 17), *spoilt.get("opsets", ())]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def exported_bytes(network=None, films=2, dynamic=True):
    """A torch.export file of a small convolutional network of 1 x 16 x 16 films."""
    import torch

    example = torch.zeros(films, 1, 16, 16)
    shapes = ({0: torch.export.Dim("films")},) if dynamic else None
    program = torch.export.export(
        network or small_network(), (example,), dynamic_shapes=shapes
    )
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def small_network():
    import torch
    from torch import nn

    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    ).eval()


def rewritten(data, change=None, added=(), dropped=()):
    """Write a torch.export file anew; `change` gets its JSON tables by path."""
    old = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            inside = name.split("/", 1)[1]
            if inside in dropped:
                continue
            content = old.read(name)
            if change is not None and inside.endswith(".json"):
                table = json.loads(content)
                change(inside, table)
                content = json.dumps(table).encode()
            new.writestr(name, content)
        for name, content in added:
            new.writestr(name, content)
    return buffer.getvalue()


class Marker:
    """Unpickled, it makes a file: the harmless sign that code ran."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return (exec, (f"open({self.path!r}, 'w').close()",))


def write_bundle(folder, network=None):
    """Write a MONAI bundle in miniature: a UNet of one plane on 32 x 32 films."""
    import torch

    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    definition = {
        "_target_": "UNet",
        "spatial_dims": 2,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [4, 8],
        "strides": [2],
    }
    image = {"num_channels": 1, "spatial_shape": [32, 32], "modality": "MR"}
    given = {"channel_def": {"0": "background", "1": "tumour"}}
    metadata = {
        "version": "0.1.0",
        "name": "Tiny bundle",
        "description": "For tests.",
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": given}},
    }
    config = {
        "network_def": definition,
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "ScaleIntensityd", "keys": "image"},
            ],
        },
        "postprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "Activationsd", "keys": "pred", "softmax": True}
            ],
        },
        "evaluator": {"_target_": "SupervisedEvaluator", "device": "$torch.device(0)"},
    }
    for name, table in (("metadata", metadata), ("inference", config)):
        (folder / "configs" / f"{name}.json").write_text(json.dumps(table))
    if network is not None:
        torch.save(network.state_dict(), folder / "models" / "model.pt")
    return folder
