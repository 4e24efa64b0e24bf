"""The heat map, resampled over its crop."""

import numpy as np
import pytest

from explain.heatmap import Heatmap
from gui import heat_raster
from gui.film_source import look_up
from gui.memory import Memory
from inference.preprocess import Placement


def heatmap(
    values: list[list[float]],
    *,
    probability: float = 1.0,
    crop: tuple[int, int, int, int] = (0, 0, 400, 200),
    image: tuple[int, int] = (400, 200),
    grid: tuple[int, int] | None = None,
) -> Heatmap:
    array = np.array(values, np.float32)
    shape = (array.shape[0], array.shape[1])
    placement = Placement(*image, crop, grid or shape)
    return Heatmap("pneumonia", array, 1.0, probability, placement, "grad-cam")


def one_hot(row: int, column: int, size: int = 4) -> list[list[float]]:
    values = np.zeros((size, size))
    values[row, column] = 1.0
    return values.tolist()  # type: ignore[no-any-return]  # NumPy types it so


def test_that_the_raster_covers_the_crop_and_not_the_image() -> None:
    raster = heat_raster.rasterise(heatmap(one_hot(0, 0), crop=(40, 20, 100, 80)))
    rows, columns = raster.heat.shape
    corners = np.array([[-0.5, -0.5], [columns - 0.5, rows - 0.5]], np.float32)
    assert raster.to_image(corners).tolist() == [[20.0, 40.0], [100.0, 140.0]]


def test_that_of_a_letterboxed_map_only_what_lies_on_the_image_is_kept() -> None:
    # 400 x 200 letterboxed to 400 x 400: its columns are the middle two of four
    # cells. Cell (1, 1) covers the image's rows 100-200 and columns 0-100.
    boxed = heatmap(one_hot(1, 1), crop=(0, -100, 400, 400))
    raster = heat_raster.rasterise(boxed)
    assert raster.crop == (0, 0, 400, 200)
    assert raster.heat.shape == (512, 256)
    row, column = np.unravel_index(raster.heat.argmax(), raster.heat.shape)
    at = raster.to_image(np.array([[column, row]], np.float32))[0]
    assert at.tolist() == pytest.approx([50, 150], abs=1)
    assert heat_raster.placement_problem(boxed, 400, 200) == ""


def test_that_a_finding_of_one_percent_is_clear() -> None:
    raster = heat_raster.rasterise(heatmap(one_hot(1, 1), probability=0.01))
    assert raster.is_clear
    assert heat_raster.to_bgra(raster.heat, 1.0)[..., 3].max() == 0
    assert heat_raster.hot_region(raster) == []


def test_that_a_map_is_not_stretched_to_its_own_peak() -> None:
    half = heat_raster.rasterise(heatmap(one_hot(1, 1), probability=0.5))
    assert half.peak == pytest.approx(0.5, abs=0.01)


def test_that_the_hot_region_lies_around_the_hot_cell() -> None:
    # Cell (1, 2) of 4 x 4 on 400 x 200 covers rows 100-200, columns 100-150.
    region = heat_raster.hot_region(heat_raster.rasterise(heatmap(one_hot(1, 2))))
    assert len(region) == 1
    columns, rows = region[0].mean(axis=0)
    assert rows == pytest.approx(150, abs=1.5)
    assert columns == pytest.approx(125, abs=1.5)
    span = region[0].max(axis=0) - region[0].min(axis=0)
    assert 30 < span[0] < 70
    assert 60 < span[1] < 140


def test_that_lines_lie_where_the_heat_has_their_level() -> None:
    # Heat grows from 0 at the first column's centre to 1 at the last's; half of
    # it lies in the middle, column 100 of 200.
    values = [[0.0, 1 / 3, 2 / 3, 1.0]] * 4
    raster = heat_raster.rasterise(heatmap(values))
    line = heat_raster.level_lines(raster)[0.50][0]
    # The rest of the polygon runs along the border of the crop.
    inner = line[(line[:, 0] < 150) & (line[:, 1] > 10) & (line[:, 1] < 390)]
    assert len(inner) > 100
    assert np.abs(inner[:, 0] - 100).max() < 0.1


def test_that_two_hot_spots_get_two_outlines() -> None:
    values = np.zeros((7, 7))
    values[1, 1] = values[5, 5] = 1.0
    assert (
        len(heat_raster.hot_region(heat_raster.rasterise(heatmap(values.tolist()))))
        == 2
    )


def test_that_colours_are_premultiplied_and_capped_at_sixty_percent() -> None:
    raster = heat_raster.rasterise(heatmap([[1.0] * 4] * 4))
    pixel = heat_raster.to_bgra(raster.heat, 1.0)[200, 200]
    assert pixel[3] == 153  # 0.60 of 255
    assert (pixel[:3] <= pixel[3]).all()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"image": (400, 201)}, "made for 201 x 400 pixels"),
        ({"grid": (5, 4)}, "grid and values differ"),
        ({"crop": (400, 0, 100, 100)}, "crop lies outside the image"),
        ({"crop": (-100, 0, 100, 100)}, "crop lies outside the image"),
        ({"crop": (0, 0, 0, 100)}, "crop lies outside the image"),
    ],
)
def test_that_a_misplaced_map_is_found_out(
    changed: dict[str, tuple[int, ...]], problem: str
) -> None:
    wrong = heatmap(one_hot(0, 0), **changed)  # type: ignore[arg-type]  # by name
    assert heat_raster.placement_problem(wrong, 400, 200) == problem


def test_that_a_map_of_infinite_values_is_found_out() -> None:
    wrong = heatmap([[float("inf"), 0.0], [0.0, 0.0]])
    assert heat_raster.placement_problem(wrong, 400, 200) == "values are not finite"


def test_that_a_rightly_placed_map_passes_its_check() -> None:
    right = heatmap(one_hot(0, 0), crop=(13, 7, 311, 97))
    assert heat_raster.placement_problem(right, 400, 200) == ""


def test_that_only_what_is_not_clear_is_drawn() -> None:
    # Cell (1, 2) of 4 x 4 on 400 x 200: rows 100-200, columns 100-150; the heat
    # fades out over the neighbours, and not over all of the image.
    raster = heat_raster.rasterise(heatmap(one_hot(1, 2)))
    top, left, bottom, right = raster.drawn()
    assert 0 < top < 100 < 200 < bottom < 300
    assert 50 < left < 100 < 150 < right < 200


def test_that_what_is_drawn_ends_with_the_crop() -> None:
    raster = heat_raster.rasterise(heatmap(one_hot(0, 0), crop=(40, 20, 100, 80)))
    assert raster.drawn()[:2] == (40, 20)


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.7, 0, 3], [0, 0.4, 8]],
        [[-0.7, 0, 350], [0, 0.4, 8]],
        [[0, -0.4, 210], [0.7, 0, 3]],
        [[0, 0.4, 3], [-0.7, 0, 350]],
    ],
    ids=["upright", "mirrored", "turned", "turned back"],
)
def test_that_a_map_in_haste_lies_where_the_exact_one_does(
    matrix: list[list[float]],
) -> None:
    raster = heat_raster.rasterise(heatmap(one_hot(1, 2)))
    levels, table = heat_raster.in_levels(raster.heat), heat_raster.color_table(1.0)
    to_device, size = np.array(matrix, np.float64), (190, 160)
    exact = heat_raster.painted(levels, table, to_device, size).astype(int)
    colors = look_up(levels, table)
    memory = Memory(), Memory()
    quick = heat_raster.painted_quickly(colors, to_device, size, memory)
    # Half a sample off at most, where the colours change fastest.
    assert np.abs(quick - exact).max() <= 40
    assert np.abs(quick - exact).mean() < 1.0


def test_that_colours_of_sixteen_bits_are_those_of_the_rule() -> None:
    heat = np.array([[0.0, 0.1, 0.11, 0.5, 1.0]], np.float32)
    table = heat_raster.color_table(0.7)
    found = look_up(heat_raster.in_levels(heat), table).view(np.uint8)
    wanted = heat_raster.to_bgra(heat, 0.7).reshape(1, -1)
    assert np.abs(found.astype(int) - wanted).max() <= 1
