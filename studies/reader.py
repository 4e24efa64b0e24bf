"""A file -> its headers; a header -> its pixels."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from studies.codestream import check_codestream, ends_early, is_uncompressed
from studies.decoder import DecodingFailedError, shared_decoder
from studies.decoding import FILM, Decoded, DecodeRequest
from studies.deflated import DEFLATED, payload_stream
from studies.dicom_file import pydicom_errors
from studies.encapsulated import read_encapsulated_frame
from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.film import film_bytes, read_film_record
from studies.header import header_record
from studies.layout import PixelLayout
from studies.model import Image, ImageHeader, IntArray
from studies.native import read_native_frame
from studies.nifti import read_nifti_record
from studies.nifti_pixels import read_nifti_image
from studies.nifti_source import is_packed_nifti
from studies.record import ImageRecord, OtherRecord
from studies.source import Kind, device_errors, kind_of, open_source, stamp
from studies.stored_values import (
    from_palette,
    is_palette,
    masked,
    needs_rounding,
    rounding_shift,
    to_rgb,
)

_EMPTY = "it is empty"
_REMEMBERED_LAYOUTS = 256
_layouts: OrderedDict[tuple[Path, tuple[int, int]], PixelLayout] = OrderedDict()
_layouts_lock = threading.Lock()


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
        _remember(path, record.layout)
    return record


def read_film(path: Path) -> Image:
    """Read header and pixels of a file's first frame; errors as in `read_image`."""
    return read_image(read_header(path)[0])


def read_image(header: ImageHeader) -> Image:
    """Read the pixels of one frame.

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
    with device_errors(header.path), open_source(header.path) as stream:
        if not header.is_dicom:
            if kind_of(stream.read(132)) is not Kind.FILM:
                return read_nifti_image(header, stream)
            stream.seek(0)
            return _read_film_image(header, stream)
        layout = _layout(header, stream)
        if header.frame >= layout.frames:
            raise UnreadableFileError(
                header.path, f"it has no frame {header.frame + 1}"
            )
        payload = stream
        if layout.transfer_syntax_uid == DEFLATED:
            payload = payload_stream(header.path, stream)
        if not layout.is_compressed:
            samples = read_native_frame(header.path, payload, layout, header.frame)
            photometric = layout.photometric_interpretation
            return _as_image(header, samples, layout, photometric)
        content = read_encapsulated_frame(header.path, payload, layout, header.frame)
    return _decoded_image(header, content, layout)


def _read_film_image(header: ImageHeader, stream: BinaryIO) -> Image:
    request = DecodeRequest(
        film_bytes(header.path, stream), FILM, header.rows, header.columns
    )
    return Image(header, _decode(header.path, request).samples)


def _decoded_image(header: ImageHeader, content: bytes, layout: PixelLayout) -> Image:
    if is_uncompressed(content, layout):
        header = _with_notice(header, "Labelled as compressed, but it is not")
        samples = np.frombuffer(content, np.uint8)[: layout.rows * layout.columns]
        return _as_image(
            header, samples.reshape(layout.rows, -1), layout, "MONOCHROME2"
        )
    check_codestream(content, layout)
    if ends_early(content, layout.transfer_syntax_uid):
        header = _with_notice(
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
    decoded = _decode(header.path, request)
    photometric = decoded.photometric_interpretation
    return _as_image(header, decoded.samples, layout, photometric)


def _decode(path: Path, request: DecodeRequest) -> Decoded:
    try:
        return shared_decoder().decode(request)
    except DecodingFailedError as error:
        raise UnreadableFileError(path, str(error)) from error


def _as_image(
    header: ImageHeader, samples: IntArray, layout: PixelLayout, photometric: str
) -> Image:
    if samples.ndim == 3:
        return Image(header, to_rgb(samples, layout, photometric))
    stored = masked(samples, layout)
    if is_palette(layout):
        return Image(header, from_palette(stored, layout))
    if needs_rounding(stored, header.grayscale):
        return _rounded(header, stored)
    return Image(header, stored)


def _rounded(header: ImageHeader, stored: IntArray) -> Image:
    """Return a 32-bit image in 16-bit steps, its rescale adjusted to match."""
    shift = rounding_shift(stored)
    params = replace(
        header.grayscale,
        rescale_slope=header.grayscale.rescale_slope * (1 << shift),
        padding=None,
    )
    told = _with_notice(header, f"{params.bits_stored}-bit values rounded to 16 bits")
    return Image(replace(told, grayscale=params), stored >> shift)


def _with_notice(header: ImageHeader, notice: str) -> ImageHeader:
    return replace(header, notices=(*header.notices, notice))


def _layout(header: ImageHeader, stream: BinaryIO) -> PixelLayout:
    """Return the remembered layout of an unchanged file, else read it again."""
    with _layouts_lock:
        found = _layouts.get((header.path, stamp(header.path)))
    if found is not None:
        return found
    record = read_stream(header.path, stream)
    stream.seek(0)
    if not isinstance(record, ImageRecord) or record.layout is None:
        raise UnreadableFileError(header.path, "it has changed since it was listed")
    if record.headers[0].sop_instance_uid != header.sop_instance_uid:
        raise UnreadableFileError(header.path, "it has changed since it was listed")
    return record.layout


def _remember(path: Path, layout: PixelLayout) -> None:
    with _layouts_lock:
        _layouts[path, stamp(path)] = layout
        while len(_layouts) > _REMEMBERED_LAYOUTS:
            _layouts.popitem(last=False)
