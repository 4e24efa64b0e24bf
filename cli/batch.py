"""What ``overread analyze`` does with the images: read, run, write, count."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from cli.read_ahead import ReadFilm, read_ahead
from cli.result_files import ResultFiles
from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from explain.identity import identity
from inference.eligibility import exclusion_reasons
from inference.errors import ModelUnavailableError
from inference.model_card import ModelCard
from studies.discovery import discover
from studies.model import Image, ImageHeader, Severity

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
        self._work = work
        self._device = device
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
            wanted = [self._runs_on(header) for header in headers]
            films = read_ahead(headers, wanted)
            try:
                with closing(films):
                    for batch in films:
                        self._analyse(batch)
                        bar.advance(task, len(batch))
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
            for card, _ in self._work:
                self._files.add_unread(problem.path, identity(card), problem.what)
                self._counts["failed"] += 1
        headers = [image for study in found.studies for image in study.images]
        if not headers and not self.failures:
            self._fail("no DICOM image and no PNG or JPEG film was found. Check PATH.")
        return headers

    def _runs_on(self, header: ImageHeader) -> bool:
        """Whether any model may run on an image, by its header alone."""
        return any(not exclusion_reasons(header, card) for card, _ in self._work)

    def _analyse(self, batch: list[ReadFilm]) -> None:
        """Run each model on all films at once, then write film by film."""
        found = [self._predict(card, method, batch) for card, method in self._work]
        for number, film in enumerate(batch):
            if film.reason:
                self._fail(f"{film.header.path}: {film.reason}")
            for (card, _), results in zip(self._work, found, strict=True):
                self._write(film, card, results.get(number))

    def _predict(
        self, card: ModelCard, method: str, batch: list[ReadFilm]
    ) -> dict[int, Analysis]:
        """Return the analyses of the films that a model ran on, by their number."""
        ready = {
            number: (_request(film, film.image, card, method, self._device), film)
            for number, film in enumerate(batch)
            if film.image is not None and not exclusion_reasons(film.header, card)
        }
        if not ready or card.model_id in self._locked:
            return {}
        requests = [request for request, _ in ready.values()]
        displays = [film.display for _, film in ready.values()]
        try:
            analyses = self._engine.analyse_many(requests, displays)
        except ModelUnavailableError as error:
            self._lock(card, error)
            return {}
        return dict(zip(ready, analyses, strict=True))

    def _write(self, film: ReadFilm, card: ModelCard, found: Analysis | None) -> None:
        header = film.header
        excluded = exclusion_reasons(header, card)
        if excluded:
            self._unscored(header, card, AnalysisStatus.INELIGIBLE, excluded)
        elif found is None:
            reason = film.reason or self._locked[card.model_id]
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
        from explain.engine import Engine
        from inference.classifier import load
        from inference.local_store import default_store

        loader = functools.partial(load, backend=self._backend)
        return Engine(load_model=loader, local=default_store().state)

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
            for card, _ in self._work:
                if (header.path, header.frame, card.model_id) not in self._written:
                    self._unscored(
                        header, card, AnalysisStatus.CANCELLED, ("cancelled",)
                    )

    def _fail(self, line: str) -> None:
        self.failures += 1
        tell(self._console, line)


def _request(
    film: ReadFilm, image: Image, card: ModelCard, method: str, device: str
) -> AnalysisRequest:
    header = film.header
    name = f"{header.sop_instance_uid}/{header.frame}/{card.model_id}"
    return AnalysisRequest(name, image, str(card.folder), method, device)


def tell(console: Console, line: str) -> None:
    """Write one line, whatever the text holds."""
    console.print(f"overread: {' '.join(line.split())}", markup=False)
