"""A study, its priors and the protocols -> which images hang where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from studies.hanging_candidates import Candidate, candidates
from studies.hanging_rules import FILM, Protocol, SlotRule, When
from studies.hanging_rules import HangingProtocolError as HangingProtocolError
from studies.hanging_rules import LayoutName as LayoutName
from studies.hanging_rules import read_protocols as read_protocols
from studies.hanging_rules import shipped_protocols as shipped_protocols
from studies.model import Series, Study


@dataclass(frozen=True, slots=True)
class Slot:
    """What hangs in one place.

    Attributes
    ----------
    index
        Of the image in `series.images` that is shown first.
    preset
        An id of the window presets, "" for the header's window.
    plane
        "axial", "coronal", "sagittal" or "mip" if cut from the volume of the
        series, "" if shown as acquired.
    """

    series: Series
    study: Study
    index: int
    preset: str = ""
    plane: str = ""


@dataclass(frozen=True, slots=True)
class Hanging:
    """What comes on screen: one slot for each place of the layout, or None."""

    protocol: str
    layout: LayoutName
    slots: tuple[Slot | None, ...]
    linked: bool


def hang(
    study: Study, priors: Sequence[Study], protocols: Sequence[Protocol]
) -> Hanging:
    """Hang a study by the first protocol that fits.

    Where none does, its first image hangs alone, so that a file of protocols can
    never hide a study.

    Parameters
    ----------
    priors
        Other studies of the same patient, in any order; the newest comes first.

    Raises
    ------
    ValueError
        If the study holds no image, or a prior is another patient's: two patients
        never share a screen.
    """
    if any(prior.patient != study.patient for prior in priors):
        raise ValueError("a prior is of another patient")
    current = candidates(study)
    if not current:
        raise ValueError("the study holds no image")
    newest = sorted(priors, key=_began, reverse=True)
    earlier = [one for prior in newest for one in candidates(prior)]
    for protocol in protocols:
        if _holds(protocol.when, current, earlier):
            taken = _fill(protocol, current, earlier)
            if taken is not None:
                return _hanging(protocol, taken)
    first = current[0]
    slot = Slot(first.series, first.study, first.index)
    return Hanging("", LayoutName.ONE, (slot,), linked=False)


def _began(study: Study) -> datetime:
    return study.started_at or datetime.min  # noqa: DTZ901 - DICOM times have no zone


def _holds(when: When, current: list[Candidate], earlier: list[Candidate]) -> bool:
    kept = [one for one in current if _is_modality(one, when.modalities)]
    if len(kept) < max(when.images, 1):
        return False
    if when.body_parts and not any(one.is_of(when.body_parts) for one in kept):
        return False
    if when.prior is not None and when.prior is not bool(earlier):
        return False
    if when.volume is None:
        return True
    return when.volume is any(one.is_volume for one in kept)


def _fill(
    protocol: Protocol, current: list[Candidate], earlier: list[Candidate]
) -> list[Candidate | None] | None:
    """Return what hangs in each slot, None if the protocol does not fit."""
    taken: list[Candidate | None] = []
    for rule in protocol.slots:
        like = taken[rule.like - 1] if rule.like else None
        offered = earlier if rule.from_prior else current
        found = None
        if like is not None or not rule.like:
            used = list(_used(protocol.slots, taken, rule))
            fitting = [c for c in offered if _fits(rule, c, like) and c not in used]
            found = _best(fitting, like)
        if found is None and not rule.is_optional:
            return None
        taken.append(found)
    hung = sum(one is not None for one in taken)
    return taken if hung >= max(protocol.at_least, 1) else None


def _used(
    rules: Sequence[SlotRule], taken: Sequence[Candidate | None], rule: SlotRule
) -> Iterator[Candidate]:
    """Yield what hangs already as this slot would show it."""
    for other, candidate in zip(rules, taken, strict=False):
        if candidate is not None and other.plane == rule.plane:
            yield candidate


def _fits(rule: SlotRule, candidate: Candidate, like: Candidate | None) -> bool:
    if not _is_modality(candidate, rule.modalities):
        return False
    if rule.views and (candidate.view or "none") not in rule.views:
        return False
    if rule.words and not candidate.says(rule.words):
        return False
    if rule.without and candidate.says(rule.without):
        return False
    if rule.volume is not None and candidate.is_volume is not rule.volume:
        return False
    return like is None or _is_like(candidate, like)


def _is_like(candidate: Candidate, like: Candidate) -> bool:
    if candidate.is_film != like.is_film:
        return False
    if not like.is_film and candidate.series.modality != like.series.modality:
        return False
    return all(
        _agree(getattr(candidate, name), getattr(like, name))
        for name in ("view", "direction")
    ) and _agree(candidate.header.body_part, like.header.body_part)


def _agree(one: object, other: object) -> bool:
    """Return whether two facts are one and the same, or either is unknown."""
    return one == other or one in ("", None) or other in ("", None)


def _best(fitting: list[Candidate], like: Candidate | None) -> Candidate | None:
    """Return the first, or the one of the newest prior that is most alike."""
    if like is None or not fitting:
        return fitting[0] if fitting else None
    newest = [one for one in fitting if one.study is fitting[0].study]
    words = set(like.words)
    return max(
        newest, key=lambda one: (one.view == like.view, len(words & {*one.words}))
    )


def _is_modality(candidate: Candidate, modalities: tuple[str, ...]) -> bool:
    if not modalities or candidate.series.modality in modalities:
        return True
    return FILM in modalities and candidate.is_film


def _hanging(protocol: Protocol, taken: list[Candidate | None]) -> Hanging:
    slots: list[Slot | None] = [None] * protocol.layout.places
    for place, (rule, one) in enumerate(zip(protocol.slots, taken, strict=True)):
        if one is not None:
            slots[place] = Slot(
                one.series, one.study, one.index, rule.preset, rule.plane
            )
    return Hanging(protocol.name, protocol.layout, tuple(slots), protocol.linked)
