"""Decisions out of the house: which objects, in which folder, what became of each.

Runs in a process of its own (`handler`), because highdicom must not be
imported in the window's. Objects are all written to temporary files and
checked first, then renamed: a cancelled export leaves none.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from explain.analysis import Analysis
from inference.model_card import ModelCard
from review import export_files
from review.decision import ReviewedFinding
from review.errors import ExportRefusedError
from review.measurement import KeyImage, Measurement
from studies.errors import OverreadError
from studies.model import ImageHeader, Study

KINDS = ("sr", "sc", "ko", "csv", "json")
"""SR, Secondary Capture, Key Object Selection, tables."""

Report = Callable[[float, str], None]
"""Told of progress (0 to 1, the step); may raise to cancel."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportRequest:
    """All that an export needs, captured when it was asked for.

    Attributes
    ----------
    headers
        The images to export, of one study.
    analyses
        The result that counts for each image and model, the failed and refused
        ones too: every study says what the AI did.
    kinds
        Some of `KINDS`.
    cards
        Manifests of the models, for the preprocessing parameters in the SR;
        where empty they are looked up in the registry.
    export_id
        Names the temporary files, so that they can be swept after a kill.
    at
        When the reader signed off.
    measurements, key_images
        The readers' own; no model measures or marks anything.
    """

    study: Study
    headers: tuple[ImageHeader, ...]
    findings: tuple[ReviewedFinding, ...]
    analyses: tuple[Analysis, ...]
    reader: str
    folder: Path
    kinds: tuple[str, ...] = KINDS
    cards: tuple[ModelCard, ...] = ()
    export_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    measurements: tuple[Measurement, ...] = ()
    key_images: tuple[KeyImage, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportedObject:
    """What became of one object.

    `state` is ``"written"`` or ``"refused"``; `message` says what was checked,
    or why it was refused. `path` is None where nothing was written.
    """

    kind: str
    path: Path | None
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of each object of an export, in the order of the kinds."""

    objects: tuple[ExportedObject, ...]

    @property
    def refused(self) -> tuple[ExportedObject, ...]:
        """The objects that were not written."""
        return tuple(item for item in self.objects if item.state == "refused")


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """One object before it is a file.

    Attributes
    ----------
    content
        The bytes to write.
    check
        Reads them back from a path and returns what it checked, in words;
        raises ExportRefusedError where they are not what was meant.
    """

    kind: str
    suffix: str
    content: bytes
    check: Callable[[Path], str]


def export(request: ExportRequest, report: Report) -> ExportReport:
    """Write the objects of a request.

    Each object is refused or written on its own; nothing here changes a
    decision.

    Returns
    -------
    One entry per object; a kind of several objects (one capture per map) has
    several, a selection of key images none where there is no key image.

    Raises
    ------
    InferenceCancelledError
        If `report` raises it; then no file stays.
    """
    folder = export_files.Folder(request.folder, request.export_id, request.at)
    outcome: list[_Outcome] = []
    try:
        for index, kind in enumerate(request.kinds):
            report(
                index / (len(request.kinds) + 1), f"Writing {TITLES.get(kind, kind)}"
            )
            outcome += _stage(kind, request, folder)
        report(len(request.kinds) / (len(request.kinds) + 1), "Naming the files")
        return ExportReport(tuple(_settle(item, folder) for item in outcome))
    finally:
        folder.sweep()


TITLES: Mapping[str, str] = {
    "sr": "DICOM SR",
    "sc": "Secondary capture",
    "ko": "Key images",
    "csv": "CSV",
    "json": "JSON",
}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """An object that waits to be renamed, or why there is none."""

    kind: str
    staged: Path | None
    suffix: str
    message: str


def _stage(
    kind: str, request: ExportRequest, folder: export_files.Folder
) -> list[_Outcome]:
    """Build, write to temporary files and check the objects of one kind."""
    outcome = []
    try:
        folder.check()
        for draft in _drafts(kind, request):
            staged = folder.stage(draft.content)
            outcome.append(_Outcome(kind, staged, draft.suffix, draft.check(staged)))
    except ExportRefusedError as error:
        outcome.append(_Outcome(kind, None, "", error.reason))
    except OverreadError as error:
        outcome.append(_Outcome(kind, None, "", str(error)))
    except OSError as error:
        outcome.append(_Outcome(kind, None, "", export_files.reason(error)))
    # One object that cannot be made must not keep the others from the reader.
    except Exception as error:  # noqa: BLE001 - told of this object, by its kind
        outcome.append(_Outcome(kind, None, "", f"failed ({type(error).__name__})"))
    return outcome


def _drafts(kind: str, request: ExportRequest) -> list[Draft]:
    """Return the objects of one kind; highdicom is imported where it is needed."""
    match kind:
        case "csv":
            from review.table import csv_draft

            return [csv_draft(request)]
        case "json":
            from review.table import json_draft

            return [json_draft(request)]
        case "sr":
            from review.structured_report import sr_drafts

            return sr_drafts(request)
        case "sc":
            from review.secondary_capture import sc_drafts

            return sc_drafts(request)
        case "ko":
            from review.key_objects import ko_drafts

            return ko_drafts(request)
        case _:
            raise ExportRefusedError(kind, f"there is no object of kind {kind!r}")


def _settle(item: _Outcome, folder: export_files.Folder) -> ExportedObject:
    if item.staged is None:
        return ExportedObject(item.kind, None, "refused", item.message)
    try:
        path = folder.publish(item.staged, item.kind, item.suffix)
    except OSError as error:
        return ExportedObject(item.kind, None, "refused", export_files.reason(error))
    return ExportedObject(item.kind, path, "written", item.message)


def handler(
    payload: ExportRequest, arrays: Mapping[str, NDArray[Any]], report: Report
) -> tuple[ExportReport, dict[str, NDArray[Any]]]:
    """Serve `inference.process.WorkerProcess`: an export per call."""
    del arrays
    return export(payload, report), {}
