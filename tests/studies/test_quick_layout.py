"""The quick way to a layout gives what pydicom's gives, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studies import transfer_syntax as syntaxes
from studies.dicom_file import pydicom_errors, read_dicom
from studies.errors import OverreadError
from studies.header import read_record
from studies.layout import PixelLayout
from studies.model import ImageHeader
from studies.quick_layout import quick_layout
from studies.reader import read_file
from studies.record import ImageRecord

UNDEFINED = b"\xff\xff\xff\xff"


def both(path: Path) -> tuple[PixelLayout | None, PixelLayout | None]:
    """Return the quick layout and pydicom's."""
    with path.open("rb") as stream, pydicom_errors(path):
        record = read_record(read_dicom(path, stream))
    assert isinstance(record, ImageRecord)
    return quick(record.headers[0]), record.layout


def quick(header: ImageHeader) -> PixelLayout | None:
    with header.path.open("rb") as stream:
        return quick_layout(header, stream, header.path.stat().st_size)


@pytest.mark.parametrize("syntax", [syntaxes.IMPLICIT, syntaxes.EXPLICIT])
def test_that_the_layout_is_found(write_film, syntax: str) -> None:
    found, expected = both(write_film(syntax=syntax, BitsStored=12, HighBit=11))
    assert found == expected
    assert found is not None
    assert (found.rows, found.bits_stored, found.data_bytes) == (2, 12, 8)


@pytest.mark.parametrize("syntax", [syntaxes.IMPLICIT, syntaxes.EXPLICIT])
@pytest.mark.parametrize("undefined", [False, True])
def test_that_an_icon_in_a_sequence_is_not_taken_for_the_image(
    write_film, syntax: str, undefined: bool
) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    icon = Dataset()
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.Rows = icon.Columns = 2
    icon.BitsAllocated = icon.BitsStored = 8
    icon.HighBit, icon.PixelRepresentation = 7, 0
    icon.PixelData = b"\1\2\3\4"
    icon["PixelData"].VR = "OB"
    icon.is_undefined_length_sequence_item = undefined
    icons = Sequence([icon])
    icons.is_undefined_length = undefined
    path = write_film(syntax=syntax, IconImageSequence=icons, AdmissionID="x")
    found, expected = both(path)
    assert found in (expected, None)
    assert expected is not None
    assert expected.bits_allocated == 16
    # Two Samples per Pixel in the bytes: pydicom is to say whose is whose.
    assert (found is None) is (syntax == syntaxes.EXPLICIT)


@pytest.mark.parametrize("syntax", [syntaxes.IMPLICIT, syntaxes.EXPLICIT])
def test_that_nested_sequences_of_undefined_length_are_passed_over(
    write_film, syntax: str
) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    def nested(depth: int) -> Sequence:
        item = Dataset()
        item.CodeValue = "1"
        item.is_undefined_length_sequence_item = True
        if depth:
            item.ConceptCodeSequence = nested(depth - 1)
        sequence = Sequence([item, item])
        sequence.is_undefined_length = True
        return sequence

    path = write_film(
        syntax=syntax,
        ReferencedStudySequence=nested(3),
        RequestAttributesSequence=nested(2),
    )
    found, expected = both(path)
    assert path.read_bytes().count(UNDEFINED) > 10
    assert found == expected


def test_that_a_header_longer_than_the_first_look_is_read_on(write_film) -> None:
    found, expected = both(write_film(EncapsulatedDocument=b"x" * 60_000))
    assert found is not None
    assert found == expected


@pytest.mark.parametrize(
    "change",
    [
        {"sop_instance_uid": "1.2.3.2"},
        {"rows": 3},
        {"frames": 2},
        {"transfer_syntax_uid": syntaxes.IMPLICIT},
    ],
)
def test_that_a_file_unlike_its_header_is_left_to_pydicom(
    write_film, change: dict[str, object]
) -> None:
    record = read_file(write_film())
    assert isinstance(record, ImageRecord)
    assert quick(record.headers[0]) is not None
    assert quick(replace(record.headers[0], **change)) is None


def test_that_a_file_cut_anywhere_is_left_to_pydicom(write_film) -> None:
    path = write_film()
    record = read_file(path)
    assert isinstance(record, ImageRecord)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert quick(record.headers[0]) is None


def test_that_changed_bytes_never_give_another_layout_than_pydicoms(
    write_film,
) -> None:
    import numpy as np

    path = write_film(Rows=2, Columns=2, WindowCenter="1", WindowWidth="2")
    whole = path.read_bytes()
    random = np.random.default_rng(20261125)
    agreed = 0
    for _ in range(600):
        mutated = bytearray(whole)
        for place in random.integers(132, len(whole), size=2):
            mutated[place] = random.integers(256)
        path.write_bytes(mutated)
        try:
            found, expected = both(path)
        except (OverreadError, AssertionError):
            continue
        assert found in (expected, None)
        agreed += found is not None
    assert agreed > 100


def test_that_the_development_data_have_the_layouts_that_pydicom_finds(
    development_data,
) -> None:
    quickly = 0
    for path in sorted((development_data / "dicom").rglob("*.dcm"))[::3]:
        try:
            found, expected = both(path)
        except (OverreadError, AssertionError):
            continue
        assert found in (expected, None)
        quickly += found is not None
    assert quickly > 50
