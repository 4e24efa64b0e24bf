"""What every DICOM object of ours carries: who made it, for what, of what."""

from __future__ import annotations

import io
import platform
import uuid
from collections.abc import Callable
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING

from inference.model_card import Code
from review import vocabulary

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MANUFACTURER = "Overread"
MODEL_NAME = "Overread"
IMPLEMENTATION_UID = "2.25.249834190712347218907534412349876120043"
NOTICE = "RESEARCH USE ONLY. NOT FOR DIAGNOSIS"

NewUid = Callable[[], str]


def software_version() -> str:
    """Return the version of the installed product."""
    try:
        return metadata.version("overread")
    except metadata.PackageNotFoundError:
        return "not installed"


def device_uid() -> str:
    """Return a UID that stays the same for this version on this machine."""
    name = f"overread/{software_version()}/{platform.node()}"
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


def code_item(code: Code) -> Dataset:
    """Return a code sequence item (PS3.3 8.8); long values go to (0008,0119)."""
    from pydicom.dataset import Dataset

    item = Dataset()
    if len(code.value) <= 16:
        item.CodeValue = code.value
    else:
        item.LongCodeValue = code.value
    item.CodingSchemeDesignator = code.scheme[:16]
    item.CodeMeaning = code.meaning[:64]
    return item


def mark(dataset: Dataset, at: datetime) -> None:
    """Add equipment, research qualification and our coding scheme.

    Fills General Equipment, (0018,A001) Contributing Equipment with (109102,
    DCM, "Processing Equipment"), (0018,9004) Content Qualification RESEARCH
    and (0008,0110) Coding Scheme Identification.
    """
    from pydicom.dataset import Dataset

    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = MODEL_NAME
    dataset.SoftwareVersions = software_version()
    dataset.DeviceSerialNumber = "not applicable"
    dataset.ContentQualification = "RESEARCH"

    equipment = Dataset()
    equipment.PurposeOfReferenceCodeSequence = [
        code_item(Code("DCM", "109102", "Processing Equipment"))
    ]
    equipment.Manufacturer = MANUFACTURER
    equipment.ManufacturerModelName = MODEL_NAME
    equipment.SoftwareVersions = software_version()
    equipment.ContributionDateTime = f"{at:%Y%m%d%H%M%S%z}"
    equipment.ContributionDescription = f"Review of model findings. {NOTICE}"
    dataset.ContributingEquipmentSequence = [equipment]

    scheme = Dataset()
    scheme.CodingSchemeDesignator = vocabulary.SCHEME
    scheme.CodingSchemeName = vocabulary.SCHEME_NAME
    scheme.CodingSchemeVersion = vocabulary.SCHEME_VERSION
    scheme.CodingSchemeResponsibleOrganization = vocabulary.RESPONSIBLE
    dataset.CodingSchemeIdentificationSequence = [scheme]


def stamp(dataset: Dataset, at: datetime) -> None:
    """Set the dates and times of creation, content and series."""
    day, time = f"{at:%Y%m%d}", f"{at:%H%M%S}"
    dataset.InstanceCreationDate = dataset.ContentDate = dataset.SeriesDate = day
    dataset.InstanceCreationTime = dataset.ContentTime = dataset.SeriesTime = time


def person_name(reader: str) -> str:
    """Return a reader's name fit for VR PN: one family name component.

    How a free name divides into family and given name cannot be known, so it
    is not guessed; the caret says that it is no name of the retired form.
    """
    kept = "".join(c for c in reader if c.isprintable() and c not in "^=\\")
    return (" ".join(kept.split())[:63] or "Unknown") + "^"


def random_uid() -> str:
    """Return a new UID made of a random UUID (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def to_bytes(dataset: Dataset) -> bytes:
    """Return a data set as a DICOM file: zeroed preamble, explicit little endian."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    meta.ImplementationVersionName = f"OVERREAD {software_version()}"[:16]
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
