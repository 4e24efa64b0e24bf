import numpy as np
import pytest

from inference.backends.self_check import check_films, difference
from inference.backends.tapped import MAPS, ONE
from inference.model_card import InputSpec

EXPECTED = {
    ONE: np.array([[0.5, -2.0]], np.float32),
    MAPS: np.array([[[[50.0, 100.0]]]], np.float32),
}


def _moved(name, by):
    return {**EXPECTED, name: EXPECTED[name] + np.float32(by)}


def test_that_equal_outputs_pass():
    assert difference(EXPECTED, EXPECTED) == ""
    assert difference(_moved(ONE, 0.0009), EXPECTED) == ""


def test_that_an_output_may_not_move_by_more_than_a_thousandth():
    reason = difference(_moved(ONE, 0.0011), EXPECTED)
    assert reason == "its output differs by 0.0011; allowed: 0.001"


def test_that_maps_may_move_by_a_hundredth_of_their_largest_value():
    assert difference(_moved(MAPS, 0.9), EXPECTED) == ""
    assert "its maps differs by 0.011" in difference(_moved(MAPS, 1.1), EXPECTED)


@pytest.mark.parametrize("name", [ONE, MAPS])
def test_that_what_is_no_number_fails(name):
    assert difference(_moved(name, np.nan), EXPECTED)


def test_that_other_names_and_shapes_fail():
    assert difference({ONE: EXPECTED[ONE]}, EXPECTED) == "it gives other outputs"
    wider = {**EXPECTED, ONE: np.zeros((1, 3), np.float32)}
    assert difference(wider, EXPECTED) == "its output has another shape"


def test_that_the_films_to_compare_on_differ_and_are_the_same_every_time():
    spec = InputSpec(rows=32, columns=48, channels=1)
    films = check_films(spec)
    assert films.shape == (3, 32, 48)
    assert films.dtype == np.float32
    assert np.array_equal(films, check_films(spec))
    assert films[0].std() > 0.5
    assert films[1].std() > 0.1
    assert not films[2].any()
