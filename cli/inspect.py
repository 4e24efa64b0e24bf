"""`overread inspect`: what the workstation would show of these files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from studies.inspection import FileReport

_STATUSES = ("ok", "notice", "refused")


def run(paths: list[Path], as_json: bool) -> int:
    """Read the files as the workstation does, pixels too, and say what it shows.

    With `as_json` one JSON object a file goes to stdout and last a summary;
    else a table. Each failure is one line on stderr.

    Returns
    -------
    int
        0 if all could be opened, 1 if not, 2 if nothing was named.
    """
    from studies.decoder import shared_decoder
    from studies.inspection import inspect_paths

    if not paths:
        _complain("overread inspect: name at least one file or folder")
        return 2
    counts: Counter[str] = Counter()
    reports = []
    with _progress_bar() as bar:
        task = bar.add_task("Reading", total=None)
        for report in inspect_paths(
            paths, progress=lambda n, all_: bar.update(task, completed=n, total=all_)
        ):
            counts[report.status] += 1
            if as_json:
                _say(json.dumps(_as_row(report), ensure_ascii=False))
            else:
                reports.append(report)
    shared_decoder().close()
    if as_json:
        _say(json.dumps({"summary": _summary(counts)}))
    else:
        _print_table(reports, counts)
    return 1 if counts["refused"] else 0


def _as_row(report: FileReport) -> dict[str, object]:
    """Return the object of one file; what is unknown is null."""
    header = report.header
    row: dict[str, object] = {
        "path": str(report.path),
        "status": report.status,
        "messages": list(report.messages),
        "study_uid": None,
        "series_uid": None,
        "sop_uid": None,
        "modality": None,
        "rows": None,
        "columns": None,
        "frames": None,
    }
    if header is not None:
        row |= {
            "study_uid": header.study_instance_uid,
            "series_uid": header.series_instance_uid,
            "sop_uid": header.sop_instance_uid,
            "modality": header.modality or None,
            "rows": header.rows,
            "columns": header.columns,
            "frames": header.frames,
        }
    _complain_of(report)
    return row


def _summary(counts: Counter[str]) -> dict[str, int]:
    return {"files": counts.total()} | {name: counts[name] for name in _STATUSES}


def _print_table(reports: list[FileReport], counts: Counter[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("File", "Status", "Image", "Messages")
    for report in reports:
        _complain_of(report)
        # Text, not str: a file's words are never read as rich's markup.
        table.add_row(
            Text(report.path.name, overflow="fold"),
            report.status,
            Text(_image_words(report)),
            Text("\n".join(report.messages), overflow="fold"),
        )
    console = Console()
    console.print(table)
    told = ", ".join(f"{counts[name]} {name}" for name in _STATUSES)
    console.print(f"{counts.total()} files: {told}", highlight=False)


def _image_words(report: FileReport) -> str:
    header = report.header
    if header is None:
        return report.other
    frames = f", {header.frames} frames" if header.frames > 1 else ""
    words = f"{header.modality} {header.rows} x {header.columns}{frames}"
    return words.strip()


def _complain_of(report: FileReport) -> None:
    if report.status == "refused":
        _complain(f"{report.path}: {' '.join(report.messages)}")


def _complain(line: str) -> None:
    sys.stderr.write(" ".join(line.split()) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """Show a bar on stderr, if that is a screen."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=False,  # else rich sends the JSON to stderr, too
    ) as bar:
        yield bar
