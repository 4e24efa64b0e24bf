"""The images an export refers to, read again from their files, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review.errors import ExportRefusedError
from studies.dicom_file import pydicom_errors
from studies.model import ImageHeader
from studies.source import open_source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PATIENT_AND_STUDY = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "StudyDescription",
)
"""What a new object of a study takes over from its images, and no more."""

_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
)
_IDENTITY = ("PatientID", "PatientName", "StudyInstanceUID")


@dataclass(frozen=True, slots=True, eq=False)
class SourceImage:
    """One image of the study: its header as opened, and its data set now.

    `texts` are the valid values of `PATIENT_AND_STUDY`, decoded; `left_out`
    names those that are not valid in the source and so are not taken over.
    """

    header: ImageHeader
    dataset: Dataset
    texts: Mapping[str, str]
    left_out: tuple[str, ...]


def read_sources(headers: tuple[ImageHeader, ...], what: str) -> list[SourceImage]:
    """Read the headers of the images from their files, each instance once.

    Parameters
    ----------
    what
        The object that wants them, for messages, e.g. ``"DICOM SR"``.

    Raises
    ------
    ExportRefusedError
        If an image is not DICOM, its file changed since it was opened, a UID
        is missing, or two images are not of one patient and study.
    UnreadableFileError
        If a file cannot be read.
    """
    if not headers:
        raise ExportRefusedError(what, "there is no image to refer to")
    sources = [_read(header, what) for header in headers]
    first = sources[0].texts
    for source in sources[1:]:
        if any(source.texts[k] != first[k] for k in _IDENTITY):
            raise ExportRefusedError(
                what, "the images are not all of one patient and one study"
            )
    return sources


def take_over(source: SourceImage, target: Dataset) -> None:
    """Give a new object the patient and the study of its source.

    Values that are not valid there are left empty, never repaired: `left_out`
    says which. Text is written in UTF-8.
    """
    target.SpecificCharacterSet = "ISO_IR 192"
    for keyword in PATIENT_AND_STUDY:
        text = source.texts[keyword]
        if text or keyword in _TYPE_2:
            setattr(target, keyword, text)


def _read(header: ImageHeader, what: str) -> SourceImage:
    from pydicom import dcmread

    if not header.is_dicom:
        raise ExportRefusedError(
            what,
            "a PNG or JPEG film has no patient and no study. Export CSV or JSON.",
        )
    with open_source(header.path) as stream, pydicom_errors(header.path):
        dataset = dcmread(stream, stop_before_pixels=True, force=True)
        _check_identity(dataset, header, what)
        texts = {name: _valid_text(dataset, name) for name in PATIENT_AND_STUDY}
        left_out = tuple(
            name for name, text in texts.items() if not text and _text(dataset, name)
        )
    return SourceImage(header, dataset, texts, left_out)


def _check_identity(dataset: Dataset, header: ImageHeader, what: str) -> None:
    """Refuse an image whose identity cannot be taken over as it is."""
    for keyword in (
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
    ):
        if not _valid_text(dataset, keyword):
            raise ExportRefusedError(what, f"the image has no valid {keyword}")
    if _text(dataset, "SOPInstanceUID") != header.sop_instance_uid:
        raise ExportRefusedError(
            what, "the image's file has changed since it was opened"
        )
    if _text(dataset, "PatientID") and not _valid_text(dataset, "PatientID"):
        raise ExportRefusedError(what, "the image's Patient ID is not valid")


def _text(dataset: Dataset, keyword: str) -> str:
    """Return a value as text; several values with the backslash between them."""
    from pydicom.multival import MultiValue

    value = dataset.get(keyword)
    if isinstance(value, MultiValue):
        return "\\".join(str(one) for one in value)
    return "" if value is None else str(value).strip("\0 ")


_PATTERNS = {
    "DA": re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
    "TM": re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?"),
    "AS": re.compile(r"\d{3}[DWMY]"),
    "UI": re.compile(r"(?=.{1,64}$)[012](\.(0|[1-9]\d*))+"),
    "SH": re.compile(r"[^\\\x00-\x1f]{1,16}"),
    "LO": re.compile(r"[^\\\x00-\x1f]{1,64}"),
    "PN": re.compile(r"(?=[^\\\x00-\x1f]*$)[^=]{1,64}(=[^=]{0,64}){0,2}"),
    "CS": re.compile(r"[A-Z0-9_ ]{1,16}"),
}
"""PS3.5 6.2; PN with at most three component groups of 64 characters."""

_DEFINED = {"PatientSex": ("M", "F", "O"), "PatientIdentityRemoved": ("YES", "NO")}

_SEVERAL = ("DeidentificationMethod",)
"""Of VM 1-n; the others are not valid where there are several values."""


def _valid_text(dataset: Dataset, keyword: str) -> str:
    """Return a value if it is valid for its VR and its defined terms, else ""."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    text = _text(dataset, keyword)
    tag = tag_for_keyword(keyword)
    pattern = _PATTERNS[dictionary_VR(tag)] if tag is not None else None
    parts = text.split("\\") if keyword in _SEVERAL else [text]
    if pattern is None or not all(pattern.fullmatch(part) for part in parts):
        return ""
    defined = _DEFINED.get(keyword)
    return "" if defined is not None and text not in defined else text
