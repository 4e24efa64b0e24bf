"""Compressed pixels: the same values as before compression, or a refusal."""

from __future__ import annotations

import contextlib
import io
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from studies import transfer_syntax as syntaxes
from studies.codestream import read_codestream_header
from studies.decoder import Decoder, DecodingFailedError, shared_decoder
from studies.decoding import DecodeRequest
from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.reader import read_film, read_header, read_image

RAMP = (np.arange(64 * 48).reshape(48, 64) * 5 % 4096).astype(np.uint16)


def _lossless(syntax: str, values: np.ndarray) -> bytes:
    import imagecodecs

    if syntax == syntaxes.JPEG_LOSSLESS_SV1:
        return bytes(imagecodecs.ljpeg_encode(values, bitspersample=12))
    if syntax == syntaxes.JPEG_LS:
        return bytes(imagecodecs.jpegls_encode(values))
    if syntax == syntaxes.JPEG_2000_LOSSLESS:
        return bytes(
            imagecodecs.jpeg2k_encode(
                values, level=0, codecformat="J2K", bitspersample=12, reversible=True
            )
        )
    return bytes(_rle(values))


def _rle(values: np.ndarray) -> bytes:
    """Encode each byte plane as literal runs of at most 128 bytes (PS3.5 G.3)."""
    planes = [(values >> 8).astype(np.uint8), values.astype(np.uint8)]
    segments = []
    for plane in planes:
        raw = b"".join(
            bytes([len(row) - 1]) + row.tobytes()
            for row in plane.reshape(len(plane), -1)
        )
        segments.append(raw + b"\x80" * (len(raw) % 2))
    offsets = [64, 64 + len(segments[0])]
    header = np.array([2, *offsets, *[0] * 13], "<u4").tobytes()
    return header + b"".join(segments)


def _write(write_film, syntax: str, streams: list[bytes], **elements: object) -> Path:
    from pydicom.encaps import encapsulate

    shape = {"Rows": 48, "Columns": 64, "BitsStored": 12, "HighBit": 11}
    pixels = encapsulate(streams)
    return write_film(syntax=syntax, pixels=pixels, **(shape | elements))


@pytest.mark.parametrize(
    "syntax",
    [
        syntaxes.JPEG_LOSSLESS_SV1,
        syntaxes.JPEG_LS,
        syntaxes.JPEG_2000_LOSSLESS,
        syntaxes.RLE,
    ],
)
def test_that_lossless_pixels_come_back_as_they_were(write_film, syntax: str) -> None:
    path = _write(write_film, syntax, [_lossless(syntax, RAMP)])
    image = read_film(path)
    assert np.array_equal(image.stored, RAMP)
    assert image.header.notices == ()


def test_that_signed_jpeg_ls_of_14_bits_keeps_its_sign(write_film) -> None:
    values = np.arange(-1536, 1536, dtype=np.int16).reshape(48, 64)
    stream = _lossless(syntaxes.JPEG_LS, values.view(np.uint16) & 0x3FFF)
    path = _write(
        write_film,
        syntaxes.JPEG_LS,
        [stream],
        PixelRepresentation=1,
        BitsStored=14,
        HighBit=13,
    )
    assert np.array_equal(read_film(path).stored, values)


def test_that_frames_of_several_fragments_are_told_apart(write_film) -> None:
    from pydicom.encaps import encapsulate

    streams = [
        _lossless(syntaxes.JPEG_LS, RAMP),
        _lossless(syntaxes.JPEG_LS, RAMP // 2),
    ]
    path = write_film(
        syntax=syntaxes.JPEG_LS,
        pixels=encapsulate(streams, fragments_per_frame=3, has_bot=False),
        Rows=48,
        Columns=64,
        NumberOfFrames=2,
    )
    first, second = (read_image(header).stored for header in read_header(path))
    assert np.array_equal(first, RAMP)
    assert np.array_equal(second, RAMP // 2)


def test_that_lossy_jpeg_colour_comes_back_as_rgb(write_film) -> None:
    from PIL import Image
    from pydicom.encaps import encapsulate

    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    buffer = io.BytesIO()
    Image.fromarray(red).save(buffer, "JPEG", quality=95)
    path = write_film(
        syntax=syntaxes.JPEG_BASELINE,
        pixels=encapsulate([buffer.getvalue()]),
        Rows=16,
        Columns=16,
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
    )
    image = read_film(path)
    assert np.abs(image.stored.astype(int) - red).max() <= 3
    assert "Lossy compressed, ratio not stated" in image.header.notices


def test_that_a_code_stream_larger_than_the_header_is_refused(write_film) -> None:
    path = _write(
        write_film, syntaxes.JPEG_LS, [_lossless(syntaxes.JPEG_LS, RAMP)], Rows=24
    )
    with pytest.raises(UnsupportedImageError, match="48 x 64"):
        read_film(path)


def test_that_a_code_stream_of_another_syntax_is_refused(write_film) -> None:
    stream = _lossless(syntaxes.JPEG_2000_LOSSLESS, RAMP)
    path = _write(write_film, syntaxes.JPEG_LS, [stream])
    with pytest.raises(UnsupportedImageError, match="code stream"):
        read_film(path)


def test_that_a_code_stream_that_ends_early_is_told_or_refused(write_film) -> None:
    stream = _lossless(syntaxes.JPEG_2000_LOSSLESS, RAMP)
    path = _write(write_film, syntaxes.JPEG_2000_LOSSLESS, [stream[:-20]])
    try:
        notices = read_film(path).header.notices
    except UnreadableFileError:
        return
    assert any("end early" in notice for notice in notices)


def test_that_rle_segments_outside_the_data_are_refused(write_film) -> None:
    stream = bytearray(_rle(RAMP))
    stream[8:12] = (0xDEADBEEF).to_bytes(4, "little")
    path = _write(write_film, syntaxes.RLE, [bytes(stream)])
    with pytest.raises(UnsupportedImageError, match="RLE segment offsets"):
        read_film(path)


def test_that_a_fragment_longer_than_the_file_is_refused(write_film) -> None:
    path = _write(write_film, syntaxes.JPEG_LS, [_lossless(syntaxes.JPEG_LS, RAMP)])
    content = bytearray(path.read_bytes())
    item = content.rindex(b"\xfe\xff\x00\xe0")
    content[item + 4 : item + 8] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="2147483647"):
        read_film(path)


def test_that_the_start_of_frame_is_found_behind_other_markers() -> None:
    stream = bytes.fromhex(
        "ffd8 ffe0 0004 0000 ffff c0 0011 08 0030 0040 03 000000 000000 000000"
    )
    found = read_codestream_header(stream, syntaxes.JPEG_BASELINE)
    assert found is not None
    assert (found.rows, found.columns, found.components, found.bits) == (48, 64, 3, 8)


def test_that_a_decoder_that_dies_is_replaced(write_film) -> None:
    path = _write(write_film, syntaxes.JPEG_LS, [_lossless(syntaxes.JPEG_LS, RAMP)])
    read_film(path)
    (pid,) = shared_decoder().pids
    os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(UnreadableFileError):
        read_film(path)  # may still meet the dying process
    assert np.array_equal(read_film(path).stored, RAMP)
    assert pid not in shared_decoder().pids


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
def test_that_a_decoder_that_hangs_is_stopped_and_replaced() -> None:
    decoder = Decoder(processes=1, time_limit_s=0.5)
    request = DecodeRequest(
        _lossless(syntaxes.JPEG_LS, RAMP), syntaxes.JPEG_LS, 48, 64, 1, 16, 12
    )
    decoder.decode(request)
    (pid,) = decoder.pids
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(DecodingFailedError, match=r"over 0\.5 s"):
        decoder.decode(request)
    assert not Path(f"/proc/{pid}").exists()
    assert np.array_equal(decoder.decode(request).samples, RAMP)
    decoder.close()


def test_that_a_closed_decoder_leaves_no_process() -> None:
    decoder = Decoder()
    request = DecodeRequest(
        _lossless(syntaxes.JPEG_LS, RAMP), syntaxes.JPEG_LS, 48, 64, 1, 16, 12
    )
    decoder.decode(request)
    decoder.close()
    assert decoder.pids == ()
