"""Which of the models' states are told one by one, and which in a line. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gui.ai_state import UNDER_WAY, AiState, Phase

_LONG_NAME = 28
"""A longer name of a model leaves no room for the rest of its line."""

_HEARD = (Phase.SUCCEEDED, *UNDER_WAY)


def parted(
    states: Sequence[AiState],
) -> tuple[tuple[AiState, ...], tuple[AiState, ...]]:
    """Return the states to be told one by one, and refusals that a line is enough for.

    A chest film is refused by the models for limbs and brains; that must be said, and
    not louder than what the models for the chest say, be it that they refuse it too.
    """
    heard = any(state.phase in _HEARD for state in states)
    refused = tuple(state for state in states if state.phase is Phase.REFUSED)
    aside = tuple(one for one in refused if heard or one.elsewhere)
    unlike = tuple(one for one in refused if one.looks_like and one not in aside)
    told = tuple(one for one in states if one not in (*aside, *unlike))
    if told or not refused:
        return _merged(told), (*aside, *unlike)
    if unlike:
        return (_for_another_kind(unlike),), aside
    return (_for_none(aside),), ()


def _for_another_kind(refused: Sequence[AiState]) -> AiState:
    """Return the one state of an image that is not what it was sent as."""
    seen = {state.looks_like for state in refused}
    state = _one_of(refused)
    if len({one.title for one in refused}) == 1 or len(seen) > 1:
        return state
    return replace(state, title=f"Not analysed: {seen.pop()}")


def _for_none(refused: Sequence[AiState]) -> AiState:
    """Return the one state of an image that no installed model was made for."""
    if len(refused) == 1:
        return refused[0]
    names = ", ".join(state.model for state in refused)
    return AiState(
        Phase.REFUSED,
        "",
        f"Not analysed: no model for {refused[0].elsewhere}",
        f"Made for other images: {names}. This says nothing about what it shows.",
    )


def _merged(states: Sequence[AiState]) -> tuple[AiState, ...]:
    """Say once what several models refuse an image for, with all their names."""
    groups: dict[tuple[Phase, str], list[AiState]] = {}
    for place, state in enumerate(states):
        alone = "" if state.phase is Phase.REFUSED else f" {place}"
        groups.setdefault((state.phase, state.title + alone), []).append(state)
    return tuple(_one_of(group) for group in groups.values())


def _one_of(group: Sequence[AiState]) -> AiState:
    if len(group) == 1:
        return group[0]
    *first, last = (state.model for state in group)
    said = f"{', '.join(first)} and {last} gave no number. Read as usual."
    return replace(group[0], model="", detail=said)


def aside_words(refused: Sequence[AiState]) -> str:
    """Return the line for models that did not analyse an image which others did."""
    if len(refused) == 1 and len(refused[0].model) <= _LONG_NAME:
        return f"{refused[0].model}: not analysed"
    models = "model" if len(refused) == 1 else "models"
    return f"{len(refused)} {models}: not analysed" if refused else ""
