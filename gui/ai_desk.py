"""Asks the models about images and keeps what they said, in words.

Nothing here touches torch: requests go through `AnalysisController` to the
inference process. The result of a request nobody wants any more is dropped.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus
from gui import ai_state
from gui.ai_answers import Key, key_of, reads, stored
from gui.ai_services import Controller, Models
from gui.ai_state import AiState
from gui.cards_in_force import CardsInForce
from inference.eligibility import exclusion_reasons
from inference.jobs import Priority
from inference.local_store import nothing_local

if TYPE_CHECKING:
    from inference.local_store import LocalState
    from inference.model_card import FindingSpec, ModelCard
    from review.decision import ReviewedFinding
    from studies.model import Image, ImageHeader

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request under way, and for which study."""

    study_uid: str
    key: Key
    image: Image
    model: str
    card: ModelCard


class AiDesk(QObject):
    """States by image and model; `completed` hands a result to its study.

    Parameters
    ----------
    local
        Says what this site measured of a model.

    Signals
    -------
    changed()
        Some state changed.
    completed(str, Analysis)
        A result for the study of that key.
    """

    changed = Signal()
    completed = Signal(str, object)

    def __init__(
        self,
        models: Models,
        controller: Controller,
        reader: Callable[[], str],
        parent: QObject | None = None,
        *,
        local: Callable[[ModelCard], LocalState] = nothing_local,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._reader = reader
        # The input gate answers to the models, not to the reader.
        asked = tuple(card for card in models.cards() if card.task != "gate")
        self._in_force = CardsInForce(asked, local)
        self._broken = models.problems()
        self._asked: dict[str, _Asked] = {}
        self._running = ""
        self._states: dict[Key, AiState] = {}
        controller.started.connect(self._on_started)
        controller.progressed.connect(self._on_progressed)
        controller.completed.connect(self._on_completed)
        controller.cancelled.connect(self._on_cancelled)
        controller.failed.connect(self._on_failed)

    @property
    def _cards(self) -> tuple[ModelCard, ...]:
        return self._in_force.cards

    def show(
        self,
        study_key: str,
        image: Image,
        known: Sequence[Analysis],
        *,
        one_of_many: bool = False,
    ) -> None:
        """Take stored results of an image over, and ask for those that lack.

        A stored result counts if it came from the same version, the same
        weights and the same thresholds; a failed or cancelled one is asked for again.

        Parameters
        ----------
        one_of_many
            A slice of a series: a model that its header excludes is not asked
            slice by slice, which would fill the journal with refusals.
        """
        header = image.header
        # Those that the header excludes wait: the reader waits for the others.
        for card in sorted(
            self._cards, key=lambda one: bool(exclusion_reasons(header, one))
        ):
            key = key_of(image.header, card)
            if one_of_many and not reads(card, image.header):
                self._states[key] = ai_state.not_for(card, image.header)
                continue
            reasons = exclusion_reasons(image.header, card) if one_of_many else ()
            if reasons:
                self._states[key] = ai_state.refused(card, reasons, image.header)
                continue
            if key in self._states and self._states[key].phase in ai_state.UNDER_WAY:
                continue
            kept = stored(known, key, card, self._in_force.signature(card))
            if kept is not None:
                self._states[key] = ai_state.from_analysis(kept, card, image.header)
            elif key not in self._states:
                self._ask(study_key, image, card)
        self.changed.emit()

    def run_again(self, study_key: str, image: Image) -> None:
        """Ask every model again about an image."""
        for card in self._cards:
            key = key_of(image.header, card)
            state = self._states.get(key)
            if state is None or state.phase not in ai_state.UNDER_WAY:
                self._ask(study_key, image, card)
        self.changed.emit()

    def recalibrate(self) -> None:
        """Take another calibration into account: it was written or removed.

        What the models said under the earlier one is no longer shown as current.
        """
        self._in_force.reload()
        self.forget()

    def model_ids(self) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of the models that are asked, and of broken ones."""
        cards = [(one.model_id, f"{one.name} {one.version}") for one in self._cards]
        return (*cards, *((one.model_id, one.model_id) for one in self._broken))

    def cancel(self, header: ImageHeader) -> None:
        """Cancel what is under way for an image."""
        for request_id, asked in tuple(self._asked.items()):
            if asked.key[:2] == (header.sop_instance_uid, header.frame):
                self._controller.cancel(request_id)

    def forget(self) -> None:
        """Cancel all and forget all: the studies are closed."""
        for request_id in tuple(self._asked):
            self._controller.cancel(request_id)
        self._asked.clear()
        self._states.clear()
        self._running = ""
        self.changed.emit()

    def states(self, header: ImageHeader) -> tuple[AiState, ...]:
        """Return a state per model for an image, broken models included."""
        found = [
            self._states[key]
            for card in self._cards
            if (key := key_of(header, card)) in self._states
        ]
        found += [ai_state.broken(problem) for problem in self._broken]
        if not self._cards and not self._broken:
            found.append(ai_state.not_attempted("no model is installed"))
        return tuple(found)

    def counts(self) -> tuple[int, int]:
        """Return how many requests run and how many wait."""
        running = int(bool(self._running))
        return running, len(self._asked) - running

    def card_of(self, finding: ReviewedFinding) -> ModelCard | None:
        """Return the installed model a finding came from, of any version."""
        if finding.model is None:
            return None
        for card in self._cards:
            if card.model_id == finding.model.model_id:
                return card
        return None

    def segmenters(self, header: ImageHeader) -> tuple[ModelCard, ...]:
        """Return the models that mark segments on images such as this one."""
        return tuple(
            card
            for card in self._cards
            if card.segments and not exclusion_reasons(header, card)
        )

    def spec_of(self, finding: ReviewedFinding) -> FindingSpec | None:
        """Return the model's own figures for a finding, same weights only."""
        card = self.card_of(finding)
        if card is None or finding.model is None:
            return None
        if card.sha256 != finding.model.sha256:
            return None
        key = finding.finding_uid.rsplit("/", 1)[-1]
        for spec in card.findings:
            if spec.key == key or spec.name == finding.name:
                return spec
        return None

    def is_quiet(self, finding: ReviewedFinding) -> bool:
        """Return whether a finding is a label that can never be flagged."""
        card = self.card_of(finding)
        if card is None:
            return False
        return any(
            spec.name == finding.name and not spec.can_be_flagged
            for spec in card.findings
        )

    def thresholds(self, model_ids: Collection[str]) -> tuple[float, ...]:
        """Return the operating points of some models' labels that can be flagged."""
        return tuple(
            spec.threshold
            for card in self._cards
            if card.model_id in model_ids
            for spec in card.findings
            if spec.can_be_flagged
        )

    def _ask(self, study_key: str, image: Image, card: ModelCard) -> None:
        request_id = uuid.uuid4().hex
        key = key_of(image.header, card)
        model = f"{card.name} {card.version}"
        self._asked[request_id] = _Asked(study_key, key, image, model, card)
        place = len(self._asked) - int(bool(self._running))
        self._states[key] = ai_state.waiting(model, place)
        methods = card.explain.methods
        request = AnalysisRequest(
            request_id=request_id,
            image=image,
            model_folder=str(card.folder),
            method=methods[0] if methods else "",
        )
        self._controller.submit(request, Priority.ON_SCREEN)

    def _on_started(self, request_id: str) -> None:
        if (asked := self._asked.get(request_id)) is not None:
            self._running = request_id
            self._states[asked.key] = ai_state.running(asked.model, 0.0, "")
            self._renumber()
            self.changed.emit()

    def _on_progressed(self, request_id: str, fraction: float, step: str) -> None:
        if (asked := self._asked.get(request_id)) is not None:
            self._states[asked.key] = ai_state.running(asked.model, fraction, step)
            self.changed.emit()

    def _on_completed(self, request_id: str, analysis: Analysis) -> None:
        asked = self._take(request_id)
        if asked is None:
            return
        self._states[asked.key] = ai_state.from_analysis(
            analysis, asked.card, asked.image.header
        )
        _log.info("analysis %s by %s", analysis.status.value, asked.card.model_id)
        if analysis.status is not AnalysisStatus.CANCELLED:
            self.completed.emit(asked.study_uid, analysis)
        self.changed.emit()

    def _on_cancelled(self, request_id: str) -> None:
        if (asked := self._take(request_id)) is not None:
            state = ai_state.cancelled(asked.model, self._reader())
            self._states[asked.key] = state
            self.changed.emit()

    def _on_failed(self, request_id: str, message: str, can_retry: bool) -> None:
        if (asked := self._take(request_id)) is not None:
            state = ai_state.failed(asked.model, message, can_retry=can_retry)
            self._states[asked.key] = state
            _log.warning("analysis failed, model %s", asked.card.model_id)
            self.changed.emit()

    def _take(self, request_id: str) -> _Asked | None:
        if self._running == request_id:
            self._running = ""
        asked = self._asked.pop(request_id, None)
        self._renumber()
        return asked

    def _renumber(self) -> None:
        """Say of every waiting request which place it has now."""
        place = 0
        for request_id, asked in self._asked.items():
            if request_id != self._running:
                place += 1
                self._states[asked.key] = ai_state.waiting(asked.model, place)
