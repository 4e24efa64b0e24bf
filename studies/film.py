"""PNG and JPEG films: images that are not DICOM and say nothing of a patient."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.identity import StudyFacts, derived_uid
from studies.model import GrayscaleParameters, ImageHeader, Patient
from studies.record import ImageRecord

NOT_DICOM = "not DICOM"
MAX_FILM_BYTES = 256 << 20
_MAX_PIXELS = 128_000_000
_SIXTEEN_BITS = ("I;16", "I;16B", "I")
_EXIF_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)


def read_film_record(path: Path, stream: BinaryIO) -> ImageRecord:
    """Read the header of a PNG or JPEG film; UIDs are derived from its bytes.

    Raises
    ------
    UnreadableFileError
        If it is damaged.
    UnsupportedImageError
        If it has more than 128 million pixels.
    """
    content = film_bytes(path, stream)
    rows, columns, bits = _size(path, content)
    if rows * columns > _MAX_PIXELS:
        raise UnsupportedImageError(
            "size", f"{rows} x {columns}", f"{_MAX_PIXELS:,} pixels"
        )
    digest = hashlib.sha256(content).hexdigest()
    header = ImageHeader(
        path=path,
        frame=0,
        sop_instance_uid=derived_uid(digest, "film"),
        sop_class_uid="",
        series_instance_uid=derived_uid(digest, "film series"),
        study_instance_uid=derived_uid(digest, "film study"),
        modality="",
        rows=rows,
        columns=columns,
        grayscale=GrayscaleParameters("MONOCHROME2", bits, 0),
        is_dicom=False,
        notices=(NOT_DICOM,),
    )
    facts = StudyFacts(header.study_instance_uid, path.name, None, "")
    nobody = Patient("", "", None, "")
    return ImageRecord(nobody, facts, None, (header,), None)


def film_bytes(path: Path, stream: BinaryIO) -> bytes:
    """Return the whole file.

    Raises
    ------
    UnreadableFileError
        If it is over 256 MB.
    """
    content = stream.read(MAX_FILM_BYTES + 1)
    if len(content) > MAX_FILM_BYTES:
        raise UnreadableFileError(path, "a film is over 256 MB")
    return content


def _size(path: Path, content: bytes) -> tuple[int, int, int]:
    """Return rows, columns and bits without decoding the pixels.

    Pillow itself stops at 178 million pixels (twice its MAX_IMAGE_PIXELS).
    """
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        with opened:
            columns, rows = opened.size
            bits = 16 if opened.mode in _SIXTEEN_BITS else 8
            turned = opened.getexif().get(_EXIF_ORIENTATION) in _TURNED
    except Image.DecompressionBombError as error:
        raise UnsupportedImageError(
            "size", "over 178,000,000 pixels", f"{_MAX_PIXELS:,} pixels"
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableFileError(
            path, f"not a sound PNG or JPEG ({type(error).__name__})"
        ) from error
    return (columns, rows, bits) if turned else (rows, columns, bits)
