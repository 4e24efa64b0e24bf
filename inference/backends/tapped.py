"""A network together with what its hooks would record, as one flat function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn

FEATURES = "features"
MAPS = "maps"
_ONE = "output"


class Tapped(nn.Module):
    """Gives a network's outputs, then the head's input and the layer's output.

    A converter sees only what a network returns; saliency and the gate need
    what lies inside it.

    Parameters
    ----------
    layer, head
        Submodules of `network`; None gives no maps or no features.
    names
        Of the outputs of a network that gives a dictionary; empty for one
        that gives a tensor.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: nn.Module | None,
        head: nn.Module | None,
        names: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.network = network
        # Not as submodules of a second name: they are the network's own.
        self._inner = (layer, head)
        self._names = names

    @property
    def titles(self) -> tuple[str, ...]:
        """What `forward` returns, in order; ``output`` for a single tensor."""
        layer, head = self._inner
        return (
            *(f"={name}" for name in self._names or (_ONE,)),
            *((FEATURES,) if head is not None else ()),
            *((MAPS,) if layer is not None else ()),
        )

    def forward(self, films: Tensor) -> tuple[Tensor, ...]:
        """Run the network once.

        Parameters
        ----------
        films : (films, channels, rows, columns)
        """
        with recording(*self._inner) as record:
            given = self.network(films)
        outputs = [given[name] for name in self._names] if self._names else [given]
        return (*outputs, *(record[name] for name in (FEATURES, MAPS) if name in record))


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


def named(given: Mapping[str, Tensor] | object) -> tuple[str, ...]:
    """Return the names of a network's outputs; empty for a single tensor."""
    return tuple(given) if isinstance(given, Mapping) else ()
