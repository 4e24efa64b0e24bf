"""How the pixels of a file are laid out, checked before any is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studies.dicom_file import BIG_ENDIAN, DicomFile, PixelElement
from studies.elements import Elements
from studies.errors import UnsupportedImageError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MAX_FRAME_BYTES = 512 << 20
MAX_FRAMES = 10_000
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
_THREE_SAMPLES = (
    "RGB",
    "YBR_FULL",
    "YBR_FULL_422",
    "YBR_PARTIAL_420",
    "YBR_ICT",
    "YBR_RCT",
)
_BITS_ALLOCATED = (1, 8, 16, 32)


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Everything needed to read the frames of one file.

    `palette` is the data set that holds the palette's tables, else None;
    `data_offset` and `data_bytes` (None: encapsulated) say where the value of
    the pixel element lies, in the inflated stream where the file is deflated.
    """

    rows: int
    columns: int
    frames: int
    samples: int
    photometric_interpretation: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    pixel_representation: int
    planar_configuration: int
    transfer_syntax_uid: str
    data_offset: int
    data_bytes: int | None
    payload_bytes: int
    palette: Dataset | None = None

    @property
    def frame_bits(self) -> int:
        """Bits of one uncompressed frame, 1-bit frames being packed."""
        samples = 2 if self.is_subsampled else self.samples
        return self.rows * self.columns * samples * self.bits_allocated

    @property
    def stored_dtype(self) -> np.dtype[np.integer]:
        """What the stored values of a grey frame are kept in."""
        kind = "i" if self.pixel_representation == 1 else "u"
        return np.dtype(f"{kind}{max(1, self.bits_allocated // 8)}")

    @property
    def is_subsampled(self) -> bool:
        """Whether two pixels share their colour: uncompressed YBR_FULL_422."""
        return (
            self.photometric_interpretation == "YBR_FULL_422" and not self.is_compressed
        )

    @property
    def is_compressed(self) -> bool:
        """Whether the pixels are encapsulated."""
        return self.data_bytes is None

    @property
    def is_big_endian(self) -> bool:
        """Whether samples of several bytes come most significant byte first."""
        return self.transfer_syntax_uid == BIG_ENDIAN


def read_layout(file: DicomFile, elements: Elements) -> PixelLayout:
    """Read the Image Pixel module and refuse what cannot be shown rightly.

    Raises
    ------
    UnsupportedImageError
        Naming the element, what it holds and what is allowed.

    References
    ----------
    DICOM PS3.3 C.7.6.3.
    """
    pixels = _pixel_element(file)
    bits = _integer(elements, "BitsAllocated")
    stored = elements.integer("BitsStored") or bits
    high_bit = elements.integer("HighBit")
    layout = PixelLayout(
        rows=_integer(elements, "Rows"),
        columns=_integer(elements, "Columns"),
        frames=_frames(elements),
        samples=elements.integer("SamplesPerPixel") or 1,
        photometric_interpretation=elements.text("PhotometricInterpretation").upper(),
        bits_allocated=bits,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        pixel_representation=elements.integer("PixelRepresentation") or 0,
        planar_configuration=elements.integer("PlanarConfiguration") or 0,
        transfer_syntax_uid=file.transfer_syntax_uid,
        data_offset=pixels.offset,
        data_bytes=pixels.length,
        payload_bytes=file.payload_bytes,
        palette=_palette(elements),
    )
    check_layout(layout, elements.note)
    return layout


def check_layout(layout: PixelLayout, note: Callable[[str], None]) -> None:
    """Refuse what cannot be shown rightly; tell what is odd.

    Raises
    ------
    UnsupportedImageError
        Naming the element, what it holds and what is allowed.
    """
    _check_size(layout)
    _check_depth(layout, note)
    _check_colour(layout)
    _check_bytes(layout, note)


def _pixel_element(file: DicomFile) -> PixelElement:
    if file.pixels is None:
        raise UnsupportedImageError("Pixel Data (7FE0,0010)", "none", "the pixels")
    if file.pixels.keyword != "PixelData":
        raise UnsupportedImageError(
            "pixels", file.pixels.keyword, "Pixel Data (7FE0,0010)"
        )
    return file.pixels


def _integer(elements: Elements, keyword: str) -> int:
    found = elements.integer(keyword)
    if found is None:
        raise UnsupportedImageError(keyword, "nothing", "a whole number")
    return found


def _frames(elements: Elements) -> int:
    if not elements.has("NumberOfFrames"):
        return 1
    frames = elements.integer("NumberOfFrames")
    if frames is None or not 1 <= frames <= MAX_FRAMES:
        raise UnsupportedImageError(
            "Number of Frames (0028,0008)", str(frames), f"1 to {MAX_FRAMES}"
        )
    return frames


def _check_size(layout: PixelLayout) -> None:
    """Refuse empty and giant frames before anything is allocated."""
    size = f"{layout.rows} x {layout.columns}"
    if not (0 < layout.rows <= 65535 and 0 < layout.columns <= 65535):
        raise UnsupportedImageError("Rows and Columns", size, "1 to 65535 each")
    if layout.samples not in (1, 3):
        raise UnsupportedImageError(
            "Samples per Pixel (0028,0002)", str(layout.samples), "1 or 3"
        )
    if layout.frame_bits // 8 > MAX_FRAME_BYTES:
        raise UnsupportedImageError(
            "Rows and Columns", size, f"at most {MAX_FRAME_BYTES >> 20} MB a frame"
        )


def _check_depth(layout: PixelLayout, note: Callable[[str], None]) -> None:
    allocated, stored = layout.bits_allocated, layout.bits_stored
    if allocated not in _BITS_ALLOCATED:
        raise UnsupportedImageError(
            "Bits Allocated (0028,0100)", str(allocated), "1, 8, 16 or 32"
        )
    if not 1 <= stored <= allocated:
        raise UnsupportedImageError(
            "Bits Stored (0028,0101)", str(stored), f"1 to {allocated}"
        )
    if not stored - 1 <= layout.high_bit < allocated:
        raise UnsupportedImageError(
            "High Bit (0028,0102)", str(layout.high_bit), f"{stored - 1}"
        )
    if layout.pixel_representation not in (0, 1):
        raise UnsupportedImageError(
            "Pixel Representation (0028,0103)",
            str(layout.pixel_representation),
            "0 or 1",
        )
    if layout.high_bit != stored - 1:
        note(f"High Bit is {layout.high_bit}, not Bits Stored - 1")


def _check_colour(layout: PixelLayout) -> None:
    photometric, samples = layout.photometric_interpretation, layout.samples
    if photometric in (*MONOCHROME, PALETTE):
        allowed = 1
    elif photometric in _THREE_SAMPLES:
        allowed = 3
    else:
        raise UnsupportedImageError(
            "Photometric Interpretation (0028,0004)",
            f"'{photometric}'" if photometric else "nothing",
            ", ".join((*MONOCHROME, PALETTE, *_THREE_SAMPLES)),
        )
    if samples != allowed:
        raise UnsupportedImageError(
            f"Samples per Pixel (0028,0002) of {photometric}",
            str(samples),
            f"{allowed}",
        )
    if samples == 3 and layout.bits_allocated not in (8, 16):
        raise UnsupportedImageError(
            "Bits Allocated of a colour image", str(layout.bits_allocated), "8 or 16"
        )
    if photometric == PALETTE and layout.palette is None:
        raise UnsupportedImageError("palette", "no tables", "three tables")


def _check_bytes(layout: PixelLayout, note: Callable[[str], None]) -> None:
    """Refuse pixels that are fewer than the header says."""
    declared = layout.data_bytes
    if declared is None:
        return
    there = min(declared, layout.payload_bytes - layout.data_offset)
    needed = (layout.frame_bits * layout.frames + 7) // 8
    if there < needed:
        raise UnsupportedImageError(
            "Pixel Data (7FE0,0010)", f"{there} bytes", f"{needed} bytes"
        )
    if declared > needed + needed % 2:
        note(f"Pixel data is {declared - needed} bytes longer than the image")


def _palette(elements: Elements) -> Dataset | None:
    """Return the palette's tables alone, or None if not all are there."""
    colours = ("Red", "Green", "Blue")
    tables = [f"{colour}PaletteColorLookupTable" for colour in colours]
    if not all(elements.has(f"{table}Descriptor") for table in tables):
        return None
    plain = all(elements.has(f"{table}Data") for table in tables)
    parted = all(elements.has(f"Segmented{table}Data") for table in tables)
    return elements.dataset if plain or parted else None
