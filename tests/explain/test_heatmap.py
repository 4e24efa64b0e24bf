import numpy as np
import pytest

from explain.heatmap import FLOOR, Heatmap, warp_heat
from inference.preprocess import Placement


def make(values, *, reference=2.0, probability=1.0, crop=(0, 0, 40, 20)):
    array = np.array(values, np.float32)
    placement = Placement(100, 80, crop, array.shape)
    return Heatmap("k", array, reference, probability, placement, "grad-cam")


def test_that_heat_is_the_share_of_the_reference_times_the_probability():
    heat = make([[0.0, 1.0], [2.0, 8.0]], probability=0.5).heat()
    assert heat.tolist() == [[0.0, 0.25], [0.5, 0.5]]


def test_that_a_finding_of_one_percent_stays_below_the_floor():
    heat = make([[50.0, 100.0]], probability=0.01).heat()
    assert heat.max() == pytest.approx(0.01)
    assert heat.max() < FLOOR


def test_that_values_cannot_be_written_to():
    heatmap = make([[1.0, 2.0]])
    with pytest.raises(ValueError, match="read-only"):
        heatmap.values[0, 0] = 5.0


def test_that_the_grid_lies_on_the_crop():
    # 2 x 2 cells on 40 rows and 20 columns at (10, 6): cells of 20 x 10 pixels.
    matrix = make([[1.0, 2.0], [3.0, 4.0]], crop=(10, 6, 40, 20)).grid_to_image()
    # The first cell covers columns 6-15 and rows 10-29: centre 10.5, 19.5.
    assert (matrix @ [0, 0, 1]).tolist() == [10.5, 19.5]
    assert (matrix @ [1, 1, 1]).tolist() == [20.5, 39.5]


def test_that_the_warp_keeps_the_value_at_a_cells_centre():
    heatmap = make(
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], crop=(0, 0, 33, 33)
    )
    warped = warp_heat(heatmap.values, heatmap.grid_to_image(), (33, 33))
    assert warped.shape == (33, 33)
    assert warped[16, 16] == pytest.approx(1.0, abs=1e-3)
    assert np.unravel_index(warped.argmax(), warped.shape) == (16, 16)
    assert warped.min() >= 0.0


def test_that_a_flat_map_stays_flat_to_the_edges_of_the_crop():
    heatmap = make(np.full((3, 3), 0.7), crop=(0, 0, 30, 30))
    warped = warp_heat(heatmap.values, heatmap.grid_to_image(), (30, 30))
    np.testing.assert_allclose(warped, 0.7, atol=1e-5)


def test_that_nothing_is_drawn_outside_the_crop():
    heatmap = make(np.ones((2, 2)), crop=(10, 5, 20, 10))
    warped = warp_heat(heatmap.values, heatmap.grid_to_image(), (40, 30))
    assert warped[10:30, 5:15].min() == pytest.approx(1.0)
    outside = warped.copy()
    outside[10:30, 5:15] = 0.0
    assert outside.max() == 0.0


def test_that_the_resampled_map_never_exceeds_the_maps_own_range():
    rng = np.random.default_rng(1)
    heatmap = make(rng.random((7, 7)), crop=(0, 0, 70, 70))
    warped = warp_heat(heatmap.values, heatmap.grid_to_image(), (70, 70))
    assert warped.max() <= heatmap.values.max()
    assert warped.min() >= 0.0
