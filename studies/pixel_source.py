"""The pixels of one open file, frame by frame."""

from __future__ import annotations

import io
import os
import stat
import threading
from collections.abc import Callable, Sequence
from typing import BinaryIO, TypeAlias

import numpy as np

from studies.codestream import check_codestream, ends_early, is_uncompressed
from studies.decoder import DecodingFailedError, shared_decoder
from studies.decoding import FILM, Decoded, DecodeRequest
from studies.deflated import DEFLATED, payload_stream
from studies.encapsulated import FrameIndex, index_frames
from studies.errors import UnreadableFileError
from studies.film import film_bytes
from studies.layout import MONOCHROME, PixelLayout
from studies.layouts import has_changed, remembered_layout
from studies.model import Image, ImageHeader, IntArray
from studies.native import read_native_frame
from studies.nifti_pixels import read_nifti_image
from studies.quick_layout import quick_layout
from studies.record import ImageRecord
from studies.record_reader import read_stream
from studies.source import Kind, device_errors, kind_of, open_source, size_of, stamp
from studies.stored_image import stored_image, with_notice

Place: TypeAlias = Callable[[tuple[int, int], "np.dtype[np.integer]"], IntArray | None]
"""Says where the stored values of a grey frame of this shape and dtype are to go.

It returns a contiguous array of them, or None where a new array will do.
"""


def anywhere(_shape: tuple[int, int], _dtype: np.dtype[np.integer]) -> None:
    """Have each image in an array of its own."""


class PixelSource:
    """An open file: where its frames lie is found out once. Any thread may read.

    `layout` is None for what is not DICOM: a PNG or JPEG film, a NIfTI volume.
    """

    def __init__(
        self, stream: BinaryIO, payload: BinaryIO, layout: PixelLayout | None
    ) -> None:
        self._stream = stream
        self._payload = payload  # the inflated stream where the file is deflated
        self._layout = layout
        self._lock = threading.Lock()
        self._index: FrameIndex | None = None

    def read(self, header: ImageHeader, place: Place = anywhere) -> Image:
        """Read the frame of a header.

        Raises
        ------
        UnreadableFileError, UnsupportedImageError
            As `studies.reader.read_image`.
        """
        layout = self._layout
        if layout is None:
            return self._read_film(header, place)
        if header.frame >= layout.frames:
            raise UnreadableFileError(
                header.path, f"it has no frame {header.frame + 1}"
            )
        if layout.photometric_interpretation in MONOCHROME:
            into = place((layout.rows, layout.columns), layout.stored_dtype)
        else:
            into = None
        if layout.is_compressed:
            return _decoded_image(header, self._content(header), layout, into)
        with self._lock, device_errors(header.path):
            samples = read_native_frame(
                header.path, self._payload, layout, header.frame, into
            )
        photometric = layout.photometric_interpretation
        return stored_image(header, samples, layout, photometric, into)

    def close(self) -> None:
        """Close the file; nothing may be reading."""
        self._payload.close()
        self._stream.close()

    def _content(self, header: ImageHeader) -> bytes:
        """Return the code stream of the frame; the fragments are walked once."""
        assert self._layout is not None
        with self._lock, device_errors(header.path):
            if self._index is None:
                self._index = index_frames(header.path, self._payload, self._layout)
            return self._index.read(self._payload, header.frame)

    def _read_film(self, header: ImageHeader, place: Place) -> Image:
        with self._lock, device_errors(header.path):
            self._stream.seek(0)
            if kind_of(self._stream.read(132)) is not Kind.FILM:
                return _placed(read_nifti_image(header, self._stream), place)
            self._stream.seek(0)
            content = film_bytes(header.path, self._stream)
        bits = header.grayscale.bits_stored
        request = DecodeRequest(
            content, FILM, header.rows, header.columns, bits_allocated=bits
        )
        into = place((header.rows, header.columns), request.dtype)
        return Image(header, _decode(header, request, into).samples)


def _placed(image: Image, place: Place) -> Image:
    """Return an image with its values where they are to be."""
    rows, columns = image.stored.shape[:2]
    into = place((rows, columns), image.stored.dtype)
    if into is None:
        return image
    into[...] = image.stored
    return Image(image.header, into)


def open_pixels(header: ImageHeader) -> PixelSource:
    """Open the file of a header; the caller closes it.

    Raises
    ------
    UnreadableFileError
        If it is not there, has changed since, or is damaged.
    """
    path = header.path
    with device_errors(path):
        stream, known = _opened(header)
        try:
            if not header.is_dicom:
                return PixelSource(stream, stream, None)
            layout = _layout(header, stream, known)
            payload = stream
            if layout.transfer_syntax_uid == DEFLATED:
                stream.seek(0)
                payload = payload_stream(path, stream)
        except BaseException:
            stream.close()
            raise
        return PixelSource(stream, payload, layout)


def _opened(header: ImageHeader) -> tuple[BinaryIO, tuple[int, int]]:
    """Return the file, unbuffered, or the member of an archive, and its stamp."""
    path = header.path
    try:
        if stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - Path.stat() takes twice as long
            stream = path.open("rb", buffering=0)
            state = os.fstat(stream.fileno())
            return stream, (state.st_size, state.st_mtime_ns)
    except (OSError, ValueError):
        pass  # what it is, `open_source` says
    return open_source(path), stamp(path)


def _layout(
    header: ImageHeader, stream: BinaryIO, known: tuple[int, int]
) -> PixelLayout:
    """Return the layout of an unchanged file; a changed one is read again."""
    found = remembered_layout(header, known)
    if found is None and not has_changed(header, known):
        size = known[0] if isinstance(stream, io.FileIO) else size_of(stream)
        found = quick_layout(header, stream, size)
    if found is not None:
        return found
    stream.seek(0)
    record = read_stream(header.path, stream)
    if (
        not isinstance(record, ImageRecord)
        or record.layout is None
        or not _is_as_listed(record.headers, header)
    ):
        raise UnreadableFileError(header.path, "it has changed since it was listed")
    return record.layout


def _is_as_listed(found: Sequence[ImageHeader], header: ImageHeader) -> bool:
    """Return whether a changed file still holds what the header says of its pixels.

    Its values would otherwise be shown, measured or placed by what no longer holds.
    """
    if header.frame >= len(found):
        return False
    return _meaning(found[header.frame]) == _meaning(header)


def _meaning(header: ImageHeader) -> tuple[object, ...]:
    gray = header.grayscale
    return (
        header.sop_instance_uid,
        header.rows,
        header.columns,
        gray.photometric_interpretation,
        gray.rescale_slope,
        gray.rescale_intercept,
        gray.rescale_type,
        gray.padding,
        header.plane,
        header.spacing_mm,
    )


def _decoded_image(
    header: ImageHeader, content: bytes, layout: PixelLayout, into: IntArray | None
) -> Image:
    if is_uncompressed(content, layout):
        header = with_notice(header, "Labelled as compressed, but it is not")
        samples = np.frombuffer(content, np.uint8)[: layout.rows * layout.columns]
        samples = samples.reshape(layout.rows, -1)
        return stored_image(header, samples, layout, "MONOCHROME2", into)
    check_codestream(content, layout)
    if ends_early(content, layout.transfer_syntax_uid):
        header = with_notice(
            header, "The compressed pixels end early: part of the image may be missing"
        )
    request = DecodeRequest(
        content,
        layout.transfer_syntax_uid,
        layout.rows,
        layout.columns,
        layout.samples,
        layout.bits_allocated,
        layout.bits_stored,
        layout.pixel_representation,
        layout.planar_configuration,
        layout.photometric_interpretation,
    )
    decoded = _decode(header, request, into)
    photometric = decoded.photometric_interpretation
    return stored_image(header, decoded.samples, layout, photometric, into)


def _decode(
    header: ImageHeader, request: DecodeRequest, into: IntArray | None
) -> Decoded:
    samples = None if into is None else into.view(request.dtype)
    try:
        return shared_decoder().decode(request, samples)
    except DecodingFailedError as error:
        raise UnreadableFileError(header.path, str(error)) from error
