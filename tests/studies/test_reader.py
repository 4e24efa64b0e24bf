from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from studies import pixel_source, reader
from studies.discovery import discover
from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.grayscale import display_table, to_display
from studies.model import SpacingSource
from studies.reader import read_film, read_header, read_image


def test_that_the_header_of_the_sample_chest_film_is_read(rg1) -> None:
    (header,) = read_header(rg1)
    assert (header.rows, header.columns) == (1955, 1841)
    assert header.grayscale.photometric_interpretation == "MONOCHROME1"
    assert header.grayscale.bits_stored == 15
    assert header.grayscale.windows[0].center == 15000
    assert (header.body_part, header.view_position) == ("CHEST", "PA")
    assert header.patient_orientation == ("L", "F")
    assert header.age_years == 64.0
    assert header.lossy_ratio == 10.0
    assert (header.spacing_mm, header.spacing_source) == (None, SpacingSource.NONE)
    assert header.notices == ("PixelSpacing is 0, 0 mm: not used",)


def test_that_the_laterality_of_the_sample_leg_is_read(rg3) -> None:
    (header,) = read_header(rg3)
    assert (header.laterality, header.patient_orientation) == ("R", ("R", "F"))
    assert header.lossy_ratio == 30.0


def test_that_the_pixels_of_the_sample_film_are_those_pydicom_reads(rg1) -> None:
    import pydicom

    found = read_film(rg1)
    assert np.array_equal(found.stored, pydicom.dcmread(rg1).pixel_array)
    assert not found.stored.flags.writeable


def test_that_reading_a_header_reads_no_pixels(rg1, monkeypatch) -> None:
    read: list[int] = []

    class Counting:
        def __init__(self, stream) -> None:
            self._stream = stream

        def __getattr__(self, name: str) -> object:
            return getattr(self._stream, name)

        def read(self, size: int = -1) -> bytes:
            content: bytes = self._stream.read(size)
            read.append(len(content))
            return content

    with rg1.open("rb") as stream:
        reader.read_stream(rg1, Counting(stream))
    assert sum(read) < 20_000


def test_that_little_endian_values_are_read(write_film) -> None:
    path = write_film(pixels=bytes([1, 0, 0, 1, 255, 255, 2, 1]))
    assert read_film(path).stored.tolist() == [[1, 256], [65535, 258]]


def test_that_big_endian_values_are_read(write_film) -> None:
    # pydicom's writer swaps nothing in OW bytes: these are big endian already.
    path = write_film(
        pixels=bytes([0, 1, 1, 0, 255, 255, 1, 2]), syntax="1.2.840.10008.1.2.2"
    )
    assert read_film(path).stored.tolist() == [[1, 256], [65535, 258]]


def test_that_a_deflated_file_is_read(write_film) -> None:
    path = write_film(syntax="1.2.840.10008.1.2.1.99")
    assert read_film(path).stored.tolist() == [[0, 1], [2, 3]]


def test_that_each_frame_has_a_header_and_its_own_pixels(write_film) -> None:
    path = write_film(pixels=bytes(range(16)), NumberOfFrames=2)
    first, second = read_header(path)
    assert (second.frame, second.frames) == (1, 2)
    assert read_image(second).stored[0, 0] == 8 + 9 * 256
    assert read_image(first).stored[0, 0] == 0 + 1 * 256


def test_that_one_bit_pixels_are_unpacked_lowest_bit_first(write_film) -> None:
    path = write_film(
        pixels=bytes([0b0110, 0]), BitsAllocated=1, BitsStored=1, HighBit=0
    )
    assert read_film(path).stored.tolist() == [[0, 1], [1, 0]]


def test_that_planar_colour_is_read(write_film) -> None:
    path = write_film(
        pixels=bytes([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]),
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=1,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
    )
    image = read_film(path)
    assert image.stored[0].tolist() == [[1, 11, 21], [2, 12, 22]]


def test_that_a_palette_becomes_rgb(write_film) -> None:
    tables = {}
    for colour, ramp in (("Red", b"\0\xff"), ("Green", b"\0\x80"), ("Blue", b"\0\0")):
        name = f"{colour}PaletteColorLookupTable"
        tables[f"{name}Descriptor"] = [2, 0, 8]
        tables[f"{name}Data"] = ramp
    path = write_film(
        pixels=bytes([0, 1, 1, 0]),
        PhotometricInterpretation="PALETTE COLOR",
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        **tables,
    )
    assert read_film(path).stored.tolist() == [
        [[0, 0, 0], [255, 128, 0]],
        [[255, 128, 0], [0, 0, 0]],
    ]


def test_that_32_bit_values_are_rounded_and_told(write_film) -> None:
    stored = np.array([0, 1 << 16, 1 << 30, (1 << 31) - 1], "<u4")
    path = write_film(
        pixels=stored.tobytes(),
        BitsAllocated=32,
        BitsStored=32,
        HighBit=31,
        RescaleSlope="0.5",
        RescaleIntercept="0",
        RescaleType="US",
    )
    image = read_film(path)
    assert image.stored.tolist() == [[0, 1], [1 << 14, (1 << 15) - 1]]
    assert image.header.grayscale.rescale_slope == 0.5 * 65536
    assert "32-bit values rounded to 16 bits" in image.header.notices
    display_table(image, image.header.grayscale.windows or _any_window(image))


def _any_window(image):
    from studies.grayscale import default_voi

    return default_voi(image)


@pytest.mark.parametrize(
    ("elements", "named"),
    [
        ({"Rows": 0}, "Rows"),
        ({"Columns": None}, "Columns"),
        ({"SamplesPerPixel": 5}, "Samples per Pixel"),
        ({"SamplesPerPixel": 3}, "Samples per Pixel"),
        ({"BitsAllocated": 12}, "Bits Allocated"),
        ({"BitsStored": 17}, "Bits Stored"),
        ({"HighBit": 16}, "High Bit"),
        ({"PixelRepresentation": 2}, "Pixel Representation"),
        ({"PhotometricInterpretation": None}, "Photometric Interpretation"),
        ({"PhotometricInterpretation": "CMYK"}, "Photometric Interpretation"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"NumberOfFrames": 0}, "Number of Frames"),
        ({"NumberOfFrames": 2}, "Pixel Data"),
        ({"Rows": 65535, "Columns": 65535}, "Rows and Columns"),
        ({"pixels": bytes(6)}, "Pixel Data"),
        ({"pixels": None}, "Pixel Data"),
    ],
)
def test_that_a_contradictory_header_is_refused_by_name(
    write_film, elements: dict[str, object], named: str
) -> None:
    path = write_film(**elements)
    with pytest.raises(UnsupportedImageError, match=named):
        read_header(path)


@pytest.mark.parametrize("uid", ["../x.3", "..\\\\x."])
def test_that_a_uid_that_could_be_a_path_is_refused(write_film, uid: str) -> None:
    path = write_film(SOPInstanceUID="1.2.34")
    path.write_bytes(path.read_bytes().replace(b"1.2.34", uid.encode()[:6]))
    with pytest.raises(UnsupportedImageError, match="SOPInstanceUID"):
        read_header(path)


def test_that_an_unknown_transfer_syntax_is_refused_by_name(write_film) -> None:
    path = write_film()
    old, new = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.9.9.9\0"
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(UnsupportedImageError, match=r"10008\.9\.9\.9"):
        read_header(path)


def test_that_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.dcm"
    path.write_bytes(b"not an image at all" * 20)
    with pytest.raises(UnreadableFileError, match="no DICOM file"):
        read_header(path)


def test_that_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_header(tmp_path / "gone.dcm")


def test_that_a_file_cut_anywhere_is_refused_or_told(write_film) -> None:
    path = write_film()
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises((UnreadableFileError, UnsupportedImageError)):
            read_film(path)


def test_that_changed_bytes_never_let_a_foreign_exception_out(write_film) -> None:
    path = write_film(WindowCenter="1", WindowWidth="2", PatientAge="012Y")
    whole = path.read_bytes()
    random = np.random.default_rng(20260101)
    for _ in range(400):
        mutated = bytearray(whole)
        for place in random.integers(132, len(whole), size=4):
            mutated[place] = random.integers(256)
        path.write_bytes(mutated)
        try:
            to_display(read_film(path))
        except (UnreadableFileError, UnsupportedImageError):
            continue


def test_that_a_file_that_changed_since_it_was_listed_is_refused(write_film) -> None:
    (header,) = read_header(write_film())
    write_film(SOPInstanceUID="1.2.3.777", StudyDescription="another")
    with pytest.raises(UnreadableFileError, match="changed"):
        read_image(header)


def test_that_a_report_is_no_image(write_film) -> None:
    path = write_film(
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
    )
    with pytest.raises(UnsupportedImageError, match="Comprehensive SR"):
        read_header(path)


def test_that_a_failing_disk_is_told(write_film, monkeypatch) -> None:
    path = write_film()
    (header,) = read_header(path)

    def failing(*_: object) -> object:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pixel_source, "read_native_frame", failing)
    with pytest.raises(UnreadableFileError, match="Input/output error"):
        read_image(header)


def test_that_a_preamble_that_looks_like_an_archive_is_ignored(write_film) -> None:
    path = write_film()
    path.write_bytes(b"PK\x03\x04" + path.read_bytes()[4:])
    assert len(discover([path]).studies) == 1


def test_that_a_film_inside_an_archive_is_read_without_unpacking(
    write_film, tmp_path: Path
) -> None:
    path = write_film()
    archive = tmp_path / "case.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(path, "a/film.dcm")
    path.unlink()
    before = sorted(tmp_path.rglob("*"))
    assert read_film(archive / "a" / "film.dcm").stored.tolist() == [[0, 1], [2, 3]]
    assert sorted(tmp_path.rglob("*")) == before


def test_that_no_error_text_holds_the_patients_name(write_film) -> None:
    path = write_film(PatientName="Canary^Word", Rows=0)
    with pytest.raises(UnsupportedImageError) as caught:
        read_header(path)
    assert "Canary" not in str(caught.value)


def test_that_pydicom_logs_nothing_of_what_it_reads(write_film, caplog, capfd) -> None:
    path = write_film(PatientName="Canary^Bird^A^B^C", PatientAge="012Y")
    content = path.read_bytes()
    # Eight components instead of five, and an age that is none.
    path.write_bytes(
        content.replace(b"Bird^A^B", b"^^^^^^A^").replace(b"012Y", b"canY")
    )
    header = read_film(path).header
    assert "Patient's Age cannot be read" in header.notices
    assert "anar" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "change",
    [
        {"RescaleSlope": "2", "RescaleIntercept": "0"},
        {"RescaleSlope": "1", "RescaleIntercept": "-1024"},
        {"PixelPaddingValue": 3},
        {"ImagerPixelSpacing": ["0.4", "0.4"]},
    ],
    ids=["slope", "intercept", "padding", "spacing"],
)
def test_that_a_file_whose_values_mean_something_else_now_is_refused(
    write_film, change
) -> None:
    (header,) = read_header(write_film())
    path = write_film(**change)
    later = path.stat().st_mtime_ns + 10_000_000
    os.utime(path, ns=(later, later))
    with pytest.raises(UnreadableFileError, match="changed since it was listed"):
        read_image(header)


def test_that_a_file_written_anew_with_the_same_meaning_is_read(write_film) -> None:
    (header,) = read_header(write_film())
    path = write_film(pixels=bytes([9, 0, 8, 0, 7, 0, 6, 0]), OperatorsName="Roe")
    later = path.stat().st_mtime_ns + 10_000_000
    os.utime(path, ns=(later, later))
    assert read_image(header).stored.tolist() == [[9, 8], [7, 6]]
