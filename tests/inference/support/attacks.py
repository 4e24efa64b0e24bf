"""Hostile models, one function each; every one must be refused and run nothing.

A function gets a `Bench`, spoils something, and returns the action that must be
refused. `ATTACKS` lists them by group.
"""

import importlib
import json
import os
import pickle
import struct
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
foreign = importlib.import_module("foreign_models")

ATTACKS: dict[str, object] = {}


@dataclass
class Bench:
    """A sound tiny model in `folder`, room in `tmp`, and the marker's path."""

    folder: Path
    tmp: Path
    marker: Path

    @property
    def weights(self):
        return self.folder / "weights.safetensors"

    @property
    def manifest(self):
        return self.folder / "manifest.toml"

    def edit(self, old, new):
        text = self.manifest.read_text()
        assert old in text
        self.manifest.write_text(text.replace(old, new, 1))

    def with_weights(self, data, name="weights.safetensors", kind="safetensors"):
        """Put bytes in the weights' place, with the SHA-256 that fits them."""
        foreign.write_folder(self.folder, name, data, kind, "test_resnet")
        return self.verify

    def pickle(self):
        return pickle.dumps(foreign.Marker(self.marker))

    def verify(self):
        from inference.model_card import read_manifest
        from inference.registry import verify

        return verify(read_manifest(self.folder))

    def load(self):
        import torch

        from inference.classifier import load

        return load(self.verify(), torch.device("cpu"))

    def run(self):
        from inference.trial import run_once

        run_once(str(self.folder))

    def add(self, path=None):
        from inference.registry import Registry

        (self.tmp / "bundled").mkdir(exist_ok=True)
        registry = Registry(self.tmp / "bundled", self.tmp / "user")
        return lambda: registry.add(path or self.folder)

    def convert(self, data, **more):
        from inference.convert import convert

        path = self.tmp / "weights.pt"
        path.write_bytes(data)
        return lambda: convert("m", path, **more)


def attack(function):
    ATTACKS[function.__name__.replace("_", " ")] = function
    return function


def tensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


# --- changed files


@attack
def a_flipped_bit_in_the_weights(bench):
    data = bytearray(bench.weights.read_bytes())
    data[-1] ^= 1
    bench.weights.write_bytes(data)
    return bench.verify


@attack
def a_flipped_bit_in_the_header(bench):
    data = bytearray(bench.weights.read_bytes())
    data[20] ^= 1
    bench.weights.write_bytes(data)
    return bench.verify


@attack
def weights_cut_short(bench):
    return bench.with_weights(bench.weights.read_bytes()[:-4])


@attack
def bytes_after_the_weights(bench):
    return bench.with_weights(bench.weights.read_bytes() + b"\0" * 4)


@attack
def a_wrong_sha256_in_the_manifest(bench):
    bench.edit('sha256 = "', f'sha256 = "{"0" * 64}" #')
    return bench.verify


@attack
def weights_that_are_missing(bench):
    bench.weights.unlink()
    return bench.verify


@attack
def weights_swapped_between_check_and_use(bench):
    bench.verify()
    data = bytearray(bench.weights.read_bytes())
    data[-1] ^= 1
    bench.weights.write_bytes(data)
    return bench.load


# --- safetensors headers


@attack
def a_header_bomb(bench):
    return bench.with_weights(struct.pack("<Q", 2**60) + b"{}")


@attack
def a_header_of_seventeen_megabytes(bench):
    return bench.with_weights(tensors(b" " * (17 * 1024 * 1024)))


@attack
def a_nested_header(bench):
    return bench.with_weights(tensors(b"[" * 200_000))


@attack
def a_header_that_is_no_json(bench):
    return bench.with_weights(tensors(b"{nothing}"))


@attack
def a_tensor_named_twice(bench):
    one = json.dumps(entry([1], 0, 4))
    header = f'{{"a": {one}, "a": {one}}}'.encode()
    return bench.with_weights(tensors(header, b"\0" * 4))


@attack
def a_tensor_of_negative_shape(bench):
    return bench.with_weights(tensors({"a": entry([-1, -1], 0, 4)}, b"\0" * 4))


@attack
def a_tensor_of_fractional_shape(bench):
    return bench.with_weights(tensors({"a": entry([1.0], 0, 4)}, b"\0" * 4))


@attack
def a_tensor_of_astronomical_shape(bench):
    return bench.with_weights(tensors({"a": entry([2**62, 4], 0, 4)}, b"\0" * 4))


@attack
def tensors_that_overlap(bench):
    header = {"a": entry([1], 0, 4), "b": entry([1], 0, 4)}
    return bench.with_weights(tensors(header, b"\0" * 4))


@attack
def tensors_with_a_gap(bench):
    header = {"a": entry([1], 0, 4), "b": entry([1], 8, 12)}
    return bench.with_weights(tensors(header, b"\0" * 12))


@attack
def a_tensor_of_unknown_type(bench):
    return bench.with_weights(tensors({"a": entry([1], 0, 4, "OBJ")}, b"\0" * 4))


# --- pickles


@attack
def a_pickle_named_by_the_manifest(bench):
    (bench.folder / "weights.pt").write_bytes(bench.pickle())
    bench.edit('"weights.safetensors"', '"weights.pt"')
    return bench.verify


@attack
def a_pickle_under_the_name_of_safetensors(bench):
    return bench.with_weights(bench.pickle())


@attack
def a_torch_file_under_the_name_of_safetensors(bench):
    import torch

    path = bench.tmp / "x"
    torch.save({"a": foreign.Marker(bench.marker)}, path)
    return bench.with_weights(path.read_bytes())


@attack
def a_pickle_under_the_name_of_onnx(bench):
    return bench.with_weights(bench.pickle(), "weights.onnx", "onnx")


@attack
def a_pickle_under_the_name_of_an_export(bench):
    return bench.with_weights(bench.pickle(), "weights.pt2", "torch.export")


@attack
def a_pickle_in_the_gates_place(bench):
    import hashlib

    (bench.folder / "gate.safetensors").write_bytes(bench.pickle())
    sha256 = hashlib.sha256(bench.pickle()).hexdigest()
    gate = f'[gate]\ntensors = "gate.safetensors"\nsha256 = "{sha256}"\nscale = 1.0\n'
    bench.edit("[inclusion]", gate + "[inclusion]")
    return bench.verify


@attack
def a_pickle_given_to_add(bench):
    path = bench.tmp / "model.pth"
    path.write_bytes(bench.pickle())
    return bench.add(path)


@attack
def a_marker_given_to_the_converter(bench):
    return bench.convert(bench.pickle())


@attack
def a_marker_among_the_tensors_of_a_state_dict(bench):
    import torch

    path = bench.tmp / "x"
    torch.save({"a": torch.zeros(1), "b": foreign.Marker(bench.marker)}, path)
    return bench.convert(path.read_bytes())


@attack
def a_marker_in_a_module_of_the_old_form(bench):
    import hashlib

    import torch

    path = bench.tmp / "x"
    marker = foreign.Marker(bench.marker)
    torch.save(marker, path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    return bench.convert(data, sha256=sha256, whole_module=True)


@attack
def a_module_without_its_sha256(bench):
    return bench.convert(bench.pickle(), whole_module=True)


@attack
def a_module_with_another_sha256(bench):
    return bench.convert(bench.pickle(), sha256="0" * 64, whole_module=True)


# --- paths and links


@attack
def weights_outside_by_dots(bench):
    bench.edit('"weights.safetensors"', '"../weights.safetensors"')
    return bench.verify


@attack
def weights_outside_by_an_absolute_path(bench):
    bench.edit('"weights.safetensors"', '"/etc/weights.safetensors"')
    return bench.verify


@attack
def weights_outside_by_a_backslash(bench):
    bench.edit('"weights.safetensors"', "'..\\weights.safetensors'")
    return bench.verify


@attack
def weights_with_a_null_in_their_name(bench):
    bench.edit('"weights.safetensors"', '"weights\\u0000.safetensors"')
    return bench.verify


@attack
def weights_that_are_a_link(bench):
    bench.weights.rename(bench.tmp / "real")
    bench.weights.symlink_to(bench.tmp / "real")
    return bench.verify


@attack
def weights_in_a_folder_that_is_a_link(bench):
    (bench.tmp / "far").mkdir()
    bench.weights.rename(bench.tmp / "far" / "weights.safetensors")
    (bench.folder / "near").symlink_to(bench.tmp / "far")
    bench.edit('"weights.safetensors"', '"near/weights.safetensors"')
    return bench.verify


@attack
def a_manifest_that_is_a_link(bench):
    bench.manifest.rename(bench.tmp / "real.toml")
    bench.manifest.symlink_to(bench.tmp / "real.toml")
    return bench.verify


@attack
def weights_that_are_a_pipe(bench):
    bench.weights.unlink()
    os.mkfifo(bench.weights)
    return bench.verify


@attack
def weights_that_are_a_folder(bench):
    bench.weights.unlink()
    bench.weights.mkdir()
    return bench.verify


@attack
def weights_changed_through_a_hard_link(bench):
    other = bench.tmp / "other"
    os.link(bench.weights, other)
    bench.verify()
    with other.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"\x7f")
    return bench.load


@attack
def a_card_that_is_a_link(bench):
    (bench.folder / "card.md").symlink_to("/etc/hostname")
    return bench.add()


# --- manifests


@attack
def a_manifest_of_five_megabytes(bench):
    bench.manifest.write_text("#" * 5 * 1024 * 1024)
    return bench.verify


@attack
def a_nested_toml_bomb(bench):
    bench.manifest.write_text("a = " + "[" * 100_000)
    return bench.verify


@attack
def a_dotted_toml_bomb(bench):
    bench.manifest.write_text(".".join("a" * 50_000) + " = 1")
    return bench.verify


@attack
def a_quoted_dotted_toml_bomb(bench):
    bench.manifest.write_text(" . ".join('"a"' for _ in range(50_000)) + " = 1")
    return bench.verify


@attack
def a_number_of_a_million_digits(bench):
    bench.manifest.write_text("a = " + "9" * 900_000)
    return bench.verify


@attack
def a_manifest_that_is_no_text(bench):
    bench.manifest.write_bytes(b"\xff\xfe\x00")
    return bench.verify


@attack
def an_id_with_dots(bench):
    bench.edit(f'id = "{bench.folder.name}"', 'id = "../../x"')
    return bench.verify


@attack
def an_id_that_begins_with_a_dot(bench):
    bench.edit(f'id = "{bench.folder.name}"', 'id = ".hidden"')
    return bench.verify


@attack
def an_id_that_is_a_path(bench):
    bench.edit(f'id = "{bench.folder.name}"', 'id = "/tmp/x"')
    return bench.verify


@attack
def a_field_that_is_not_known(bench):
    bench.edit("[input]", 'on_load = "os.system"\n[input]')
    return bench.verify


@attack
def a_folder_in_the_manifest(bench):
    bench.edit("[input]", 'folder = "/etc"\n[input]')
    return bench.verify


@attack
def an_input_that_fills_the_memory(bench):
    bench.edit("rows = 16", "rows = 1000000")
    return bench.verify


@attack
def a_code_on_two_findings(bench):
    bench.edit('value = "b"', 'value = "a"')
    return bench.verify


@attack
def a_threshold_that_is_no_number(bench):
    bench.edit("threshold = 0.5", "threshold = nan")
    return bench.verify


@attack
def a_calibration_that_is_no_number(bench):
    bench.edit("calibration = {}", "calibration = { slope = inf }")
    return bench.verify


@attack
def an_endless_time_limit(bench):
    bench.edit("[input]", "time_limit_s = inf\n[input]")
    return bench.verify


# --- architectures and options


def architecture(name, options=""):
    def spoil(bench):
        bench.edit('architecture = "test_resnet"', f'architecture = "{name}"')
        if options:
            bench.edit("[inclusion]", f"[options]\n{options}\n[inclusion]")
        return bench.load

    return spoil


for _title, _name, _options in (
    ("an architecture from a hub", "hf-hub:someone/model", ""),
    ("an architecture from a folder", "local-dir:/tmp/x", ""),
    ("an architecture that is a module", "os:system", ""),
    ("an architecture that is a path", "../../evil", ""),
    ("an option with a dunder key", "test_resnet", '__class__ = "x"'),
    ("an option that fetches weights", "test_resnet", "pretrained = true"),
    ("an option that reads a file", "test_resnet", 'checkpoint_path = "/x.pth"'),
    ("an option that fetches torchvision's", "torchvision:resnet18", 'weights = "V1"'),
    ("a detector of torchvision's", "torchvision:fasterrcnn_resnet50_fpn", ""),
    ("a network of MONAI's not on the list", "monai:Generator", ""),
    ("a volume network of MONAI's", "monai:UNet", "spatial_dims = 3"),
):
    ATTACKS[_title] = architecture(_name, _options)


# --- weights that do not fit


def state(bench):
    from safetensors.torch import load

    return load(bench.weights.read_bytes())


def with_state(bench, tensors_by_name):
    from safetensors.torch import save

    bench.with_weights(save(tensors_by_name))


@attack
def a_tensor_of_another_shape(bench):
    found = state(bench)
    found["fc.weight"] = found["fc.weight"][:1].contiguous()
    with_state(bench, found)
    return bench.load


@attack
def a_tensor_that_is_missing(bench):
    found = state(bench)
    del found["fc.bias"]
    with_state(bench, found)
    return bench.load


@attack
def a_tensor_too_many(bench):
    import torch

    with_state(bench, {**state(bench), "more": torch.zeros(1)})
    return bench.load


@attack
def weights_that_are_no_numbers(bench):
    found = state(bench)
    found["fc.bias"] = found["fc.bias"] * float("nan")
    with_state(bench, found)
    return bench.run


@attack
def gate_tensors_of_another_shape(bench):
    import hashlib

    import torch
    from safetensors.torch import save

    data = save({"mean": torch.zeros(3), "precision_root": torch.zeros(2, 4)})
    (bench.folder / "gate.safetensors").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    gate = f'[gate]\ntensors = "gate.safetensors"\nsha256 = "{sha256}"\nscale = 1.0\n'
    bench.edit("[inclusion]", gate + "[inclusion]")
    return bench.run


# --- ONNX


def onnx_attack(title, make):
    def spoil(bench):
        data = make()
        return bench.with_weights(data, "weights.onnx", "onnx")

    ATTACKS[title] = spoil


def _onnx(**spoilt):
    return foreign.onnx_model(**spoilt).SerializeToString()


def _external():
    from onnx import TensorProto, helper

    tensor = helper.make_tensor("x", TensorProto.FLOAT, [1], [0.0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    place = tensor.external_data.add()
    place.key, place.value = "location", "../../../etc/passwd"
    return tensor


def _external_in_an_attribute():
    from onnx import helper

    node = helper.make_node("Constant", [], ["c"], value=_external())
    return _onnx(nodes=[node])


def _custom():
    from onnx import helper

    node = helper.make_node("Evil", ["film"], ["e"], domain="com.example")
    return _onnx(nodes=[node], opsets=[helper.make_opsetid("com.example", 1)])


def _loop():
    from onnx import TensorProto, helper

    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("d", TensorProto.BOOL, [])],
    )
    return _onnx(nodes=[helper.make_node("Loop", ["", ""], [], body=body)])


def _function():
    from onnx import helper

    model = foreign.onnx_model()
    body = [helper.make_node("Identity", ["x"], ["y"])]
    opsets = [helper.make_opsetid("", 17)]
    function = helper.make_function("mine", "F", ["x"], ["y"], body, opsets)
    model.functions.append(function)
    return model.SerializeToString()


def _large_constant():
    import numpy as np
    from onnx import helper, numpy_helper

    size = numpy_helper.from_array(np.array([2**20, 2**20], np.int64), "size")
    node = helper.make_node("ConstantOfShape", ["size"], ["big"])
    return _onnx(nodes=[node], tensors=[size])


def _large_claim():
    from onnx import TensorProto

    tensor = TensorProto(name="x", data_type=1, dims=[2**31, 2**31])
    return _onnx(tensors=[tensor])


def _short_data():
    from onnx import TensorProto

    tensor = TensorProto(name="x", data_type=1, dims=[4], raw_data=b"\0" * 4)
    return _onnx(tensors=[tensor])


def _negative():
    from onnx import TensorProto

    return _onnx(tensors=[TensorProto(name="x", data_type=1, dims=[-1])])


def _named_twice():
    import numpy as np
    from onnx import numpy_helper

    return _onnx(tensors=[numpy_helper.from_array(np.zeros(1, np.float32), "w")])


def _second_input():
    from onnx import TensorProto, helper

    model = foreign.onnx_model()
    more = helper.make_tensor_value_info("more", TensorProto.FLOAT, [1])
    model.graph.input.append(more)
    return model.SerializeToString()


for _title, _make in (
    ("onnx data at a path outside", lambda: _onnx(tensors=[_external()])),
    ("onnx data at a path in an attribute", _external_in_an_attribute),
    ("an onnx operator that wants a library", _custom),
    ("an onnx loop", _loop),
    ("an onnx function", _function),
    ("an onnx constant that fills the memory", _large_constant),
    ("an onnx tensor that claims the memory", _large_claim),
    ("an onnx tensor shorter than its shape", _short_data),
    ("an onnx tensor of negative shape", _negative),
    ("an onnx tensor named twice", _named_twice),
    ("an onnx model of two inputs", _second_input),
    ("an onnx file cut short", lambda: _onnx()[:-20]),
    ("an onnx file of noise", lambda: bytes(range(256)) * 8),
):
    onnx_attack(_title, _make)


# --- torch.export


def export_attack(title, change=None, added=(), dropped=()):
    def spoil(bench):
        data = foreign.rewritten(exported(), change, added, dropped)
        bench.with_weights(data, "weights.pt2", "torch.export")
        return bench.load

    ATTACKS[title] = spoil


_kept = {}


def exported():
    if "data" not in _kept:
        _kept["data"] = foreign.exported_bytes()
    return _kept["data"]


def _tensor_entry(table):
    return next(iter(table["config"].values()))


def _change(inside, edit):
    def change(place, table):
        if place == inside:
            edit(table)

    return change


def _node(table):
    return table["graph_module"]["graph"]["nodes"][0]


_WEIGHTS = "data/weights/model_weights_config.json"
_MODEL = "models/model.json"


def _pickled(table):
    _tensor_entry(table)["use_pickle"] = True


def _expression(table):
    sizes = _tensor_entry(table)["tensor_meta"]["sizes"]
    sizes[0] = {"as_expr": {"expr_str": "__import__('os').system('true')"}}


def _stride(table):
    _tensor_entry(table)["tensor_meta"]["strides"][0] = {"as_int": 10**9}


def _path(table):
    _tensor_entry(table)["path_name"] = "../../../etc/passwd"


def _reads_a_file(table):
    _node(table)["target"] = "torch.ops.aten.from_file.default"


def _calls_python(table):
    _node(table)["target"] = "os.system"


def _operator(table):
    _node(table)["inputs"][0]["arg"] = {"as_operator": "os.system"}


def _object(table):
    arg = {"as_custom_obj": {"name": "x", "class_fqn": "os.system"}}
    _node(table)["inputs"][0]["arg"] = arg


for _title, _inside, _edit in (
    ("an export with a pickled tensor", _WEIGHTS, _pickled),
    ("an export with an expression for a shape", _WEIGHTS, _expression),
    ("an export whose strides leave the data", _WEIGHTS, _stride),
    ("an export with data at a path outside", _WEIGHTS, _path),
    ("an export that reads a file", _MODEL, _reads_a_file),
    ("an export that calls python", _MODEL, _calls_python),
    ("an export with an operator as argument", _MODEL, _operator),
    ("an export with an object as argument", _MODEL, _object),
    ("an export without a graph", _MODEL, dict.clear),
):
    export_attack(_title, _change(_inside, _edit))
export_attack("an export that lacks a tensor", dropped=["data/weights/weight_0"])


@attack
def an_export_that_is_a_bomb(bench):
    path = bench.tmp / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/models/model.json", b"0" * 50_000_000)
    return bench.with_weights(path.read_bytes(), "weights.pt2", "torch.export")


# --- zips


def zip_attack(title, fill):
    def spoil(bench):
        path = bench.tmp / "model.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(bench.folder.iterdir()):
                archive.write(file, f"m/{file.name}")
            fill(archive)
        return bench.add(path)

    ATTACKS[title] = spoil


def _link(archive):
    info = zipfile.ZipInfo("m/link")
    info.external_attr = 0o120777 << 16
    archive.writestr(info, "/etc/passwd")


def _many(archive):
    for number in range(600):
        archive.writestr(f"m/{number}", b"")


for _title, _fill in (
    ("a zip that climbs out", lambda one: one.writestr("../../evil", b"x")),
    ("a zip with an absolute path", lambda one: one.writestr("/tmp/evil", b"x")),
    ("a zip with a backslash", lambda one: one.writestr("m\\..\\..\\evil", b"x")),
    ("a zip with a drive", lambda one: one.writestr("C:evil", b"x")),
    ("a zip with a link", _link),
    ("a zip bomb", lambda one: one.writestr("m/zeros", b"\0" * 100_000_000)),
    ("a zip of many files", _many),
    (
        "a zip with one name in two cases",
        lambda one: one.writestr("m/MANIFEST.toml", b""),
    ),
):
    zip_attack(_title, _fill)


def packed_zip(title, method):
    """A zip of a method whose damage Python reports in errors of its own."""

    def spoil(bench):
        path = bench.tmp / "model.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("m/weights", os.urandom(1000))
        data = bytearray(path.read_bytes())
        data[60:900] = bytes(840)
        path.write_bytes(data)
        return bench.add(path)

    ATTACKS[title] = spoil


packed_zip("a damaged zip packed by lzma", zipfile.ZIP_LZMA)
packed_zip("a damaged zip packed by bzip2", zipfile.ZIP_BZIP2)


@attack
def a_zip_that_is_none(bench):
    path = bench.tmp / "model.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    return bench.add(path)


# --- MONAI bundles


def bundle_attack(title, edit):
    def spoil(bench):
        bundle = foreign.write_bundle(bench.tmp / "bundle")
        for name in ("metadata.json", "inference.json"):
            path = bundle / "configs" / name
            table = json.loads(path.read_text())
            edit(name, table, bench)
            path.write_text(json.dumps(table))
        return bench.add(bundle)

    ATTACKS[title] = spoil


def _in_config(key, value):
    def edit(name, table, bench):
        if name == "inference.json":
            evil = f"$open({str(bench.marker)!r}, 'w')"
            table[key] = json.loads(json.dumps(value).replace("EVIL", evil))

    return edit


for _title, _key, _value in (
    ("a bundle whose network is an expression", "network_def", "EVIL"),
    (
        "a bundle with an expression as argument",
        "network_def",
        {"_target_": "UNet", "channels": "EVIL"},
    ),
    (
        "a bundle whose network is another class",
        "network_def",
        {"_target_": "os.system", "command": "EVIL"},
    ),
    (
        "a bundle with an object as argument",
        "network_def",
        {"_target_": "UNet", "norm": {"_target_": "os.system"}},
    ),
    (
        "a bundle with an expression in its preprocessing",
        "preprocessing",
        {"transforms": [{"_target_": "ScaleIntensityd", "minv": "EVIL"}]},
    ),
    (
        "a bundle with a transform not on the list",
        "preprocessing",
        {"transforms": [{"_target_": "Lambdad", "func": "len"}]},
    ),
):
    bundle_attack(_title, _in_config(_key, _value))


@attack
def a_bundle_with_a_marker_for_weights(bench):
    bundle = foreign.write_bundle(bench.tmp / "bundle")
    (bundle / "models" / "model.pt").write_bytes(bench.pickle())
    return bench.add(bundle)


# --- downloads and children


@attack
def a_download_without_encryption(bench):
    from inference.fetch import fetch

    return lambda: fetch("m", "http://127.0.0.1/x", bench.tmp / "x", 10)


@attack
def a_child_that_connects(bench):
    return limited("attack_children:connect")


@attack
def a_child_that_starts_a_process(bench):
    return limited("attack_children:start_process")


@attack
def a_child_that_fills_the_memory(bench):
    return limited("attack_children:fill_memory")


@attack
def a_child_that_never_ends(bench):
    return limited("attack_children:never_end", time_s=3.0)


@attack
def a_child_that_answers_with_a_pickle(bench):
    return limited("attack_children:answer_with_a_pickle", marker=str(bench.marker))


@attack
def a_child_that_answers_in_another_form(bench):
    return limited("attack_children:answer_with_a_wide_table")


@attack
def a_child_that_dies(bench):
    return limited("attack_children:die")


def limited(function, time_s=60.0, **arguments):
    from inference.limited import Limits, run_limited

    limits = Limits(time_s=time_s, memory_bytes=2 * 1024**3)
    return lambda: run_limited("m", function, arguments, limits)
