"""Deflated DICOM files: their data set inflated in memory, within a limit."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studies.errors import UnreadableFileError

if TYPE_CHECKING:
    from pydicom.dataset import FileMetaDataset

DEFLATED = "1.2.840.10008.1.2.1.99"
MAX_INFLATED_BYTES = 512 << 20


def payload_stream(path: Path, stream: BinaryIO) -> BinaryIO:
    """Return the stream that holds the data set: inflated where it is deflated.

    Raises
    ------
    UnreadableFileError
        If the deflated part is damaged or grows beyond 512 MB.

    References
    ----------
    DICOM PS3.5 A.5.
    """
    start = _end_of_meta(stream)
    stream.seek(0)
    if start is None:
        return stream
    stream.seek(start)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(stream.read(), MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise UnreadableFileError(path, "its deflated part is damaged") from error
    if len(content) > MAX_INFLATED_BYTES:
        raise UnreadableFileError(
            path, f"it inflates to over {MAX_INFLATED_BYTES >> 20} MB"
        )
    if not content:
        raise UnreadableFileError(path, "its deflated part is empty")
    return io.BytesIO(content)


def meta_alone(stream: BinaryIO) -> FileMetaDataset:
    """Return the file meta of a deflated file; pydicom's errors come through."""
    from pydicom import filereader

    end = _end_of_meta(stream) or 0
    stream.seek(0)
    return filereader.read_partial(io.BytesIO(stream.read(end))).file_meta


def _end_of_meta(stream: BinaryIO) -> int | None:
    """Return where the file meta ends if it declares the deflated syntax.

    The file meta is always explicit little endian (PS3.10 7.1): tag, VR and
    length in 8 bytes, or 12 for the VRs OB and UN.
    """
    stream.seek(132)
    deflated = False
    while len(head := stream.read(8)) == 8 and head[:2] == b"\x02\x00":
        if head[4:6] in (b"OB", b"UN", b"OW", b"SQ", b"UT"):
            length = int.from_bytes(stream.read(4), "little")
        else:
            length = int.from_bytes(head[6:8], "little")
        value = stream.read(min(length, 1 << 16))
        if head[2:4] == b"\x10\x00":
            deflated = value.rstrip(b"\0 ") == DEFLATED.encode()
    return stream.tell() - len(head) if deflated else None
