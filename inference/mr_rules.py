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
_NO_AGENT = frozenset({"NO", "NONE", "N", "0", "FALSE", "WITHOUT", "NO CONTRAST"})
_WITHOUT = re.compile(
    r"\bw/?o\b|without (contrast|gad|gd|km)|non[ -]?contrast|no contrast"
    r"|\bpre[ -]?(contrast|gad|gd|km)\b|\bunenhanced\b|\bnativ",
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
    """Whether the header says that no contrast agent was given."""
    if header.contrast:
        return header.contrast.strip().upper() in _NO_AGENT
    return bool(_WITHOUT.search(header.series_description.replace("_", " ")))
