"""A DICOM file up to its pixels, and the one place where pydicom's errors end."""

from __future__ import annotations

import hashlib
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studies.deflated import DEFLATED, meta_alone, payload_stream
from studies.errors import OverreadError, UnreadableFileError
from studies.source import Kind, kind_of, size_of
from studies.wanted_tags import wanted_tags

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

BIG_ENDIAN = "1.2.840.10008.1.2.2"
_SAMPLED_BYTES = 1 << 16
_UNDEFINED = 0xFFFFFFFF
PIXEL_TAGS = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}
# pydicom logs what it warns of, values included: patients' names are values.
logging.getLogger("pydicom").disabled = True


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixels lie: `length` is None if undefined (encapsulated)."""

    keyword: str
    offset: int
    length: int | None


@dataclass(slots=True)
class DicomFile:
    """The data set before the pixels, and what was odd in the bytes.

    `fingerprint` tells files without a SOP Instance UID apart; else it is "".
    """

    path: Path
    dataset: Dataset
    transfer_syntax_uid: str
    pixels: PixelElement | None
    payload_bytes: int
    fingerprint: str
    notices: list[str] = field(default_factory=list)


@lru_cache(maxsize=1)
def foreseen() -> tuple[type[Exception], ...]:
    """Return what escapes from pydicom on bad input: the one list of it.

    Each was seen with a file of the development data or a mutation of one. Some
    cover their children: LookupError is KeyError and IndexError, RuntimeError is
    RecursionError and NotImplementedError, ValueError is UnicodeDecodeError,
    OSError is what a cut file gives.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (
        BytesLengthException,
        InvalidDicomError,
        struct.error,
        StopIteration,
        RuntimeError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        OSError,
        EOFError,
        zlib.error,
        AssertionError,
        MemoryError,
    )


@contextmanager
def pydicom_errors(path: Path, doing: str = "reading") -> Iterator[None]:
    """Turn whatever escapes from pydicom into an UnreadableFileError.

    Its warnings are silenced: what they say is told by our own notices.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except OverreadError:
            raise
        except foreseen() as error:
            # The error's own text may quote the file: only its name is told.
            raise UnreadableFileError(
                path, f"damaged ({type(error).__name__} while {doing})"
            ) from error


def read_dicom(path: Path, stream: BinaryIO) -> DicomFile:
    """Read the data set of a DICOM file, pixels left out.

    Raises
    ------
    UnreadableFileError
        If it is no DICOM file or too damaged to read.
    """
    head = stream.read(132)
    stream.seek(0)
    bare = kind_of(head) is not Kind.DICOM
    with pydicom_errors(path):
        from pydicom import filereader

        payload = payload_stream(path, stream)
        watch = _Watch(payload)
        if payload is stream:
            dataset: Dataset = filereader.read_partial(
                stream, watch, force=bare, specific_tags=list(wanted_tags())
            )
            syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
            if not syntax:
                syntax = _guessed_syntax(dataset)
        else:
            dataset = filereader.read_dataset(
                payload, False, True, stop_when=watch, specific_tags=list(wanted_tags())
            )
            dataset.file_meta = meta_alone(stream)
            syntax = DEFLATED
    found = DicomFile(
        path, dataset, syntax, watch.pixels, watch.bytes, _fingerprint(dataset, stream)
    )
    found.notices.extend(watch.notices(bare))
    return found


class _Watch:
    """Sees every element of the top level go by; stops pydicom at the pixels."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes = size_of(stream)
        self._seen = 0
        self.pixels: PixelElement | None = None
        self.repeated: list[int] = []
        self.cut_at: int | None = None

    def __call__(self, tag: BaseTag, vr: str | None, length: int) -> bool:
        here = self._stream.tell()
        if length != _UNDEFINED and here + length > self.bytes:
            self.cut_at = int(tag)
        if int(tag) in PIXEL_TAGS:
            known = None if length == _UNDEFINED else length
            self.pixels = PixelElement(PIXEL_TAGS[int(tag)], here, known)
            return True
        if int(tag) <= self._seen and int(tag) >> 16 != 0x0002:
            self.repeated.append(int(tag))
        self._seen = max(self._seen, int(tag))
        return False

    def notices(self, bare: bool) -> list[str]:
        """Return what was odd, in words."""
        found = []
        if bare:
            found.append("No DICOM file header: transfer syntax guessed")
        if self.repeated:
            found.append(f"Element {_words(self.repeated[0])} is repeated or misplaced")
        if self.cut_at is not None and self.cut_at not in PIXEL_TAGS:
            found.append(f"The file ends inside element {_words(self.cut_at)}")
        return found


def _fingerprint(dataset: Dataset, stream: BinaryIO) -> str:
    """Return a digest of both ends, to name a file that has no UID of its own."""
    if "SOPInstanceUID" in dataset:
        return ""
    end = size_of(stream)
    stream.seek(0)
    content = stream.read(_SAMPLED_BYTES)
    stream.seek(max(0, end - _SAMPLED_BYTES))
    return hashlib.sha256(content + stream.read(_SAMPLED_BYTES)).hexdigest()


def _guessed_syntax(dataset: Dataset) -> str:
    implicit, little = dataset.original_encoding
    if little is False:
        return BIG_ENDIAN
    return "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"


def _words(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
