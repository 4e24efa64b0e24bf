"""A series re-encoded in another transfer syntax, for benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studies import transfer_syntax as syntaxes


def write_copies(source: Path, target: Path, syntax: str) -> None:
    """Write the series in another transfer syntax, its values unchanged."""
    import imagecodecs
    import pydicom
    from pydicom.encaps import encapsulate, generate_frames

    target.mkdir()
    for path in sorted(source.iterdir()):
        dataset = pydicom.dcmread(path)
        stream = next(generate_frames(dataset.PixelData, number_of_frames=1))
        values = imagecodecs.jpeg8_decode(stream).view(np.int16)
        compressed = syntax != syntaxes.EXPLICIT
        content = encoded(values, syntax)
        dataset.PixelData = encapsulate([content]) if compressed else content
        dataset["PixelData"].VR = "OB" if compressed else "OW"
        dataset["PixelData"].is_undefined_length = compressed
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(target / path.name)


def encoded(values: np.ndarray[Any, np.dtype[np.int16]], syntax: str) -> bytes:
    """Return one slice as it stands in a file of the syntax."""
    import imagecodecs
    import jpeg_ls
    from pydicom.pixels.encoders.base import get_encoder
    from pydicom.uid import RLELossless

    if syntax == syntaxes.JPEG_LS:
        return bytes(jpeg_ls.encode_array(values.view(np.uint16)))
    if syntax == syntaxes.JPEG_2000_LOSSLESS:
        return bytes(
            imagecodecs.jpeg2k_encode(
                values, level=0, codecformat="J2K", reversible=True
            )
        )
    if syntax == syntaxes.HTJ2K_LOSSLESS:
        return bytes(imagecodecs.htj2k_encode(values, reversible=True))
    if syntax != syntaxes.RLE:
        return values.tobytes()
    rows, columns = values.shape
    return get_encoder(RLELossless).encode(
        values,
        rows=rows,
        columns=columns,
        samples_per_pixel=1,
        bits_allocated=16,
        bits_stored=16,
        pixel_representation=1,
        photometric_interpretation="MONOCHROME2",
        number_of_frames=1,
    )
