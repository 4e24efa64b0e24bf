"""What is to be done with a batch of films: one task for each model. No torch."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cli.read_ahead import ReadFilm
from explain.analysis import Analysis, AnalysisRequest
from inference.eligibility import exclusion_reasons
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from studies.model import Float32Array, Image, ImageHeader

if TYPE_CHECKING:
    from explain.engine import Engine

    Batch: TypeAlias = tuple[list[AnalysisRequest], list[Float32Array | None]]


@dataclass(frozen=True, slots=True, eq=False)
class TaskFilm:
    """One film of a task: its header, and why the model is not asked, if so."""

    header: ImageHeader
    excluded: tuple[str, ...]
    failure: str
    read_ms: float

    @property
    def asked(self) -> bool:
        """Whether the model runs on it."""
        return not self.excluded and not self.failure


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What a model found on a batch.

    Attributes
    ----------
    analyses
        Of those films that the model was asked of, in their order; or why it
        cannot run; None where that was known before.
    """

    card: ModelCard
    films: tuple[TaskFilm, ...]
    analyses: list[Analysis] | ModelUnavailableError | None


@dataclass(frozen=True, slots=True)
class Work:
    """A model, and how its findings are to be explained."""

    card: ModelCard
    method: str
    device: str


class Tasks:
    """Gives an engine the batches, model by model, and takes what it finds.

    Parameters
    ----------
    works
        The models; each runs on all films of a batch before the next model.
    locked
        Ids of models that cannot run and are not asked any more; others may be
        added meanwhile, in another thread.
    """

    def __init__(self, works: Sequence[Work], locked: Iterable[str]) -> None:
        self._works = works
        self._locked = locked
        self._begun: deque[tuple[Work, tuple[TaskFilm, ...], bool]] = deque()

    def run(
        self, engine: Engine, films: Iterable[list[ReadFilm]]
    ) -> Generator[list[Done], None, None]:
        """Yield what each model found on a batch, in the order of the works.

        After Ctrl+C the batches that are done come before KeyboardInterrupt
        goes on.
        """
        from explain.stream import analyse_batches

        done: list[Done] = []
        with closing(analyse_batches(engine, self._batches(films))) as results:
            for result in results:
                work, told, locked = self._begun.popleft()
                done.append(Done(work.card, told, None if locked else result))
                if len(done) == len(self._works):
                    yield done
                    done = []

    def _batches(self, films: Iterable[list[ReadFilm]]) -> Iterator[Batch]:
        for batch in films:
            for work in self._works:
                told = tuple(_told(film, work.card) for film in batch)
                locked = work.card.model_id in self._locked
                self._begun.append((work, told, locked))
                yield _batch(work, () if locked else zip(batch, told, strict=True))


def _told(film: ReadFilm, card: ModelCard) -> TaskFilm:
    excluded = exclusion_reasons(film.header, card)
    return TaskFilm(film.header, excluded, film.reason, film.read_ms)


def _batch(work: Work, films: Iterable[tuple[ReadFilm, TaskFilm]]) -> Batch:
    asked = [film for film, told in films if told.asked]
    requests = [_request(film.image, work) for film in asked if film.image is not None]
    return requests, [film.display for film in asked if film.image is not None]


def _request(image: Image, work: Work) -> AnalysisRequest:
    header, card = image.header, work.card
    name = f"{header.sop_instance_uid}/{header.frame}/{card.model_id}"
    return AnalysisRequest(name, image, str(card.folder), work.method, work.device)
