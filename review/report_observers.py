"""Who speaks in a DICOM object: the readers, and Overread as the device.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from highdicom.sr import (
    DeviceObserverIdentifyingAttributes,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
)
from pydicom.dataset import Dataset

from review import report_codes
from review.dicom_common import (
    MANUFACTURER,
    MODEL_NAME,
    code_item,
    device_uid,
    person_name,
)
from review.dicom_source import SourceImage

if TYPE_CHECKING:
    from review.export import ExportRequest


def evidence(source: SourceImage) -> Dataset:
    """Return what highdicom reads of an image, and nothing that it would quote."""
    dataset = Dataset()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
        setattr(dataset, keyword, str(getattr(source.dataset, keyword)))
    dataset.StudyInstanceUID = str(source.dataset.StudyInstanceUID)
    # Not the image's own: for CR and the like highdicom would insist on an Imager
    # Pixel Spacing. The library takes the modality from the SOP class.
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = source.header.rows, source.header.columns
    if source.header.frames > 1:
        dataset.NumberOfFrames = source.header.frames
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"):
        setattr(dataset, keyword, "")
    dataset.AccessionNumber = dataset.StudyID = ""
    dataset.StudyDate = dataset.StudyTime = None
    return dataset


def readers(request: ExportRequest) -> list[str]:
    """Return who signs, then everybody else who decided or measured, each once."""
    others = [row.decision.reader for row in request.findings if row.decision]
    measured = [item.reader for item in request.measurements if item.reader]
    return list(dict.fromkeys([request.reader, *others, *measured]))


def device() -> ObserverContext:
    """TID 1004: Overread, of this version on this machine."""
    return ObserverContext(
        observer_type=report_codes.concept(report_codes.DEVICE),
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=device_uid(),
            name=MODEL_NAME,
            manufacturer_name=MANUFACTURER,
            model_name=MODEL_NAME,
        ),
    )


def person(reader: str) -> ObserverContext:
    """TID 1003: a reader, known by name only."""
    return ObserverContext(
        observer_type=report_codes.concept(report_codes.PERSON),
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(
            name=person_name(reader)
        ),
    )


def observers(request: ExportRequest) -> ObservationContext:
    """TID 1001: each reader, and Overread as the device."""
    people = [person(reader) for reader in readers(request)]
    context = ObservationContext(people[0], device())
    for other in people[1:]:
        context.extend(other)
    return context


def authors(request: ExportRequest) -> list[Dataset]:
    """Return (0040,A078) Author Observer Sequence: the readers, then the device."""
    told = []
    for reader in readers(request):
        author = Dataset()
        author.ObserverType = "PSN"
        author.PersonName = person_name(reader)
        author.PersonIdentificationCodeSequence = [
            code_item(report_codes.READER_IDENTITY)
        ]
        author.InstitutionName = ""
        author.InstitutionCodeSequence = []
        told.append(author)
    machine = Dataset()
    machine.ObserverType = "DEV"
    machine.Manufacturer = MANUFACTURER
    machine.ManufacturerModelName = MODEL_NAME
    machine.StationName = ""
    machine.DeviceUID = device_uid()
    machine.InstitutionName = ""
    machine.InstitutionCodeSequence = []
    return [*told, machine]
