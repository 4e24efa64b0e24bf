"""A converted network that runs. Imports OpenVINO."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from inference.backends.openvino_files import NetworkFiles, runtime
from studies.model import Float32Array

Arrays: TypeAlias = list[Float32Array]


class OpenVinoNetwork:
    """Runs films one by one, several at the same time. One thread only.

    A batch goes as single films over as many streams as there are threads: on
    two cores that takes 0.6 of the time of one batch over both, since each film
    keeps to the cache of its core. A film alone has all threads.

    Parameters
    ----------
    threads
        How many it may use.
    precision
        ``f32``; ``bf16`` is measured by `benchmarks/inference.py` and not used:
        it moves probabilities by more than 1e-3.
    """

    def __init__(
        self, files: NetworkFiles, threads: int, precision: str = "f32"
    ) -> None:
        self._files = files
        self._threads = threads
        self._precision = precision

    def run(self, batch: Float32Array) -> Arrays:
        """Run the network.

        Parameters
        ----------
        batch : (films, channels, rows, columns)

        Returns
        -------
        Its outputs in order, each (films, ...) float32.
        """
        if len(batch) == 1 or self._threads == 1:
            found = [_copied(self._alone.infer([film[None]])) for film in batch]
        else:
            found = self._side_by_side(batch)
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]

    @functools.cached_property
    def _alone(self) -> Any:
        return self._compiled(streams=1).create_infer_request()

    @functools.cached_property
    def _queue(self) -> Any:
        compiled = self._compiled(streams=self._threads)
        return runtime().AsyncInferQueue(compiled, self._threads)

    def _side_by_side(self, batch: Float32Array) -> list[Arrays]:
        found: list[Arrays] = [[] for _ in batch]

        def keep(request: Any, number: int) -> None:
            found[number] = _copied(request.results)

        self._queue.set_callback(keep)
        for number, film in enumerate(batch):
            self._queue.start_async([film[None]], number)
        self._queue.wait_all()
        return found

    def _compiled(self, streams: int) -> Any:
        core = runtime().Core()
        network = core.read_model(self._files.graph, self._files.weights)
        options = {
            "INFERENCE_PRECISION_HINT": self._precision,
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": streams,
            # Two programs would be bound to the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        return core.compile_model(network, "CPU", options)


def _copied(results: Any) -> Arrays:
    """Take the outputs out of the memory that the next run overwrites."""
    values: Sequence[Any] = list(results.values())
    return [np.array(value, np.float32) for value in values]
