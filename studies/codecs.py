"""The codec of each transfer syntax; what runs where a crash costs one image.

All but PNG and JPEG films are imagecodecs' (BSD licences): libjpeg-turbo for
JPEG, lossless too, CharLS, OpenJPEG, OpenJPH. They give what the code stream
holds; signs and colours are the data set's affair. Nothing here imports pydicom:
a decoder's process is to be small and quick to start.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from studies import transfer_syntax as syntaxes
from studies.codestream import CodestreamHeader, read_codestream_header
from studies.decoding import FILM, DecodeRequest

_Samples: TypeAlias = NDArray[Any]


def decode_stream(request: DecodeRequest, content: bytes) -> tuple[_Samples, str]:
    """Decode a code stream, whatever shape and dtype come out of it.

    Returns
    -------
    samples
        Colour as (rows, columns, 3).
    photometric_interpretation
        What colour they are in: the transform of JPEG 2000 is undone here
        already, that of JPEG is not.
    """
    syntax = request.transfer_syntax_uid
    if syntax == FILM:
        return _film(content), request.photometric_interpretation
    if syntax == syntaxes.RLE:
        return _rle(request, content), request.photometric_interpretation
    header = read_codestream_header(content, syntax)
    samples = np.asarray(_codec(syntax)(content))
    if header is None:
        return samples, request.photometric_interpretation
    if request.pixel_representation == 1 and not header.is_signed:
        samples = _signed(samples, header.bits)
    return samples, _photometric(request, header)


def preload() -> None:
    """Import the codecs now, so that no decode's time or memory pays for it."""
    import imagecodecs
    from PIL import JpegImagePlugin, PngImagePlugin  # noqa: F401 - only to be there

    for name in ("jpeg8", "jpegls", "jpeg2k", "htj2k", "packbits"):
        getattr(imagecodecs, f"{name}_decode")


def _codec(syntax: str) -> Callable[[bytes], _Samples]:
    import imagecodecs

    if syntax in syntaxes.JPEG_LS_ALL:
        return imagecodecs.jpegls_decode
    if syntax in (syntaxes.JPEG_2000_LOSSLESS, syntaxes.JPEG_2000):
        return imagecodecs.jpeg2k_decode
    if syntax in syntaxes.JPEG_2000_ALL:
        return imagecodecs.htj2k_decode
    return _jpeg


def _jpeg(content: bytes) -> _Samples:
    """Decode JPEG of any process; both colour spaces alike: nothing is converted."""
    import imagecodecs

    components = read_codestream_header(content, syntaxes.JPEG_BASELINE)
    if components is not None and components.components == 3:
        return np.asarray(
            imagecodecs.jpeg8_decode(content, colorspace="rgb", outcolorspace="rgb")
        )
    return np.asarray(imagecodecs.jpeg8_decode(content))


def _photometric(request: DecodeRequest, header: CodestreamHeader) -> str:
    """Return the colour space, the code stream's word before the data set's.

    A JFIF marker means YCbCr (ITU-T T.871), as does Adobe's with transform 1;
    component identifiers "RGB" mean RGB. pydicom decides alike.
    """
    stated = request.photometric_interpretation
    if request.samples != 3:
        return stated
    if stated in ("YBR_RCT", "YBR_ICT"):
        return "RGB"
    if header.colour == "RGB" or (header.colour == "YBR" and "YBR" not in stated):
        return "RGB" if header.colour == "RGB" else "YBR_FULL"
    return stated


def _signed(samples: _Samples, bits: int) -> _Samples:
    """Extend the sign of values that a codec gave as unsigned.

    13-bit 0x1830 is -2000; CharLS gives 6192, for JPEG-LS knows no sign.
    """
    size = samples.dtype.itemsize * 8
    if samples.dtype.kind != "u" or bits >= size:
        return samples.view(f"i{samples.dtype.itemsize}")
    lift = np.array(size - bits, samples.dtype)
    lifted = (samples << lift).view(f"i{samples.dtype.itemsize}")
    return np.asarray(lifted >> lift.astype(lifted.dtype))


def _rle(request: DecodeRequest, content: bytes) -> _Samples:
    """Decode RLE: a segment each byte of each sample, highest first (PS3.5 G.2)."""
    import imagecodecs

    pixels, width = request.rows * request.columns, request.dtype.itemsize
    offsets = np.frombuffer(content, "<u4", 16).tolist()
    count = offsets[0]
    if count != request.samples * width:
        raise ValueError("another number of segments than the header")
    values = np.empty((request.samples, pixels), request.dtype)
    ends = [*offsets[2 : count + 1], len(content)]
    for index, (start, end) in enumerate(
        zip(offsets[1 : count + 1], ends, strict=True)
    ):
        plane = imagecodecs.packbits_decode(content[start:end])
        if len(plane) < pixels:
            raise ValueError("a segment ends early")
        sample, place = divmod(index, width)
        octets, target = np.frombuffer(plane, np.uint8, pixels), values[sample]
        if place == 0:
            np.copyto(target, octets)
        else:  # Three times as fast as writing to every second byte.
            np.left_shift(target, 8, out=target)
            np.bitwise_or(target, octets, out=target)
    values = values.reshape(request.samples, request.rows, request.columns)
    return np.moveaxis(values, 0, -1) if request.samples > 1 else values[0]


def _film(content: bytes) -> _Samples:
    """Decode a PNG or JPEG film to grey; colour becomes luminance (BT.601)."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
        turned = ImageOps.exif_transpose(opened)
        if turned.mode in ("I;16", "I;16B", "I"):
            return np.asarray(turned).astype(np.uint16)
        if turned.mode in ("LA", "RGBA", "PA", "P"):
            turned = turned.convert("RGBA").convert("RGB")
        return np.asarray(turned.convert("L"))
