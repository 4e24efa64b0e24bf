"""The review as a table (CSV) and as a tree (JSON). Standard library only."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explain.analysis import Analysis
from review import table_marks
from review.claim_cells import CLAIM_COLUMNS, claim_cells
from review.claim_records import claim_to_json
from review.code_records import code_to_json
from review.counting import counted
from review.decision import ReviewedFinding
from review.errors import ExportRefusedError
from review.records import box_to_json, model_to_json
from review.states import state_key
from review.table_marks import Cells
from review.vocabulary import rejection_reason

if TYPE_CHECKING:
    from review.export import Draft, ExportRequest

SCHEMA = "overread.review/3"
"""2 added measurements and key images, and in CSV the columns `record` (what a row
is) and those of `table_marks.COLUMNS`; 3 severities, segments and the models' boxes."""
NOTICE = "RESEARCH USE ONLY. NOT FOR DIAGNOSIS."

COLUMNS = (
    "schema",
    "record",
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
    *table_marks.COLUMNS,
    *CLAIM_COLUMNS,
    "notice",
)

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
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
    """Return findings, figures and key images, UTF-8 with a mark for Excel.

    One row per finding, one per figure measured (or per measurement without
    one), one per key image; the column `record` says which. Numbers are
    written with a point; texts are made safe by `safe_cell`.
    """
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(
        buffer, COLUMNS, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n"
    )
    writer.writeheader()
    series = {h.sop_instance_uid: h.series_instance_uid for h in request.headers}
    for row in _all_cells(request):
        cells: Cells = {
            **row,
            "schema": SCHEMA,
            "study_uid": request.study.study_instance_uid,
            "series_uid": series.get(str(row["sop_uid"]), ""),
            "notice": NOTICE,
        }
        writer.writerow({name: _cell(value) for name, value in cells.items()})
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
        "measurements": [
            table_marks.measurement_tree(item) for item in request.measurements
        ],
        "key_images": [table_marks.key_image_tree(item) for item in request.key_images],
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
        wanted = 1 + sum(1 for _ in _all_cells(request))
        if len(rows) != wanted or path.read_bytes() != content:
            raise ExportRefusedError("CSV", "re-reading gave other rows than written")
        if any(_runs(cell) for row in rows for cell in row):
            raise ExportRefusedError("CSV", "a cell would run as a formula")
        return f"Read back: {_counts(request)}, no formulas"

    return Draft("csv", ".csv", content, check)


def json_draft(request: ExportRequest) -> Draft:
    """Return the JSON with its check: re-read and compared."""
    from review.export import Draft

    content = to_json(request)

    def check(path: Path) -> str:
        if json.loads(path.read_bytes()) != json.loads(content):
            raise ExportRefusedError("JSON", "re-reading gave another tree")
        return f"Read back: {_counts(request)}"

    return Draft("json", ".json", content, check)


def _counts(request: ExportRequest) -> str:
    told = (
        counted(len(request.findings), "finding") or "0 findings",
        counted(len(request.measurements), "measurement"),
        counted(len(request.key_images), "key image"),
    )
    return ", ".join(filter(None, told))


def _runs(cell: str) -> bool:
    """Whether a spreadsheet would run a cell; a negative number is none."""
    return cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell)


def _all_cells(request: ExportRequest) -> Iterator[Cells]:
    for row in request.findings:
        yield _finding_cells(row)
    for item in request.measurements:
        yield from table_marks.measurement_cells(item)
    for image in request.key_images:
        yield table_marks.key_image_cells(image)


def _finding_cells(row: ReviewedFinding) -> Cells:
    low, high = row.interval or (None, None)
    box, model, decision = next(iter(row.regions), None), row.model, row.decision
    reason = rejection_reason(decision.reason) if decision else None
    return {
        "record": "finding",
        "sop_uid": row.sop_instance_uid,
        "frame": row.frame,
        "finding_uid": row.finding_uid,
        "tracking_uid": row.tracking_uid,
        "origin": row.origin.value,
        "finding": row.name,
        "code_scheme": row.code.scheme,
        "code_value": row.code.value,
        "code_meaning": row.code.meaning,
        "probability": row.probability,
        "interval_low": low,
        "interval_high": high,
        "threshold": row.threshold,
        "flagged": "yes" if row.flagged else "no",
        "decision": state_key(row),
        "reason": reason.title if reason else "",
        "reader": decision.reader if decision else "",
        "decided_at": decision.at.isoformat() if decision else "",
        "box_row": box.row if box else None,
        "box_column": box.column if box else None,
        "box_rows": box.rows if box else None,
        "box_columns": box.columns if box else None,
        "comment": row.comment,
        "model_id": model.model_id if model else "",
        "model_version": model.version if model else "",
        "model_sha256": model.sha256 if model else "",
        **claim_cells(row),
    }


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
        **claim_to_json(row),
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
