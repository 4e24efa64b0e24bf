"""How findings are ordered, numbered and worded in the panel. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from explain.analysis import Analysis, CheckResult, TrustCheck
from gui import tokens
from gui.claim_words import spoken_figure
from review.decision import Origin, ReviewedFinding, Verdict
from review.vocabulary import rejection_reason


@dataclass(frozen=True, slots=True)
class Look:
    """A glyph, its colour and its word: never the colour alone."""

    icon: str
    color: str
    word: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One row of the panel.

    `number` counts the listed findings first, then those below threshold.
    `where` names the image when the study has more than one; `note` is what else
    is known of the claim, such as a segment's volume over its series.
    """

    number: int
    finding: ReviewedFinding
    trust: CheckResult | None
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The rows: listed ones, those below threshold, and "no finding" labels."""

    listed: tuple[FindingRow, ...] = ()
    below: tuple[FindingRow, ...] = ()
    quiet: tuple[ReviewedFinding, ...] = ()


_CHECKS = {
    CheckResult.PASSED: Look("passed", tokens.CONFIRMED, "Passed"),
    CheckResult.WARNING: Look("warning", tokens.WARNING, "Warning"),
    CheckResult.FAILED: Look("failed", tokens.FAILED, "Failed"),
    CheckResult.NOT_TESTED: Look("not-tested", tokens.TEXT_3, "Not tested"),
}


def arrange(
    findings: Sequence[ReviewedFinding],
    trust_of: Callable[[ReviewedFinding], CheckResult | None],
    is_quiet: Callable[[ReviewedFinding], bool],
    where_of: Callable[[ReviewedFinding], str] = lambda finding: "",
    note_of: Callable[[ReviewedFinding], str] = lambda finding: "",
    *,
    ai_hidden: bool = False,
) -> Arrangement:
    """Sort findings into the panel's three parts, keeping their order.

    Parameters
    ----------
    is_quiet
        Whether a finding is a label such as "no finding", which is stated on a
        line of its own and never listed as a finding.
    ai_hidden
        Leave out all that came from a model.
    """
    listed: list[FindingRow] = []
    below: list[FindingRow] = []
    quiet: list[ReviewedFinding] = []
    for finding in findings:
        if ai_hidden and finding.origin is Origin.MODEL:
            continue
        if is_quiet(finding):
            quiet.append(finding)
            continue
        shown = asks(finding) or finding.severity is not None
        row = FindingRow(
            0, finding, trust_of(finding), where_of(finding), note_of(finding)
        )
        (listed if shown else below).append(row)
    numbered = [
        replace(row, number=number)
        for number, row in enumerate((*listed, *below), start=1)
    ]
    cut = len(listed)
    return Arrangement(tuple(numbered[:cut]), tuple(numbered[cut:]), tuple(quiet))


def needs_decision(finding: ReviewedFinding) -> bool:
    """Return whether the reader is asked for a verdict on a finding."""
    return finding.flagged or finding.origin is Origin.READER


def asks(finding: ReviewedFinding) -> bool:
    """Return whether a finding counts among those to be decided, or is decided."""
    return needs_decision(finding) or finding.decision is not None


def decided_sentence(rows: Iterable[FindingRow]) -> str:
    """Return ``5 of 6 decided``, or "" if nothing is to be decided.

    A severity that cannot be told from none is listed, and nobody must decide on it.
    """
    all_rows = tuple(row for row in rows if asks(row.finding))
    done = sum(row.finding.decision is not None for row in all_rows)
    return f"{done} of {len(all_rows)} decided" if all_rows else ""


def next_undecided(rows: Sequence[FindingRow], after: str) -> str | None:
    """Return the uid of the next undecided finding, from `after` on and around."""
    uids = [row.finding.finding_uid for row in rows]
    start = uids.index(after) + 1 if after in uids else 0
    for row in (*rows[start:], *rows[:start]):
        if asks(row.finding) and row.finding.decision is None:
            return row.finding.finding_uid
    return None


def decision_look(finding: ReviewedFinding) -> Look:
    """Return glyph, colour and word of what the reader decided."""
    decision = finding.decision
    if finding.origin is Origin.READER and (
        decision is None or decision.verdict is Verdict.CONFIRMED
    ):
        return Look("missed", tokens.MISSED, "Missed by AI, added by you")
    if decision is None:
        if not finding.flagged and finding.threshold is not None:
            word = f"Below its threshold, {finding.threshold:.2f}"
            return Look("undecided", tokens.TEXT_3, word)
        if finding.severity is not None and not finding.flagged:
            return Look("undecided", tokens.TEXT_3, "Not told from none")
        return Look("undecided", tokens.TEXT_3, "Not decided")
    if decision.verdict is Verdict.CONFIRMED:
        return Look("confirmed", tokens.CONFIRMED, "Confirmed")
    if decision.verdict is Verdict.UNSURE:
        return Look("unsure", tokens.UNSURE, "Unsure")
    return Look("rejected", tokens.REJECTED, _rejected(decision.reason))


def _rejected(reason: str) -> str:
    try:
        known = rejection_reason(reason)
    except KeyError:
        # A reason of a newer version: told as it stands.
        return f"Rejected: {reason}"
    return "Rejected" if known is None else f"Rejected: {known.title.lower()}"


def check_look(result: CheckResult) -> Look:
    """Return glyph, colour and word of a trust check."""
    return _CHECKS[result]


def worst(checks: Iterable[TrustCheck]) -> CheckResult | None:
    """Return what stands for several checks: the worst; None without any."""
    results = {check.result for check in checks}
    for result in (CheckResult.FAILED, CheckResult.WARNING, CheckResult.PASSED):
        if result in results:
            return result
    return CheckResult.NOT_TESTED if results else None


def checks_of(
    analyses: Iterable[Analysis], finding: ReviewedFinding
) -> Analysis | None:
    """Return the analysis a model's finding came from, if it is at hand."""
    for analysis in analyses:
        if (
            finding.model is not None
            and analysis.model.model_id == finding.model.model_id
            and analysis.sop_instance_uid == finding.sop_instance_uid
            and analysis.frame == finding.frame
        ):
            return analysis
    return None


def spoken(row: FindingRow) -> str:
    """Return the whole row as a screen reader says it."""
    finding = row.finding
    parts = [f"Finding {row.number}", finding.name]
    if row.where:
        parts.append(row.where)
    if row.note:
        parts.append(row.note)
    parts += spoken_figure(finding)
    if row.trust is not None:
        parts.append(f"trust: {check_look(row.trust).word.lower()}")
    parts.append(decision_look(finding).word.lower())
    return ", ".join(parts) + "."
