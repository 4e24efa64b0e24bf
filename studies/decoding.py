"""Decodes code streams: what runs inside the decoder's child process."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from studies import transfer_syntax as syntaxes
from studies.model import IntArray

MEMORY_LIMIT_BYTES = 1 << 30
TIME_LIMIT_S = 15
FILM = "film"
# python-gdcm is never asked: a JPEG-LS header that lies aborts the process.
_PLUGINS = {
    syntaxes.JPEG_BASELINE: "pillow",
    syntaxes.RLE: "pylibjpeg",
    **dict.fromkeys(syntaxes.JPEG_LS_ALL, "pyjpegls"),
    **dict.fromkeys(syntaxes.JPEG_2000_ALL, "pylibjpeg"),
}


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """One code stream and what the data set says of it.

    `transfer_syntax_uid` is ``FILM`` for a PNG or JPEG file.
    """

    content: bytes
    transfer_syntax_uid: str
    rows: int
    columns: int
    samples: int = 1
    bits_allocated: int = 8
    bits_stored: int = 8
    pixel_representation: int = 0
    planar_configuration: int = 0
    photometric_interpretation: str = "MONOCHROME2"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples as the codec gave them, and what colour they are in."""

    samples: IntArray
    photometric_interpretation: str


def decode(request: DecodeRequest) -> Decoded:
    """Decode one frame in this process; raises whatever the codec raises."""
    if request.transfer_syntax_uid == FILM:
        return Decoded(_decode_film(request.content), "MONOCHROME2")
    if request.transfer_syntax_uid in _PLUGINS:
        return _decode_with_pydicom(request)
    return _decode_jpeg(request)


def serve(connection: Connection) -> None:
    """Answer requests until the pipe closes; the child process's main function."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # nobody reads this process's stderr
    _import_codecs()
    _limit_memory()
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            request: DecodeRequest = connection.recv()
            _arm_alarm()
            connection.send(_answer(request))


def _answer(request: DecodeRequest) -> Decoded | str:
    try:
        decoded = decode(request)
        expected = (request.rows, request.columns)
        if decoded.samples.shape[:2] != expected:
            return "another size than the header"
        return Decoded(
            np.ascontiguousarray(decoded.samples), decoded.photometric_interpretation
        )
    except MemoryError:
        return f"more than {MEMORY_LIMIT_BYTES >> 20} MB"
    except Exception as error:  # noqa: BLE001 - codecs raise what they like, and this process exists to contain it
        return type(error).__name__


def _decode_with_pydicom(request: DecodeRequest) -> Decoded:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    # pydicom types its options as one TypedDict that no keyword fits.
    options: dict[str, Any] = {
        "rows": request.rows,
        "columns": request.columns,
        "samples_per_pixel": request.samples,
        "bits_allocated": request.bits_allocated,
        "bits_stored": request.bits_stored,
        "pixel_representation": request.pixel_representation,
        "planar_configuration": request.planar_configuration,
        "photometric_interpretation": request.photometric_interpretation,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    plugin = _PLUGINS[request.transfer_syntax_uid]
    content = encapsulate([request.content], has_bot=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decoder = get_decoder(UID(request.transfer_syntax_uid))
        array, told = decoder.as_array(
            content, index=0, decoding_plugin=plugin, **options
        )
    return Decoded(np.asarray(array), str(told["photometric_interpretation"]))


def _decode_jpeg(request: DecodeRequest) -> Decoded:
    """Decode JPEG lossless and 12-bit JPEG, which Pillow cannot."""
    import imagecodecs

    if request.transfer_syntax_uid == syntaxes.JPEG_EXTENDED:
        decoded = imagecodecs.jpeg8_decode(request.content)
    elif request.samples == 1:
        decoded = imagecodecs.ljpeg_decode(request.content)
    else:
        decoded = imagecodecs.jpegsof3_decode(request.content)
    return Decoded(np.asarray(decoded), request.photometric_interpretation)


def _decode_film(content: bytes) -> IntArray:
    """Decode a PNG or JPEG film to grey; colour becomes luminance (BT.601)."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as opened:
        turned = ImageOps.exif_transpose(opened)
        if turned.mode in ("I;16", "I;16B", "I"):
            return np.asarray(turned).astype(np.uint16)
        if turned.mode in ("LA", "RGBA", "PA", "P"):
            turned = turned.convert("RGBA").convert("RGB")
        return np.asarray(turned.convert("L"))


def _import_codecs() -> None:
    """Import now, so that neither time nor memory of a decode pays for it."""
    import imagecodecs  # noqa: F401 - imported for its side effect, being loaded
    import pydicom.pixels  # noqa: F401 - as above
    from PIL import Image

    Image.init()


def _limit_memory() -> None:
    """Allow 1 GB beyond what the process has; Linux only.

    macOS does not enforce the limit and Windows has none of the kind: there the
    check of the code stream's header, made before, has to do.
    """
    if sys.platform != "linux":
        return
    import resource
    from pathlib import Path

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_LIMIT_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _arm_alarm() -> None:
    """Have the system end this process if it hangs and its parent is gone."""
    if sys.platform != "win32":
        import signal

        signal.alarm(2 * TIME_LIMIT_S)
