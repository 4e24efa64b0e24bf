"""How a NIfTI file begins."""

from __future__ import annotations

import struct

HEADER_BYTES = (348, 540)
"""Of NIfTI-1 and NIfTI-2."""

_FIRST_BYTES = 42


def is_nifti(head: bytes) -> bool:
    """Return whether a file begins like one; 132 bytes are enough."""
    for order in "<>":
        if len(head) < _FIRST_BYTES:
            return False
        size, magic, dimensions = struct.unpack_from(f"{order}i2s34xh", head)
        if size == HEADER_BYTES[1]:
            return magic in (b"n+", b"ni")
        if size == HEADER_BYTES[0] and 1 <= dimensions <= 7:
            return True
    return False
