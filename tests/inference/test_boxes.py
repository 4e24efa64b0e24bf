from dataclasses import replace

import numpy as np
import pytest

from inference.boxes import FoundBox, find_boxes, plane_of
from inference.model_card import BoxSpec, read_manifest
from inference.preprocess import Placement

HALF = BoxSpec("pneumonia", 0.5)
# Cells of 10 x 20 pixels.
WHOLE = Placement(40, 80, (0, 0, 40, 80), (4, 4))


def fine_map(*hot: tuple[int, int, float]) -> np.ndarray:
    logits = np.full((4, 4), -9.0, np.float32)
    for row, column, value in hot:
        logits[row, column] = value
    return logits


def test_that_connected_cells_make_one_box_in_image_pixels():
    # Cells (1, 1), (2, 2) touch at a corner: rows 10 to 30, columns 20 to 60.
    (box,) = find_boxes(fine_map((1, 1, 0.0), (2, 2, 9.0)), HALF, WHOLE)
    assert (box.row, box.column, box.rows, box.columns) == (10, 20, 20, 40)
    assert box.probability == pytest.approx(0.99988, abs=1e-5)


def test_that_boxes_are_told_by_their_peaks_and_no_more_than_asked():
    logits = fine_map((0, 0, 1.0), (0, 3, 3.0), (3, 0, 2.0))
    found = find_boxes(logits, replace(HALF, maximum=2), WHOLE)
    assert [(box.row, box.column) for box in found] == [(0, 60), (30, 0)]


def test_that_small_spots_are_left_out():
    logits = fine_map((0, 0, 5.0), (2, 2, 5.0), (2, 3, 5.0))
    found = find_boxes(logits, replace(HALF, minimum_cells=2), WHOLE)
    assert found == (FoundBox(20.0, 40.0, 10.0, 40.0, found[0].probability),)


def test_that_a_threshold_of_0_ends_when_every_cell_was_looked_at():
    # Without a box to find, the search goes on until nothing is left of the map.
    spec = replace(HALF, threshold=0.0, minimum_cells=17)
    assert find_boxes(fine_map((0, 0, 5.0)), spec, WHOLE) == ()


def test_that_peaks_with_a_low_bridge_make_a_box_each():
    # Probabilities 0.88, 0.62, 0.88 in a row: one region at 0.5, but the bridge is
    # below 0.8 of the peak (0.70). It goes with the first peak, as its neighbour.
    logits = fine_map((1, 0, 2.0), (1, 1, 0.5), (1, 2, 2.0))
    (whole,) = find_boxes(logits, HALF, WHOLE)
    assert (whole.column, whole.columns) == (0, 60)
    found = find_boxes(logits, replace(HALF, peak_share=0.8), WHOLE)
    assert [(box.column, box.columns) for box in found] == [(0, 20), (40, 20)]


def test_that_a_box_grows_to_a_share_of_its_peak_below_the_threshold():
    # 0.88 and 0.38 side by side: below 0.5, but above 0.4 of the peak (0.35).
    logits = fine_map((1, 0, 2.0), (1, 1, -0.5))
    (box,) = find_boxes(logits, replace(HALF, peak_share=0.4), WHOLE)
    assert (box.column, box.columns) == (0, 40)


def test_that_a_quiet_map_has_no_box():
    assert find_boxes(fine_map(), HALF, WHOLE) == ()


def test_that_boxes_of_a_letterboxed_film_lie_on_the_film():
    # 20 x 40 letterboxed to 40 x 40, from row -10: cell (1, 0) covers rows 0 to 10,
    # cell (0, 0) the padding above.
    boxed = Placement(20, 40, (-10, 0, 40, 40), (4, 4))
    (box,) = find_boxes(fine_map((0, 0, 2.0), (1, 0, 1.0)), HALF, boxed)
    assert (box.row, box.column, box.rows, box.columns) == (0, 0, 10, 10)
    assert find_boxes(fine_map((0, 0, 2.0)), HALF, boxed) == ()


def test_that_the_plane_of_a_finding_is_found(model_folder):
    card = read_manifest(model_folder)
    spec = BoxSpec("tuberculosis", 0.5)
    boxed = replace(card, boxes=(HALF, spec))
    assert plane_of(spec, boxed, 4) == 2
    assert plane_of(spec, boxed, 2) == 1
    with pytest.raises(ValueError, match="has 3 planes for 4 findings"):
        plane_of(spec, boxed, 3)
