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
        self._requests: list[Any] = []

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
    def _several(self) -> Any:
        return self._compiled(streams=self._threads)

    def _side_by_side(self, batch: Float32Array) -> list[Arrays]:
        """Hand all films over at once.

        Without a callback: it would wait for the interpreter's lock, which
        another thread may hold, and its stream would stand still meanwhile.
        """
        while len(self._requests) < len(batch):
            self._requests.append(self._several.create_infer_request())
        running = self._requests[: len(batch)]
        try:
            for request, film in zip(running, batch, strict=True):
                request.start_async([film[None]])
            for request in running:
                request.wait()
        except BaseException:
            self._requests.clear()  # some may still be busy
            raise
        return [_copied(request.results) for request in running]

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
