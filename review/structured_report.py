"""The review as DICOM SR: Comprehensive 3D SR by TID 1500. Imports highdicom.

Never import this in the window's process.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.dataset import Dataset

from review import (
    report_claims,
    report_codes,
    report_groups,
    report_measurements,
    report_observers,
    report_runs,
)
from review.counting import counted
from review.dicom_common import (
    MANUFACTURER,
    NewUid,
    mark,
    random_uid,
    stamp,
    to_bytes,
)
from review.dicom_source import SourceImage, read_sources, take_over
from review.errors import ExportRefusedError
from review.states import is_reported, state_code, summary_code
from studies.dicom_file import foreseen

if TYPE_CHECKING:
    from review.export import Draft, ExportRequest

WHAT = "DICOM SR"
_SERIES_NUMBER = 9001


def sr_drafts(request: ExportRequest, new_uid: NewUid = random_uid) -> list[Draft]:
    """Return the one SR of a review, with its check.

    Raises
    ------
    ExportRefusedError
        If the images have no patient and study, or the SR cannot be built.
    """
    from review.export import Draft

    sources = read_sources(request.headers, WHAT)
    content = to_bytes(build_report(request, sources, new_uid))
    left_out = sorted({name for source in sources for name in source.left_out})

    def check(path: Path) -> str:
        words = check_report(path.read_bytes(), request, sources[0])
        if left_out:
            return f"{words}; not valid in the source and left out: {left_out}"
        return words

    return [Draft("sr", ".dcm", content, check)]


def build_report(
    request: ExportRequest, sources: list[SourceImage], new_uid: NewUid
) -> Dataset:
    """Build the SR: a group per finding, per measurement, and per model's run.

    UNVERIFIED and PRELIMINARY; COMPLETE, or PARTIAL where a flagged finding is
    left undecided.

    References
    ----------
    DICOM PS3.16 TID 1500, 1501, 1410, 4019; PS3.3 A.35.13, C.17.2.
    """
    from highdicom.sr import Comprehensive3DSR

    evidence = [report_observers.evidence(source) for source in sources]
    try:
        # highdicom warns of names and quotes them: names never enter a log.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = Comprehensive3DSR(
                evidence=evidence,
                content=_content(request, evidence, new_uid)[0],
                series_instance_uid=new_uid(),
                series_number=_SERIES_NUMBER,
                sop_instance_uid=new_uid(),
                instance_number=1,
                manufacturer=MANUFACTURER,
                is_complete=not _left_undecided(request),
                is_final=False,
                is_verified=False,
                series_description="Overread review. Research use only",
                specific_character_set="ISO_IR 192",
            )
    except foreseen() as error:
        raise ExportRefusedError(
            WHAT, f"the report could not be built ({type(error).__name__})"
        ) from error
    take_over(sources[0], document)
    mark(document, request.at)
    stamp(document, request.at)
    if document.CompletionFlag == "PARTIAL":
        document.CompletionFlagDescription = "AI findings left undecided by the reader"
    document.AuthorObserverSequence = report_observers.authors(request)
    return document


def check_report(content: bytes, request: ExportRequest, source: SourceImage) -> str:
    """Read an SR back and compare it with the review.

    Returns
    -------
    What was checked, in words.

    Raises
    ------
    ExportRefusedError
        If it cannot be read, belongs to another patient or study, or tells a
        finding or a measurement otherwise than the review does.
    """
    try:
        document = dcmread(io.BytesIO(content))
        told = report_groups.read_states(document)
        figures = report_measurements.read_figures(document)
        claims = report_claims.meant_claims(request)
        numbers = report_claims.read_claims(document, claims)
    except foreseen() as error:
        raise ExportRefusedError(WHAT, "it could not be read back") from error
    meant = {
        row.tracking_uid: state_code(row).value
        for row in request.findings
        if is_reported(row)
    }
    if told != meant:
        raise ExportRefusedError(WHAT, "re-reading gave other findings than decided")
    if numbers != claims:
        raise ExportRefusedError(WHAT, "re-reading gave other figures than claimed")
    if figures != report_measurements.meant_figures(request):
        raise ExportRefusedError(WHAT, "re-reading gave other figures than measured")
    expected = Dataset()
    take_over(source, expected)
    if any(document.get(element.tag) != element for element in expected):
        raise ExportRefusedError(WHAT, "patient or study differ from the image's")
    if document.VerificationFlag != "UNVERIFIED":
        raise ExportRefusedError(WHAT, "it claims to be verified")
    counts = (
        counted(len(meant), "finding") or "0 findings",
        counted(len(figures), "measurement"),
    )
    words = f"Read back: {', '.join(filter(None, counts))}, patient and study match"
    left_out = (
        report_claims.left_out_words(request),
        report_measurements.left_out_words(request),
    )
    return "; ".join(filter(None, (words, *left_out)))


def _left_undecided(request: ExportRequest) -> bool:
    return any(row.flagged and row.decision is None for row in request.findings)


def _content(
    request: ExportRequest, evidence: list[Dataset], new_uid: NewUid
) -> list[Dataset]:
    from highdicom.sr import MeasurementReport

    images = list({item.SOPInstanceUID: item for item in evidence}.values())
    report = MeasurementReport(
        observation_context=report_observers.observers(request),
        procedure_reported=report_codes.concept(
            report_codes.procedure_of(request.headers)
        ),
        imaging_measurements=[
            *report_groups.finding_groups(request),
            *report_measurements.measurement_groups(request),
            *report_runs.run_groups(request, new_uid),
        ],
        referenced_images=images,
    )
    statuses = [analysis.status for analysis in request.analyses]
    flagged = any(row.flagged for row in request.findings)
    summary = summary_code(statuses, any_flagged=flagged)
    if summary is not None:
        report[0].ContentSequence.append(report_runs.summary(summary))
    return list(report)
