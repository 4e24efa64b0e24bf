"""The scan says what the full reader says, or leaves the file to it."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest

from studies.dicom_file import pydicom_errors, read_dicom
from studies.discovery import discover
from studies.errors import OverreadError
from studies.header import not_scanned, read_record, scanned_record
from studies.scan import FIRST_READ, scan_file, scan_stream
from studies.scan_tags import UnusualFileError
from studies.source import Kind, kind_of
from tests.studies.support.mutator import mutate, sources

_PATIENT_ID, _STUDY_DATE = 0x00100020, 0x00080020


def _scanned(path: Path, content: bytes) -> object:
    """Return the record of the scan, the error it found, None if it gives up."""
    try:
        return scanned_record(path, scan_stream(io.BytesIO(content)))
    except not_scanned():
        return None
    except OverreadError as error:
        return type(error), str(error)


def _read(path: Path, content: bytes) -> object:
    try:
        with pydicom_errors(path):
            return read_record(read_dicom(path, io.BytesIO(content)))
    except OverreadError as error:
        return type(error), str(error)


def _compared(files: list[Path]) -> tuple[int, list[str]]:
    """Return how many files were scanned, and those that are read otherwise."""
    count, other = 0, []
    for path in files:
        content = path.read_bytes()
        found = _scanned(path, content)
        if found is None:
            continue
        count += 1
        if found != _read(path, content):
            other.append(path.name)
    return count, other


def _sample_files() -> list[Path]:
    folders = []
    for package in ("pydicom", "data_store"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        folders.append(Path(spec.origin).parent / "data")
    return [path for folder in folders for path in sorted(folder.rglob("*.dcm"))]


def test_that_the_scan_of_every_sample_agrees_with_the_full_reader() -> None:
    count, other = _compared(_sample_files())
    assert other == []
    assert count > 80


@pytest.mark.parametrize("folder", ["dicom", "awkward"])
def test_that_the_scan_of_the_development_data_agrees_with_the_full_reader(
    development_data: Path, folder: str
) -> None:
    files = [p for p in sorted((development_data / folder).rglob("*")) if p.is_file()]
    count, other = _compared(files)
    assert other == []
    assert count > 50


def test_that_the_scan_of_damaged_files_agrees_with_the_full_reader() -> None:
    samples, scanned = sources(), 0
    for seed in range(1500):
        content = mutate(samples[seed % len(samples)].read_bytes(), seed)
        if kind_of(content[:132]) is not Kind.DICOM:
            continue
        found = _scanned(Path("film.dcm"), content)
        if found is not None:
            scanned += 1
            assert found == _read(Path("film.dcm"), content), f"seed {seed}"
    assert scanned > 300


def test_that_ordinary_files_are_scanned(write_film, rg1, rg3) -> None:
    for path in (write_film(), rg1, rg3):
        assert scan_file(path).pixels is not None


def test_that_implicit_files_are_scanned(write_film) -> None:
    path = write_film(syntax="1.2.840.10008.1.2", StudyDate="20210304")
    found = scan_file(path)
    assert found.elements[_PATIENT_ID] == ("LO", b"P1")
    assert found.elements[_STUDY_DATE] == ("DA", b"20210304")


def test_that_the_scan_finds_what_lies_beyond_its_first_read(write_film) -> None:
    path = write_film(LongCodeValue="x" * 3 * FIRST_READ)  # (0008,0119)
    content = path.read_bytes()
    found = scan_file(path)
    assert found.pixels is not None
    assert found.pixels.offset == len(content) - 8
    assert found.elements[0x00280010] == ("US", b"\2\0")  # Rows, behind it


def test_that_the_scan_passes_over_sequences_of_undefined_length(write_film) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    inner, outer = Dataset(), Dataset()
    inner.CodeValue = "1"
    inner.is_undefined_length_sequence_item = True
    outer.PurposeOfReferenceCodeSequence = Sequence([inner, inner])
    outer["PurposeOfReferenceCodeSequence"].is_undefined_length = True
    outer.is_undefined_length_sequence_item = True
    for syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"):
        path = write_film(syntax=syntax, SourceImageSequence=Sequence([outer]))
        whole = path.read_bytes()
        assert scan_file(path).elements[_PATIENT_ID] == ("LO", b"P1")
        assert _scanned(path, whole) == _read(path, whole)


def _patched(path: Path, old: bytes, new: bytes) -> bytes:
    content = path.read_bytes()
    assert content.count(old) == 1
    return content.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\x10\0\x20\0LO", b"\x10\0\x20\0ZZ"),  # an unknown VR
        (b"\x10\0\x20\0LO", b"\x10\0\x20\0SH"),  # another than the dictionary's
        (b"LO\2\0P1", b"LO\1\0P1"),  # an odd length
        (b"\x10\0\x20\0LO", b"\x08\0\x18\0LO"),  # misplaced
        (b"LO\2\0P1", b"LO\xfe\xffP1"),  # beyond the end of the file
        (b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"),  # big endian
        (b"DICM", b"XXXX"),
    ],
)
def test_that_what_is_unusual_is_left_to_the_full_reader(
    write_film, old: bytes, new: bytes
) -> None:
    content = _patched(write_film(), old, new)
    assert _scanned(Path("film.dcm"), content) is None


def test_that_names_are_decoded_in_the_usual_character_sets(write_film) -> None:
    for charset, name in (("ISO_IR 100", "Müller^Käthe"), ("ISO_IR 192", "Łukasz^Ż")):
        path = write_film(SpecificCharacterSet=charset, PatientName=name)
        record = scanned_record(path, scan_file(path))
        assert record.patient.name == name.replace("^", ", ")


def test_that_switches_of_the_character_set_are_no_text(write_film) -> None:
    # As in PS3.5 K.2: each component begins with its own switch to GB 2312.
    from pydicom import dcmread

    path = write_film(SpecificCharacterSet=["", "ISO 2022 IR 58"])
    film = dcmread(path)
    switch = b"\x1b$)A"
    raw = b"Zhang=" + switch + "张".encode("gb2312") + b"^" + switch
    film.add_new("PatientName", "PN", raw + "小东".encode("gb2312"))
    film.save_as(path)
    (study,) = discover([path]).studies
    assert study.patient.name == "Zhang (张, 小东)"


@pytest.mark.parametrize("charset", ["ISO_IR 13", ["", "ISO 2022 IR 87"]])
def test_that_other_character_sets_are_left_to_the_full_reader(
    write_film, charset: object
) -> None:
    path = write_film(SpecificCharacterSet=charset)
    with pytest.raises(UnusualFileError):
        scanned_record(path, scan_file(path))


def test_that_a_file_without_a_uid_of_its_own_is_left_to_the_full_reader(
    write_film,
) -> None:
    path = write_film(SOPInstanceUID=None)
    with pytest.raises(UnusualFileError):
        scanned_record(path, scan_file(path))
