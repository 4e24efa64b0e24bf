"""What the fracture network learns from, and its figures."""

import numpy as np
import pytest
import torch

from inference.finemap import FineMap, LocalContrast, Rest, build_finemap
from learning.boxes_csv import Box
from learning.fracture_control import paint_over, random_boxes
from learning.fracture_figures import BoxRule, FractureRun, marked_films
from learning.fracture_films import SIDE, LimbFilms, letterbox
from learning.fracture_views import CELLS, Views, make_view
from learning.train_fracture import (
    Batches,
    fracture_loss,
    sampling_weights,
    training_mask,
)


@pytest.fixture
def films():
    """Four films: two of each source, one fracture each; the first has a box."""
    boxes = (np.array([[96.0, 96.0, 192.0, 192.0]], np.float32),)
    none = np.zeros((0, 4), np.float32)
    return LimbFilms(
        films=np.zeros((4, SIDE, SIDE), np.uint8),
        fracture=np.array([1, 0, 1, 0], np.float32),
        boxes=(*boxes, none, none, none),
        usable=np.array([True, True, True, True]),
        sources=np.array(["a", "a", "b", "b"]),
        parts=np.array(["wrist", "upper limb", "", ""]),
        splits=np.array(["train"] * 4),
        files=np.array(["1", "2", "3", "4"]),
    )


def test_that_a_letterboxed_film_keeps_its_shape_and_carries_its_boxes():
    film = np.full((100, 200), 50, np.uint8)
    square, boxes = letterbox(film, (Box(10.0, 20.0, 30.0, 40.0),))
    # 200 px become 384: scale 1.92; 192 rows lie from row 96 to 288.
    assert square.shape == (SIDE, SIDE)
    np.testing.assert_allclose(boxes[0], [115.2, 38.4, 172.8, 115.2], rtol=1e-5)


def test_that_a_view_moves_boxes_with_the_film():
    film = np.zeros((SIDE, SIDE), np.uint8)
    film[100:180, 100:180] = 255
    boxes = np.array([[100.0, 100.0, 180.0, 180.0]], np.float32)
    hits = []
    for seed in range(8):
        view, cells = make_view(film, boxes, np.random.default_rng(seed))
        where = np.kron(cells, np.ones((SIDE // CELLS, SIDE // CELLS), np.uint8)) > 0
        bright = view > np.percentile(view, 99)
        if where.any() and bright.any() and not bright.all():
            hits.append(view[where].mean() - view[~where].mean())
    # Most views keep the square brighter than the rest, whatever was uncovered.
    assert np.median(hits) > 50


def test_that_local_contrast_takes_exposure_away():
    noise = torch.rand(1, 1, SIDE, SIDE)
    brighter = noise * 3.0 + 7.0
    layer = LocalContrast()
    torch.testing.assert_close(layer(noise), layer(brighter), rtol=0.02, atol=0.02)


def test_that_the_film_s_logit_is_the_mean_of_its_six_highest_cells():
    rest = Rest(1).eval()
    with torch.inference_mode():
        out = rest(torch.rand(2, 40, 48, 48))
    top = out["map"].flatten(2).topk(6, dim=2).values.mean(2)
    torch.testing.assert_close(out["logits"], top)
    assert out["map"].shape == (2, 1, 24, 24)


def test_that_imagenet_s_norms_stay_as_they_are_in_training():
    rest = Rest(1).train()
    assert not rest.middle.training
    assert not rest.deep.training
    assert rest.mix.training


def test_that_the_network_takes_one_channel():
    assert isinstance(build_finemap(1, 1), FineMap)
    with pytest.raises(ValueError, match="1 channel"):
        build_finemap(1, 3)


def test_that_both_classes_are_drawn_alike(films):
    weights = sampling_weights(films)
    assert weights[films.fracture == 1].sum() == pytest.approx(0.5)
    assert weights.sum() == pytest.approx(1.0)


def test_that_unclear_films_and_held_out_sources_are_not_trained_on(films):
    films.usable[0] = False
    assert training_mask(films, ["b"], []).tolist() == [False, True, False, False]
    films.usable[0] = True
    assert training_mask(films, [], ["wrist"]).tolist() == [False, True, True, True]


def test_that_cells_teach_only_where_boxes_or_a_normal_film_say_what_they_are(films):
    views = Views(
        np.zeros((1, 4, 40, 48, 48), np.float16), np.zeros((1, 4, 24, 24), np.uint8)
    )
    batch = Batches(films, views, np.arange(4), seed=0)(0)
    unknown = (batch["fracture"] == 1) & (batch["placed"] == 0)
    known = (batch["fracture"] == 0) & (batch["placed"] == 0)
    assert unknown.any()  # the fracture of source b has no box
    assert not known.any()


def test_that_a_box_where_the_cells_say_fracture_lowers_the_loss():
    class Told(torch.nn.Module):
        def forward(self, features):
            return {"logits": features[:, :1, 0, 0], "map": features}

    cells = torch.zeros(1, 24, 24)
    cells[0, 4:8, 4:8] = 1.0
    right = (cells * 8.0 - 4.0)[:, None]
    batch = {
        "fracture": torch.ones(1),
        "cells": cells,
        "placed": torch.ones(1),
        "features": right,
    }
    good = fracture_loss(Told(), batch)
    bad = fracture_loss(Told(), {**batch, "features": -right})
    assert good < bad


def test_that_marks_lie_in_pixels_of_the_square(films):
    maps = np.full((4, 24, 24), -9.0, np.float32)
    maps[0, 6:12, 6:12] = 9.0
    run = FractureRun(
        logits=np.zeros(4),
        maps=maps,
        fracture=films.fracture.astype(np.int64),
        usable=films.usable,
        sources=films.sources,
        parts=films.parts,
        splits=films.splits,
        files=films.files,
    )
    marked = marked_films(run, films, np.ones(4, np.bool_), BoxRule(0.5, 0.0))
    # The fracture without a box is left out.
    assert [len(one.marks) for one in marked] == [1, 0, 0]
    box = marked[0].marks[0][0]
    assert (box.row, box.column, box.rows, box.columns) == (96.0, 96.0, 96.0, 96.0)
    assert marked[0].truth[0].row == 96.0


def test_that_paint_hides_what_lay_there():
    film = np.full((60, 60), 100, np.uint8)
    film[20:30, 20:30] = 255
    painted = paint_over(film, np.array([[20, 20, 30, 30]], np.float32))
    assert np.abs(painted.astype(int) - 100).max() <= 2
    assert paint_over(film, np.zeros((0, 4), np.float32)) is film


def test_that_random_boxes_keep_their_sizes_and_lie_on_the_film():
    boxes = np.array([[0, 0, 10, 20]], np.float32)
    placed = random_boxes(boxes, (40, 50), seed=1)
    np.testing.assert_allclose(placed[:, 2:] - placed[:, :2], [[10, 20]], rtol=1e-5)
    assert placed.min() >= 0
    assert placed[0, 2] <= 40
    assert placed[0, 3] <= 50
