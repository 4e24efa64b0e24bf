"""What files turned out to be, as text: for the index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from studies.grouping import Finding
from studies.identity import StudyFacts
from studies.model import ImageHeader, Patient, Problem
from studies.record import ImageRecord, OtherRecord
from studies.stored import Plain, from_plain, pack, to_plain, unpack


def write_findings(findings: Sequence[Finding]) -> str:
    """Return findings as JSON; the layout of the pixels is left out."""
    plain = [_to_plain(finding) for finding in findings]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def read_findings(text: str) -> tuple[Finding, ...]:
    """Return what `write_findings` wrote."""
    return tuple(_from_plain(plain) for plain in json.loads(text))


def _to_plain(finding: Finding) -> Plain:
    if isinstance(finding, Problem):
        return ["problem", to_plain(finding)]
    path, record = finding
    if isinstance(record, OtherRecord):
        return ["other", str(path), to_plain(record)]
    return [
        "image",
        str(path),
        to_plain(record.patient),
        to_plain(record.study),
        record.series_number,
        pack(record.headers),
        record.what,
    ]


def _from_plain(plain: Plain) -> Finding:
    kind, *rest = plain
    if kind == "problem":
        return from_plain(Problem, rest[0])
    if kind == "other":
        return Path(rest[0]), from_plain(OtherRecord, rest[1])
    path, patient, study, number, headers, what = rest
    record = ImageRecord(
        from_plain(Patient, patient),
        from_plain(StudyFacts, study),
        number,
        unpack(ImageHeader, headers),
        None,
        what,
    )
    return Path(path), record
