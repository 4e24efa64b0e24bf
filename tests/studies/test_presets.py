"""Window presets: which are offered, and with what numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studies.model import Image, LookupTable, Window
from studies.presets import (
    MOST_PRESETS,
    PresetsFileError,
    preset_ids,
    preset_named,
    presets_for,
    read_presets,
    shipped_presets,
)


@pytest.fixture
def image_of(make_image):
    def make(modality: str, body_part: str = "", stored=None, **grayscale) -> Image:
        values = np.arange(100).reshape(10, 10) if stored is None else stored
        image = make_image(values, bits=16, **grayscale)
        header = replace(image.header, modality=modality, body_part=body_part)
        return Image(header, image.stored)

    return make


def titles(image: Image) -> list[str]:
    return [preset.title for preset in presets_for(image)]


def test_that_the_windows_of_the_header_come_first(image_of) -> None:
    windows = (Window(1.0, 2.0, "A"), Window(3.0, 4.0))
    assert titles(image_of("CT", windows=windows))[:2] == ["A", "From the header, 2"]


@pytest.mark.parametrize(
    ("body_part", "first"),
    [
        ("CHEST", ["Lung", "Soft tissue"]),
        ("HEAD", ["Brain", "Subdural", "Stroke"]),
        ("ABDOMEN", ["Soft tissue", "Liver"]),
        ("", ["Lung", "Soft tissue", "Bone", "Brain"]),
    ],
)
def test_that_ct_presets_go_by_body_part(image_of, body_part, first) -> None:
    shown = titles(image_of("CT", body_part, windows=(Window(0.0, 1.0, "own"),)))
    assert shown[1 : 1 + len(first)] == first


@pytest.mark.parametrize(
    ("preset_id", "center", "width"),
    [
        ("lung", -600, 1500),
        ("soft-tissue", 40, 400),
        ("bone", 400, 1800),
        ("brain", 40, 80),
        ("stroke", 40, 40),
    ],
)
def test_that_ct_presets_are_in_hounsfield_units(
    image_of, preset_id, center, width
) -> None:
    found = preset_named(image_of("CT"), preset_id)
    assert (found.voi.center, found.voi.width) == (center, width)


def test_that_a_ct_map_in_other_units_is_offered_no_hounsfield_windows(
    image_of,
) -> None:
    image = image_of("CT", windows=(Window(0.0, 1.0, "own"),))
    params = replace(image.header.grayscale, rescale_type="mL/100g/min")
    other = Image(replace(image.header, grayscale=params), image.stored)
    assert titles(other) == ["own"]


def test_that_there_are_never_more_than_the_digit_keys(image_of) -> None:
    windows = tuple(Window(float(n), 2.0) for n in range(12))
    assert len(titles(image_of("CT", windows=windows))) == MOST_PRESETS
    assert len(titles(image_of("CT", windows=windows[:4]))) == MOST_PRESETS


def test_that_film_presets_are_shares_of_the_window_first_shown(image_of) -> None:
    image = image_of("CR", windows=(Window(1000.0, 200.0),))
    found = preset_named(image, "film-lung")
    assert (found.voi.center, found.voi.width) == (970.0, 160.0)


def test_that_film_presets_turn_round_in_monochrome1(image_of) -> None:
    windows = (Window(1000.0, 200.0),)
    image = image_of("CR", windows=windows, photometric="MONOCHROME1")
    assert preset_named(image, "film-lung").voi.center == 1030.0


def test_that_percentiles_leave_padding_out(image_of) -> None:
    stored = np.arange(101).reshape(1, 101)
    stored[0, 0] = 60000
    image = image_of("MR", stored=stored, padding=(60000, 60000))
    # 1 to 100 remain: LINEAR of center 51, width 100 spans 1 to 100.
    full = preset_named(image, "full-range").voi
    assert (full.center, full.width) == (51.0, 100.0)
    most = preset_named(image, "percentiles").voi
    assert (most.center, most.width) == (51.0, 98.0)


def test_that_percentiles_are_in_modality_values(image_of) -> None:
    image = image_of("PT", slope=2.0, intercept=-10.0)
    full = preset_named(image, "full-range").voi
    assert (full.center - 0.5 - (full.width - 1) / 2) == -10.0
    assert (full.center - 0.5 + (full.width - 1) / 2) == 188.0


def test_that_a_film_with_a_voi_table_has_no_shares_of_a_window(image_of) -> None:
    table = LookupTable(tuple(range(256)), 0, 8, "own")
    assert titles(image_of("DX", voi_luts=(table,))) == [
        "own",
        "1 to 99 %",
        "Full range",
    ]


def test_that_colour_has_no_percentiles(make_image) -> None:
    image = make_image(np.zeros((4, 4, 3), np.uint8))
    assert "Full range" not in titles(image)
    assert "More contrast" in titles(image)


def test_that_an_unknown_or_unfitting_preset_is_none(image_of) -> None:
    assert preset_named(image_of("CT"), "nothing") is None
    assert preset_named(image_of("MR"), "lung") is None


def test_that_ids_of_the_shipped_presets_are_unique() -> None:
    assert len(preset_ids()) == len(shipped_presets())


GOOD = 'id = "a"\ntitle = "A"\nmodality = ["CT"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"\n[[preset]]\n{GOOD}", "line 2: it says 0 windows; allowed: one of center"),
        (
            f"[[preset]]\n{GOOD}center = 1\nwidht = 2",
            'unknown key "widht"; allowed: id',
        ),
        (
            f"[[preset]]\n{GOOD}center = 1\nwidth = 0",
            "width is 0; allowed: more than 0",
        ),
        (f"[[preset]]\n{GOOD}center = 1", "width is missing; allowed: a number"),
        (f'[[preset]]\n{GOOD}center = "1"\nwidth = 2', "center is '1'; allowed: a num"),
        (f"[[preset]]\n{GOOD}percentiles = [9, 1]", "allowed: 0 to 100, rising"),
        (f"[[preset]]\n{GOOD}percentiles = [9]", "allowed: a list of 2 numbers"),
        ("[[preset]]\ntitle = 'A'\ncenter = 1", "id is missing; allowed: a text"),
        ("[[presets]]", r'unknown key "presets"; allowed: \[\[preset\]\]'),
        ("", r"it has no \[\[preset\]\]"),
        ("[[preset", "it is no TOML"),
    ],
)
def test_that_a_file_that_cannot_be_used_says_where_and_what(text, message) -> None:
    with pytest.raises(PresetsFileError, match=f"site.toml.*{message}"):
        read_presets(text, "site.toml")
