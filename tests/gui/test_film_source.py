"""Stored pixels on the viewport's pixel grid."""

from pathlib import Path

import numpy as np
import pytest

from gui import film_source
from gui.film_source import FilmSource, MaskSizeError, look_up
from gui.view_geometry import ViewGeometry
from studies.grayscale import DisplayTable, default_voi, display_table, to_display
from studies.model import GrayscaleParameters, Image, ImageHeader, IntArray, Window


def image_of(
    stored: IntArray, *, photometric: str = "MONOCHROME2", **grayscale: object
) -> Image:
    parameters: dict[str, object] = {
        "photometric_interpretation": photometric,
        "bits_stored": 16,
        "pixel_representation": int(stored.dtype.kind == "i"),
        "windows": (Window(500.0, 1000.0),),
    }
    header = ImageHeader(
        path=Path("film.dcm"),
        frame=0,
        sop_instance_uid="1.2.3",
        sop_class_uid="1.2",
        series_instance_uid="1.2.4",
        study_instance_uid="1.2.5",
        modality="DX",
        rows=stored.shape[0],
        columns=stored.shape[1],
        grayscale=GrayscaleParameters(**(parameters | grayscale)),
    )
    return Image(header, stored)


def shown(image: Image, view: ViewGeometry) -> IntArray:
    """What FilmItem would paint over the visible part."""
    source = FilmSource(image)
    pixels, showing = source.warp(view.grid, view.region(0))
    grey = look_up(pixels, source.table(display_table(image, default_voi(image))))
    return grey if showing is None else grey & showing


def view_at(image: Image, scale: float, size: int = 64) -> ViewGeometry:
    rows, columns = image.stored.shape[:2]
    return ViewGeometry(rows, columns, size, size, scale=scale)


def warped(image: Image, scale: float, size: int = 64) -> tuple[IntArray, object]:
    view = view_at(image, scale, size)
    return FilmSource(image).warp(view.grid, view.region(0))


def test_that_a_fine_pattern_does_not_alias_when_minified() -> None:
    # A checkerboard of 0 and 1000, halved: each screen pixel covers two of each,
    # 500 on average. Taking single pixels would give 0 or 1000.
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 1000).astype(np.uint16)
    pixels, _ = warped(image_of(board), 0.5)
    assert np.unique(pixels).tolist() == [500]


@pytest.mark.parametrize("scale", [0.9, 0.5, 0.3, 0.11, 0.06])
def test_that_an_edge_stays_in_its_place_at_every_size(scale: float) -> None:
    # Black up to column 500 of 1000, white beyond: whatever the scale, the share
    # of white is a half, to within a tenth of a screen pixel.
    values = np.zeros((1000, 1000), np.uint16)
    values[:, 500:] = 60000
    pixels, _ = warped(image_of(values), scale, 1000)
    line = pixels[pixels.shape[0] // 2].astype(float) / 60000
    assert (1 - line).sum() == pytest.approx(500 * scale, abs=0.1)


def test_that_magnified_pixels_are_joined_by_straight_lines() -> None:
    ramp = np.array([[0, 400]], np.uint16)
    view = ViewGeometry(1, 2, 4, 8, scale=4.0)
    pixels, _ = FilmSource(image_of(ramp)).warp(view.grid, view.region(0))
    # Centres at 2 and 6 (in eighths of the width: samples at 0.5, 1.5, ...).
    assert pixels[0].tolist() == [0, 0, 50, 150, 250, 350, 400, 400]


def test_that_one_to_one_shows_every_stored_value_unchanged() -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 900
    pixels, _ = warped(image_of(values), 1.0, 8)
    assert np.array_equal(pixels, values)


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8, np.int8, np.int32])
def test_that_every_pixel_type_looks_as_the_grayscale_pipeline_says(
    dtype: type[np.integer],
) -> None:
    low = 0 if np.dtype(dtype).kind == "u" else -100
    values = np.linspace(low, 120, 64).astype(dtype).reshape(8, 8)
    bits = 8 * np.dtype(dtype).itemsize
    image = image_of(values, bits_stored=bits, windows=(Window(20.0, 180.0),))
    expected = to_display(image) * 255
    grey = shown(image, view_at(image, 1.0, 8))
    assert np.abs(grey - expected).max() <= 0.51


def test_that_values_beyond_sixteen_bits_keep_their_order() -> None:
    values = np.array([[0, 100_000, 200_000, 300_000]], np.int32)
    source = FilmSource(image_of(values, bits_stored=32))
    table = source.table(DisplayTable(np.arange(4, dtype=np.uint8), 0))
    assert source.step == 5  # 300001 values over 65536 steps
    assert (np.diff(source.pixels.astype(int)) > 0).all()
    assert table[:2].tolist() == [0, 3]


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_that_padding_is_black_and_does_not_wear_a_bright_rim(photometric: str) -> None:
    # Bone of 900 beside padding 0: every mixture of the two would be brighter
    # than both in MONOCHROME1, where small values are white.
    values = np.full((8, 8), 900, np.uint16)
    values[:, :4] = 0
    image = image_of(values, photometric=photometric, padding=(0, 0))
    grey = shown(image, view_at(image, 6.0, 48))
    film = {"MONOCHROME1": 25, "MONOCHROME2": 230}[photometric]
    assert set(np.unique(grey)) == {0, film}


def test_that_colour_stays_colour() -> None:
    values = np.zeros((4, 4, 3), np.uint8)
    values[..., 0] = 200
    image = image_of(values, photometric="RGB", bits_stored=8)
    pixels, _ = warped(image, 2.0, 8)
    assert pixels.shape == (8, 8, 3)
    assert pixels[4, 4].tolist() == [200, 0, 0]


def test_that_the_two_table_look_ups_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 65536, (33, 17), dtype=np.uint16)
    table = rng.integers(0, 256, 65536, dtype=np.uint8)
    fast = look_up(pixels, table)
    monkeypatch.setattr(film_source, "_HAS_WIDE_LUT", False)
    assert np.array_equal(look_up(pixels, table), fast)
    assert np.array_equal(fast, table[pixels])


def test_that_a_film_wholly_off_screen_gives_nothing() -> None:
    values = np.zeros((8, 8), np.uint16)
    image = image_of(values)
    view = ViewGeometry(8, 8, 64, 64, x=500)
    assert FilmSource(image).warp(view.grid, view.region(0))[0].size == 0


@pytest.mark.parametrize("scale", [1.0, 1.337, 1.6, 2.5, 7.31, 20.0])
def test_that_a_part_of_a_magnified_film_is_the_part_of_the_whole(
    scale: float,
) -> None:
    # A ramp of 40 a column: a shift of 1/32 screen pixel would be 1.25 / scale.
    ramp = np.broadcast_to(np.arange(300) * 40, (300, 300)).astype(np.uint16)
    view = ViewGeometry(300, 300, 90, 110).centred(211.0, 143.0, scale)
    region = view.region(0)
    pixels, _ = FilmSource(image_of(ramp)).warp(view.grid, region)
    columns = (region.x + np.arange(region.width) + 0.5) / scale - 0.5
    assert np.abs(pixels[0] - columns * 40).max() <= 0.5 + 1.25 / scale


def test_that_flat_pixels_are_averaged_along_their_rows_alone() -> None:
    # Pixels three times as high as wide: at a scale of a half three columns of
    # 0 and 1000 in turn go to half as many, rows are drawn larger.
    values = np.tile(np.array([0, 1000], np.uint16), (6, 8))
    view = ViewGeometry(6, 16, 64, 64, scale=0.5, aspect=3.0)
    pixels, _ = FilmSource(image_of(values)).warp(view.grid, view.region(0))
    assert pixels.shape == (9, 8)
    assert np.unique(pixels).tolist() == [500]


def test_that_a_zoom_in_haste_keeps_an_edge_in_its_place() -> None:
    values = np.zeros((1000, 1000), np.uint16)
    values[:, 500:] = 60000
    view = view_at(image_of(values), 0.37, 1000)
    source = FilmSource(image_of(values))
    pixels, _ = source.warp(view.grid, view.region(0), quick=True)
    line = pixels[100].astype(float) / 60000
    assert (1 - line).sum() == pytest.approx(500 * 0.37, abs=0.1)


def test_that_values_of_sixteen_bits_are_taken_as_they_are_without_a_search() -> None:
    signed = np.array([[-32768, -1, 0, 32767]], np.int16)
    source = FilmSource(image_of(signed))
    assert source.pixels.tolist() == [[0, 32767, 32768, 65535]]
    assert (source.offset, source.step) == (-32768, 1)
    unsigned = np.array([[0, 65535]], np.uint16)
    assert FilmSource(image_of(unsigned)).pixels.tolist() == [[0, 65535]]


def test_that_a_table_reaches_beyond_the_display_table_with_its_ends() -> None:
    # Entries for stored -2 to 1; pixels are stored + 32768.
    source = FilmSource(image_of(np.zeros((1, 2), np.int16)))
    table = source.table(DisplayTable(np.array([9, 10, 20, 30], np.uint8), -2))
    assert table[32765:32771].tolist() == [9, 9, 10, 20, 30, 30]
    assert (table[0], table[-1]) == (9, 30)


def test_that_what_is_masked_is_black_and_comes_back() -> None:
    image = image_of(np.full((8, 8), 900, np.uint16))
    mask = np.zeros((8, 8), np.uint8)
    mask[:, :3] = 255
    source, view = FilmSource(image), view_at(image, 1.0, 8)
    source.set_mask(mask)
    _, showing = source.warp(view.grid, view.region(0))
    assert showing is not None
    assert showing[0].tolist() == [0] * 3 + [255] * 5
    source.set_mask(None)
    assert source.warp(view.grid, view.region(0))[1] is None


def test_that_a_mask_of_another_size_is_refused() -> None:
    source = FilmSource(image_of(np.zeros((8, 6), np.uint16)))
    with pytest.raises(MaskSizeError, match=r"\(6, 8\), allowed \(8, 6\)"):
        source.set_mask(np.zeros((6, 8), np.uint8))


def test_that_padding_stays_black_beside_a_mask() -> None:
    values = np.full((8, 8), 900, np.uint16)
    values[0] = 0
    image = image_of(values, padding=(0, 0))
    mask = np.zeros((8, 8), np.uint8)
    mask[:, 7] = 255
    source, view = FilmSource(image), view_at(image, 1.0, 8)
    source.set_mask(mask)
    _, showing = source.warp(view.grid, view.region(0))
    assert showing is not None
    assert (showing == 0).sum() == 8 + 7
