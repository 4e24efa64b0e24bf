"""What the header of an MR image says of weighting and contrast agent."""

from __future__ import annotations

import re

from inference.model_card import InclusionRules
from studies.model import ImageHeader

_WEIGHTINGS = (
    # T1 comes first: a "T1 FLAIR" is T1-weighted, a "T2 FLAIR" is a FLAIR.
    ("T1", r"t1w?|mp-?rage|bravo|vibe|fspgr|spgr"),
    ("FLAIR", r"flair|tirm|dark[ -]?fluid"),
    ("diffusion", r"dwi|dti|adc|diff(usion)?|ep2d[ -]?diff|trace"),
    ("SWI", r"swi|swan|t2\*w?|t2[ -]?star|gre[ -]?hemo"),
    ("T2", r"t2w?"),
    ("PD", r"pdw?|proton density"),
    ("angiography", r"tof|mra|angio"),
    ("perfusion", r"perf(usion)?|asl|dsc"),
)
_AGENT = r"(contrast|agent|gad\w*|gd|km)"
_NO_AGENT = frozenset({"NO", "NONE", "N", "0", "FALSE", "WITHOUT"})
_NOT_GIVEN = re.compile(
    rf"\b(no|without|non)[ -]?{_AGENT}\b(?! (reaction|allergy))"
    r"|\b(not|none) (given|used|administered)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    rf"\b(w/?o|without|no|non|pre)[ -]?{_AGENT}\b|\bw/?o\b|\bunenhanced\b|\bnativ",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\bw(ith)?(\s*(/|&|\+|and)\s*|\s+)(w/?o|without)\b"
    r"|\b(w/?o|without)\s*(/|&|\+|and)\s*w(ith)?\b",
    re.IGNORECASE,
)
_WITH = re.compile(
    # A film after an operation is no film after contrast agent.
    r"\bpost\b(?![ -]?op)|\bpost(contrast|gad|gd|km)\b|\+\s*c\b|\b(gad\w*|gd|km)\b",
    re.IGNORECASE,
)


def mr_reasons(header: ImageHeader, rules: InclusionRules) -> tuple[str, ...]:
    """Say which rules about MR sequence and contrast exclude the image.

    Only what the header states excludes: one that names no weighting, or says
    nothing of a contrast agent, passes.
    """
    found = []
    seen = weighting(header)
    if rules.sequences and seen and seen not in rules.sequences:
        wanted = " or ".join(rules.sequences)
        found.append(f"sequence is {seen}; the model reads {wanted}")
    if rules.contrast and denies_contrast(header):
        found.append("no contrast agent; the model reads contrast-enhanced images")
    return tuple(found)


def weighting(header: ImageHeader) -> str:
    """Return the weighting that description or sequence name, or ""."""
    words = f"{header.series_description} {header.sequence}".replace("_", " ")
    for name, pattern in _WEIGHTINGS:
        if re.search(rf"(?<![a-z0-9])({pattern})(?![a-z0-9])", words, re.IGNORECASE):
            return name
    return ""


def denies_contrast(header: ImageHeader) -> bool:
    """Whether the header says that no contrast agent was given.

    A description that names both ("AX T1 W/WO CONTRAST", "AX T1 POST W & WO")
    denies nothing: it names the study, of which this may be the enhanced series.
    """
    agent = header.contrast.strip()
    if agent:
        return agent.upper() in _NO_AGENT or bool(_NOT_GIVEN.search(agent))
    words = header.series_description.replace("_", " ")
    rest, denials = _WITHOUT.subn(" ", words)
    return denials > 0 and not _BOTH.search(words) and not _WITH.search(rest)
