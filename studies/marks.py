"""What others drew and wrote about the images of a study: objects -> marks."""

from __future__ import annotations

from studies.dicom_file import pydicom_errors
from studies.elements import Elements
from studies.mark_model import (
    Colour,
    ImageKey,
    MadeBy,
    Mark,
    MarkKind,
    MarkSet,
    Presentation,
    Region,
    Shape,
    TextLines,
)
from studies.mark_sources import SEGMENTATIONS, StudyImages, load_object
from studies.model import OtherObject, Study
from studies.presentation_marks import read_presentation
from studies.rt_marks import read_structures
from studies.seg_marks import read_segmentation
from studies.sr_marks import read_report
from studies.sr_tree import sr_text

__all__ = [
    "Colour",
    "ImageKey",
    "MadeBy",
    "Mark",
    "MarkKind",
    "MarkSet",
    "Presentation",
    "Region",
    "Shape",
    "TextLines",
    "read_marks",
    "sr_text",
]

_RT_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_PRESENTATIONS = "1.2.840.10008.5.1.4.1.1.11."
_WHY = {
    "1.2.840.10008.5.1.4.1.1.9.": "Waveforms are not shown",
    "1.2.840.10008.5.1.4.1.1.104.": "Documents within DICOM files are not shown",
    "1.2.840.10008.5.1.4.1.1.481.": "Of radiotherapy only structure sets are drawn",
    "1.2.840.10008.5.1.4.1.1.66.": "Of spatial objects only segmentations are drawn",
    "1.2.840.10008.5.1.4.1.1.67": "Real world values are not applied",
}


def read_marks(obj: OtherObject, study: Study) -> MarkSet:
    """Read what an object says about the images of a study.

    Parameters
    ----------
    obj
        A segmentation, structured report, presentation state or structure set;
        of all others the result only says that nothing of it is drawn.
    study
        The study it belongs to.

    Raises
    ------
    UnreadableFileError
        If the file is damaged.
    UnsupportedImageError
        If it is too large, or a segmentation whose pixels cannot be laid out.
    ForeignObjectError
        If it is of another patient, or another object than the one listed.
    """
    elements = load_object(obj, study)
    with pydicom_errors(obj.path):
        return _read(elements, obj, StudyImages(study))


def _read(elements: Elements, obj: OtherObject, images: StudyImages) -> MarkSet:
    sop_class = elements.text("SOPClassUID") or obj.sop_class_uid
    if sop_class in SEGMENTATIONS:
        return read_segmentation(elements, obj, images)
    if sop_class == _RT_STRUCTURE_SET:
        return read_structures(elements, obj, images)
    if sop_class.startswith(_PRESENTATIONS):
        return read_presentation(elements, obj, images)
    if elements.has("ContentSequence") or elements.text("Modality") in ("SR", "KO"):
        return read_report(elements, obj, images)
    why = next((said for uid, said in _WHY.items() if sop_class.startswith(uid)), "")
    title = elements.text("SeriesDescription") or obj.what
    sentence = why or f"{obj.what} is not drawn"
    return MarkSet(obj, title, not_drawn=(f"{sentence}.",))
