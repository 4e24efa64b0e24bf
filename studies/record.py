"""What one file turned out to be: an image, or an object without pixels."""

from __future__ import annotations

from dataclasses import dataclass

from studies.identity import StudyFacts
from studies.layout import PixelLayout
from studies.model import ImageHeader, Patient

DICOMDIR_CLASS = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image file: a header a frame, and what its series must know of it.

    `what` is not empty where others' images are drawn over by this one: a
    segmentation.
    """

    patient: Patient
    study: StudyFacts
    series_number: int | None
    headers: tuple[ImageHeader, ...]
    layout: PixelLayout | None
    what: str = ""


@dataclass(frozen=True, slots=True)
class OtherRecord:
    """A DICOM object without pixels: a report, a waveform, a plan."""

    patient: Patient
    study_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    what: str
    notices: tuple[str, ...]


def is_dicomdir(record: OtherRecord) -> bool:
    """Return whether the object is a DICOMDIR."""
    return record.sop_class_uid == DICOMDIR_CLASS
