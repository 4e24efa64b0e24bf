from pathlib import Path

import numpy as np
import pytest

from learning.chest_features import burn_in, paint_over, read_features
from studies.errors import OverreadError


def test_that_the_lungs_are_painted_with_the_films_mean() -> None:
    film = np.arange(16, dtype=np.float32).reshape(4, 4)
    painted = paint_over(film, (0.25, 0.25, 0.75, 0.75))
    assert (painted[1:3, 1:3] == 7.5).all()
    outside = np.ones((4, 4), bool)
    outside[1:3, 1:3] = False
    assert np.array_equal(painted[outside], film[outside])


def test_that_the_letter_lies_in_the_upper_left_of_the_lung_box() -> None:
    film = np.full((200, 200), 0.3, np.float32)
    marked = burn_in(film, (0.2, 0.1, 0.9, 0.9))
    rows, columns = np.nonzero(marked != film)
    assert marked.max() == 1.0
    assert 0.2 * 200 <= rows.min() <= rows.max() < 0.4 * 200
    assert 0.1 * 200 <= columns.min() <= columns.max() < 0.3 * 200
    assert (film == np.float32(0.3)).all()


def test_that_missing_features_are_refused_with_their_command(tmp_path: Path) -> None:
    with pytest.raises(OverreadError, match="chest_features"):
        read_features(tmp_path / "none.npz")
