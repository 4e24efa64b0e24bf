"""A model over all slices of a series, for the volume of what it marks.

Slices are asked about one after another, behind what is on screen. Of each slice the
counts are kept, no mask; rows of the findings list come from the slices that the
reader looks at.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from gui.ai_state import AiState, Phase
from inference.jobs import Priority
from inference.segments import Segment, SegmentVolume, series_volume
from review.claims import finding_key

if TYPE_CHECKING:
    from gui.ai_services import Controller
    from gui.series_store import SeriesStore
    from gui.stack_source import SeriesStack
    from inference.model_card import ModelCard
    from review.decision import ReviewedFinding
    from studies.model import ImageHeader

_log = logging.getLogger(__name__)
_NO_MASK = np.zeros((0, 0), np.bool_)


@dataclass(slots=True)
class _Run:
    """One series and one model; `results` has a slot per slice once it is asked."""

    stack: SeriesStack
    card: ModelCard
    results: list[tuple[Segment, ...] | None] = field(default_factory=list)
    request_id: str = ""


class SeriesAnalysis(QObject):
    """Runs one series at a time.

    Signals
    -------
    changed()
        It went on, ended, or was cancelled.
    """

    changed = Signal()

    def __init__(
        self, controller: Controller, store: SeriesStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._store = store
        self._run: _Run | None = None
        self._volumes: dict[tuple[str, str, str], SegmentVolume] = {}
        self._ended: dict[str, AiState] = {}
        controller.completed.connect(self._on_completed)
        controller.cancelled.connect(self._on_gone)
        controller.failed.connect(self._on_failed)
        store.image_read.connect(self._on_image_read)

    @property
    def is_running(self) -> bool:
        """Whether a series is being analysed."""
        return self._run is not None

    def start(self, stack: SeriesStack, card: ModelCard) -> None:
        """Analyse all slices; an earlier run is given up."""
        self.cancel()
        self._ended.pop(stack.key, None)
        self._run = _Run(stack, card)
        self._go_on()

    def cancel(self) -> None:
        """Give up what is under way; nothing of it is kept."""
        run, self._run = self._run, None
        if run is None:
            return
        if run.request_id:
            self._controller.cancel(run.request_id)
        self._end(run, Phase.CANCELLED, "Whole series: cancelled, no volume")

    def forget(self) -> None:
        """Give all up: the studies are closed."""
        self.cancel()
        self._volumes.clear()
        self._ended.clear()

    def states(self, key: str) -> tuple[AiState, ...]:
        """Return what is said of a stack's run: progress, or how it ended."""
        run = self._run
        if run is not None and run.stack.key == key:
            done, count = len(run.results), run.stack.count
            title = f"Whole series: {done} of {count} slices"
            return (AiState(Phase.RUNNING, _name(run.card), title, "", done / count),)
        ended = self._ended.get(key)
        return () if ended is None else (ended,)

    def volume_words(
        self, images: Sequence[ImageHeader], finding: ReviewedFinding
    ) -> str:
        """Return the volume of a segment over its series, or why there is none; "".

        Parameters
        ----------
        images
            Of the study that the finding is in.
        """
        if finding.model is None or finding.segment is None:
            return ""
        uid = next(
            (
                image.series_instance_uid
                for image in images
                if image.sop_instance_uid == finding.sop_instance_uid
            ),
            "",
        )
        volume = self._volumes.get((uid, finding.model.sha256, finding_key(finding)))
        if volume is None:
            return ""
        if volume.millilitres is None:
            return f"no volume: {volume.reason[:1].lower()}{volume.reason[1:]}"
        return f"{volume.millilitres:.1f} mL over the series"

    def _go_on(self) -> None:
        """Ask about the next slice, or end."""
        run = self._run
        if run is None:
            return
        while self._cannot_be_shown(run):
            run.results.append(None)
        place = len(run.results)
        if place == run.stack.count:
            self._finish(run)
            return
        image = run.stack.image(place)
        if image is None:
            run.stack.want(place)
        else:
            run.request_id = uuid.uuid4().hex
            folder = str(run.card.folder)
            request = AnalysisRequest(run.request_id, image, folder, "")
            self._controller.submit(request, Priority.PREFETCH)
        self.changed.emit()

    def _cannot_be_shown(self, run: _Run) -> bool:
        """Whether the next slice's file could not be read."""
        place = len(run.results)
        if place == run.stack.count or run.stack.image(place) is not None:
            return False
        return bool(run.stack.failure(place))

    def _take(self, run: _Run, segments: tuple[Segment, ...] | None) -> None:
        run.request_id = ""
        run.results.append(segments)
        self._go_on()

    def _finish(self, run: _Run) -> None:
        self._run = None
        series = run.stack.series
        for spec in run.card.segments:
            volume = series_volume(spec.key, series.images, run.results)
            key = (series.series_instance_uid, run.card.sha256, spec.key)
            self._volumes[key] = volume
        left = sum(result is None for result in run.results)
        words = f"Whole series: {run.stack.count} slices analysed"
        if left:
            words = f"Whole series: {left} of {run.stack.count} slices not analysed"
        _log.info("a series was analysed by %s", run.card.model_id)
        self._end(run, Phase.CANCELLED if left else Phase.SUCCEEDED, words)

    def _end(self, run: _Run, phase: Phase, words: str) -> None:
        detail = "; ".join(self._told(run))
        self._ended[run.stack.key] = AiState(phase, _name(run.card), words, detail)
        self.changed.emit()

    def _told(self, run: _Run) -> list[str]:
        """Say of each segment what it came to over the series."""
        uid = run.stack.series.series_instance_uid
        told = []
        for spec in run.card.segments:
            volume = self._volumes.get((uid, run.card.sha256, spec.key))
            if volume is not None and volume.millilitres is not None:
                told.append(f"{spec.name} {volume.millilitres:.1f} mL")
            elif volume is not None:
                told.append(f"{spec.name}: no volume. {volume.reason}")
        return told

    def _on_completed(self, request_id: str, analysis: Analysis) -> None:
        run = self._run
        if run is None or request_id != run.request_id:
            return
        segments = None
        if analysis.status is AnalysisStatus.SUCCEEDED:
            segments = tuple(replace(s, mask=_NO_MASK) for s in analysis.segments)
        self._take(run, segments)

    def _on_gone(self, request_id: str) -> None:
        if self._run is not None and request_id == self._run.request_id:
            self._run.request_id = ""
            self.cancel()

    def _on_failed(self, request_id: str, _message: str, _can_retry: bool) -> None:
        if self._run is not None and request_id == self._run.request_id:
            self._take(self._run, None)

    def _on_image_read(self, key: str, index: int) -> None:
        run = self._run
        if run is None or run.request_id or run.stack.key != key:
            return
        if index == len(run.results):
            self._go_on()


def _name(card: ModelCard) -> str:
    return f"{card.name} {card.version}"
