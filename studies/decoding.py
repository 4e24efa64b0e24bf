"""One compressed frame: what is asked of a decoder, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.model import IntArray

MEMORY_LIMIT_BYTES = 1 << 30
TIME_LIMIT_S = 15
FILM = "film"


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

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns), or (rows, columns, 3) for colour."""
        size = (self.rows, self.columns)
        return size if self.samples == 1 else (*size, self.samples)

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        """Unsigned integers of the bits allocated."""
        return np.dtype(f"u{max(1, self.bits_allocated // 8)}")

    @property
    def decoded_bytes(self) -> int:
        """Bytes of the decoded frame."""
        return self.rows * self.columns * self.samples * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples of a frame, bits above those stored not yet cut, and their colour.

    `samples` has the request's shape and dtype.
    """

    samples: IntArray
    photometric_interpretation: str


def decode(request: DecodeRequest) -> Decoded:
    """Decode one frame in this process; raises whatever the codec raises.

    Raises
    ------
    ValueError
        If the code stream holds another size than the request says.
    """
    samples = np.empty(request.shape, request.dtype)
    return Decoded(samples, decode_into(request, request.content, samples))


def decode_into(
    request: DecodeRequest,
    content: bytes,
    samples: NDArray[np.unsignedinteger],
) -> str:
    """Decode `content` into an array of the request's shape and dtype.

    Returns
    -------
    str
        The Photometric Interpretation of what was decoded.

    Raises
    ------
    ValueError
        If what was decoded has another size, or more bytes a sample, than the
        header says; besides, whatever the codec raises.
    """
    from studies import codecs

    decoded, photometric = codecs.decode_stream(request, content)
    if decoded.shape != request.shape:
        raise ValueError("another size than the header")
    if decoded.dtype.kind not in "iub" or decoded.itemsize > samples.itemsize:
        raise ValueError("another depth than the header")
    np.copyto(samples, decoded, casting="unsafe")
    return photometric
