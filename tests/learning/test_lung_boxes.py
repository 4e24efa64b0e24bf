from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from learning.lung_boxes import drawn_boxes, find_boxes, overlap, union


def test_that_the_box_goes_around_both_lungs() -> None:
    assert union((0.2, 0.1, 0.7, 0.4), (0.1, 0.6, 0.8, 0.9)) == (0.1, 0.1, 0.8, 0.9)


def test_that_overlap_is_intersection_over_union() -> None:
    assert overlap((0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 0.5)) == 0.5
    assert overlap((0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0)) == 0.0


def test_that_a_film_with_one_lung_drawn_has_no_box(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,source,width,height\na.png,s,200,100\nb.png,s,200,100\n",
        encoding="utf-8",
    )
    (tmp_path / "boxes.csv").write_text(
        "file,finding,x,y,w,h\n"
        "a.png,left_lung,20,10,60,80\n"
        "a.png,right_lung,100,20,80,50\n"
        "b.png,left_lung,20,10,60,80\n",
        encoding="utf-8",
    )
    # Columns 20 to 180 of 200, rows 10 to 90 of 100.
    assert drawn_boxes(tmp_path) == {"a.png": pytest.approx((0.1, 0.1, 0.9, 0.9))}


class _Middle(nn.Module):
    """Finds the lungs in the middle half of whatever it is shown."""

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        return {"lung_box": torch.tensor([[0.25, 0.25, 0.75, 0.75]] * len(films))}


def test_that_boxes_of_shifted_copies_are_brought_back_to_the_film() -> None:
    film = np.zeros((100, 200), np.uint8)
    (found,) = find_boxes(_Middle(), [film])  # type: ignore[arg-type]
    # The copies lie evenly about the film and are 1.1 times as large: the middle
    # half of them, 0.55 of the film, is about its middle.
    assert found == pytest.approx((0.225, 0.225, 0.775, 0.775), abs=1e-6)
