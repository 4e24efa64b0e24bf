import numpy as np

from learning.near_copies import alike_groups, likeness


def noise(seed: int) -> np.ndarray:
    """A film of 24 x 24 random squares; like no other one."""
    squares = np.random.default_rng(seed).integers(0, 256, (24, 24))
    return np.kron(squares, np.ones((2, 2))).astype(np.uint8)


def test_that_a_turned_and_mirrored_copy_is_alike_and_another_film_is_not() -> None:
    film, other = noise(0), noise(1)
    copy = np.rot90(film[:, ::-1], 3)
    found = likeness(np.stack([film, copy, other]))
    assert found[0, 1] > 0.999
    assert found[0, 2] < 0.5
    assert np.array_equal(found, found.T)


def test_that_brightness_and_contrast_do_not_make_another_film() -> None:
    film = noise(0)
    darker = (film // 2).astype(np.uint8)
    assert likeness(np.stack([film, darker]))[0, 1] > 0.99


def test_that_films_alike_share_a_group_through_a_chain() -> None:
    first, last = noise(0).astype(float), noise(1).astype(float)
    middle = (first + last) / 2.0
    films = np.stack([first, last, middle, noise(2)]).astype(np.uint8)
    # Middle correlates with both by about 0.7, the ends hardly with each other.
    names = alike_groups(films, least=0.6)
    assert names[0] == names[1] == names[2] != names[3]


def test_that_a_film_of_one_grey_is_a_group_of_its_own() -> None:
    flat = np.full((2, 48, 48), 7, np.uint8)
    assert len(set(alike_groups(flat).tolist())) == 2


def test_that_no_films_have_no_groups() -> None:
    assert alike_groups(np.zeros((0, 48, 48), np.uint8)).tolist() == []
