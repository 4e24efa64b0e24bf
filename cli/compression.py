"""The check that films of every compression can be decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cli.check import Check, State, shortened


def check_codecs() -> Iterator[Check]:
    """Decode a small image of each compression, as the workstation decodes films."""
    import numpy as np

    from studies.decoding import DecodeRequest, decode

    ramp = np.arange(64, dtype=np.uint16).reshape(8, 8) * 60
    for name, (transfer_syntax_uid, encode) in _codecs().items():
        try:
            request = DecodeRequest(
                bytes(encode(ramp)), transfer_syntax_uid, 8, 8, 1, 16, 16
            )
            same = bool((decode(request).samples.reshape(8, 8) == ramp).all())
        except Exception as error:  # noqa: BLE001 - codecs raise what they like
            yield _broken_codec(name, shortened(f"{type(error).__name__}: {error}"))
        else:
            if same:
                yield Check(name, State.OK, "decodes")
            else:
                yield _broken_codec(name, "decodes to other values than were encoded")


def _broken_codec(name: str, found: str) -> Check:
    return Check(
        name,
        State.PROBLEM,
        found,
        f"{name} films cannot be shown: install the packages of pyproject.toml anew",
    )


def _codecs() -> dict[str, tuple[str, Callable[[Any], Any]]]:
    """Return transfer syntax and encoder of each lossless compression, by name."""
    import imagecodecs
    from pydicom import uid

    return {
        "JPEG lossless": (uid.JPEGLosslessSV1, imagecodecs.ljpeg_encode),
        "JPEG-LS": (uid.JPEGLSLossless, imagecodecs.jpegls_encode),
        "JPEG 2000": (uid.JPEG2000Lossless, imagecodecs.jpeg2k_encode),
        "HTJ2K": (uid.HTJ2KLossless, imagecodecs.htj2k_encode),
        "RLE": (uid.RLELossless, _encode_rle),
    }


def _encode_rle(image: Any) -> bytes:
    from pydicom.pixels.encoders.base import get_encoder
    from pydicom.uid import RLELossless

    rows, columns = image.shape
    encoded: bytes = get_encoder(RLELossless).encode(
        image,
        rows=rows,
        columns=columns,
        samples_per_pixel=1,
        bits_allocated=16,
        bits_stored=16,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2",
        number_of_frames=1,
    )
    return encoded
