"""What a manifest says of a model, row by row, in words. No Qt.

What the manifest does not say is told as "not stated" or "not measured": silence
would read as "no limit" or "no failure".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.eligibility import parts_in_words
from inference.model_outputs import SegmentSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inference.model_card import BoxSpec, FindingSpec, InclusionRules, ModelCard
    from inference.model_facts import Measured
    from inference.model_outputs import OperatingPoint, SeveritySpec

NOT_STATED = "Not stated."
NOT_MEASURED = "not measured"

Row = tuple[str, str]
"""Title and text of a line of the card."""


def title_of(card: ModelCard) -> str:
    """Return name and version, e.g. ``Chest findings 0.1.0``."""
    return f"{card.name} {card.version}"


def fact_rows(card: ModelCard) -> tuple[Row, ...]:
    """Return what holds for the model whatever it looks for."""
    facts = card.facts
    rows = [
        ("Intended use", facts.intended_use or card.summary or NOT_STATED),
        ("Do not use", facts.do_not_use or NOT_STATED),
        ("Refuses", refusals(card)),
        ("Trained on", training(card)),
        ("Labels", facts.label_origin or NOT_STATED),
        ("Missing from data", facts.missing or NOT_STATED),
        ("Output", output(card)),
    ]
    if card.explain.methods:
        rows.append(("Heat map", heat_map(card)))
    rows += [("Marks", boxes(spec)) for spec in card.boxes]
    rows.append(("Licence", card.licence or NOT_STATED))
    return tuple(rows)


def refusals(card: ModelCard) -> str:
    """Return on which images the model does not run, from its inclusion rules."""
    rules = card.inclusion
    parts = [part for part in (*_header_rules(rules), _size_rule(rules)) if part]
    if rules.kind:
        parts.append(f"images that do not look like {rules.kind} images")
    if card.gate is not None:
        parts.append("films unlike the training films")
    if card.task == "gate":
        return "It is the gate: it refuses films for the models that ask it."
    if not parts:
        return "Nothing: it has no inclusion rules and no input gate."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _header_rules(rules: InclusionRules) -> Iterable[str]:
    if rules.minimum_age_years is not None:
        yield f"age under {rules.minimum_age_years:g}"
    if rules.views:
        yield f"views other than {listed(rules.views)}"
    if rules.body_parts:
        yield f"body parts other than {listed(parts_in_words(rules))}"
    if rules.modalities:
        yield f"modalities other than {listed(rules.modalities)}"
    if rules.sequences:
        yield f"sequences other than {listed(rules.sequences)}"
    if rules.contrast:
        yield "images without contrast agent"


def _size_rule(rules: InclusionRules) -> str:
    if not rules.minimum_side_px:
        return ""
    return f"a side shorter than {rules.minimum_side_px} pixels"


def training(card: ModelCard) -> str:
    """Return the collections that the model learned from, with their licences."""
    sources = card.facts.training_sources
    if not sources:
        return NOT_STATED
    films = sum(source.films for source in sources)
    noun = "source" if len(sources) == 1 else "sources"
    told = [
        f"{one.name}: {number(one.films)}, {one.licence or 'licence not stated'}"
        for one in sources
    ]
    return f"{len(sources)} {noun}, {number(films)} films.\n" + "\n".join(told)


def output(card: ModelCard) -> str:
    """Return what the network gives."""
    parts = []
    probabilities = [spec for spec in card.findings if spec.calibrated]
    others = [spec for spec in card.findings if not spec.calibrated]
    if probabilities:
        parts.append(f"a probability for {_count(len(probabilities), 'finding')}")
    if others:
        parts.append(
            f"an order of films for {_count(len(others), 'finding')},"
            " no probability until it is calibrated on local films"
        )
    parts += [
        f"{one.name} from {one.minimum:g} to {one.maximum:g}" for one in card.severities
    ]
    if card.segments:
        parts.append(f"outlines of {listed([one.name for one in card.segments])}")
    if card.explain.methods:
        parts.append("a heat map")
    if not parts:
        return "Takes images in or refuses them; it finds nothing by itself."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def heat_map(card: ModelCard) -> str:
    """Return by which method, and that nobody measured where it points."""
    return (
        f"By {card.explain.methods[0]}. Overlap with expert outlines: {NOT_MEASURED}."
    )


def boxes(spec: BoxSpec) -> str:
    """Return what the boxes of a finding find."""
    if spec.sensitivity is None or spec.false_marks is None:
        return f"Up to {spec.maximum} boxes a film; what they find: {NOT_MEASURED}."
    return (
        f"Up to {spec.maximum} boxes a film: {percent_between(spec.sensitivity)} of"
        f" what is there, at {spec.false_marks:.2g} false boxes a film."
    )


def threshold(spec: FindingSpec) -> str:
    """Return the operating point as it came with the model, and what it does."""
    if not spec.can_be_flagged:
        return "None: this label is never flagged."
    start = f"{spec.threshold:.2f}"
    if spec.operating_point is None:
        return f"{start}. What it finds and its false alarms: {NOT_MEASURED}."
    return f"{start}: {operating(spec.operating_point)}"


def operating(point: OperatingPoint) -> str:
    """Return what a threshold does, with Wilson's intervals and its films."""
    return (
        f"finds {percent_between(point.sensitivity)}, false alarm in"
        f" {percent_between(complement(point.specificity))}."
        f" {number(point.films)} films, {number(point.with_finding)} with the finding."
        f" Chosen by: {point.rule}."
    )


def complement(figure: Measured) -> Measured:
    """Return 1 - figure, its interval turned round."""
    from inference.model_facts import Measured

    return Measured(1.0 - figure.value, 1.0 - figure.high, 1.0 - figure.low)


def percent_between(figure: Measured) -> str:
    """Return e.g. ``26 % (16 to 40)``."""
    value, low, high = (
        percent_text(one) for one in (figure.value, figure.low, figure.high)
    )
    return f"{value} % ({low} to {high})"


def percent_text(share: float) -> str:
    """Return a share in percent, with a decimal where it is below 10 %."""
    percent = 100.0 * share
    text = f"{percent:.1f}" if 0.0 < percent < 9.95 else f"{percent:.0f}"
    return text.removesuffix(".0")


def figure_text(figure: Measured | None) -> str:
    """Return e.g. ``0.81 (0.71 to 0.89)``, or that it was not measured."""
    if figure is None:
        return NOT_MEASURED
    value = share_of_one(figure.value)
    return f"{value} ({figure.low:.2f} to {share_of_one(figure.high)})"


def share_of_one(value: float) -> str:
    """Return an AUROC or the like with two decimals, never rounded up to 1."""
    return ">0.99" if 0.995 <= value < 1.0 else f"{value:.2f}"


def sha_lines(sha256: str) -> str:
    """Return a SHA-256 in four-digit groups, four groups a line."""
    groups = [sha256[at : at + 4] for at in range(0, len(sha256), 4)]
    lines = [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
    return "\n".join(lines)


def number(count: int) -> str:
    """Return a count with its thousands apart: ``4,840``."""
    return f"{count:,}"


def listed(words: Iterable[str]) -> str:
    """Return ``a``, ``a or b``, ``a, b or c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} or {items[-1]}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def instead(subject: SeveritySpec | SegmentSpec) -> tuple[str, str]:
    """Return heading and sentence for what has no probability: a value, an outline."""
    if isinstance(subject, SegmentSpec):
        return (
            "How well does the outline fit?",
            f"{subject.name} is an outline, not a probability. It has an area, and no"
            f" interval. Dice {figure_text(subject.dice)} on slices it never saw.",
        )
    held = f"{percent_text(subject.coverage)} % of {number(subject.films)} films"
    return (
        "How far may the value be off?",
        f"{subject.name} is a value from {subject.minimum:g} to {subject.maximum:g},"
        " not a probability, and not a prognosis. Its band reaches from"
        f" {subject.below:.1f} below to {subject.above:.1f} above: so far the experts'"
        f" values lay on {held}.",
    )
