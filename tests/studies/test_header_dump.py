"""Headers as rows: each file is a few elements put together byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path

import pydicom
import pytest

from studies.header_dump import HeaderRow, differing, dump_header


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One element in explicit little endian; `length` lies about the value's."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    size = len(value) if length is None else length
    if vr in ("OB", "OW", "SQ", "UN", "UT"):
        return head + struct.pack("<HI", 0, size) + value
    return head + struct.pack("<H", size) + value


def item(content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return struct.pack("<HHI", 0xFFFE, 0xE000, size) + content


def delimiter(element: int) -> bytes:
    return struct.pack("<HHI", 0xFFFE, element, 0)


def write(path: Path, *parts: bytes, syntax: str = "1.2.840.10008.1.2.1") -> Path:
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = element(0x00020010, "UI", uid)
    group = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    path.write_bytes(b"\0" * 128 + b"DICM" + group + meta + b"".join(parts))
    return path


@pytest.fixture
def dump(tmp_path):
    """Dump a file made of the given elements, its file meta left out."""

    def make(*parts: bytes, **known: str) -> tuple[HeaderRow, ...]:
        rows = dump_header(write(tmp_path / "a.dcm", *parts, **known))
        return tuple(row for row in rows if not row.tag.startswith("(0002,"))

    return make


ROWS = element(0x00280010, "US", struct.pack("<H", 512))


def test_that_a_row_has_tag_keyword_name_vr_value_and_length(dump):
    assert dump(ROWS) == (HeaderRow(0, "(0028,0010)", "Rows", "Rows", "US", "512", 2),)


def test_that_the_file_meta_comes_first_and_uids_are_named(tmp_path):
    rows = dump_header(write(tmp_path / "a.dcm", ROWS))
    assert [row.tag for row in rows] == ["(0002,0000)", "(0002,0010)", "(0028,0010)"]
    assert rows[1].value == "1.2.840.10008.1.2.1  Explicit VR Little Endian"


@pytest.mark.parametrize("known", [True, False])
def test_that_sequences_are_nested_whether_their_lengths_are_given(dump, known):
    if known:
        sequence = element(0x00081140, "SQ", item(ROWS) + item(ROWS))
    else:
        inner = item(ROWS + delimiter(0xE00D), 0xFFFFFFFF)
        closed = inner + inner + delimiter(0xE0DD)
        sequence = element(0x00081140, "SQ", closed, 0xFFFFFFFF)
    rows = dump(sequence, ROWS)
    assert [(row.depth, row.name) for row in rows] == [
        (0, "Referenced Image Sequence"),
        (1, "Item 1"),
        (2, "Rows"),
        (1, "Item 2"),
        (2, "Rows"),
        (0, "Rows"),
    ]


def test_that_pydicom_counts_as_many_elements_in_all_development_files(
    development_data,
):
    folder = development_data / "dicom"
    for path in sorted((folder / "sr_tid1500_seg_rwvm").glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        wanted = len(list(dataset.iterall())) + len(dataset.file_meta)
        assert sum(bool(row.tag) for row in dump_header(path)) == wanted


@pytest.mark.parametrize(
    ("syntax", "order"),
    [("1.2.840.10008.1.2", "<"), ("1.2.840.10008.1.2.2", ">")],
)
def test_that_implicit_and_big_endian_files_are_read(dump, syntax, order):
    if order == "<":
        part = struct.pack("<HHIH", 0x28, 0x10, 2, 512)
    else:
        part = struct.pack(">HH2sHH", 0x28, 0x10, b"US", 2, 512)
    rows = dump(part, syntax=syntax)
    assert [(row.vr, row.value, row.problem) for row in rows] == [("US", "512", "")]


def test_that_implicit_elements_under_an_explicit_syntax_are_read_and_told(dump):
    rows = dump(struct.pack("<HHIH", 0x28, 0x10, 2, 512))
    assert "implicit" in rows[0].problem
    assert rows[1].value == "512"


def test_that_private_elements_name_who_reserved_them(dump):
    creator = element(0x00090010, "LO", b"ACME 1.1")
    rows = dump(creator, element(0x00091001, "LO", b"secret"))
    assert rows[0].name == "Private Creator"
    assert rows[1].name == "Private: ACME 1.1"
    assert (rows[1].keyword, rows[1].value) == ("", "secret")


def test_that_a_long_text_is_cut_and_its_length_told(dump):
    (row,) = dump(element(0x00204000, "LT", b"x" * 12_346))
    assert row.value == "x" * 512 + " … 12,346 bytes"


def test_that_bytes_are_shown_as_hexadecimal_digits(dump):
    (row,) = dump(element(0x00420011, "OB", bytes(range(256)) * 2))
    assert row.value.startswith("00 01 02")
    assert row.value.endswith("17 … 512 bytes")


def test_that_pixels_are_not_shown_but_what_follows_them_is(dump):
    pixels = element(0x7FE00010, "OW", b"\1\0" * 8)
    rows = dump(pixels, element(0xFFFCFFFC, "OB", b"\0\0"))
    assert rows[0].value == "Not shown: 16 bytes"
    assert rows[1].tag == "(FFFC,FFFC)"


def test_that_encapsulated_pixels_are_counted(dump):
    content = item(b"") + item(b"1234") + item(b"123456") + delimiter(0xE0DD)
    (row,) = dump(element(0x7FE00010, "OB", content, 0xFFFFFFFF))
    assert row.value == "Not shown: 2 fragments, 10 bytes"


def test_that_names_are_decoded_in_the_character_set_of_their_item(dump):
    utf8 = element(0x00080005, "CS", b"ISO_IR 192")
    name = element(0x00100010, "PN", "Müller^Ann ".encode())
    rows = dump(element(0x00081140, "SQ", item(utf8 + name)), ROWS)
    assert (rows[3].value, rows[3].problem) == ("Müller^Ann", "")


@pytest.mark.parametrize(
    ("character_set", "name", "problem"),
    [
        (b"ISO_IR 192", b"M\xfcller", "cannot be decoded in its character set"),
        (
            b"",
            b"M\xfcller",
            "not ASCII and no character set is given: read as Latin-1",
        ),
    ],
)
def test_that_text_of_another_character_set_is_told(dump, character_set, name, problem):
    parts = element(0x00080005, "CS", character_set), element(0x00100010, "PN", name)
    assert dump(*parts)[1].problem == problem


def test_that_markup_and_control_characters_stay_plain_and_on_one_line(dump):
    text = "<b>a</b>\r\nb\x07\u202ec".encode()
    parts = element(0x00080005, "CS", b"ISO_IR 192"), element(0x00204000, "LT", text)
    assert dump(*parts)[1].value == "<b>a</b> ↵ b··c"


def test_that_a_value_that_goes_beyond_the_file_is_told_and_the_rest_is_there(dump):
    modality = element(0x00080060, "CS", b"CT")
    rows = dump(modality, element(0x00100010, "PN", b"Doe^Jane", length=80))
    assert rows[0].value == "CT"
    assert (rows[1].value, rows[1].problem) == (
        "Doe^Jane … 80 bytes",
        "says 80 bytes, 8 are left",
    )
    assert rows[2].problem == "The file ends here"


def test_that_a_value_that_goes_beyond_its_item_does_not_hide_what_follows(dump):
    bad = item(element(0x00080060, "CS", b"CT", length=40))
    rows = dump(element(0x00081140, "SQ", bad), ROWS)
    assert rows[2].problem == "says 40 bytes, 2 are left"
    assert rows[3].name == "Rows"


def test_that_bytes_that_are_no_element_are_told_with_their_place(dump):
    # 132 bytes of head, 12 of the group's length, 28 of the syntax, 10 of Rows
    rows = dump(ROWS, b"\x50\0\x10\0\xff\xff\xff\x7f1234")
    assert rows[-1].problem == "No element begins at byte 182"


def test_that_repeated_elements_are_told(dump):
    assert [row.problem for row in dump(ROWS, ROWS)] == ["", "repeated or misplaced"]


def test_that_a_number_of_the_wrong_size_is_told(dump):
    (row,) = dump(element(0x00280010, "US", b"\1\0\2"))
    assert (row.value, row.problem) == ("1", "3 bytes are no multiple of 2")


def test_that_nesting_without_end_is_not_followed(dump):
    opened = element(0x00081140, "SQ", b"", 0xFFFFFFFF) + item(b"", 0xFFFFFFFF)
    rows = dump(opened * 5_000)
    assert rows[-1].problem.startswith("Over 40 sequences in each other")
    assert len(rows) < 100


def test_that_a_last_row_says_that_there_are_more(tmp_path):
    path = write(tmp_path / "a.dcm", ROWS * 30)
    rows = dump_header(path, most_rows=10)
    assert len(rows) == 11
    assert rows[-1].problem == "More than 10 rows: the rest is not listed"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is empty"), (b"PK\3\4" + b"0" * 200, "zip archive"), (b"hi", "unknown")],
)
def test_that_what_is_no_dicom_file_is_a_row_that_says_so(tmp_path, content, why):
    path = tmp_path / "a"
    path.write_bytes(content)
    (row,) = dump_header(path)
    assert why in row.problem


def test_that_a_missing_file_is_a_row_that_says_so(tmp_path):
    (row,) = dump_header(tmp_path / "gone.dcm")
    assert row.problem == "Cannot be read: there is no such file"


def test_that_no_awkward_file_raises_and_each_gives_a_row(development_data):
    for path in sorted((development_data / "awkward").rglob("*")):
        if path.is_file() and path.stat().st_size < 2_000_000:
            assert dump_header(path), path.name


def test_that_rows_that_differ_are_found_where_they_stand(tmp_path):
    def file(name: str, position: bytes, inner: bytes) -> tuple[HeaderRow, ...]:
        sequence = element(
            0x00081140, "SQ", item(ROWS) + item(element(0x00080060, "CS", inner))
        )
        place = element(0x00200013, "IS", position)
        return dump_header(write(tmp_path / name, sequence, place))

    one, other = file("1", b"1 ", b"CT"), file("2", b"2 ", b"MR")
    changed = [one[place].name for place in sorted(differing(one, other))]
    assert changed == ["Modality", "Instance Number"]
    assert differing(one, one) == frozenset()
