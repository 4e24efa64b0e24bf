"""Opens an object of others, and finds the images of a study that it means."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studies.deflated import payload_stream
from studies.dicom_file import BIG_ENDIAN, foreseen, pydicom_errors
from studies.elements import Elements
from studies.errors import ForeignObjectError, UnsupportedImageError
from studies.identity import read_patient
from studies.model import ImageHeader, OtherObject, Patient, Study
from studies.source import Kind, device_errors, kind_of, open_source
from studies.wanted_tags import tag_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
MAX_OBJECT_BYTES = 512 << 20
_PIXEL_GROUP = 0x7FE0
_ESCAPES = dict.fromkeys(range(32), " ") | {9: "\t", 10: "\n"}
_LONGEST_TEXT = 20_000


def load_object(obj: OtherObject, study: Study) -> Elements:
    """Read the data set of an object, pixels left out, and check whose it is.

    Raises
    ------
    UnreadableFileError
        If it is damaged.
    UnsupportedImageError
        If it is larger than 512 MB, pixels apart.
    ForeignObjectError
        If it is another patient's, or not the object that was listed.
    """
    if obj.patient is not None and obj.patient != study.patient:
        raise ForeignObjectError(obj.path, "it is of another patient")
    with device_errors(obj.path), open_source(obj.path) as stream:
        dataset, big_endian = _read(obj.path, stream)
    elements = Elements(dataset, [], big_endian=big_endian)
    with pydicom_errors(obj.path):
        patient = read_patient(Elements(dataset, []))
        uid = elements.text("SOPInstanceUID")
    if not _same_person(patient, study.patient):
        raise ForeignObjectError(obj.path, "it is of another patient")
    if obj.sop_instance_uid and uid and uid != obj.sop_instance_uid:
        raise ForeignObjectError(obj.path, "it has changed since it was listed")
    return elements


def _same_person(one: Patient, other: Patient) -> bool:
    """Compare what identifies a patient, as `Patient` itself does."""
    return one == other


def _read(path: Path, stream: BinaryIO) -> tuple[Dataset, bool]:
    bare = kind_of(stream.read(132)) is not Kind.DICOM
    stream.seek(0)
    with pydicom_errors(path):
        from pydicom import filereader

        payload = payload_stream(path, stream)

        def stop(tag: BaseTag, _vr: str | None, _length: int) -> bool:
            if payload.tell() > MAX_OBJECT_BYTES:
                raise UnsupportedImageError(
                    path.name,
                    f"over {MAX_OBJECT_BYTES >> 20} MB before the pixels",
                    "less",
                )
            return tag.group == _PIXEL_GROUP

        if payload is not stream:
            return filereader.read_dataset(payload, False, True, stop_when=stop), False
        dataset: Dataset = filereader.read_partial(stream, stop, force=bare)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
        return dataset, syntax == BIG_ENDIAN


class StudyImages:
    """The images of a study, found by their UID; segmentations left out."""

    def __init__(self, study: Study) -> None:
        self._by_uid: dict[str, dict[int, ImageHeader]] = defaultdict(dict)
        for header in study.images:
            if header.sop_class_uid not in SEGMENTATIONS:
                self._by_uid[header.sop_instance_uid][header.frame] = header

    @property
    def headers(self) -> tuple[ImageHeader, ...]:
        """All frames of all images."""
        return tuple(h for frames in self._by_uid.values() for h in frames.values())

    def has(self, sop_instance_uid: str) -> bool:
        """Return whether the study holds an image."""
        return sop_instance_uid in self._by_uid

    def frames(
        self, sop_instance_uid: str, numbers: tuple[int, ...] = ()
    ) -> tuple[ImageHeader, ...]:
        """Return the frames of an image: those of the numbers, from 1, else all."""
        frames = self._by_uid.get(sop_instance_uid, {})
        if not numbers:
            return tuple(frames.values())
        return tuple(frames[n - 1] for n in numbers if n - 1 in frames)

    def referenced(self, item: Elements) -> tuple[ImageHeader, ...]:
        """Return the frames that an Image SOP Instance Reference Macro names.

        References
        ----------
        DICOM PS3.3 table 10-3.
        """
        return self.frames(item.text("ReferencedSOPInstanceUID"), frame_numbers(item))


def frame_numbers(item: Elements) -> tuple[int, ...]:
    """Return Referenced Frame Number (0008,1160), frames being counted from 1."""
    found = item.numbers("ReferencedFrameNumber")
    return tuple(int(n) for n in found if n == n and abs(n) < 1e9)


def long_text(elements: Elements, keyword: str) -> str:
    """Return a text with its line breaks, without other control characters."""
    found = elements.value(keyword)
    if found is None:
        return ""
    words = found.decode("latin-1") if isinstance(found, bytes) else str(found)
    if len(words) > _LONGEST_TEXT:
        words = f"{words[:_LONGEST_TEXT]}… (cut)"
    words = words.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES)
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in words).strip()


def code_meaning(elements: Elements, keyword: str) -> str:
    """Return the meaning of the first code of a code sequence, else its value."""
    for item in elements.items(keyword)[:1]:
        return item.text("CodeMeaning") or _code_value(item)
    return ""


def code_of(elements: Elements, keyword: str) -> tuple[str, str]:
    """Return (coding scheme, code value) of the first code of a sequence."""
    for item in elements.items(keyword)[:1]:
        return item.text("CodingSchemeDesignator"), _code_value(item)
    return "", ""


def _code_value(item: Elements) -> str:
    keywords = ("CodeValue", "LongCodeValue", "URNCodeValue")
    return next((text for text in map(item.text, keywords) if text), "")


def many_numbers(elements: Elements, keyword: str) -> NDArray[np.float64] | None:
    """Return a long list of numbers, or None if one of them is none or not finite.

    A DS value of thousands of numbers is split here, for pydicom would make an
    object of each.
    """
    import numpy as np
    from pydicom.dataelem import RawDataElement

    try:
        raw = elements.dataset.get_item(tag_of(keyword))
        content = getattr(raw, "value", None)
        if (
            isinstance(raw, RawDataElement)
            and isinstance(content, bytes)
            and (raw.VR in (None, "DS", "IS"))
        ):
            parts = content.rstrip(b"\0 ").split(b"\\")
            values = np.array(parts, dtype=np.bytes_).astype(np.float64)
        else:
            values = np.array(elements.numbers(keyword), dtype=np.float64)
    except foreseen():
        return None
    return values if values.size and np.isfinite(values).all() else None
