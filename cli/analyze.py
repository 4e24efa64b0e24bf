"""``overread analyze``: models over studies without a screen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from cli.result_files import RESULTS, ResultFiles
from explain.analysis import AnalysisRequest, AnalysisStatus
from explain.identity import identity
from inference.eligibility import exclusion_reasons
from inference.errors import (
    DeviceUnavailableError,
    ModelUnavailableError,
    UnknownModelError,
)
from inference.model_card import ModelCard
from inference.registry import Registry, default_registry
from studies.discovery import discover
from studies.errors import OverreadError
from studies.model import ImageHeader, Severity
from studies.reader import read_image

if TYPE_CHECKING:
    from explain.engine import Engine

_NO_METHOD = ""


class _UsageError(Exception):
    """Wrong usage: exit code 2."""


def run(
    paths: Sequence[Path],
    output: Path,
    models: Sequence[str],
    explain: str,
    device: str,
    heatmaps: bool,
) -> int:
    """Analyse what the paths hold and write the results.

    Parameters
    ----------
    models
        Ids; empty for all models.
    explain
        Saliency method; "" for the first of each model.

    Returns
    -------
    0 if all images were analysed or rightly left out, 1 if some failed, 2 on
    wrong usage.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    registry = default_registry()
    try:
        cards = _choose_models(registry, models)
        methods = [_choose_method(card, explain, heatmaps) for card in cards]
        _check_device(device)
    except (_UsageError, UnknownModelError, DeviceUnavailableError) as error:
        _tell(console, str(error))
        return 2
    except ModelUnavailableError as error:
        _tell(console, f"{error}; see: overread models verify")
        return 1
    with ResultFiles(output, heatmaps=heatmaps) as files:
        batch = _Batch(console, files, list(zip(cards, methods, strict=True)), device)
        batch.run(paths)
    Console(soft_wrap=True, highlight=False).print(
        f"{batch.summary()}: {output / RESULTS}", markup=False
    )
    return 1 if batch.failures else 0


def _choose_models(registry: Registry, ids: Sequence[str]) -> list[ModelCard]:
    if ids:
        cards = [registry.card(model_id) for model_id in dict.fromkeys(ids)]
        for card in cards:
            if card.task == "gate":
                raise _UsageError(
                    f"--model {card.model_id}: it says which images the other models"
                    " may have; it runs before them and gives no result of its own"
                )
        return cards
    cards = [card for card in registry.cards() if card.task != "gate"]
    if not cards:
        for problem in registry.problems():
            raise problem
        raise ModelUnavailableError("chest-findings", "no model is installed")
    return cards


def _choose_method(card: ModelCard, explain: str, heatmaps: bool) -> str:
    allowed = card.explain.methods
    if explain and explain not in allowed:
        raise _UsageError(
            f"--explain {explain}: {card.model_id} allows {', '.join(allowed)}"
        )
    if not heatmaps:
        return _NO_METHOD
    return explain or (allowed[0] if allowed else _NO_METHOD)


def _check_device(device: str) -> None:
    from inference.device import choose

    choose(device)


def _tell(console: Console, line: str) -> None:
    """Write one line, whatever the text holds."""
    console.print(f"overread: {' '.join(line.split())}", markup=False)


class _Batch:
    """All images with all models; counts what became of them."""

    def __init__(
        self,
        console: Console,
        files: ResultFiles,
        work: list[tuple[ModelCard, str]],
        device: str,
    ) -> None:
        self.failures = 0
        self._console = console
        self._files = files
        self._work = work
        self._device = device
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
            for number, header in enumerate(headers):
                try:
                    self._analyse(header)
                except KeyboardInterrupt:
                    self._cancel(headers[number:])
                    return
                bar.advance(task)

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

    def _analyse(self, header: ImageHeader) -> None:
        work = [pair for pair in self._work if not self._excluded(header, pair[0])]
        if not work:
            return
        began = time.perf_counter()
        try:
            image = read_image(header)
        except OverreadError as error:
            self._fail(f"{header.path}: {error}")
            for card, _ in work:
                self._unscored(header, card, AnalysisStatus.FAILED, (str(error),))
            return
        read_ms = (time.perf_counter() - began) * 1000.0
        for card, method in work:
            request = AnalysisRequest(
                f"{header.sop_instance_uid}/{header.frame}/{card.model_id}",
                image,
                str(card.folder),
                method,
                self._device,
            )
            self._predict(header, card, request, read_ms)

    def _predict(
        self,
        header: ImageHeader,
        card: ModelCard,
        request: AnalysisRequest,
        read_ms: float,
    ) -> None:
        try:
            if card.model_id in self._locked:
                raise ModelUnavailableError(card.model_id, self._locked[card.model_id])
            analysis = self._engine().analyse(request)
        except ModelUnavailableError as error:
            self._lock(card, error)
            self._unscored(header, card, AnalysisStatus.FAILED, (str(error),))
            return
        self._files.add(header, analysis, read_ms)
        self._written.add((header.path, header.frame, card.model_id))
        self._counts[analysis.status.value] += 1
        if analysis.status is AnalysisStatus.FAILED:
            self._fail(f"{header.path}: {card.model_id}: {'; '.join(analysis.reasons)}")

    def _engine(self) -> Engine:
        from explain.engine import shared_engine

        return shared_engine()

    def _lock(self, card: ModelCard, error: ModelUnavailableError) -> None:
        """Tell of a faulty model once, not for every image."""
        if card.model_id not in self._locked:
            self._locked[card.model_id] = error.reason
            self._fail(f"{error}; see: overread models verify {card.model_id}")

    def _excluded(self, header: ImageHeader, card: ModelCard) -> bool:
        """Leave an image out by its header alone, before its pixels are read."""
        reasons = exclusion_reasons(header, card)
        if reasons:
            self._unscored(header, card, AnalysisStatus.INELIGIBLE, reasons)
        return bool(reasons)

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
        _tell(self._console, line)
