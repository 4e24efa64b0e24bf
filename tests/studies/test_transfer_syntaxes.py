"""Every transfer syntax gives the pixels that pydicom gives, or that were encoded."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studies import transfer_syntax as syntaxes
from studies.errors import UnreadableFileError
from studies.reader import read_film, read_header, read_image
from studies.series_pixels import SeriesPixels

BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
ROWS, COLUMNS = 24, 40
Encode = Callable[[np.ndarray], bytes]


def values(bits: int, *, signed: bool = False, samples: int = 1) -> np.ndarray:
    """Return noise over the whole range, so that both ends of it are met."""
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    shape = (ROWS, COLUMNS) if samples == 1 else (ROWS, COLUMNS, samples)
    drawn = np.random.default_rng(bits).integers(low, high, shape)
    drawn.flat[:2] = low, high - 1
    size = 8 if bits <= 8 else 16 if bits <= 16 else 32
    return drawn.astype(f"{'i' if signed else 'u'}{size // 8}")


def rle(array: np.ndarray) -> bytes:
    from pydicom.pixels.encoders.base import get_encoder
    from pydicom.uid import RLELossless

    if array.itemsize == 4:  # pydicom's encoder stops at 16 bits
        return _rle_of_literal_runs(array)
    return get_encoder(RLELossless).encode(
        array,
        rows=ROWS,
        columns=COLUMNS,
        samples_per_pixel=1 if array.ndim == 2 else 3,
        bits_allocated=array.itemsize * 8,
        bits_stored=array.itemsize * 8,
        pixel_representation=int(array.dtype.kind == "i"),
        photometric_interpretation="MONOCHROME2" if array.ndim == 2 else "RGB",
        planar_configuration=0,
        number_of_frames=1,
    )


def _rle_of_literal_runs(array: np.ndarray) -> bytes:
    """Encode each byte plane, the highest first, a run a row (PS3.5 G.2, G.3)."""
    octets = array.astype(array.dtype.newbyteorder(">")).view(np.uint8)
    planes = octets.reshape(ROWS, COLUMNS, array.itemsize)
    runs = [
        bytes([COLUMNS - 1]) + planes[row, :, place].tobytes()
        for place in range(array.itemsize)
        for row in range(ROWS)
    ]
    length = ROWS * (COLUMNS + 1)
    offsets = [64 + place * length for place in range(array.itemsize)]
    head = [array.itemsize, *offsets, *[0] * (15 - array.itemsize)]
    return np.array(head, "<u4").tobytes() + b"".join(runs)


def jpeg_lossless(array: np.ndarray) -> bytes:
    import imagecodecs

    unsigned = array.view(f"u{array.itemsize}")
    bits = int(unsigned.max()).bit_length()
    return bytes(imagecodecs.ljpeg_encode(unsigned, bitspersample=max(bits, 2)))


def jpeg_ls(array: np.ndarray, near: int = 0) -> bytes:
    import jpeg_ls

    return bytes(jpeg_ls.encode_array(array.view(f"u{array.itemsize}"), near))


def jpeg_2000(array: np.ndarray) -> bytes:
    import imagecodecs

    return bytes(
        imagecodecs.jpeg2k_encode(array, level=0, codecformat="J2K", reversible=True)
    )


def htj2k(array: np.ndarray) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.htj2k_encode(array, reversible=True))


LOSSLESS: dict[str, Encode] = {
    syntaxes.RLE: rle,
    syntaxes.JPEG_LOSSLESS: jpeg_lossless,
    syntaxes.JPEG_LOSSLESS_SV1: jpeg_lossless,
    syntaxes.JPEG_LS: jpeg_ls,
    syntaxes.JPEG_2000_LOSSLESS: jpeg_2000,
    syntaxes.JPEG_2000: jpeg_2000,
    syntaxes.HTJ2K_LOSSLESS: htj2k,
    syntaxes.HTJ2K_RPCL: htj2k,
    syntaxes.HTJ2K: htj2k,
}
NO_PLUGIN_OF_PYDICOM = (syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_LOSSLESS_SV1)


def written(
    write_film, array: np.ndarray, syntax: str, bits: int, **elements: object
) -> Path:
    """Write frames of one array, native or encoded by the codec of the syntax."""
    from pydicom.encaps import encapsulate

    if syntax in LOSSLESS:
        pixels = encapsulate([LOSSLESS[syntax](array)])
    elif syntax == BIG_ENDIAN:
        pixels = array.astype(array.dtype.newbyteorder(">")).tobytes()
    else:
        pixels = array.tobytes()
    colour = array.ndim == 3
    shape = {
        "Rows": ROWS,
        "Columns": COLUMNS,
        "BitsAllocated": array.itemsize * 8,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(array.dtype.kind == "i"),
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "PlanarConfiguration": 0 if colour else None,
    }
    return write_film(syntax=syntax, pixels=pixels, **(shape | elements))


def reference(path: Path) -> np.ndarray:
    """Return what pydicom reads, colour as RGB."""
    from pydicom import dcmread
    from pydicom.pixels import pixel_array

    return np.asarray(pixel_array(dcmread(path)))


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [8, 12, 14, 16])
@pytest.mark.parametrize(
    "syntax", [*LOSSLESS, syntaxes.IMPLICIT, syntaxes.EXPLICIT, BIG_ENDIAN, DEFLATED]
)
def test_that_grey_pixels_are_those_that_were_written(
    write_film, syntax: str, bits: int, signed: bool
) -> None:
    array = values(bits, signed=signed)
    path = written(write_film, array, syntax, bits)
    image = read_film(path)
    assert image.stored.dtype == array.dtype
    assert np.array_equal(image.stored, array)
    assert not image.stored.flags.writeable
    if syntax not in NO_PLUGIN_OF_PYDICOM:
        assert np.array_equal(image.stored, reference(path))


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "syntax",
    [syntaxes.RLE, syntaxes.EXPLICIT, BIG_ENDIAN, DEFLATED],
)
def test_that_pixels_of_32_bits_are_those_that_were_written(
    write_film, syntax: str, signed: bool
) -> None:
    array = values(20, signed=signed)
    path = written(write_film, array, syntax, 20)
    assert np.array_equal(read_film(path).stored, array)
    assert np.array_equal(read_film(path).stored, reference(path))


@pytest.mark.parametrize("syntax", [syntaxes.JPEG_LS, syntaxes.JPEG_2000_LOSSLESS])
def test_that_a_sign_narrower_than_the_bits_stored_is_extended(
    write_film, syntax: str
) -> None:
    # The code stream has 13 bits, the data set says 16: -2000 is 0x1830 of 13.
    import imagecodecs
    from pydicom.encaps import encapsulate

    array = values(13, signed=True)
    unsigned = (array & 0x1FFF).astype(np.uint16)
    if syntax == syntaxes.JPEG_LS:
        stream = jpeg_ls(unsigned)
    else:
        stream = bytes(
            imagecodecs.jpeg2k_encode(
                unsigned, level=0, codecformat="J2K", reversible=True, bitspersample=13
            )
        )
    path = write_film(
        syntax=syntax,
        pixels=encapsulate([stream]),
        Rows=ROWS,
        Columns=COLUMNS,
        PixelRepresentation=1,
    )
    assert np.array_equal(read_film(path).stored, array)
    assert np.array_equal(read_film(path).stored, reference(path))


@pytest.mark.parametrize(
    "syntax",
    [
        syntaxes.EXPLICIT,
        syntaxes.RLE,
        syntaxes.JPEG_LS,
        syntaxes.JPEG_2000_LOSSLESS,
        syntaxes.HTJ2K_LOSSLESS,
    ],
)
def test_that_colour_is_what_was_written(write_film, syntax: str) -> None:
    array = values(8, samples=3)
    # JPEG 2000 codecs undo the colour transform that they made.
    photometric = "YBR_RCT" if syntax in syntaxes.JPEG_2000_ALL else "RGB"
    path = written(write_film, array, syntax, 8, PhotometricInterpretation=photometric)
    assert np.array_equal(read_film(path).stored, array)
    assert np.array_equal(read_film(path).stored, reference(path))


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_that_both_planar_configurations_are_read(
    write_film, photometric: str, planar: int
) -> None:
    array = values(8, samples=3)
    pixels = (np.moveaxis(array, -1, 0) if planar else array).tobytes()
    path = write_film(
        pixels=pixels,
        Rows=ROWS,
        Columns=COLUMNS,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        SamplesPerPixel=3,
        PhotometricInterpretation=photometric,
        PlanarConfiguration=planar,
    )
    found = read_film(path).stored.astype(int)
    # pydicom rounds halves of YBR up, we to even.
    assert np.abs(found - reference(path)).max() <= (photometric != "RGB")


def test_that_uncompressed_ybr_full_422_is_read(write_film) -> None:
    drawn = np.random.default_rng(1).integers(0, 256, ROWS * COLUMNS * 2)
    path = write_film(
        pixels=drawn.astype(np.uint8).tobytes(),
        Rows=ROWS,
        Columns=COLUMNS,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0,
    )
    found = read_film(path).stored.astype(int)
    assert np.abs(found - reference(path)).max() <= 1


def _jpeg(array: np.ndarray, **options: object) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def _jpeg_film(write_film, stream: bytes, syntax: str, **elements: object) -> Path:
    from pydicom.encaps import encapsulate

    shape = {
        "Rows": ROWS,
        "Columns": COLUMNS,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "pixels": encapsulate([stream]),
    }
    return write_film(syntax=syntax, **(shape | elements))


@pytest.mark.parametrize("syntax", [syntaxes.JPEG_BASELINE, syntaxes.JPEG_EXTENDED])
def test_that_grey_jpeg_is_what_pydicom_reads(write_film, syntax: str) -> None:
    path = _jpeg_film(write_film, _jpeg(values(8)), syntax)
    assert np.array_equal(read_film(path).stored, reference(path))


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "RGB"])
@pytest.mark.parametrize("syntax", [syntaxes.JPEG_BASELINE, syntaxes.JPEG_EXTENDED])
def test_that_colour_jpeg_is_what_pydicom_reads(
    write_film, syntax: str, photometric: str, subsampling: str
) -> None:
    # Pillow marks it as JFIF, which means YCbCr whatever the data set says.
    stream = _jpeg(values(8, samples=3), subsampling=subsampling)
    path = _jpeg_film(
        write_film,
        stream,
        syntax,
        SamplesPerPixel=3,
        PhotometricInterpretation=photometric,
        PlanarConfiguration=0,
    )
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom tells of the contradiction
        expected = reference(path)
    assert np.abs(read_film(path).stored.astype(int) - expected).max() <= 1


def test_that_a_jpeg_whose_components_are_named_rgb_stays_rgb(write_film) -> None:
    array = np.repeat(np.repeat(values(8, samples=3)[::8, ::8], 8, 0), 8, 1)
    path = _jpeg_film(
        write_film,
        _jpeg(array, keep_rgb=True),
        syntaxes.JPEG_BASELINE,
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
    )
    assert np.abs(read_film(path).stored.astype(int) - array).max() < 20


def test_that_12_bit_extended_jpeg_is_near_what_was_encoded(write_film) -> None:
    import imagecodecs

    ramp = np.add.outer(np.arange(ROWS), np.arange(COLUMNS) * 60).astype(np.uint16)
    stream = bytes(imagecodecs.jpeg8_encode(ramp, level=98, bitspersample=12))
    path = _jpeg_film(
        write_film,
        stream,
        syntaxes.JPEG_EXTENDED,
        BitsAllocated=16,
        BitsStored=12,
        HighBit=11,
    )
    assert np.abs(read_film(path).stored.astype(int) - ramp).max() <= 8


def test_that_near_lossless_jpeg_ls_is_what_pydicom_reads(write_film) -> None:
    from pydicom.encaps import encapsulate

    array = values(12)
    path = write_film(
        syntax=syntaxes.JPEG_LS_NEAR,
        pixels=encapsulate([jpeg_ls(array, 3)]),
        Rows=ROWS,
        Columns=COLUMNS,
        BitsStored=12,
        HighBit=11,
    )
    found = read_film(path).stored
    assert np.array_equal(found, reference(path))
    assert 0 < np.abs(found.astype(int) - array).max() <= 3


@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT, syntaxes.RLE])
def test_that_palette_colour_is_what_pydicom_maps(write_film, syntax: str) -> None:
    tables: dict[str, object] = {}
    for place, colour in enumerate(("Red", "Green", "Blue")):
        name = f"{colour}PaletteColorLookupTable"
        tables[f"{name}Descriptor"] = [256, 0, 16]
        entries = (np.arange(256) * 257) ^ (0x1111 * place)
        tables[f"{name}Data"] = entries.astype("<u2").tobytes()
    path = written(
        write_film,
        values(8),
        syntax,
        8,
        PhotometricInterpretation="PALETTE COLOR",
        **tables,
    )
    import pydicom
    from pydicom.pixels.processing import apply_color_lut

    dataset = pydicom.dcmread(path)
    expected = apply_color_lut(dataset.pixel_array, dataset) >> 8
    assert np.array_equal(read_film(path).stored, expected)


def test_that_pixels_of_one_bit_are_what_pydicom_unpacks(write_film) -> None:
    # Frames of 15 bits: the second begins inside a byte.
    bits = np.random.default_rng(3).integers(0, 2, 30).astype(np.uint8)
    packed = np.packbits(bits, bitorder="little").tobytes()
    path = write_film(
        pixels=packed,
        Rows=3,
        Columns=5,
        NumberOfFrames=2,
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
    )
    expected = reference(path)
    for header in read_header(path):
        assert np.array_equal(read_image(header).stored, expected[header.frame])


@pytest.mark.parametrize(
    ("table", "fragments"),
    # An extended table promises a fragment a frame.
    [("none", 1), ("basic", 1), ("extended", 1), ("basic", 3), ("none", 3)],
)
def test_that_frames_are_told_apart_with_and_without_a_table(
    write_film, table: str, fragments: int
) -> None:
    from pydicom.encaps import encapsulate, encapsulate_extended

    frames = [values(bits) for bits in (9, 10, 12)]
    streams = [rle(frame.astype(np.uint16)) for frame in frames]
    elements: dict[str, object] = {}
    if table == "extended":
        pixels, offsets, lengths = encapsulate_extended(streams)
        elements = {"ExtendedOffsetTable": offsets}
        elements["ExtendedOffsetTableLengths"] = lengths
    else:
        pixels = encapsulate(
            streams, fragments_per_frame=fragments, has_bot=table == "basic"
        )
    path = write_film(
        syntax=syntaxes.RLE,
        pixels=pixels,
        Rows=ROWS,
        Columns=COLUMNS,
        NumberOfFrames=3,
        **elements,
    )
    headers = read_header(path)
    if table == "none" and fragments > 1:
        # Nothing marks where an RLE frame begins.
        with pytest.raises(UnreadableFileError, match="cannot be divided"):
            read_image(headers[0])
        return
    for header, frame in zip(headers, frames, strict=True):
        assert np.array_equal(read_image(header).stored, frame)


def test_that_nine_copies_of_one_image_give_the_same_pixels(development_data) -> None:
    folder = development_data / "dicom" / "mr_transfer_syntaxes"
    images = [read_film(path) for path in sorted(folder.iterdir()) if path.is_file()]
    assert len({image.header.transfer_syntax_uid for image in images}) == 7
    assert len(images) == 9
    for image in images[1:]:
        assert np.array_equal(image.stored, images[0].stored)
    series = SeriesPixels([image.header for image in images])
    series.load()
    stack = series.stack()
    assert stack is not None
    assert stack.shape == (9, 384, 384)
    assert all(np.array_equal(one, images[0].stored) for one in stack)
