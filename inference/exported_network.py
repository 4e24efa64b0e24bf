"""Runs the graph of a torch.export file node by node (`inference.exported_nodes`).

It has no layers to look into: no heatmaps, no feature-space gate.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from inference.errors import InferenceFailedError, ModelUnavailableError
from inference.exported_archive import Exported, read_archive
from inference.exported_nodes import Node

_GROWTH = 1024
"""Numbers that a tensor may have for each pixel of a film. A UNet of 64 planes needs
64, the attention of a ViT-L/16 on 384 x 384 px 36 (16 heads, 577 x 577)."""


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
        self._model_id = model_id
        exported = read_archive(model_id, name, data)
        try:
            self._set_up(exported)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise ModelUnavailableError(
                model_id,
                f"{name} is not run: its graph has {str(error)[:120]}",
            ) from error

    def _set_up(self, exported: Exported) -> None:
        self._nodes = [Node(node) for node in exported.graph["nodes"]]
        self._films = ""
        self._bounded: set[tuple[int, ...]] = set()
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

        Raises
        ------
        InferenceFailedError
            If the graph makes a tensor that is far too large for these films, or
            writes into its own weights.
        """
        step = self._batch or max(len(films), 1)
        parts = [films[start : start + step] for start in range(0, len(films), step)]
        found = [self._run(part.clone()) for part in parts]
        joined = {key: torch.cat([one[key] for one in found]) for key in self._outputs}
        return joined[self._outputs[0]] if len(joined) == 1 else joined

    def _run(self, films: Tensor) -> dict[str, Any]:
        self._bound(films)
        values: dict[str, Any] = {
            name: self.get_buffer(place) for name, place in self._held.items()
        }
        held = {value.untyped_storage().data_ptr() for value in values.values()}
        values[self._films] = films
        try:
            for node in self._nodes:
                node.run(values, held)
        except ValueError as error:
            raise InferenceFailedError(self._model_id, str(error)) from error
        return values

    def _bound(self, films: Tensor) -> None:
        """Refuse a graph that makes too large a tensor, before there is one.

        Its sizes depend on those of the films alone, so they are worked out
        once for each, without numbers.
        """
        if tuple(films.shape) in self._bounded:
            return
        values: dict[str, Any] = {
            name: torch.empty_like(self.get_buffer(place), device="meta")
            for name, place in self._held.items()
        }
        limit = sum(value.numel() for value in values.values())
        limit += _GROWTH * films[:, 0].numel()
        values[self._films] = torch.empty_like(films, device="meta")
        for node in self._nodes:
            node.run(values)
            largest = max((one.numel() for one in node.made(values)), default=0)
            if largest > limit:
                raise InferenceFailedError(
                    self._model_id,
                    f"operator {node.name} would make a tensor of {largest} numbers;"
                    f" for films of this size at most {limit} are allowed",
                )
        self._bounded.add(tuple(films.shape))


def _output_name(spec: dict[str, Any]) -> str:
    return str(spec["user_output"]["arg"]["as_tensor"]["name"])
