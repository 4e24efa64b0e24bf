"""Shortcut checks, groups and known failures of a model as lines. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explain.analysis import CheckResult
from gui.facts_words import NOT_MEASURED, figure_text, number, percent_text

if TYPE_CHECKING:
    from inference.model_card import ModelCard
    from inference.model_facts import ControlFigure, Measured, SubgroupFigure

FEWEST = 30
"""A group of fewer films is not shown: its interval would say nothing."""

_EXPECTED = (
    ("blackout", "Anatomy blacked out", "AUROC should fall towards 0.50"),
    ("source", "Guess the source", "From the model's inner features"),
    ("markers", "Markers erased", "Change of AUROC"),
    ("planted", "Planted marker found", "A test model is flagged"),
)
"""Checks that every model of findings should come with."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A line with a glyph: its title, what it means, its figure."""

    result: CheckResult
    title: str
    detail: str
    figure: str

    def spoken(self) -> str:
        """Return the line as a screen reader says it."""
        parts = (self.result.value, self.title, self.detail, self.figure)
        return ", ".join(part for part in parts if part)


def controls(card: ModelCard, subject: str = "") -> tuple[CheckLine, ...]:
    """Return the shortcut checks; those that were not made say so.

    Parameters
    ----------
    subject
        Leave out what was checked of another finding than this; "" for none.
    """
    made = {control.key: control for control in card.facts.controls}
    others = [spec.name for spec in card.findings if spec.name != subject]
    lines = [
        _control(control)
        for control in card.facts.controls
        if not (subject and control.title.startswith(tuple(f"{n}: " for n in others)))
    ]
    if not card.findings and not lines:
        return ()
    lines += [
        CheckLine(CheckResult.NOT_TESTED, title, detail, NOT_MEASURED)
        for key, title, detail in _EXPECTED
        if key not in made
    ]
    return tuple(lines)


def _control(control: ControlFigure) -> CheckLine:
    result = CheckResult.PASSED if control.passed else CheckResult.WARNING
    limit = f"at most {control.limit:.2f} wanted"
    told = control.detail.rstrip(".")
    detail = f"{_capital(told)}; {limit}" if told else _capital(limit)
    return CheckLine(result, control.title, detail, f"{control.value:.2f}")


def groups(
    card: ModelCard, finding: str, unseen: Measured | None
) -> tuple[CheckLine, ...]:
    """Return the groups in which a finding was measured."""
    return tuple(
        _group(one, unseen) for one in card.facts.subgroups if one.finding == finding
    )


def _group(one: SubgroupFigure, unseen: Measured | None) -> CheckLine:
    films, group = f"{number(one.films)} films", _capital(one.group)
    if one.films < FEWEST:
        few = f"Too few: {films}, needs {FEWEST}"
        return CheckLine(CheckResult.NOT_TESTED, group, few, "not shown")
    if one.auroc is None:
        return CheckLine(CheckResult.NOT_TESTED, group, films, NOT_MEASURED)
    # Worse than the model as a whole, beyond what chance explains.
    worse = unseen is not None and one.auroc.high < unseen.value
    result = CheckResult.WARNING if worse else CheckResult.PASSED
    detail = f"{films}; worse than over all films" if worse else films
    return CheckLine(result, group, detail, figure_text(one.auroc))


def failures(card: ModelCard) -> tuple[CheckLine, ...]:
    """Return what the model is known to get wrong."""
    return tuple(
        CheckLine(
            CheckResult.WARNING,
            one.title,
            _capital(one.detail) or f"Of {number(one.cases)} cases",
            f"{percent_text(one.share)} %",
        )
        for one in card.facts.known_failures
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def tell_apart(card: ModelCard) -> str:
    """Return the sentence for a model whose features tell the sources apart."""
    for control in card.facts.controls:
        if control.key == "source" and not control.passed:
            return (
                "The inner features tell the sources apart. Part of the random-split"
                " AUROC may be source, not disease."
            )
    return ""
