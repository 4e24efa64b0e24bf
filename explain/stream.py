"""Many films in a row: what the networks do not do, runs beside them.

Imports torch (through `explain.engine`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeAlias, TypeVar

from explain.analysis import Analysis, AnalysisRequest
from explain.engine import Engine
from explain.steps import Begun, Opened, Predicted
from inference.errors import ModelUnavailableError
from studies.model import Float32Array

FILMS = 8
PIXELS = 16_000_000
"""Of a batch: some four batches are in memory at once, 6 bytes a pixel."""

Batch: TypeAlias = tuple[Sequence[AnalysisRequest], Sequence[Float32Array | None]]
"""Requests of one model, and display values, as for `Engine.analyse_many`."""

Result: TypeAlias = list[Analysis] | ModelUnavailableError
"""Of one batch: an analysis for each request, or why the model cannot run."""

_Opening: TypeAlias = Future[list[Analysis | Opened]]
_Fitting: TypeAlias = Future[list[Analysis | Begun]]
_Ending: TypeAlias = Future[list[Analysis]]

_Before = TypeVar("_Before")
_Between = TypeVar("_Between")
_After = TypeVar("_After")


def analyse_batches(
    engine: Engine, batches: Iterable[Batch]
) -> Generator[Result, None, None]:
    """Yield what `Engine.analyse_many` gives for each batch, in order.

    The networks run in the caller's thread. One other thread prepares the next
    batches and explains the last one meanwhile; so a batch is asked for, and
    its films read, some batches before its results come. After Ctrl+C the
    batches that the network is done with still come before KeyboardInterrupt
    goes on. Closing the generator drops what is under way.

    Raises
    ------
    DeviceUnavailableError
        If a device is not here.
    """
    with closing(_Line(engine)) as line:
        try:
            for batch in batches:
                yield from line.step(batch)
            for _ in range(_Line.PLACES):
                yield from line.step(None)
        except KeyboardInterrupt:
            yield from line.finished()
            raise


def analyse_all(
    engine: Engine, requests: Iterable[AnalysisRequest]
) -> Iterator[Analysis]:
    """Yield the analysis of each request, in order; all are of one model.

    Raises
    ------
    ModelUnavailableError
        If the model is missing, changed or refused.
    DeviceUnavailableError
        If the device is not here.
    """
    with closing(analyse_batches(engine, _batched(requests))) as results:
        for result in results:
            if isinstance(result, ModelUnavailableError):
                raise result
            yield from result


def _batched(requests: Iterable[AnalysisRequest]) -> Iterator[Batch]:
    batch: list[AnalysisRequest] = []
    pixels = 0
    for request in requests:
        size = request.image.header.rows * request.image.header.columns
        if batch and (len(batch) == FILMS or pixels + size > PIXELS):
            yield batch, [None] * len(batch)
            batch, pixels = [], 0
        batch.append(request)
        pixels += size
    if batch:
        yield batch, [None] * len(batch)


class _Line:
    """An assembly line of batches: each step moves every one by a place.

    While the networks run on batches 2 (the gate's) and 1 (the model's), the
    other thread opens batch 3, ends batch 0 and fits batch 2. No two networks
    run at once: they would fight for the same cores.
    """

    PLACES = 3

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._beside = ThreadPoolExecutor(1, "beside-the-networks")
        self._opening: _Opening | None = None
        self._fitting: _Fitting | None = None
        self._ending: _Ending | None = None

    def step(self, batch: Batch | None) -> Iterator[Result]:
        """Take a batch on, if there is one, and give the one that is done."""
        engine = self._engine
        opening = batch and self._beside.submit(engine.open, *batch)
        fitting = self._move(self._opening, engine.ask, engine.fit)
        ending = self._move(self._fitting, self._predict, engine.end)
        done = self._ending
        self._opening, self._fitting, self._ending = opening, fitting, ending
        if done is not None:
            yield _result(done)

    def finished(self) -> Iterator[Result]:
        """Give the batch that no network is needed for any more."""
        if self._ending is not None:
            yield _result(self._ending)

    def close(self) -> None:
        """End the other thread; what it has not begun is dropped."""
        self._beside.shutdown(cancel_futures=True)

    def _predict(self, films: Sequence[Analysis | Begun]) -> list[Analysis | Predicted]:
        """Run the network, also where the end of a film needs it once more."""
        return [
            self._engine.end([one])[0]
            if isinstance(one, Predicted) and one.needs_network
            else one
            for one in self._engine.predict(films)
        ]

    def _move(
        self,
        before: Future[_Before] | None,
        here: Callable[[_Before], _Between],
        beside: Callable[[_Between], _After],
    ) -> Future[_After] | None:
        """Do a batch's next work in this thread, then begin that of the other."""
        if before is None:
            return None
        try:
            return self._beside.submit(beside, here(before.result()))
        except ModelUnavailableError as error:
            failed: Future[_After] = Future()
            failed.set_exception(error)
            return failed


def _result(ending: _Ending) -> Result:
    try:
        return ending.result()
    except ModelUnavailableError as error:
        return error
