"""What the AI did with one image, in words. Plain data, no Qt.

Every image says what AI did: silence would read as "normal".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gui.scope_words import elsewhere, inclusion_sentence, looks_like

if TYPE_CHECKING:
    from datetime import datetime

    from explain.analysis import Analysis
    from inference.errors import ModelUnavailableError
    from inference.model_card import ModelCard
    from studies.model import ImageHeader


class Phase(StrEnum):
    """Where one model stands with one image."""

    NOT_ATTEMPTED = "not attempted"
    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    HIDDEN = "hidden"


SUCCEEDED = "Succeeded"
UNDER_WAY = (Phase.WAITING, Phase.RUNNING)


@dataclass(frozen=True, slots=True)
class AiState:
    """One model and one image.

    Attributes
    ----------
    title, detail
        As shown: a short line and, below it, what it means or what to do.
    fraction
        0 to 1 while running.
    can_retry
        Running it again may help.
    searched
        It looked for findings, so that "no finding" may be said of it.
    elsewhere
        What the image is, such as ``shoulder MR``, where the model was made for
        others.
    looks_like
        What the input gate takes the image for, where it is not what the model reads.
    """

    phase: Phase
    model: str
    title: str
    detail: str = ""
    fraction: float = 0.0
    can_retry: bool = False
    searched: bool = False
    elsewhere: str = ""
    looks_like: str = ""

    @property
    def explained(self) -> str:
        """Detail with the model's name, once."""
        if not self.model or self.model in self.detail:
            return self.detail
        return f"{self.model}. {self.detail}".strip()


def waiting(model: str, place: int) -> AiState:
    """Return the state of a request that is `place`-th in the queue (from 1)."""
    return AiState(Phase.WAITING, model, f"Waiting, {ordinal(place)}")


def running(model: str, fraction: float, step: str) -> AiState:
    """Return the state of a running request."""
    share = min(max(fraction, 0.0), 1.0)
    return AiState(
        Phase.RUNNING, model, f"Running, {round(share * 100)} %", step, share
    )


def cancelled(model: str, reader: str) -> AiState:
    """Return the state after the reader cancelled a request."""
    return AiState(
        Phase.CANCELLED,
        model,
        f"Cancelled by {reader}. Partial output was discarded.",
        "Read as usual, or run it again.",
        can_retry=True,
    )


def hidden(since: datetime) -> AiState:
    """Return what is said instead of all states while AI is hidden."""
    return AiState(
        Phase.HIDDEN,
        "",
        f"AI hidden since {since:%H:%M:%S}",
        "Your own findings are shown. Press H to show AI again.",
    )


def failed(model: str, message: str, *, can_retry: bool) -> AiState:
    """Return the state of a run that ended without a result."""
    said = message if message.startswith("AI ") else f"AI failed: {message}"
    title, rest = split_sentence(said)
    detail = f"{rest} Nothing was scored. Read as usual." if rest else ""
    return AiState(
        Phase.FAILED,
        model,
        title,
        detail or "Nothing was scored. Read as usual.",
        can_retry=can_retry,
    )


def broken(problem: ModelUnavailableError) -> AiState:
    """Return the state of a model that is missing or was changed."""
    return AiState(
        Phase.FAILED,
        problem.model_id,
        f"AI failed: model {problem.model_id} is not available",
        f"{problem.reason[:1].upper()}{problem.reason[1:]}. The model is locked."
        " Nothing was scored. Read as usual.",
    )


def not_attempted(reason: str, detail: str = "") -> AiState:
    """Return the state of an image on which nothing ran."""
    return AiState(
        Phase.NOT_ATTEMPTED,
        "",
        f"Not attempted: {reason}",
        detail or "Nothing ran on this image. This says nothing about what it shows.",
    )


def aside(why: str) -> AiState:
    """Return the state of an image on screen that is none of those to be read."""
    return AiState(
        Phase.NOT_ATTEMPTED,
        "",
        f"Not analysed: {why}",
        "Models are asked about the images of the study, as they were acquired.",
    )


def not_for(card: ModelCard, header: ImageHeader) -> AiState:
    """Return the state of a slice that a model was not made for."""
    return AiState(
        Phase.REFUSED,
        f"{card.name} {card.version}",
        f"Not analysed: {header.modality or 'unknown'} image",
        inclusion_sentence(card),
        elsewhere=elsewhere(card, header),
    )


def refused(
    card: ModelCard, reasons: Sequence[str], header: ImageHeader | None = None
) -> AiState:
    """Return the state of an image that a model's rules exclude."""
    title, rest = split_sentence(f"Not analysed: {'; '.join(reasons)}")
    return AiState(
        Phase.REFUSED,
        f"{card.name} {card.version}",
        title,
        rest or inclusion_sentence(card),
        elsewhere=elsewhere(card, header),
    )


def from_analysis(
    analysis: Analysis, card: ModelCard | None, header: ImageHeader | None = None
) -> AiState:
    """Return the state that a finished analysis stands for.

    Parameters
    ----------
    header
        Of the image, where a refusal is to tell whether the model was made for it.
    """
    model = f"{analysis.model.name} {analysis.model.version}"
    reason = "; ".join(analysis.reasons)
    status = analysis.status.value
    if status == "succeeded":
        notices = "; ".join(analysis.notices)
        looked = bool(analysis.findings or analysis.segments)
        return AiState(Phase.SUCCEEDED, model, SUCCEEDED, notices, searched=looked)
    if status == "failed":
        return failed(model, reason or "no reason was given", can_retry=True)
    if status == "cancelled":
        return AiState(
            Phase.CANCELLED,
            model,
            "Cancelled. Partial output was discarded.",
            can_retry=True,
        )
    title, rest = split_sentence(f"Not analysed: {reason}")
    scope = inclusion_sentence(card) if card is not None else ""
    other = elsewhere(card, header)
    return AiState(
        Phase.REFUSED,
        model,
        title,
        rest or scope,
        elsewhere=other,
        looks_like=looks_like(reason),
    )


def no_finding_sentence(thresholds: Sequence[float]) -> str:
    """Return the sentence for a film on which nothing reached its threshold."""
    shown = sorted({f"{value:.2f}" for value in thresholds})
    if len(shown) == 1:
        return f"No finding above {shown[0]}. This is not a normal report."
    if not shown:
        return "No finding. This is not a normal report."
    return (
        f"No finding above its threshold ({shown[0]} to {shown[-1]})."
        " This is not a normal report."
    )


def summary(states: Iterable[AiState], queued: int = 0) -> str:
    """Return the one line of the top bar."""
    all_states = tuple(states)
    running_now = [state for state in all_states if state.phase is Phase.RUNNING]
    if running_now:
        return running_now[0].title
    parts = [
        _count(all_states, Phase.SUCCEEDED, "model finished", "models finished"),
        _count(all_states, Phase.WAITING, "waiting", "waiting"),
        _count(all_states, Phase.REFUSED, "not analysed", "not analysed"),
        _count(all_states, Phase.FAILED, "failed", "failed"),
        _count(all_states, Phase.CANCELLED, "cancelled", "cancelled"),
    ]
    said = ", ".join(part for part in parts if part)
    return said or "Not attempted"


def queue_sentence(running_count: int, waiting_count: int) -> str:
    """Return the queue's line."""
    if not running_count and not waiting_count:
        return "Queue: empty"
    return f"Queue: {running_count} running, {waiting_count} waiting"


def ordinal(number: int) -> str:
    """Return 1 -> ``1st``, 2 -> ``2nd``, 11 -> ``11th``."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}" + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def split_sentence(text: str) -> tuple[str, str]:
    """Split after the first sentence; a full stop inside a number does not count."""
    head, mark, tail = text.partition(". ")
    return (head, tail) if mark else (text.rstrip("."), "")


def _count(states: Sequence[AiState], phase: Phase, one: str, many: str) -> str:
    number = sum(state.phase is phase for state in states)
    if not number:
        return ""
    return f"{number} {one if number == 1 else many}"
