"""Overlay planes (60xx) of an image, placed on its pixels (DICOM PS3.3 C.9.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studies.deflated import DEFLATED, payload_stream
from studies.dicom_file import BIG_ENDIAN, foreseen, pydicom_errors
from studies.layout import PixelLayout
from studies.mark_colours import YELLOW
from studies.mark_model import Mark, MarkKind, Region
from studies.model import ImageHeader, OtherObject
from studies.native import read_native_frame
from studies.reader import read_file
from studies.record import ImageRecord
from studies.source import Kind, device_errors, kind_of, open_source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

BoolArray = NDArray[np.bool_]
_GROUPS = tuple(0x6000 + 2 * index for index in range(16))
_ELEMENTS = (
    0x0010,  # Overlay Rows
    0x0011,  # Overlay Columns
    0x0015,  # Number of Frames in Overlay
    0x0022,  # Overlay Description
    0x0040,  # Overlay Type
    0x0050,  # Overlay Origin
    0x0051,  # Image Frame Origin
    0x0100,  # Overlay Bits Allocated
    0x0102,  # Overlay Bit Position
    0x1500,  # Overlay Label
    0x3000,  # Overlay Data
)
_LARGEST_PLANE = 1 << 28


@dataclass(frozen=True, slots=True, eq=False)
class OverlayPlane:
    """One overlay plane on one frame.

    Attributes
    ----------
    group
        0x6000, 0x6002 and so on.
    is_region
        Whether it marks a region of interest (type R), not graphics (type G).
    mask
        (rows, columns) of the image, read-only; what lies outside is cut off.
    notice
        What of it is not drawn and why, "" if all is.
    """

    group: int
    label: str
    is_region: bool
    mask: BoolArray
    notice: str = ""

    def __post_init__(self) -> None:
        self.mask.setflags(write=False)


@dataclass(slots=True, eq=False)
class _Plane:
    """The elements of one group, read tolerantly."""

    dataset: Dataset
    group: int
    notices: list[str] = field(default_factory=list)

    def value(self, element: int) -> object:
        try:
            return self.dataset[self.group << 16 | element].value
        except foreseen():
            return None

    def numbers(self, element: int) -> tuple[int, ...]:
        found = self.value(element)
        values = found if hasattr(found, "__iter__") else (found,)
        try:
            return tuple(int(value) for value in values)
        except foreseen():
            return ()

    def number(self, element: int, absent: int) -> int:
        found = self.numbers(element)
        return found[0] if found else absent

    def text(self, element: int) -> str:
        found = self.value(element)
        words = str(found) if isinstance(found, str) else ""
        return "".join(c for c in words if c.isprintable()).strip()[:64]


def read_overlays(header: ImageHeader) -> tuple[OverlayPlane, ...]:
    """Read the overlay planes of an image, each placed on its pixels.

    Both kinds: those with data of their own and the retired ones in unused bits
    of the pixels. A plane that cannot be drawn wholly comes with a notice.

    Raises
    ------
    UnreadableFileError, UnsupportedImageError
        If the file itself has become unreadable.
    """
    if not header.is_dicom:
        return ()
    dataset, big_endian = _read(header)
    groups = [g for g in _GROUPS if (g << 16 | 0x0010) in dataset]
    planes = [_Plane(dataset, group) for group in groups]
    return tuple(_overlay(plane, header, big_endian) for plane in planes)


def overlay_marks(
    planes: tuple[OverlayPlane, ...], header: ImageHeader
) -> tuple[Mark, ...]:
    """Return overlay planes as marks, to be drawn with all others."""
    source = OtherObject(
        header.path,
        "Overlay planes",
        header.sop_class_uid,
        header.sop_instance_uid,
        header.study_instance_uid,
    )
    found = []
    for plane in planes:
        mask = np.where(plane.mask, np.uint8(255), np.uint8(0))
        region = Region.of(mask)
        if region is not None:
            kind = MarkKind.SEGMENT if plane.is_region else MarkKind.OVERLAY
            key = f"{header.series_instance_uid}/overlay.{plane.group:04x}"
            found.append(Mark(key, plane.label, YELLOW, kind, source, region=region))
    return tuple(found)


def _read(header: ImageHeader) -> tuple[Dataset, bool]:
    tags = [group << 16 | element for group in _GROUPS for element in _ELEMENTS]
    with device_errors(header.path), open_source(header.path) as stream:
        bare = kind_of(stream.read(132)) is not Kind.DICOM
        stream.seek(0)
        with pydicom_errors(header.path):
            from pydicom import filereader

            payload = payload_stream(header.path, stream)
            if payload is not stream:
                dataset = filereader.read_dataset(
                    payload, False, True, stop_when=_at_pixels, specific_tags=tags
                )
                return dataset, False
            found = filereader.read_partial(
                stream, _at_pixels, force=bare, specific_tags=tags
            )
            syntax = str(found.file_meta.get("TransferSyntaxUID", ""))
            return found, syntax == BIG_ENDIAN


def _at_pixels(tag: int, _vr: str | None, _length: int) -> bool:
    return int(tag) >> 16 == 0x7FE0


def _overlay(plane: _Plane, header: ImageHeader, big_endian: bool) -> OverlayPlane:
    label = plane.text(0x1500) or plane.text(0x0022)
    shape = plane.number(0x0010, 0), plane.number(0x0011, 0)
    bits = None
    if not (0 < shape[0] <= 0xFFFF and 0 < shape[1] <= 0xFFFF):
        plane.notices.append(f"its size is {shape[0]} x {shape[1]}")
    elif shape[0] * shape[1] > _LARGEST_PLANE:
        plane.notices.append(f"it is larger than {_LARGEST_PLANE >> 20} million pixels")
    elif (plane.group << 16 | 0x3000) in plane.dataset:
        bits = _separate(plane, header, shape, big_endian)
    else:
        bits = _embedded(plane, header)
    mask = np.zeros((header.rows, header.columns), bool)
    if bits is not None:
        _paste(mask, bits, plane.numbers(0x0050))
    name = label or f"Overlay {plane.group:04X}"
    told = f"{name}: {'; '.join(plane.notices)}." if plane.notices else ""
    is_region = plane.text(0x0040).upper() == "R"
    return OverlayPlane(plane.group, name, is_region, mask, told)


def _separate(
    plane: _Plane, header: ImageHeader, shape: tuple[int, int], big_endian: bool
) -> BoolArray | None:
    """Return the bits of Overlay Data; the first pixel is the lowest bit."""
    frames = max(plane.number(0x0015, 1), 1)
    # One overlay is for all frames; of several the first is for the frame named.
    frame = 0 if frames == 1 else header.frame - (plane.number(0x0051, 1) - 1)
    if not 0 <= frame < frames:
        return None
    content = plane.value(0x3000)
    if not isinstance(content, bytes):
        plane.notices.append("its data cannot be read")
        return None
    count = shape[0] * shape[1]
    first = frame * count
    part = np.frombuffer(content, np.uint8)
    if big_endian and len(part) % 2 == 0:
        part = part.reshape(-1, 2)[:, ::-1].reshape(-1)  # OW: bytes of 16-bit words
    part = part[first // 8 : (first + count + 7) // 8]
    bits = np.unpackbits(part, bitorder="little")[first % 8 :][:count]
    if len(bits) < count:
        plane.notices.append(
            f"its data end early; {len(bits)} of {count} pixels are drawn"
        )
        bits = np.pad(bits, (0, count - len(bits)))
    return bits.reshape(shape).astype(bool)


def _embedded(plane: _Plane, header: ImageHeader) -> BoolArray | None:
    """Return the bits of a plane within the pixels (retired, PS3.3-2004 C.9.2)."""
    record = read_file(header.path)
    layout = record.layout if isinstance(record, ImageRecord) else None
    position = plane.number(0x0102, 0)
    why = _unusable(layout, position)
    if why or layout is None:
        plane.notices.append(why)
        return None
    with device_errors(header.path), open_source(header.path) as stream:
        payload = stream
        if layout.transfer_syntax_uid == DEFLATED:
            payload = payload_stream(header.path, stream)
        samples = read_native_frame(header.path, payload, layout, header.frame)
    return np.asarray((samples.astype(np.uint32) >> np.uint32(position)) & 1, bool)


def _unusable(layout: PixelLayout | None, position: int) -> str:
    if layout is None or layout.samples != 1:
        return "it has no data"
    if layout.is_compressed:
        return "it lies in unused bits of compressed pixels"
    lowest = layout.high_bit - layout.bits_stored + 1
    if not 0 <= position < layout.bits_allocated:
        return f"bit {position} does not exist"
    if lowest <= position <= layout.high_bit:
        return f"bit {position} belongs to the pixels"
    return ""


def _paste(mask: BoolArray, bits: BoolArray, origin: tuple[int, ...]) -> None:
    """Lay a plane onto the image; its origin is row and column, from 1."""
    row, column = (origin[0] - 1, origin[1] - 1) if len(origin) == 2 else (0, 0)
    top, left = max(row, 0), max(column, 0)
    bottom = min(row + bits.shape[0], mask.shape[0])
    right = min(column + bits.shape[1], mask.shape[1])
    if bottom > top and right > left:
        mask[top:bottom, left:right] = bits[
            top - row : bottom - row, left - column : right - column
        ]
