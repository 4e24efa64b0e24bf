"""A network together with what its hooks record, as one flat function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn

ONE = ""
"""Name of the output of a network that gives a tensor, not a dictionary."""

FEATURES = "@features"
MAPS = "@maps"
"""What lies inside a network; its own outputs have no "@" before their names."""


class Tapped(nn.Module):
    """Gives a network's outputs, then the head's input and the layer's output.

    A converter sees only what a network returns; saliency and the gate need
    what lies inside it.

    Parameters
    ----------
    layer, head
        Submodules of `network`; None gives no maps or no features.
    """

    def __init__(
        self, network: nn.Module, layer: nn.Module | None, head: nn.Module | None
    ) -> None:
        super().__init__()
        self.network = network
        # In a tuple, and so not submodules of a second name.
        self.inner = (layer, head)

    def named(self, films: Tensor) -> dict[str, Tensor]:
        """Run the network once; outputs by name, those inside it last.

        Parameters
        ----------
        films : (films, channels, rows, columns)

        Raises
        ------
        TypeError
            If the network gives neither a tensor nor tensors by name.
        """
        with recording(*self.inner) as record:
            given = self.network(films)
        outputs = dict(given) if isinstance(given, Mapping) else {ONE: given}
        outputs |= {name: record[name] for name in (FEATURES, MAPS) if name in record}
        for value in outputs.values():
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"the network gives a {type(value).__name__}, not a tensor"
                )
        return outputs

    def forward(self, films: Tensor) -> tuple[Tensor, ...]:
        """As `named`, without the names: what a converter can follow."""
        return tuple(self.named(films).values())


@contextmanager
def recording(
    layer: nn.Module | None, head: nn.Module | None
) -> Iterator[dict[str, Tensor]]:
    """Keep the layer's output and the head's input of the pass made inside."""
    record: dict[str, Tensor] = {}

    def keep_maps(_: nn.Module, __: object, output: Tensor) -> None:
        record[MAPS] = output

    def keep_features(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        record[FEATURES] = inputs[0]

    handles = []
    if layer is not None:
        handles.append(layer.register_forward_hook(keep_maps))
    if head is not None:
        handles.append(head.register_forward_pre_hook(keep_features))
    try:
        yield record
    finally:
        for handle in handles:
            handle.remove()
