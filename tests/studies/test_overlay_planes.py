"""Overlay planes placed on the pixels of their image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studies.overlay_planes import OverlayPlane, overlay_marks, read_overlays
from studies.reader import read_header

WriteFilm = Callable[..., Path]


def bits(*lines: str) -> bytes:
    """Pack lines of x and . as overlay data are: lowest bit first, even length."""
    pixels = np.array([c == "x" for line in lines for c in line])
    content = np.packbits(pixels, bitorder="little").tobytes()
    return content + b"\0" * (len(content) % 2)


def shown(plane: OverlayPlane) -> list[str]:
    return ["".join("x" if v else "." for v in row) for row in plane.mask]


@pytest.fixture
def write_overlay(write_film: WriteFilm) -> Callable[..., Path]:
    """Write a 3 x 4 film with an overlay in group 6000; tags are (element, VR)."""

    def write(group: int = 0x6000, **changes: object) -> Path:
        from pydicom import dcmread

        path = write_film(
            Rows=3, Columns=4, pixels=changes.pop("pixels", bytes(24)),
            BitsStored=12, HighBit=11, syntax=changes.pop(
                "syntax", "1.2.840.10008.1.2.1"
            ),
        )  # fmt: skip
        film = dcmread(path)
        values: dict[str, tuple[int, str, object]] = {
            "rows": (0x0010, "US", 3),
            "columns": (0x0011, "US", 4),
            "frames": (0x0015, "IS", None),
            "type": (0x0040, "CS", "G"),
            "origin": (0x0050, "SS", [1, 1]),
            "first": (0x0051, "US", None),
            "allocated": (0x0100, "US", 1),
            "position": (0x0102, "US", 0),
            "label": (0x1500, "LO", "Lines"),
            "data": (0x3000, "OW", bits("x...", ".x..", "..xx")),
        }
        for name, (element, vr, value) in values.items():
            value = changes.get(name, value)
            if value is not None:
                film.add_new(group << 16 | element, vr, value)
        film.save_as(path, enforce_file_format=True)
        return path

    return write


def only(path: Path) -> OverlayPlane:
    (plane,) = read_overlays(read_header(path)[0])
    return plane


def test_that_an_overlay_is_unpacked_lowest_bit_first(
    write_overlay: Callable[..., Path],
) -> None:
    plane = only(write_overlay())
    assert (plane.group, plane.label, plane.notice) == (0x6000, "Lines", "")
    assert shown(plane) == ["x...", ".x..", "..xx"]


def test_that_the_header_tells_that_there_are_overlays(
    write_overlay: Callable[..., Path], write_film: WriteFilm
) -> None:
    header = read_header(write_overlay())[0]
    assert header.has_overlays
    assert not any("verlay" in notice for notice in header.notices)
    bare = read_header(write_film("bare.dcm"))[0]
    assert not bare.has_overlays
    assert read_overlays(bare) == ()


@pytest.mark.parametrize(
    ("origin", "lines"),
    [
        ([2, 3], ["....", "..x.", "...x"]),
        ([0, 0], ["x...", ".xx.", "...."]),
        ([-5, 1], ["....", "....", "...."]),
        ([100, 100], ["....", "....", "...."]),
    ],
)
def test_that_the_origin_counts_rows_and_columns_from_one(
    write_overlay: Callable[..., Path], origin: list[int], lines: list[str]
) -> None:
    assert shown(only(write_overlay(origin=origin))) == lines


def test_that_short_data_are_drawn_as_far_as_they_go_and_told(
    write_overlay: Callable[..., Path],
) -> None:
    plane = only(write_overlay(rows=5, data=bits("xxxx", "xxxx", "xxxx")))
    assert shown(plane) == ["xxxx", "xxxx", "xxxx"]
    assert plane.notice == "Lines: its data end early; 16 of 20 pixels are drawn."


def test_that_a_plane_in_unused_bits_of_the_pixels_is_found(
    write_overlay: Callable[..., Path],
) -> None:
    pixels = np.full((3, 4), 0x0FFF, "<u2")
    pixels[1, 2] |= 1 << 13
    path = write_overlay(allocated=16, position=13, data=None, pixels=pixels.tobytes())
    assert shown(only(path)) == ["....", "..x.", "...."]


@pytest.mark.parametrize(
    ("position", "why"), [(3, "belongs to the pixels"), (16, "does not exist")]
)
def test_that_a_bit_that_is_no_overlay_is_told(
    write_overlay: Callable[..., Path], position: int, why: str
) -> None:
    plane = only(write_overlay(allocated=16, position=position, data=None))
    assert not plane.mask.any()
    assert why in plane.notice


@pytest.mark.parametrize("rows", [0, None])
def test_that_a_plane_without_a_size_is_told(
    write_overlay: Callable[..., Path], rows: int | None
) -> None:
    path = write_overlay(rows=rows)
    planes = read_overlays(read_header(path)[0])
    assert all("its size is 0 x 4" in plane.notice for plane in planes)
    assert len(planes) == (rows is not None)


def test_that_each_frame_has_its_own_overlay_from_the_frame_named(
    write_overlay: Callable[..., Path],
) -> None:
    from pydicom import dcmread

    data = bits("x...", "....", "....", ".x..", "....", "....")
    path = write_overlay(frames=2, first=2, data=data, pixels=bytes(72))
    film = dcmread(path)
    film.NumberOfFrames = 3
    film.save_as(path)
    headers = read_header(path)
    planes = [read_overlays(header)[0] for header in headers]
    assert [shown(plane)[0] for plane in planes] == ["....", "x...", ".x.."]


def test_that_overlays_are_marks_of_their_own_kind(
    write_overlay: Callable[..., Path],
) -> None:
    header = read_header(write_overlay(origin=[2, 2]))[0]
    (mark,) = overlay_marks(read_overlays(header), header)
    assert mark.label == "Lines"
    assert mark.kind == "overlay"
    assert mark.region is not None
    assert (mark.region.row, mark.region.column) == (1, 1)


def test_that_the_overlays_of_the_awkward_files_are_read(
    development_data: Path,
) -> None:
    awkward = development_data / "awkward"
    for name, counts, notice in (
        ("dcm4che/ovly_p01.dcm", [532, 537, 603, 606], ""),
        ("fodicom/GH1728.dcm", [0], "369680 of 369684"),
        ("pwnlab/cat21_TC0987_overlay_big_dims.dcm", [0], "64 of 1048576"),
        ("pydicomdata/MR-SIEMENS-DICOM-WithOverlays.dcm", [323], ""),
    ):
        planes = read_overlays(read_header(awkward / name)[0])
        assert [int(plane.mask.sum()) for plane in planes] == counts
        assert all(notice in plane.notice for plane in planes)
