"""The facts of a model as headings and lines: for the clipboard and for paper."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui import check_words, evidence_rows, facts_words, local_words
from gui.evidence_rows import Subject
from gui.facts_words import NOT_MEASURED
from gui.model_entry import LOCKED, Integrity
from inference.model_outputs import FindingSpec

if TYPE_CHECKING:
    from datetime import datetime

    from gui.check_words import CheckLine
    from gui.model_entry import ModelEntry
    from inference.model_card import ModelCard

RESEARCH = "RESEARCH USE ONLY. Not for diagnosis."
_INTEGRITY = {
    Integrity.MATCHES: "matches",
    Integrity.CHECKING: "not compared yet",
    Integrity.CHANGED: "CHANGED, the model is locked",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines: title and text."""

    heading: str
    lines: tuple[tuple[str, str], ...]


def sections(entry: ModelEntry) -> tuple[Section, ...]:
    """Return all that the page can show of a model, all findings one by one."""
    card = entry.card
    if card is None:
        return (Section("Locked", (("Model", entry.model_id), ("Why", entry.reason))),)
    facts = [*facts_words.fact_rows(card), weights_row(entry, card)]
    found = [Section("Facts", tuple(facts))]
    found.append(_lines("Known failures", check_words.failures(card), "None stated"))
    found += [_of_subject(entry, one) for one in evidence_rows.subjects(card)]
    found.append(_lines("Shortcut checks", check_words.controls(card), ""))
    if card.facts.commands:
        lines = tuple(("", command) for command in card.facts.commands)
        found.append(Section("Commands that made the figures", lines))
    return tuple(found)


def weights_row(entry: ModelEntry, card: ModelCard) -> tuple[str, str]:
    """Return the line of the weights' hash."""
    return "Weights", f"SHA-256 {card.sha256} ({_INTEGRITY[entry.integrity]})"


def as_text(entry: ModelEntry, at: datetime) -> str:
    """Return the facts as plain text."""
    lines = [entry.title, _stamp(at), RESEARCH]
    if entry.is_locked:
        lines.append(f"{LOCKED} {entry.reason}")
    for section in sections(entry):
        lines += ["", section.heading.upper()]
        lines += [
            f"{title}: {text}" if title else text for title, text in section.lines
        ]
    return "\n".join(lines) + "\n"


def as_html(entry: ModelEntry, at: datetime) -> str:
    """Return the facts as HTML of the small kind that Qt lays out."""
    parts = [
        f"<h2>{html.escape(entry.title)}</h2>",
        f"<p><b>{RESEARCH}</b><br>{html.escape(_stamp(at))}</p>",
    ]
    if entry.is_locked:
        parts.append(f"<p><b>{html.escape(f'{LOCKED} {entry.reason}')}</b></p>")
    for section in sections(entry):
        parts.append(f"<h3>{html.escape(section.heading)}</h3>")
        parts.append(_table(section.lines))
    return "\n".join(parts)


def _table(lines: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td width="30%">{html.escape(title)}</td>'
        f"<td>{html.escape(text).replace(chr(10), '<br>')}</td></tr>"
        for title, text in lines
    )
    return f'<table width="100%" cellpadding="3">{rows}</table>'


def _of_subject(entry: ModelEntry, subject: Subject) -> Section:
    lines: list[tuple[str, str]] = []
    site, card = None, entry.card
    if isinstance(subject, FindingSpec):
        lines += [
            ("Probability", local_words.calibration_text(entry, subject)),
            ("Threshold", local_words.threshold_text(entry, subject)),
        ]
        site = entry.site_row(subject.key)
    evidence = evidence_rows.evidence(subject, site, card)
    lines += [_evidence_line(row, evidence.measure) for row in evidence.rows]
    lines.append((evidence.title, f"{evidence.caption} {evidence.advice}"))
    if isinstance(subject, FindingSpec) and card is not None:
        groups = check_words.groups(card, subject.key, subject.unseen_auroc)
        lines += [_check(one) for one in groups]
    if subject.note:
        lines.append(("Note", subject.note))
    return Section(subject.name, tuple(lines))


def _evidence_line(row: evidence_rows.EvidenceRow, measure: str) -> tuple[str, str]:
    films = f", {row.films:,} films" if row.films is not None else ""
    if row.figure is None:
        return row.title, f"{measure} {row.instead or NOT_MEASURED}{films}"
    return row.title, f"{measure} {facts_words.figure_text(row.figure)}{films}"


def _lines(heading: str, lines: Sequence[CheckLine], nothing: str) -> Section:
    told = tuple(_check(one) for one in lines)
    return Section(heading, told or ((nothing, ""),))


def _check(line: CheckLine) -> tuple[str, str]:
    return line.title, f"{line.result.value}: {line.figure}. {line.detail}"


def _stamp(at: datetime) -> str:
    return f"Model facts, written {at:%Y-%m-%d %H:%M}"
