"""What a code stream says of itself, compared with the data set before decoding.

A decoder allocates what the code stream asks for: one that claims 65535 x 65535
for an image of 64 x 64 is refused before any decoder sees it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studies import transfer_syntax as syntaxes
from studies.errors import UnsupportedImageError

if TYPE_CHECKING:
    from studies.layout import PixelLayout

_SOI = b"\xff\xd8"
_SOC_SIZ = b"\xff\x4f\xff\x51"
_END = b"\xff\xd9"
# Start of frame: baseline to arithmetic, and 0xF7 for JPEG-LS; C4, C8 and CC
# are tables.
_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_JFIF_APP0, _ADOBE_APP14 = 0xE0, 0xEE
_RGB_IDENTIFIERS = (b"RGB", b"rgb")


@dataclass(frozen=True, slots=True)
class CodestreamHeader:
    """Size, components and bits a code stream declares.

    `colour` is "RGB" or "YBR" where a JPEG says which, else "". Only JPEG 2000
    knows signed values.
    """

    rows: int
    columns: int
    components: int
    bits: int
    is_signed: bool = False
    colour: str = ""


def check_codestream(content: bytes, layout: PixelLayout) -> None:
    """Refuse a code stream whose header contradicts the data set.

    Raises
    ------
    UnsupportedImageError
        Naming both.
    """
    if layout.transfer_syntax_uid == syntaxes.RLE:
        _check_rle(content, layout)
        return
    found = read_codestream_header(content, layout.transfer_syntax_uid)
    if found is None:
        raise UnsupportedImageError(
            "code stream", "no header of its kind", "what the transfer syntax names"
        )
    if (found.rows, found.columns) != (layout.rows, layout.columns):
        raise UnsupportedImageError(
            "size in the code stream",
            f"{found.rows} x {found.columns}",
            f"{layout.rows} x {layout.columns} as in the header",
        )
    if found.components != layout.samples:
        raise UnsupportedImageError(
            "components in the code stream", str(found.components), f"{layout.samples}"
        )
    if found.bits > layout.bits_allocated:
        raise UnsupportedImageError(
            "bits in the code stream", str(found.bits), f"up to {layout.bits_allocated}"
        )


def read_codestream_header(content: bytes, syntax: str) -> CodestreamHeader | None:
    """Return what the code stream declares, None if it is not of the syntax."""
    try:
        if syntax in syntaxes.JPEG_2000_ALL:
            return _read_siz(content)
        return _read_sof(content, is_jpeg_ls=syntax in syntaxes.JPEG_LS_ALL)
    except (struct.error, IndexError):
        return None


def is_uncompressed(content: bytes, layout: PixelLayout) -> bool:
    """Return whether an 8-bit grey frame lies in its fragment as it is.

    Some writers label such a file as JPEG: it has exactly a byte a pixel and no
    header of any code stream.
    """
    size = layout.rows * layout.columns
    return (
        layout.transfer_syntax_uid in syntaxes.JPEG
        and layout.bits_allocated == 8
        and layout.samples == 1
        and len(content) in (size, size + size % 2)
        and not content.startswith(_SOI)
    )


def ends_early(content: bytes, syntax: str) -> bool:
    """Return whether the end marker is missing: the stream was cut."""
    if syntax == syntaxes.RLE:
        return False
    # Padding to even length should be a zero byte but is any byte in some files.
    tail = content[-64:]
    return not (tail.rstrip(b"\0").endswith(_END) or tail[:-1].endswith(_END))


def _read_siz(content: bytes) -> CodestreamHeader | None:
    """Read the SIZ marker (ISO/IEC 15444-1 A.5.1), behind a JP2 box or not."""
    start = content.find(_SOC_SIZ, 0, 1 << 16)
    if start < 0:
        return None
    x, y, x0, y0 = struct.unpack_from(">4I", content, start + 8)
    components, depth = struct.unpack_from(">HB", content, start + 40)
    bits, is_signed = (depth & 0x7F) + 1, bool(depth & 0x80)
    return CodestreamHeader(y - y0, x - x0, components, bits, is_signed)


def _read_sof(content: bytes, *, is_jpeg_ls: bool) -> CodestreamHeader | None:
    """Read the start-of-frame marker (ITU-T T.81 B.2.2)."""
    if not content.startswith(_SOI):
        return None
    position, colour = 2, ""
    while content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF or marker in _STANDALONE:
            position += 1 if marker == 0xFF else 2
            continue
        if marker in _SOF:
            if (marker == 0xF7) is not is_jpeg_ls:
                return None
            bits, rows, columns, components = struct.unpack_from(
                ">BHHB", content, position + 4
            )
            # Each component takes 3 bytes, its identifier first.
            names = content[position + 10 : position + 19 : 3]
            if components == 3 and names in _RGB_IDENTIFIERS:
                colour = "RGB"
            return CodestreamHeader(rows, columns, components, bits, colour=colour)
        if _says_ybr(marker, content[position + 4 : position + 16]):
            colour = "YBR"
        position += 2 + int(struct.unpack_from(">H", content, position + 2)[0])
    return None


def _says_ybr(marker: int, content: bytes) -> bool:
    """Return whether an application marker says YCbCr: JFIF, Adobe's transform 1."""
    if marker == _JFIF_APP0:
        return content.startswith(b"JFIF")
    return marker == _ADOBE_APP14 and content.startswith(b"Adobe") and content[11] == 1


def _check_rle(content: bytes, layout: PixelLayout) -> None:
    """Check the RLE header: a segment a byte of each sample (PS3.5 G.5)."""
    expected = layout.samples * layout.bits_allocated // 8
    if len(content) < 64:
        raise UnsupportedImageError("RLE header", f"{len(content)} bytes", "64 bytes")
    count, *offsets = struct.unpack_from("<16I", content)
    if count != expected:
        raise UnsupportedImageError("RLE segments", str(count), str(expected))
    used = offsets[:count]
    if used != sorted(used) or used[0] != 64 or used[-1] >= len(content):
        raise UnsupportedImageError(
            "RLE segment offsets", "outside the data", f"64 to {len(content) - 1}"
        )
