"""A file -> what its header says: an image or another object."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from studies.dicom_file import pydicom_errors
from studies.errors import UnreadableFileError
from studies.film import read_film_record
from studies.header import header_record
from studies.layouts import remember_layout
from studies.nifti import read_nifti_record
from studies.nifti_source import is_packed_nifti
from studies.record import ImageRecord, OtherRecord
from studies.source import Kind, device_errors, kind_of, open_source, stamp

_EMPTY = "it is empty"


def read_file(path: Path) -> ImageRecord | OtherRecord:
    """Read all that the header of a file says; errors as in `read_header`."""
    with open_source(path) as stream:
        return read_stream(path, stream)


def read_stream(path: Path, stream: BinaryIO) -> ImageRecord | OtherRecord:
    """Read as `read_file` does from an open stream; `path` is its name.

    A DICOMDIR comes back as an OtherRecord.
    """
    with device_errors(path):
        return _read_kind(path, stream)


def _read_kind(path: Path, stream: BinaryIO) -> ImageRecord | OtherRecord:
    head = stream.read(132)
    stream.seek(0)
    kind = kind_of(head)
    if kind is Kind.FILM:
        return read_film_record(path, stream)
    if kind is Kind.NIFTI or (kind is Kind.GZIP and is_packed_nifti(stream)):
        return read_nifti_record(path, stream)
    if kind not in (Kind.DICOM, Kind.BARE_DICOM):
        reason = "it is no DICOM file, NIfTI volume, PNG or JPEG" if head else _EMPTY
        if kind is Kind.GZIP:
            reason = "it is packed with gzip; unpack it first"
        raise UnreadableFileError(path, reason)
    with pydicom_errors(path):  # values are parsed only when they are asked for
        record = header_record(path, stream)
    if isinstance(record, ImageRecord) and record.layout is not None:
        remember_layout(record.headers[0], stamp(path), record.layout)
    return record
