"""On which images a model may be used, and what others are, in words. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.facts_words import listed
from inference.eligibility import made_for_others, parts_in_words

if TYPE_CHECKING:
    from inference.model_card import ModelCard
    from studies.model import ImageHeader


def inclusion_sentence(card: ModelCard) -> str:
    """Return what a model may be used on, from its manifest."""
    rules = card.inclusion
    parts = []
    if rules.modalities:
        parts.append(listed(rules.modalities))
    parts.append("images")
    if rules.body_parts:
        parts.append(f"of the {listed(parts_in_words(rules))}")
    if rules.views:
        parts.append(f"in {listed(rules.views)} view")
    if rules.minimum_age_years is not None:
        parts.append(f"of patients of {rules.minimum_age_years:g} years and over")
    return f"{card.name} {card.version} reads {' '.join(parts)}."


def elsewhere(card: ModelCard | None, header: ImageHeader | None) -> str:
    """Return what the image is if the model was made for others, else ""."""
    if card is None or header is None or not made_for_others(header, card):
        return ""
    return f"{header.body_part.lower()} {header.modality}".strip() or "this image"


def looks_like(reason: str) -> str:
    """Return e.g. ``looks like a photograph``: `inference.film_gate` words it so."""
    wanted, mark, seen = reason.partition(": looks like ")
    return f"looks like {seen}" if mark and wanted.startswith("not ") else ""
