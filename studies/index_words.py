"""The words that a study is found by, and what texts are sorted by."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_BETWEEN = re.compile(r"[\s,;^=()]+")
_PARTS = re.compile(r"[^\W_]+")


def words_of(row: Any) -> str:
    """Return what a study is found by: each word whole, and in its parts."""
    day = row.started_at[:10]
    said = (
        row.name,
        row.patient_id,
        row.accession_number,
        row.description,
        *json.loads(row.modalities),
        *json.loads(row.body_parts),
        day,
        ".".join(reversed(day.split("-"))),
    )
    found = dict.fromkeys(
        word
        for text in said
        for whole in split_words(text)
        for word in (joined(whole), *_PARTS.findall(whole))
    )
    return " ".join(found)


def split_words(text: str) -> list[str]:
    """Return the words of a text, split where names and lists are."""
    return [word for word in _BETWEEN.split(text) if joined(word)]


def joined(word: str) -> str:
    """Return a word without what is no letter or digit: 2021-03 is 202103."""
    return "".join(_PARTS.findall(word))


def folded(text: str) -> str:
    """Return a text without case and accents, to sort by."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))
