from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from studies.discovery import discover
from studies.model import Discovery, ImageHeader, Patient, Plane, Severity
from studies.stored import from_plain, pack, to_plain, unpack
from studies.stored_discovery import StoredImages, read_discovery, write_discovery


@dataclass(frozen=True)
class _All:
    text: str
    path: Path
    day: date
    moment: datetime | None
    kind: Severity
    plane: Plane | None
    pair: tuple[int, float]
    many: tuple[tuple[str, int], ...]
    content: bytes


_ONE = _All(
    "é",
    Path("a/b"),
    date(2021, 3, 4),
    datetime(2021, 3, 4, 5, 6, 7, 8),  # noqa: DTZ001 - DICOM's times have no zone
    Severity.NOTICE,
    Plane((0.1, 2, 3), (1, 0, 0), (0, 1, 0)),
    (1, 2.5),
    (("x", 1), ("y", 2)),
    b"\0\xff",
)
_OTHER = _All(
    "", Path(), date.min, None, Severity.REFUSED, None, (0, float("inf")), (), b""
)


@pytest.mark.parametrize("value", [_ONE, _OTHER])
def test_that_a_dataclass_comes_back_from_json_as_it_was(value) -> None:
    assert from_plain(_All, json.loads(json.dumps(to_plain(value)))) == value


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_that_many_come_back_in_their_order(count: int) -> None:
    values = ([_ONE, _OTHER] * 3)[:count]
    assert unpack(_All, json.loads(json.dumps(pack(values)))) == tuple(values)


def test_that_what_all_share_is_written_once() -> None:
    packed = json.dumps(pack([_ONE] * 100))
    assert packed.count("é") + packed.count("\\u00e9") == 1


def test_that_a_type_that_cannot_be_stored_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        value: complex

    with pytest.raises(TypeError, match="complex"):
        to_plain(Odd(1j))


def _stored(found: Discovery) -> Discovery:
    return read_discovery(*write_discovery(found))


@pytest.mark.parametrize("folder", ["dicom", "awkward"])
def test_that_a_discovery_comes_back_as_it_was(development_data, folder: str) -> None:
    found = discover([development_data / folder])
    assert len(found.studies) > 20
    assert _stored(found) == found


def test_that_images_are_made_when_looked_at_and_equal_their_tuple(rg1) -> None:
    found = discover([rg1])
    images = found.studies[0].series[0].images
    (series,) = _stored(found).studies[0].series
    assert isinstance(series.images, StoredImages)
    assert len(series.images) == 1
    assert series.images == images
    assert images == series.images
    assert hash(series.images) == hash(images)
    assert series.images[0] is series.images[0]
    assert series.images[-1:] == images
    assert (*series.images,) == images
    assert series.images + images == images + series.images == images * 2
    assert images[0] in series.images


def test_that_images_written_over_are_refused(rg1) -> None:
    head, bodies = write_discovery(discover([rg1]))
    with pytest.raises(ValueError, match="not as they were written"):
        read_discovery(head, [body.replace("CR", "CT") for body in bodies])


def test_that_every_field_of_a_header_is_stored(rg1) -> None:
    header = discover([rg1]).studies[0].images[0]
    assert from_plain(ImageHeader, json.loads(json.dumps(to_plain(header)))) == header
    nobody = Patient("", "", None, "")
    assert from_plain(Patient, to_plain(nobody)) == nobody
