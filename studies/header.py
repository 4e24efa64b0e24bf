"""A DICOM data set -> the headers of its frames, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from studies.dicom_file import BIG_ENDIAN, DicomFile, foreseen, read_dicom
from studies.elements import Elements
from studies.errors import UnreadableFileError
from studies.functional_groups import FunctionalGroups
from studies.geometry import (
    read_patient_orientation,
    read_plane,
    read_spacing,
)
from studies.grayscale_tags import read_grayscale
from studies.header_facts import (
    above_zero,
    read_laterality,
    read_lossy_ratio,
    read_pixel_aspect,
    read_sequence,
    read_view,
    tell_oddities,
)
from studies.identity import (
    Uids,
    age_years,
    read_patient,
    read_study,
    read_uids,
)
from studies.layout import PixelLayout, read_layout
from studies.model import ImageHeader, Patient
from studies.record import DICOMDIR_CLASS, ImageRecord, OtherRecord
from studies.scan import Scanned, scan_stream
from studies.scan_tags import UnusualFileError
from studies.scanned_elements import ScannedDataset, ScannedElements
from studies.shutter_tags import read_shutter
from studies.transfer_syntax import check_transfer_syntax
from studies.wanted_tags import OVERLAY_ROWS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_INSTANCE_UID = 0x00080018
# Segmentation and Label Map Segmentation (PS3.4 B.5).
_LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"  # pydicom 3.0 does not know its name
_DRAWN_OVER = ("1.2.840.10008.5.1.4.1.1.66.4", _LABEL_MAP)


def read_record(file: DicomFile) -> ImageRecord | OtherRecord:
    """Read everything a header says.

    Raises
    ------
    UnsupportedImageError
        If it is an image that cannot be shown rightly.
    UnreadableFileError
        If it holds nothing that could be told of.
    """
    elements = _elements(file)
    if not elements.has("Rows") and file.pixels is None:
        return _other(file, elements)
    if file.pixels is not None and file.pixels.keyword != "PixelData":
        return _other(file, elements)
    check_transfer_syntax(file.transfer_syntax_uid)
    layout = read_layout(file, elements)
    uids = read_uids(elements, file.fingerprint)
    _check_meta(file, elements, uids)
    patient, study = read_patient(elements), read_study(elements, uids)
    macros = FunctionalGroups(elements, layout.frames)
    header = _frame(file, elements, layout, uids, macros, 0)
    headers = [header]
    for frame in range(1, layout.frames):
        if macros.differ:
            header = _frame(file, elements, layout, uids, macros, frame)
        # Without macros a position holds for the first frame alone.
        plane = header.plane if macros.differ else None
        headers.append(replace(header, frame=frame, plane=plane))
    notices = tuple(elements.notices)  # told while any of the frames was read
    if notices:
        headers = [replace(header, notices=notices) for header in headers]
    return ImageRecord(
        patient,
        study,
        elements.integer("SeriesNumber"),
        tuple(headers),
        layout,
        _class_name(uids.sop_class_uid) if uids.sop_class_uid in _DRAWN_OVER else "",
    )


def header_record(path: Path, stream: BinaryIO) -> ImageRecord | OtherRecord:
    """Read everything the header of an open DICOM file says, the fast way first.

    Raises
    ------
    UnsupportedImageError, UnreadableFileError
        As `read_record`; besides, whatever of `foreseen` escapes from pydicom.
    """
    try:
        return scanned_record(path, scan_stream(stream))
    except not_scanned():
        stream.seek(0)
        return read_record(read_dicom(path, stream))


@lru_cache(maxsize=1)
def not_scanned() -> tuple[type[Exception], ...]:
    """Return what says that a file is for the full reader."""
    return (UnusualFileError, *foreseen())


def scanned_record(path: Path, scanned: Scanned) -> ImageRecord | OtherRecord:
    """Read everything a scanned header says, as `read_record` would.

    Raises
    ------
    UnusualFileError
        If only the full reader can tell.
    UnsupportedImageError, UnreadableFileError
        As `read_record`.
    """
    if SOP_INSTANCE_UID not in scanned.elements:
        raise UnusualFileError("a file to be named by its bytes")
    dataset = cast("Dataset", ScannedDataset(scanned))
    file = DicomFile(
        path,
        dataset,
        scanned.transfer_syntax_uid,
        scanned.pixels,
        scanned.payload_bytes,
        "",
    )
    return read_record(file)


def _elements(file: DicomFile) -> Elements:
    if isinstance(file.dataset, ScannedDataset):
        return ScannedElements(file.dataset, file.notices)
    big_endian = file.transfer_syntax_uid == BIG_ENDIAN
    return Elements(file.dataset, file.notices, big_endian=big_endian)


def _frame(
    file: DicomFile,
    elements: Elements,
    layout: PixelLayout,
    uids: Uids,
    macros: FunctionalGroups,
    frame: int,
) -> ImageHeader:
    plane = macros.find(frame, "PlaneOrientationSequence")
    modality = elements.text("Modality").upper()
    measures = macros.find(frame, "PixelMeasuresSequence")
    spacing = read_spacing(elements, measures, modality)
    tell_oddities(elements, spacing.millimetres)
    position = macros.find(frame, "PlanePositionSequence")
    return ImageHeader(
        path=file.path,
        frame=frame,
        sop_instance_uid=uids.sop_instance_uid,
        sop_class_uid=uids.sop_class_uid,
        series_instance_uid=uids.series_instance_uid,
        study_instance_uid=uids.study_instance_uid,
        modality=modality,
        rows=layout.rows,
        columns=layout.columns,
        grayscale=read_grayscale(
            elements,
            macros.find(frame, "PixelValueTransformationSequence"),
            macros.find(frame, "FrameVOILUTSequence"),
        ),
        body_part=elements.text("BodyPartExamined").upper(),
        view_position=read_view(elements),
        patient_orientation=read_patient_orientation(elements, plane),
        laterality=read_laterality(elements),
        age_years=age_years(elements),
        spacing_mm=spacing.millimetres,
        spacing_source=spacing.source,
        lossy_ratio=read_lossy_ratio(elements, file.transfer_syntax_uid),
        instance_number=elements.integer("InstanceNumber"),
        frames=layout.frames,
        transfer_syntax_uid=file.transfer_syntax_uid,
        series_description=elements.text("SeriesDescription"),
        acquired_at=elements.moment("AcquisitionDate", "AcquisitionTime")
        or elements.moment("ContentDate", "ContentTime"),
        plane=read_plane(position, plane),
        frame_of_reference_uid=elements.text("FrameOfReferenceUID"),
        frame_time_ms=above_zero(elements, "FrameTime"),
        slice_thickness_mm=above_zero(measures, "SliceThickness"),
        sequence=read_sequence(elements),
        contrast=elements.text("ContrastBolusAgent"),
        pixel_aspect=read_pixel_aspect(elements, spacing.millimetres),
        shutter=read_shutter(
            macros.find(frame, "FrameDisplayShutterSequence"), spacing.millimetres
        ),
        has_overlays=any(tag in elements.dataset for tag in OVERLAY_ROWS),
    )


def _other(file: DicomFile, elements: Elements) -> OtherRecord:
    sop_class = elements.text("SOPClassUID")
    if not sop_class:
        sop_class = str(file.dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    if not sop_class and not elements.has("Modality") and not elements.has("PatientID"):
        raise UnreadableFileError(file.path, "it holds neither an image nor a report")
    words = _class_name(sop_class) or elements.text("Modality") or "unknown object"
    if file.pixels is not None:
        words = f"{words} (values that are no grey levels, not shown)"
    if sop_class == DICOMDIR_CLASS or elements.has("DirectoryRecordSequence"):
        nobody = Patient("", "", None, "")
        return OtherRecord(nobody, "", "", DICOMDIR_CLASS, "DICOMDIR", ())
    uids = read_uids(elements, file.fingerprint)
    patient = read_patient(elements)
    # What concerns only images or is normal for such objects is not told.
    told = tuple(n for n in elements.notices if not n.startswith("No "))
    return OtherRecord(
        patient,
        uids.study_instance_uid,
        uids.sop_instance_uid,
        sop_class,
        words,
        told,
    )


def _class_name(sop_class_uid: str) -> str:
    from pydicom.uid import UID

    if sop_class_uid == _LABEL_MAP:
        return "Label Map Segmentation"
    name = UID(sop_class_uid).name if sop_class_uid else ""
    return "" if name == sop_class_uid else name.removesuffix(" Storage")


def _check_meta(file: DicomFile, elements: Elements, uids: Uids) -> None:
    meta = file.dataset.file_meta
    for keyword, found in (
        ("MediaStorageSOPClassUID", uids.sop_class_uid),
        ("MediaStorageSOPInstanceUID", uids.sop_instance_uid),
    ):
        stated = str(meta.get(keyword, "") or "")
        if stated and found and stated != found:
            elements.note(f"{keyword} of the file header differs from the data set's")
