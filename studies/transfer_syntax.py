"""The transfer syntaxes that can be read (DICOM PS3.5 annex A)."""

from __future__ import annotations

from studies.errors import UnsupportedImageError

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"
RLE = "1.2.840.10008.1.2.5"

NATIVE = (IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")
JPEG = (JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1)
JPEG_LS_ALL = (JPEG_LS, JPEG_LS_NEAR)
JPEG_2000_ALL = (JPEG_2000_LOSSLESS, JPEG_2000, HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K)
COMPRESSED = (*JPEG, *JPEG_LS_ALL, *JPEG_2000_ALL, RLE)


def check_transfer_syntax(uid: str) -> None:
    """Refuse a transfer syntax that is unknown or has no decoder here.

    Raises
    ------
    UnsupportedImageError
        Naming it.
    """
    if uid in NATIVE or uid in COMPRESSED:
        return
    raise UnsupportedImageError(
        "Transfer Syntax UID (0002,0010)",
        uid[:64] or "nothing",
        "uncompressed, deflated, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K",
    )


def is_lossy(uid: str) -> bool:
    """Return whether the syntax itself always loses something."""
    return uid in (JPEG_BASELINE, JPEG_EXTENDED, JPEG_LS_NEAR)
