"""The nodes of a torch.export graph: calls of operators on a list.

No code is made from the file: a node's target is looked up in a list, its
arguments are tensors made before, numbers and words.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import torch
from torch import Tensor

_WORDS = """
    _native_batch_norm_legit_no_training.default _softmax.default
    _unsafe_view.default adaptive_avg_pool2d.default adaptive_max_pool2d.default
    add.Scalar add.Tensor add_.Tensor addmm.default alias.default amax.default
    avg_pool2d.default batch_norm.default bmm.default cat.default chunk.default
    clamp.default clone.default constant_pad_nd.default contiguous.default
    conv2d.default conv2d.padding conv_transpose2d.input convolution.default
    detach.default div.Scalar div.Tensor div_.Tensor dropout.default dropout_.default
    elu.default elu_.default exp.default expand.default feature_dropout.default
    flatten.using_ints gelu.default group_norm.default hardsigmoid.default
    hardsigmoid_.default hardswish.default hardswish_.default hardtanh.default
    hardtanh_.default instance_norm.default layer_norm.default leaky_relu.default
    leaky_relu_.default linear.default log_softmax.int logit.default matmul.default
    max_pool2d.default max_pool2d_with_indices.default mean.default mean.dim
    mish.default mish_.default mul.Scalar mul.Tensor mul_.Tensor
    native_group_norm.default native_layer_norm.default neg.default pad.default
    permute.default pow.Tensor_Scalar prelu.default relu.default relu6.default
    relu6_.default relu_.default reshape.default rsqrt.default rsub.Scalar
    scaled_dot_product_attention.default select.int sigmoid.default sigmoid_.default
    silu.default silu_.default slice.Tensor softmax.int softplus.default split.Tensor
    split_with_sizes.default sqrt.default squeeze.default squeeze.dim squeeze.dims
    stack.default sub.Scalar sub.Tensor sub_.Tensor sum.dim_IntList sym_size.int
    t.default tanh.default transpose.int unbind.int unsqueeze.default
    upsample_bilinear2d.default upsample_bilinear2d.vec upsample_nearest2d.default
    upsample_nearest2d.vec view.default
"""
_OPERATORS = frozenset(_WORDS.split())
"""Of torch.ops.aten; none reads a file or calls another graph. Some make a large
tensor of a number (padding, say): `inference.exported_network` bounds them."""

_OFF = {"as_bool": False}
_PREFIX = "torch.ops.aten."
_PLAIN = frozenset(
    {"as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string"}
)


class Node:
    """One call of an operator on the list."""

    def __init__(self, node: dict[str, Any]) -> None:
        target = node["target"]
        if not target.startswith(_PREFIX) or target[len(_PREFIX) :] not in _OPERATORS:
            raise ValueError(f"operator {target[:60]!r}, which is not on the list")
        self.name, overload = target[len(_PREFIX) :].split(".")
        self._call = getattr(getattr(torch.ops.aten, self.name), overload)
        if _learns(_by_name(self._call, node["inputs"])):
            raise ValueError(f"operator {target!r} in its training mode")
        self._arguments = [_checked(entry["arg"]) for entry in node["inputs"]]
        self._positional = [entry.get("kind") != 2 for entry in node["inputs"]]
        self._names = [entry["name"] for entry in node["inputs"]]
        self._outputs = [_made(output) for output in node["outputs"]]

    def made(self, values: dict[str, Any]) -> list[Tensor]:
        """Return the tensors that the last `run` gave."""
        names = [
            name
            for output in self._outputs
            for name in (output if isinstance(output, list) else [output])
        ]
        return [values[name] for name in names if isinstance(values[name], Tensor)]

    def run(self, values: dict[str, Any], held: Set[int] = frozenset()) -> None:
        """Call the operator and keep what it gives under its names.

        Parameters
        ----------
        held
            Where the model's own tensors lie in memory.

        Raises
        ------
        ValueError
            If the operator would write into one of them, or into a view of one:
            what a film gives would then depend on the films before it.
        """
        positional, named = [], {}
        for place, name, argument in zip(
            self._positional, self._names, self._arguments, strict=True
        ):
            value = _resolved(argument, values)
            if place:
                positional.append(value)
            else:
                named[name] = value
        if self.name.endswith("_"):
            target = positional[0] if positional else named["self"]
            if target.untyped_storage().data_ptr() in held:
                raise ValueError(f"operator {self.name} writes into the weights")
        found = self._call(*positional, **named)
        first, *others = self._outputs
        if others:
            _keep(self._outputs, found, values)
        elif isinstance(first, list):
            _keep(first, found, values)
        else:
            values[first] = found


def _keep(names: Sequence[Any], found: Any, values: dict[str, Any]) -> None:
    for name, one in zip(names, found, strict=True):
        values[name] = one


def _by_name(call: Any, inputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the arguments by the operator's own names.

    A file may call an argument that is told by its place whatever it likes.
    """
    names = iter([argument.name for argument in call._schema.arguments])
    return {
        entry["name"] if entry.get("kind") == 2 else next(names): entry["arg"]
        for entry in inputs
    }


def _learns(arguments: dict[str, Any]) -> bool:
    """Whether a call drops out at random or keeps statistics of its films."""
    if any(arguments.get(name, _OFF) != _OFF for name in ("train", "training")):
        return True
    keeps = "as_none" not in arguments.get("running_mean", {"as_none": True})
    return keeps and arguments.get("use_input_stats", _OFF) != _OFF


def _checked(argument: dict[str, Any]) -> tuple[str, Any]:
    """Allow tensors, numbers and words; no operator, object or graph."""
    ((kind, value),) = argument.items()
    allowed = {"as_none", "as_tensor", "as_tensors", "as_optional_tensors"}
    allowed |= {"as_optional_tensor", "as_sym_int", "as_sym_ints", *_PLAIN}
    # Contiguous, channels last and so on: a matter of speed.
    if kind in ("as_memory_format", "as_scalar_type", "as_device", "as_layout"):
        return "as_none", None
    if kind not in allowed:
        raise ValueError(f"an argument of the kind {kind!r}")
    return kind, value


def _resolved(argument: tuple[str, Any], values: dict[str, Any]) -> Any:
    kind, value = argument
    if kind == "as_none":
        return None
    if kind in _PLAIN:
        return value
    if kind == "as_tensor":
        return values[value["name"]]
    if kind == "as_tensors":
        return [values[one["name"]] for one in value]
    if kind == "as_sym_int":
        return _number(value, values)
    if kind == "as_sym_ints":
        return [_number(one, values) for one in value]
    several = kind == "as_optional_tensors"
    found = [
        values[one["as_tensor"]["name"]] if "as_tensor" in one else None
        for one in (value if several else [value])
    ]
    return found if several else found[0]


def _number(entry: dict[str, Any], values: dict[str, Any]) -> Any:
    return values[entry["as_name"]] if "as_name" in entry else entry["as_int"]


def _made(output: dict[str, Any]) -> str | list[str]:
    """Return the name, or the names, that a node's output goes by."""
    ((kind, value),) = output.items()
    if kind == "as_tensors":
        return [one["name"] for one in value]
    if kind == "as_sym_int":
        return str(value["as_name"])
    if kind != "as_tensor":
        raise ValueError(f"an output of the kind {kind!r}")
    return str(value["name"])
