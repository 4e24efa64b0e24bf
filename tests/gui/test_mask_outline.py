"""The outline of a mask runs along its pixels' edges."""

from __future__ import annotations

import numpy as np

from gui.mask_outline import outline, trace
from studies.mark_model import Region


def area(lines: list[np.ndarray]) -> float:
    """Return the area by the shoelace formula; holes turn the other way."""
    total = 0.0
    for line in lines:
        row, column = line.T
        total += np.dot(row, np.roll(column, 1)) - np.dot(column, np.roll(row, 1))
    return abs(total) / 2


def test_that_one_pixel_is_a_square_about_it() -> None:
    mask = np.zeros((3, 4), np.uint8)
    mask[1, 2] = 1
    (line,) = trace(mask)
    assert {tuple(point) for point in line.tolist()} == {(1, 2), (1, 3), (2, 2), (2, 3)}


def test_that_a_hole_is_a_line_of_its_own() -> None:
    mask = np.ones((3, 3), np.uint8)
    mask[1, 1] = 0
    lines = trace(mask)
    assert sorted(len(line) for line in lines) == [4, 4]
    assert area(lines) == 8


def test_that_outlines_enclose_exactly_the_pixels_of_any_mask() -> None:
    dice = np.random.default_rng(0)
    for _ in range(200):
        rows, columns = dice.integers(1, 12, 2)
        mask = (dice.random((rows, columns)) < dice.random()).astype(np.uint8)
        lines = trace(mask)
        assert area(lines) == mask.sum()
        for line in lines:
            steps = np.abs(line - np.roll(line, 1, axis=0))
            assert ((steps > 0).sum(axis=1) == 1).all()


def test_that_a_region_lies_where_its_patch_does() -> None:
    region = Region(10, 10, 4, 5, np.full((1, 1), 255, np.uint8))
    (line,) = outline(region)
    assert (line.min(axis=0).tolist(), line.max(axis=0).tolist()) == ([4, 5], [5, 6])


def test_that_a_fractional_region_is_outlined_at_its_level() -> None:
    patch = np.array([[51, 128, 255]], np.uint8)  # 0.2, 0.502 and 1
    region = Region(1, 3, 0, 0, patch, fractional=True)
    assert area(outline(region)) == 2
    assert area(outline(region, 0.25)) == 2
    assert area(outline(region, 0.2)) == 3
    assert area(outline(region, 0.75)) == 1
    assert area(outline(Region(1, 3, 0, 0, patch))) == 3
