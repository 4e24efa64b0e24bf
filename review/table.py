"""The review as a table (CSV) and as a tree (JSON). Standard library only."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explain.analysis import Analysis
from review.decision import ReviewedFinding
from review.errors import ExportRefusedError
from review.records import box_to_json, code_to_json, model_to_json
from review.states import state_key
from review.vocabulary import rejection_reason

if TYPE_CHECKING:
    from review.export import Draft, ExportRequest

SCHEMA = "overread.review/1"
NOTICE = "RESEARCH USE ONLY. NOT FOR DIAGNOSIS."

COLUMNS = (
    "study_uid",
    "series_uid",
    "sop_uid",
    "frame",
    "finding_uid",
    "tracking_uid",
    "origin",
    "finding",
    "code_scheme",
    "code_value",
    "code_meaning",
    "probability",
    "interval_low",
    "interval_high",
    "threshold",
    "flagged",
    "decision",
    "reason",
    "reader",
    "decided_at",
    "box_row",
    "box_column",
    "box_rows",
    "box_columns",
    "comment",
    "model_id",
    "model_version",
    "model_sha256",
    "notice",
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs start formulas in East Asian Excel


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    An apostrophe goes before a text that starts, after blanks, with a sign
    that starts a formula. Control characters become blanks.

    References
    ----------
    OWASP, CSV Injection.
    """
    flat = "".join(c if c.isprintable() else " " for c in text)
    starts = text.startswith(_FORMULA_STARTS)
    if starts or flat.lstrip().startswith(_FORMULA_STARTS):
        return f"'{flat}"
    return flat


def to_csv(request: ExportRequest) -> bytes:
    """Return one row per finding, UTF-8 with a byte order mark for Excel.

    Numbers are written with a point; texts are made safe by `safe_cell`.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in request.findings:
        writer.writerow(_cells(row, request))
    return buffer.getvalue().encode("utf-8-sig")


def to_json(request: ExportRequest) -> bytes:
    """Return the review of a study with what each model did, as UTF-8 JSON."""
    tree = {
        "schema": SCHEMA,
        "notice": NOTICE,
        "study_uid": request.study.study_instance_uid,
        "reader": request.reader,
        "exported_at": request.at.isoformat(),
        "images": [
            {
                "series_uid": header.series_instance_uid,
                "sop_uid": header.sop_instance_uid,
                "frame": header.frame,
                "rows": header.rows,
                "columns": header.columns,
                "is_dicom": header.is_dicom,
            }
            for header in request.headers
        ],
        "analyses": [_analysis_tree(item) for item in request.analyses],
        "findings": [_finding_tree(row) for row in request.findings],
    }
    text = json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def csv_draft(request: ExportRequest) -> Draft:
    """Return the CSV with its check: re-read, same cells, no formula."""
    from review.export import Draft

    content = to_csv(request)

    def check(path: Path) -> str:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        if len(rows) != len(request.findings) + 1 or path.read_bytes() != content:
            raise ExportRefusedError("CSV", "re-reading gave other rows than written")
        if any(cell.startswith(_FORMULA_STARTS) for row in rows for cell in row):
            raise ExportRefusedError("CSV", "a cell would run as a formula")
        return f"Read back: {_rows(len(rows) - 1)}, no formulas"

    return Draft("csv", ".csv", content, check)


def json_draft(request: ExportRequest) -> Draft:
    """Return the JSON with its check: re-read and compared."""
    from review.export import Draft

    content = to_json(request)

    def check(path: Path) -> str:
        if json.loads(path.read_bytes()) != json.loads(content):
            raise ExportRefusedError("JSON", "re-reading gave another tree")
        return f"Read back: {_rows(len(request.findings))}"

    return Draft("json", ".json", content, check)


def _rows(count: int) -> str:
    return "1 finding" if count == 1 else f"{count} findings"


def _cells(row: ReviewedFinding, request: ExportRequest) -> list[str | float | int]:
    series = {h.sop_instance_uid: h.series_instance_uid for h in request.headers}
    low, high = row.interval or ("", "")
    box, model, decision = row.box, row.model, row.decision
    reason = rejection_reason(decision.reason) if decision else None
    texts_and_numbers: list[str | float | int | None] = [
        request.study.study_instance_uid,
        series.get(row.sop_instance_uid, ""),
        row.sop_instance_uid,
        row.frame,
        row.finding_uid,
        row.tracking_uid,
        row.origin.value,
        row.name,
        row.code.scheme,
        row.code.value,
        row.code.meaning,
        row.probability,
        low,
        high,
        row.threshold,
        "yes" if row.flagged else "no",
        state_key(row),
        reason.title if reason else "",
        decision.reader if decision else "",
        decision.at.isoformat() if decision else "",
        *((box.row, box.column, box.rows, box.columns) if box else [""] * 4),
        row.comment,
        model.model_id if model else "",
        model.version if model else "",
        model.sha256 if model else "",
        NOTICE,
    ]
    return [_cell(value) for value in texts_and_numbers]


def _cell(value: str | float | None) -> str | float | int:
    if value is None:
        return ""
    return safe_cell(value) if isinstance(value, str) else value


def _finding_tree(row: ReviewedFinding) -> dict[str, Any]:
    decision = row.decision
    reason = rejection_reason(decision.reason) if decision else None
    return {
        "finding_uid": row.finding_uid,
        "tracking_uid": row.tracking_uid,
        "sop_uid": row.sop_instance_uid,
        "frame": row.frame,
        "origin": row.origin.value,
        "name": row.name,
        "code": code_to_json(row.code),
        "model": None if row.model is None else model_to_json(row.model),
        "probability": row.probability,
        "interval": None if row.interval is None else list(row.interval),
        "threshold": row.threshold,
        "flagged": row.flagged,
        "box": None if row.box is None else box_to_json(row.box),
        "decision": {
            "state": state_key(row),
            "reason": None if reason is None else code_to_json(reason.code),
            "reader": decision.reader if decision else None,
            "at": decision.at.isoformat() if decision else None,
        },
        "comment": row.comment,
    }


def _analysis_tree(analysis: Analysis) -> dict[str, Any]:
    return {
        "sop_uid": analysis.sop_instance_uid,
        "frame": analysis.frame,
        "model": model_to_json(analysis.model),
        "status": analysis.status.value,
        "reasons": list(analysis.reasons),
        "notices": list(analysis.notices),
        "trust": [
            {
                "key": check.key,
                "title": check.title,
                "result": check.result.value,
                "figure": check.figure,
            }
            for check in analysis.trust
        ],
    }
