"""ONNX files: checked in memory, never a second file read, no custom operator.

ONNX is an extra: ``pip install 'overread[onnx]'``. What may lie in such a file
and is refused here: tensors in other files (a path of the file's choosing),
operators of other domains (which want a library loaded), functions and loops,
and shapes that would fill the memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inference.errors import ModelUnavailableError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, TensorProto

MAXIMUM_BYTES = 1024**3
MAXIMUM_ELEMENTS = 2**28
"""Of one tensor, 1 GiB of float32."""

_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_REFUSED = frozenset({"Loop", "Scan", "If", "SequenceMap", "StringSplit"})
_MAXIMUM_NODES = 50_000


def check_onnx(model_id: str, name: str, data: bytes) -> ModelProto:
    """Parse and check an ONNX file; nothing of it runs.

    Raises
    ------
    ModelUnavailableError
        If it is not a sound ONNX file of standard operators that holds all its
        tensors, or the extra is not installed.
    """
    if len(data) > MAXIMUM_BYTES:
        raise _refusal(model_id, name, f"it is larger than {MAXIMUM_BYTES} bytes")
    onnx = package(model_id, "onnx")
    from google.protobuf.message import DecodeError

    try:
        model: ModelProto = onnx.load_model_from_string(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise _refusal(model_id, name, "it is no ONNX model") from error
    for fault in _faults(model):
        raise _refusal(model_id, name, fault)
    try:
        onnx.checker.check_model(model)
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise _refusal(model_id, name, first[:200]) from error
    for fault in _large_values(inferred.graph):
        raise _refusal(model_id, name, fault)
    return model


def package(model_id: str, name: str) -> Any:
    """Import a package of the extra.

    Raises
    ------
    ModelUnavailableError
        If it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModelUnavailableError(
            model_id, f"{name} is not installed; run: pip install 'overread[onnx]'"
        ) from error


def _faults(model: ModelProto) -> Iterator[str]:
    if not model.HasField("graph"):
        yield "it is no ONNX model"
    for opset in model.opset_import:
        if opset.domain not in _DOMAINS:
            yield f"it asks for operators of {opset.domain[:60]!r}"
    if len(model.functions) > 0:
        yield "it defines functions of its own"
    if len(model.graph.node) > _MAXIMUM_NODES:
        yield f"it has more than {_MAXIMUM_NODES} nodes"
    yield from _input_faults(model.graph)
    yield from _node_faults(model.graph)
    if len(model.graph.sparse_initializer) > 0:
        yield "it holds sparse tensors"
    names = [tensor.name for tensor in model.graph.initializer]
    if len(set(names)) != len(names):
        yield "two of its tensors share one name"
    for tensor in model.graph.initializer:
        yield from _tensor_faults(tensor)


def _input_faults(graph: GraphProto) -> Iterator[str]:
    """Allow one input: (films, channels, rows, columns)."""
    held = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in held]
    if len(inputs) != 1:
        yield f"it takes {len(inputs)} inputs; allowed: one film"
        return
    kind = inputs[0].type.tensor_type
    if kind.elem_type != 1 or len(kind.shape.dim) != 4:
        yield "its input is not float32 of films, channels, rows, columns"


def _node_faults(graph: GraphProto) -> Iterator[str]:
    for node in graph.node:
        if node.domain not in _DOMAINS:
            yield f"operator {node.op_type[:60]!r} is of {node.domain[:60]!r}"
        if node.op_type in _REFUSED:
            yield f"operator {node.op_type!r} is not run"
        for attribute in node.attribute:
            if attribute.HasField("g") or len(attribute.graphs) > 0:
                yield f"operator {node.op_type[:60]!r} holds a graph of its own"
            if attribute.HasField("t"):
                yield from _tensor_faults(attribute.t)
            for tensor in attribute.tensors:
                yield from _tensor_faults(tensor)
            if attribute.HasField("sparse_tensor"):
                yield "it holds sparse tensors"


def _tensor_faults(tensor: TensorProto) -> Iterator[str]:
    label = f"tensor {tensor.name[:60]!r}"
    # 1 is TensorProto.EXTERNAL: the data lie at a path that the file names.
    if tensor.data_location == 1 or len(tensor.external_data) > 0:
        yield f"{label} lies in another file"
        return
    if min(tensor.dims, default=1) < 0:
        yield f"{label} has a negative side"
        return
    elements = math.prod(tensor.dims)
    if elements > MAXIMUM_ELEMENTS:
        yield f"{label} claims {elements} numbers"
    raw = tensor.data_type == 1 and tensor.HasField("raw_data")
    if raw and len(tensor.raw_data) != 4 * elements:
        yield f"{label} has the wrong length"


def _large_values(graph: GraphProto) -> Iterator[str]:
    """Look at the shapes that the graph would make, as far as they are known."""
    for value in (*graph.value_info, *graph.output):
        sides = [side.dim_value for side in value.type.tensor_type.shape.dim]
        if math.prod(side for side in sides if side > 0) > MAXIMUM_ELEMENTS:
            yield f"value {value.name[:60]!r} would fill the memory"


def _refusal(model_id: str, name: str, fault: str) -> ModelUnavailableError:
    return ModelUnavailableError(model_id, f"{name} is not sound: {fault}")
