"""Key images as DICOM Key Object Selection (TID 2010). Imports highdicom.

Never import this in the window's process.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from pydicom import dcmread
from pydicom.dataset import Dataset

from inference.model_card import Code
from review import report_codes, report_observers
from review.counting import counted
from review.dicom_common import (
    MANUFACTURER,
    NOTICE,
    NewUid,
    mark,
    random_uid,
    stamp,
    to_bytes,
)
from review.dicom_source import SourceImage, read_sources, take_over
from review.errors import ExportRefusedError
from review.image_lookup import image_of
from review.measurement import KeyImage
from studies.dicom_file import foreseen
from studies.model import ImageHeader

if TYPE_CHECKING:
    from review.export import Draft, ExportRequest

WHAT = "Key images"
OF_INTEREST = Code("DCM", "113000", "Of Interest")
_SERIES_NUMBER = 9003

Chosen = list[tuple[KeyImage, ImageHeader]]


def ko_drafts(request: ExportRequest, new_uid: NewUid = random_uid) -> list[Draft]:
    """Return one selection of all key images; nothing where there is none.

    Raises
    ------
    ExportRefusedError
        If none of the key images is open, they have no patient and study, or
        the selection cannot be built.
    """
    from review.export import Draft

    if not request.key_images:
        return []
    chosen = _chosen(request)
    if not chosen:
        raise ExportRefusedError(WHAT, "none of the key images is open")
    headers = {header.sop_instance_uid: header for _, header in chosen}
    sources = read_sources(tuple(headers.values()), WHAT)
    content = to_bytes(build_selection(request, chosen, sources, new_uid))

    def check(path: Path) -> str:
        return check_selection(path.read_bytes(), request, chosen, sources[0])

    return [Draft("ko", ".dcm", content, check)]


def build_selection(
    request: ExportRequest, chosen: Chosen, sources: list[SourceImage], new_uid: NewUid
) -> Dataset:
    """Build the selection, entitled (113000, DCM, "Of Interest").

    References
    ----------
    DICOM PS3.16 TID 2010, CID 7010; PS3.3 A.35.4.
    """
    evidence = [report_observers.evidence(source) for source in sources]
    try:
        # highdicom warns of names and quotes them: names never enter a log.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = KeyObjectSelectionDocument(
                evidence=evidence,
                content=KeyObjectSelection(
                    document_title=report_codes.concept(OF_INTEREST),
                    referenced_objects=evidence,
                    observer_person_context=report_observers.person(request.reader),
                    observer_device_context=report_observers.device(),
                    description=_description(chosen),
                ),
                series_instance_uid=new_uid(),
                series_number=_SERIES_NUMBER,
                sop_instance_uid=new_uid(),
                instance_number=1,
                manufacturer=MANUFACTURER,
                specific_character_set="ISO_IR 192",
            )
    except foreseen() as error:
        raise ExportRefusedError(
            WHAT, f"the selection could not be built ({type(error).__name__})"
        ) from error
    _name_frames(document, chosen)
    take_over(sources[0], document)
    mark(document, request.at)
    stamp(document, request.at)
    document.SeriesDescription = "Overread key images. Research use only"
    return document


def check_selection(
    content: bytes, request: ExportRequest, chosen: Chosen, source: SourceImage
) -> str:
    """Read a selection back and compare it with the review.

    Returns
    -------
    What was checked, in words.

    Raises
    ------
    ExportRefusedError
        If it cannot be read, selects other images, or belongs to another
        patient or study.
    """
    try:
        document = dcmread(io.BytesIO(content))
        told = read_selection(document)
    except foreseen() as error:
        raise ExportRefusedError(WHAT, "it could not be read back") from error
    if told != {_place(header) for _, header in chosen}:
        raise ExportRefusedError(WHAT, "re-reading gave other images than marked")
    expected = Dataset()
    take_over(source, expected)
    if any(document.get(element.tag) != element for element in expected):
        raise ExportRefusedError(WHAT, "patient or study differ from the image's")
    words = f"Read back: {counted(len(chosen), 'key image')}, patient and study match"
    closed = len(request.key_images) - len(chosen)
    return f"{words}; {closed} not open: in CSV and JSON only" if closed else words


def read_selection(document: Dataset) -> set[tuple[str, int]]:
    """Return (SOP Instance UID, frame from 1, or 0 for the whole) as selected."""
    found: set[tuple[str, int]] = set()
    for item in document.ContentSequence:
        if item.ValueType != "IMAGE":
            continue
        reference = item.ReferencedSOPSequence[0]
        frames = reference.get("ReferencedFrameNumber") or 0
        numbers = [frames] if isinstance(frames, int) else list(frames)
        uid = str(reference.ReferencedSOPInstanceUID)
        found |= {(uid, int(number)) for number in numbers}
    return found


def _chosen(request: ExportRequest) -> Chosen:
    found = [
        (item, image_of(request.headers, item.sop_instance_uid, item.frame))
        for item in request.key_images
    ]
    return [(item, header) for item, header in found if header is not None]


def _place(header: ImageHeader) -> tuple[str, int]:
    return header.sop_instance_uid, header.frame + 1 if header.frames > 1 else 0


def _name_frames(document: Dataset, chosen: Chosen) -> None:
    """Name the frames of multi-frame images, which highdicom leaves out."""
    frames: dict[str, list[int]] = {}
    for _, header in chosen:
        if header.frames > 1:
            frames.setdefault(header.sop_instance_uid, []).append(header.frame + 1)
    for item in document.ContentSequence:
        if item.ValueType == "IMAGE":
            reference = item.ReferencedSOPSequence[0]
            numbers = frames.get(str(reference.ReferencedSOPInstanceUID))
            if numbers:
                reference.ReferencedFrameNumber = sorted(numbers)


def _description(chosen: Chosen) -> str:
    """Return the readers' remarks, a line each; who marked what stands there too."""
    lines = [NOTICE]
    for number, (item, header) in enumerate(chosen, 1):
        frame = f", frame {header.frame + 1}" if header.frames > 1 else ""
        remark = f": {item.comment}" if item.comment else ""
        lines.append(f"Key image {number}{frame}, marked by {item.reader}{remark}")
    return "\r\n".join(lines)
