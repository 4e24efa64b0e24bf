"""ONNX and torch.export files: run as they are, and refused by name."""

import importlib
import io
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.classifier import load
from inference.errors import InferenceFailedError, ModelUnavailableError
from inference.exported_archive import read_archive
from inference.exported_network import ExportedNetwork
from inference.model_card import read_manifest
from inference.registry import Registry, verify
from inference.trial import try_out

sys.path.append(str(Path(__file__).parent / "support"))
foreign = importlib.import_module("foreign_models")

CPU = torch.device("cpu")
MODEL_JSON = "models/model.json"
WEIGHTS_JSON = "data/weights/model_weights_config.json"


def loaded(folder):
    return load(verify(read_manifest(folder)), CPU)


@pytest.fixture(scope="module")
def exported():
    return foreign.exported_bytes()


def test_that_an_onnx_file_gives_its_logits(tmp_path):
    pytest.importorskip("onnxruntime")
    data = foreign.onnx_model().SerializeToString()
    classifier = loaded(
        foreign.write_folder(tmp_path / "m", "weights.onnx", data, "onnx")
    )
    films = np.stack([np.ones((16, 16)), np.zeros((16, 16))]).astype(np.float32)
    outputs = classifier.run(films)
    np.testing.assert_allclose(outputs.logits, [[1.5, 1.5], [0.5, -0.5]])
    assert outputs.features.shape == (2, 0)
    assert outputs.maps.size == 0
    assert not classifier.pooled_linear


@pytest.mark.parametrize("dynamic", [True, False])
def test_that_an_exported_graph_gives_what_the_network_gives(tmp_path, dynamic):
    data = foreign.exported_bytes(films=2 if dynamic else 1, dynamic=dynamic)
    folder = foreign.write_folder(tmp_path / "m", "weights.pt2", data, "torch.export")
    films = np.random.default_rng(0).standard_normal((3, 16, 16)).astype(np.float32)
    with torch.no_grad():
        expected = foreign.small_network()(torch.from_numpy(films)[:, None])
    outputs = loaded(folder).run(films)
    np.testing.assert_allclose(outputs.logits, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    "name", ["resnet18", "densenet121", "mobilenet_v3_small", "efficientnet_b0"]
)
def test_that_exported_classifiers_of_torchvision_run(name):
    import torchvision

    torch.manual_seed(1)
    network = torchvision.models.get_model(name, weights=None, num_classes=3).eval()
    program = torch.export.export(network, (torch.zeros(1, 3, 64, 64),))
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    ours = ExportedNetwork("m", "weights.pt2", buffer.getvalue())
    film = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(film), network(film), atol=1e-4, rtol=1e-4)


def test_that_sample_inputs_are_never_unpickled(exported, tmp_path):
    marker = tmp_path / "ran"
    data = foreign.rewritten(
        exported,
        added=[("archive/extra/x.pkl", pickle.dumps(foreign.Marker(marker)))],
        dropped=["data/sample_inputs/model.pt"],
    )
    assert read_archive("m", "weights.pt2", data).tensors
    assert not marker.exists()


def pickled(inside, table):
    if inside == WEIGHTS_JSON:
        next(iter(table["config"].values()))["use_pickle"] = True


def operator(inside, table):
    if inside == MODEL_JSON:
        table["graph_module"]["graph"]["nodes"][0]["target"] = (
            "torch.ops.aten.from_file.default"
        )


def expression(inside, table):
    if inside == WEIGHTS_JSON:
        meta = next(iter(table["config"].values()))["tensor_meta"]
        meta["sizes"][0] = {"as_expr": {"expr_str": "exit()", "hint": None}}


def stride(inside, table):
    if inside == WEIGHTS_JSON:
        meta = next(iter(table["config"].values()))["tensor_meta"]
        meta["strides"][0] = {"as_int": 10**9}


def code_name(inside, table):
    if inside == MODEL_JSON:
        node = table["graph_module"]["graph"]["nodes"][0]
        node["inputs"][0]["arg"] = {"as_operator": "os.system"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pickled, "is pickled, which can run code"),
        (operator, "from_file.default', which is not on the list"),
        (expression, "as_int"),
        (stride, "has the wrong length"),
        (code_name, "kind 'as_operator'"),
    ],
)
def test_that_a_spoilt_export_is_refused(exported, change, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        ExportedNetwork("m", "weights.pt2", foreign.rewritten(exported, change))


def wide_network():
    """A network with one tensor that is larger than all that describes it."""
    torch.manual_seed(5)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 512)).eval()


def test_that_tensors_that_outgrow_their_file_are_refused():
    data = foreign.exported_bytes(wide_network())

    def repeat(inside, table):
        if inside == WEIGHTS_JSON:
            largest = table["config"]["1.weight"]
            table["config"] |= {f"more.{number}": largest for number in range(50)}

    with pytest.raises(ModelUnavailableError, match="larger than the file"):
        read_archive("m", "weights.pt2", foreign.rewritten(data, repeat))


def test_that_tensors_of_one_storage_are_read():
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(16, 16)
            self.second = torch.nn.Linear(16, 16)
            self.second.weight = self.first.weight

        def forward(self, films):
            return self.second(self.first(films)).mean((1, 2))

    torch.manual_seed(5)
    network = Tied().eval()
    data = foreign.exported_bytes(network)
    film = torch.randn(2, 1, 16, 16)
    with torch.no_grad():
        expected = network(film)
        found = ExportedNetwork("m", "weights.pt2", data)(film)
    torch.testing.assert_close(found, expected)


class Counting(torch.nn.Module):
    """Adds to its own buffer, through a view of it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(2))

    def forward(self, films):
        self.seen.view(1, 2).add_(1.0)
        return films.mean((1, 2, 3))[:, None] + self.seen


def test_that_a_graph_that_writes_into_its_own_tensors_is_refused():
    data = foreign.exported_bytes(Counting())
    network = ExportedNetwork("m", "weights.pt2", data)
    with pytest.raises(InferenceFailedError, match="writes into the weights"):
        network(torch.zeros(1, 1, 16, 16))


def test_that_a_graph_may_write_into_what_it_made_itself():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(inplace=True), torch.nn.Flatten()
    ).eval()
    film = torch.randn(2, 1, 16, 16)
    ours = ExportedNetwork("m", "weights.pt2", foreign.exported_bytes(network))
    with torch.no_grad():
        torch.testing.assert_close(ours(film), network(film))


@pytest.mark.parametrize(
    ("weights", "kind", "reader"),
    [
        ("weights.onnx", "onnx", "inference.onnx_file.check_onnx"),
        ("weights.pt2", "torch.export", "inference.exported_archive.read_archive"),
    ],
)
def test_that_a_foreign_file_is_looked_into_by_a_child_process_alone(
    tmp_path, exported, monkeypatch, weights, kind, reader
):
    def refuse(*_):
        raise AssertionError("parsed in this process")

    pytest.importorskip("onnxruntime")
    data = foreign.onnx_model().SerializeToString() if kind == "onnx" else exported
    folder = foreign.write_folder(tmp_path / "m", weights, data, kind)
    monkeypatch.setattr(reader, refuse)
    assert verify(read_manifest(folder)).format == kind


def test_that_a_graph_in_its_training_mode_is_refused(monkeypatch):
    network = foreign.small_network().train()
    data = foreign.exported_bytes(network)
    with pytest.raises(ModelUnavailableError, match=r"kind|operator"):
        ExportedNetwork("m", "weights.pt2", data)


class Shifted(torch.nn.Module):
    """The film's mean plus two constants, or plus a view of them."""

    def __init__(self, view=False):
        super().__init__()
        self.register_buffer("shift", torch.tensor([0.5, -0.5]))
        self.view = view

    def forward(self, films):
        shift = self.shift.view(1, 2) if self.view else self.shift
        return torch.add(shift, films.mean(dim=(1, 2, 3)))


def in_place(inside, table):
    if inside == MODEL_JSON:
        for node in table["graph_module"]["graph"]["nodes"]:
            if node["target"] == "torch.ops.aten.add.Tensor":
                node["target"] = "torch.ops.aten.add_.Tensor"


@pytest.mark.parametrize("view", [False, True])
def test_that_a_graph_may_not_write_into_its_own_weights(view):
    """Else what a film gives would depend on the films before it."""
    data = foreign.exported_bytes(Shifted(view).eval(), films=1, dynamic=False)
    film = torch.ones(1, 1, 16, 16)
    sound = ExportedNetwork("m", "weights.pt2", data)
    torch.testing.assert_close(sound(film).flatten(), torch.tensor([1.5, 0.5]))
    spoilt = ExportedNetwork("m", "weights.pt2", foreign.rewritten(data, in_place))
    with pytest.raises(InferenceFailedError, match="add_ writes into the weights"):
        spoilt(film)


class Learning(torch.nn.Module):
    """A norm with statistics, asked to leave them alone."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, films):
        return self.norm(films).mean(dim=(2, 3))


@pytest.mark.parametrize(
    "norm",
    [torch.nn.BatchNorm2d(1), torch.nn.InstanceNorm2d(1, track_running_stats=True)],
    ids=["batch", "instance"],
)
def test_that_a_norm_may_not_learn_under_another_name_of_its_switch(norm):
    def learn(inside, table):
        if inside != MODEL_JSON:
            return
        for node in table["graph_module"]["graph"]["nodes"]:
            for entry in node["inputs"]:
                if entry["name"] in ("training", "use_input_stats"):
                    entry.update({"name": "x", "arg": {"as_bool": True}})

    data = foreign.exported_bytes(Learning(norm).eval(), films=1, dynamic=False)
    ExportedNetwork("m", "weights.pt2", data)
    with pytest.raises(ModelUnavailableError, match="in its training mode"):
        ExportedNetwork("m", "weights.pt2", foreign.rewritten(data, learn))


class Padded(torch.nn.Module):
    """Adds 2^36 columns of zeros, a tensor of 4 TiB, and takes the mean."""

    def forward(self, films):
        return torch.nn.functional.pad(films, (0, 2**36)).mean(dim=(2, 3))


def test_that_a_tensor_far_larger_than_the_films_is_refused_before_it_is_made():
    data = foreign.exported_bytes(Padded(), films=1, dynamic=False)
    network = ExportedNetwork("m", "weights.pt2", data)
    # 16 rows of 2^36 + 16 columns; for 256 px, 1024 numbers a pixel are allowed.
    with pytest.raises(
        InferenceFailedError, match=r"pad.* 1099511628032 numbers.* at most 262144 "
    ):
        network(torch.zeros(1, 1, 16, 16))


def test_that_names_in_an_exported_graph_are_never_compiled(exported, tmp_path):
    marker = tmp_path / "ran"
    evil = f"x = open({str(marker)!r}, 'w') #"
    old = exported
    text = json.dumps  # the names are replaced in the JSON as a whole

    def rename(inside, table):
        if inside == MODEL_JSON:
            renamed = json.loads(text(table).replace('"conv2d"', json.dumps(evil)))
            table.clear()
            table.update(renamed)

    network = ExportedNetwork("m", "weights.pt2", foreign.rewritten(old, rename))
    network(torch.zeros(1, 1, 16, 16))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("weights", "kind"), [("weights.onnx", "onnx"), ("weights.pt2", "torch.export")]
)
def test_that_a_file_with_its_own_network_is_added_after_a_trial(
    tmp_path, exported, weights, kind
):
    pytest.importorskip("onnxruntime")
    data = foreign.onnx_model().SerializeToString() if kind == "onnx" else exported
    folder = foreign.write_folder(tmp_path / "m", weights, data, kind)
    (tmp_path / "bundled").mkdir()
    registry = Registry(tmp_path / "bundled", tmp_path / "user")
    card = registry.add(folder, try_out)
    assert registry.verify("m").format == card.format == kind


def test_that_an_onnx_file_with_numbers_at_the_operating_point_gives_logits(tmp_path):
    pytest.importorskip("onnxruntime")
    data = foreign.onnx_model().SerializeToString()
    folder = foreign.write_folder(tmp_path / "m", "weights.onnx", data, "onnx")
    manifest = folder / "manifest.toml"
    text = manifest.read_text().replace(
        "[input]",
        'output = "operating-point"\noperating_points = [0.1, 0.2]\n\n[input]',
        1,
    )
    manifest.write_text(text)
    # A film of 0.25 gives 0.25 + 0.5 = 0.75 and 0.5 - 0.5 = 0: probabilities
    # 1 - 2 x 0.9 x 0.25 = 0.55 and 0, held at 1e-7.
    film = np.full((1, 16, 16), 0.25, np.float32)
    logits = loaded(folder).run(film).logits[0]
    assert logits[0] == pytest.approx(np.log(0.55 / 0.45), abs=1e-5)
    assert logits[1] == pytest.approx(np.log(1e-7), abs=1e-3)
