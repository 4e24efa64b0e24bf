"""A file -> its headers; a header -> its pixels."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from studies.errors import UnsupportedImageError
from studies.model import Image, ImageHeader
from studies.pixel_source import open_pixels
from studies.record import OtherRecord
from studies.record_reader import read_file, read_stream

__all__ = ["read_file", "read_film", "read_header", "read_image", "read_stream"]


def read_header(path: Path) -> tuple[ImageHeader, ...]:
    """Read the headers of a file, one a frame; no pixels are read.

    Parameters
    ----------
    path
        A DICOM file, a NIfTI volume, a PNG or JPEG film, or a member of a zip
        archive, named by a path below the archive's.

    Raises
    ------
    UnreadableFileError
        If it is no such file or too damaged to read.
    UnsupportedImageError
        If it is an object without pixels, or an image that cannot be shown
        rightly.
    """
    record = read_file(path)
    if isinstance(record, OtherRecord):
        raise UnsupportedImageError(path.name, record.what, "an image")
    return record.headers


def read_film(path: Path) -> Image:
    """Read header and pixels of a file's first frame; errors as in `read_image`."""
    return read_image(read_header(path)[0])


def read_image(header: ImageHeader) -> Image:
    """Read the pixels of one frame; `studies.series_pixels` reads many.

    Uncompressed pixels are read here; compressed ones in a child process with
    limits of 15 s and 1 GB. Colour becomes (rows, columns, 3) uint8 RGB. The
    image's header may carry further notices.

    Raises
    ------
    UnreadableFileError
        If the file has changed, is cut short, or its pixels cannot be decoded.
    UnsupportedImageError
        If header and pixels contradict each other.
    """
    with closing(open_pixels(header)) as pixels:
        return pixels.read(header)
