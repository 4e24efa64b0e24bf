"""Changing a window by hand."""

from pathlib import Path

import pytest

from gui import windowing
from studies.model import (
    GrayscaleParameters,
    ImageHeader,
    LookupTable,
    VoiFunction,
    Window,
)

DEFAULT = Window(500.0, 1024.0)


def header(photometric: str) -> ImageHeader:
    grayscale = GrayscaleParameters(photometric, 12, 0)
    return ImageHeader(
        Path("f"), 0, "1", "1", "1", "1", "DX", 4, 4, grayscale=grayscale
    )


@pytest.mark.parametrize(
    ("photometric", "inverted", "rising"),
    [
        ("MONOCHROME2", False, True),
        ("MONOCHROME2", True, False),
        ("MONOCHROME1", False, False),
        ("MONOCHROME1", True, True),
    ],
)
def test_that_brightness_knows_which_way_the_grey_scale_runs(
    photometric: str, inverted: bool, rising: bool
) -> None:
    assert windowing.is_rising(header(photometric), inverted=inverted) is rising


def test_that_a_drag_of_512_pixels_doubles_the_films_own_width() -> None:
    assert windowing.dragged(DEFAULT, DEFAULT, 512, 0, rising=True) == Window(
        500.0, 2048.0
    )


def test_that_up_brightens_whatever_the_photometry() -> None:
    # A lower centre is brighter where larger values are brighter.
    assert windowing.dragged(DEFAULT, DEFAULT, 0, 10, rising=True).center == 480.0
    assert windowing.dragged(DEFAULT, DEFAULT, 0, 10, rising=False).center == 520.0


def test_that_a_linear_window_never_gets_narrower_than_one() -> None:
    narrow = windowing.changed(Window(5.0, 2.0), 0.0, -10.0, smallest=0.1)
    assert narrow.width == 1.0
    exact = Window(5.0, 2.0, function=VoiFunction.LINEAR_EXACT)
    assert windowing.changed(exact, 0.0, -10.0, smallest=0.1).width == 0.1


def test_that_a_key_moves_the_window_by_a_fiftieth() -> None:
    nudged = windowing.nudged(Window(0.0, 100.0), Window(0.0, 100.0), 1, -2)
    assert (nudged.center, nudged.width) == (2.0, 96.0)


def test_that_a_look_up_table_becomes_the_window_it_spans() -> None:
    table = LookupTable(tuple(range(256)), first_mapped=100, bits=8)
    window = windowing.as_window(table)
    assert (window.center, window.width) == (228.0, 256.0)
