"""Runs the graph of a torch.export file node by node, from a list of operators.

No code is made from the file: a node's target is looked up in a list, its
arguments are tensors made before, numbers and words. It has no layers to look
into: no heatmaps, no feature-space gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from inference.errors import ModelUnavailableError
from inference.exported_archive import Exported, read_archive

_WORDS = """
    " _native_batch_norm_legit_no_training.default _softmax.default
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
"""Of torch.ops.aten; none reads a file or calls another graph. Some make large
tensors of numbers, such as padding: see `ExportedNetwork._rehearse`."""

_MAXIMUM_ELEMENTS = 2**28
"""Of one tensor, 1 GiB of float32."""

_PREFIX = "torch.ops.aten."
_PLAIN = frozenset(
    {"as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string"}
)


class ExportedNetwork(nn.Module):
    """An exported graph with its tensors.

    Raises
    ------
    ModelUnavailableError
        If the file is not sound, or an operator or an argument is not on the
        list.
    """

    def __init__(self, model_id: str, name: str, data: bytes) -> None:
        super().__init__()
        exported = read_archive(model_id, name, data)
        try:
            self._set_up(exported)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ModelUnavailableError(
                model_id,
                f"{name} is not run: its graph has {str(error)[:120]}",
            ) from error

    def _set_up(self, exported: Exported) -> None:
        self._nodes = [_Node(node) for node in exported.graph["nodes"]]
        self._films = ""
        self._held: dict[str, str] = {}
        for number, spec in enumerate(exported.inputs):
            ((kind, value),) = spec.items()
            if kind == "user_input" and not self._films:
                self._films = value["arg"]["as_tensor"]["name"]
            elif kind in ("parameter", "buffer", "tensor_constant"):
                self._hold(
                    number, value["arg"]["name"], exported, value[f"{kind}_name"]
                )
            else:
                raise ValueError(f"an input of the kind {kind!r}")
        self._outputs = [_output_name(spec) for spec in exported.outputs]
        self._rehearsed: set[tuple[int, ...]] = set()
        sizes = exported.graph["tensor_values"][self._films]["sizes"]
        self._batch = sizes[0].get("as_int")

    def _hold(self, number: int, name: str, exported: Exported, key: str) -> None:
        # A dotted name cannot be a buffer's; the number is one.
        self._held[name] = f"held_{number}"
        self.register_buffer(f"held_{number}", torch.from_numpy(exported.tensors[key]))

    def forward(self, films: Tensor) -> Tensor | dict[str, Tensor]:
        """Return the one output, or all by their names in the graph.

        Parameters
        ----------
        films : (films, channels, rows, columns)
        """
        step = self._batch or max(len(films), 1)
        parts = [films[start : start + step] for start in range(0, len(films), step)]
        found = [self._run(part.clone()) for part in parts]
        joined = {key: torch.cat([one[key] for one in found]) for key in self._outputs}
        return joined[self._outputs[0]] if len(joined) == 1 else joined

    def _run(self, films: Tensor) -> dict[str, Any]:
        if films.shape not in self._rehearsed:
            self._rehearse(films)
            self._rehearsed.add(tuple(films.shape))
        values: dict[str, Any] = {
            name: self.get_buffer(place) for name, place in self._held.items()
        }
        values[self._films] = films
        for node in self._nodes:
            node.run(values)
        return values

    def _rehearse(self, films: Tensor) -> None:
        """Run the graph on tensors that have a shape and no memory.

        Raises
        ------
        ValueError
            If a tensor would fill the memory, or an operator would write into
            the network's own tensors: the next film's result would depend on
            the films before.
        """
        values: dict[str, Any] = {
            name: self.get_buffer(place).to("meta")
            for name, place in self._held.items()
        }
        own = {_storage(tensor) for tensor in values.values()}
        values[self._films] = films.to("meta")
        for node in self._nodes:
            if node.writes and _storage(node.first(values)) in own:
                raise ValueError(f"{node.target!r} writes into the network's tensors")
            for made in node.run(values):
                if made.numel() > _MAXIMUM_ELEMENTS:
                    raise ValueError(f"{node.target!r} would fill the memory")


class _Node:
    """One call of an operator on the list."""

    def __init__(self, node: dict[str, Any]) -> None:
        target = node["target"]
        if not target.startswith(_PREFIX) or target[len(_PREFIX) :] not in _OPERATORS:
            raise ValueError(f"operator {target[:60]!r}, which is not on the list")
        if any(_trains(entry) for entry in node["inputs"]):
            raise ValueError(f"operator {target!r} in its training mode")
        name, overload = target[len(_PREFIX) :].split(".")
        self.target = target[len(_PREFIX) :]
        self.writes = name.endswith("_")
        self._call = getattr(getattr(torch.ops.aten, name), overload)
        self._arguments = [_checked(entry["arg"]) for entry in node["inputs"]]
        self._positional = [entry.get("kind") != 2 for entry in node["inputs"]]
        self._names = [entry["name"] for entry in node["inputs"]]
        self._outputs = [_made(output) for output in node["outputs"]]

    def first(self, values: dict[str, Any]) -> Any:
        """Return the first argument: what an operator in place writes into."""
        return _resolved(self._arguments[0], values)

    def run(self, values: dict[str, Any]) -> list[Tensor]:
        """Call the operator and keep what it gives under its names.

        Returns
        -------
        The tensors that it made.
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
        found = self._call(*positional, **named)
        first, *others = self._outputs
        if others:
            _keep(self._outputs, found, values)
        elif isinstance(first, list):
            _keep(first, found, values)
        else:
            values[first] = found
        made = found if isinstance(found, (list, tuple)) else [found]
        return [one for one in made if isinstance(one, Tensor)]


def _storage(tensor: Tensor) -> int:
    """Name a tensor's memory; its views have the same."""
    return int(tensor.untyped_storage()._cdata)


def _keep(names: Sequence[Any], found: Any, values: dict[str, Any]) -> None:
    for name, one in zip(names, found, strict=True):
        values[name] = one


def _trains(entry: dict[str, Any]) -> bool:
    """Whether an argument asks for dropout or for a batch's own statistics."""
    return entry["name"] in ("train", "training") and entry["arg"] == {"as_bool": True}


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


def _output_name(spec: dict[str, Any]) -> str:
    return str(spec["user_output"]["arg"]["as_tensor"]["name"])
