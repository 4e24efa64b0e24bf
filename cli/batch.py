"""What ``overread analyze`` does with the images: read, run, write, count."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from cli.read_ahead import read_ahead
from cli.result_files import ResultFiles
from cli.tasks import Done, TaskFilm, Tasks, Work
from cli.write_behind import WriteBehind
from explain.analysis import Analysis, AnalysisStatus
from explain.identity import identity
from inference.eligibility import exclusion_reasons
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from studies.discovery import discover
from studies.model import ImageHeader, Severity

if TYPE_CHECKING:
    from explain.engine import Engine


class Batch:
    """All images with all models; counts what became of them."""

    def __init__(
        self,
        console: Console,
        files: ResultFiles,
        work: list[tuple[ModelCard, str]],
        device: str,
        backend: str,
    ) -> None:
        self.failures = 0
        self._console = console
        self._files = files
        self._work = [Work(card, method, device) for card, method in work]
        self._cards = [card for card, _ in work]
        self._backend = backend
        self._counts: Counter[str] = Counter()
        self._locked: dict[str, str] = {}
        self._written: set[tuple[Path, int, str]] = set()

    def run(self, paths: Sequence[Path]) -> None:
        """Read and analyse everything; Ctrl+C leaves the rest as cancelled."""
        with Progress(
            console=self._console, disable=not self._console.is_terminal
        ) as bar:
            headers = self._discover(paths, bar)
            task = bar.add_task("Analysing", total=len(headers))
            try:
                self._analyse(headers, lambda films: bar.advance(task, films))
            except KeyboardInterrupt:
                self._cancel(headers)

    def summary(self) -> str:
        """Say what became of the images, e.g. "2 succeeded, 1 failed"."""
        words = [f"{count} {status}" for status, count in sorted(self._counts.items())]
        return ", ".join(words) or "nothing to analyse"

    def _discover(self, paths: Sequence[Path], bar: Progress) -> list[ImageHeader]:
        task = bar.add_task("Reading headers", total=None)
        found = discover(
            paths,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        for problem in found.problems:
            if problem.severity is not Severity.REFUSED:
                continue
            self._fail(f"{problem.path}: {problem.what}. {problem.next_step}")
            for card in self._cards:
                self._files.add_unread(problem.path, identity(card), problem.what)
                self._counts["failed"] += 1
        headers = [image for study in found.studies for image in study.images]
        if not headers and not self.failures:
            self._fail("no DICOM image and no PNG or JPEG film was found. Check PATH.")
        return headers

    def _runs_on(self, header: ImageHeader) -> bool:
        """Whether any model may run on an image, by its header alone."""
        return any(not exclusion_reasons(header, card) for card in self._cards)

    def _analyse(
        self, headers: Sequence[ImageHeader], told: Callable[[int], object]
    ) -> None:
        """Read, analyse and write, each beside the others.

        However this ends, what has a result is written before.
        """
        if not headers:
            return
        wanted = [self._runs_on(header) for header in headers]
        with (
            WriteBehind(self._write_batch) as writer,
            closing(read_ahead(headers, wanted)) as films,
            closing(Tasks(self._work, self._locked).run(self._engine, films)) as found,
        ):
            for done in found:
                writer.add(done)
                told(len(done[0].films))

    def _write_batch(self, found: list[Done]) -> None:
        """Write what all models found on a batch, film by film."""
        for done in found:
            if isinstance(done.analyses, ModelUnavailableError):
                self._lock(done.card, done.analyses)
        by_film = zip(*map(self._analyses, found), strict=True)
        for number, analyses in enumerate(by_film):
            film = found[0].films[number]
            if film.failure:
                self._fail(f"{film.header.path}: {film.failure}")
            for done, analysis in zip(found, analyses, strict=True):
                self._write(done.films[number], done.card, analysis)

    @staticmethod
    def _analyses(done: Done) -> list[Analysis | None]:
        """Return the analysis of each film, None for one that has none."""
        found = iter(done.analyses if isinstance(done.analyses, list) else ())
        return [next(found, None) if film.asked else None for film in done.films]

    def _write(self, film: TaskFilm, card: ModelCard, found: Analysis | None) -> None:
        header = film.header
        if film.excluded:
            self._unscored(header, card, AnalysisStatus.INELIGIBLE, film.excluded)
        elif found is None:
            reason = film.failure or self._locked[card.model_id]
            self._unscored(header, card, AnalysisStatus.FAILED, (reason,))
        else:
            self._files.add(header, found, film.read_ms)
            self._written.add((header.path, header.frame, card.model_id))
            self._counts[found.status.value] += 1
            if found.status is AnalysisStatus.FAILED:
                reasons = "; ".join(found.reasons)
                self._fail(f"{header.path}: {card.model_id}: {reasons}")

    @functools.cached_property
    def _engine(self) -> Engine:
        return make_engine(self._backend)

    def _lock(self, card: ModelCard, error: ModelUnavailableError) -> None:
        """Tell of a faulty model once, not for every image."""
        if card.model_id not in self._locked:
            self._locked[card.model_id] = str(error)
            self._fail(f"{error}; see: overread models verify {card.model_id}")

    def _unscored(
        self,
        header: ImageHeader,
        card: ModelCard,
        status: AnalysisStatus,
        reasons: tuple[str, ...],
    ) -> None:
        self._files.add_unscored(header, identity(card), status, reasons)
        self._written.add((header.path, header.frame, card.model_id))
        self._counts[status.value] += 1

    def _cancel(self, headers: Sequence[ImageHeader]) -> None:
        self._fail("cancelled; the images that were left are marked so.")
        for header in headers:
            for card in self._cards:
                if (header.path, header.frame, card.model_id) not in self._written:
                    self._unscored(
                        header, card, AnalysisStatus.CANCELLED, ("cancelled",)
                    )

    def _fail(self, line: str) -> None:
        self.failures += 1
        tell(self._console, line)


def make_engine(backend: str) -> Engine:
    """Return what analyses, with this site's calibrations in force."""
    from explain.engine import Engine
    from inference.classifier import load
    from inference.local_store import default_store

    loader = functools.partial(load, backend=backend)
    return Engine(load_model=loader, local=default_store().state)


def tell(console: Console, line: str) -> None:
    """Write one line, whatever the text holds."""
    console.print(f"overread: {' '.join(line.split())}", markup=False)
