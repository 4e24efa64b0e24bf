import numpy as np
import pytest

from inference.gate import distance
from inference.model_card import GateSpec

SPEC = GateSpec("gate.safetensors", "0" * 64, 2.0)
# Two components of three features; the second is measured twice as finely.
ROOT = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]], np.float32)
MEAN = np.array([1.0, 1.0, 1.0], np.float32)


def test_that_the_distance_fits_on_paper():
    features = np.array([16.0, 9.0, 99.0], np.float32)
    # The square roots are 4 and 3: (4 - 1) * 1 = 3 and (3 - 1) * 2 = 4, length 5,
    # divided by 2.
    assert distance(features, {"mean": MEAN, "precision_root": ROOT}, SPEC) == 2.5


def test_that_the_mean_of_the_training_films_has_no_distance():
    assert distance(MEAN, {"mean": MEAN, "precision_root": ROOT}, SPEC) == 0.0


def test_that_tensors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        distance(np.zeros(5, np.float32), {"mean": MEAN, "precision_root": ROOT}, SPEC)


def test_that_a_distance_that_is_no_number_is_refused():
    features = np.array([np.nan, 0.0, 0.0], np.float32)
    with pytest.raises(ValueError, match="not finite"):
        distance(features, {"mean": MEAN, "precision_root": ROOT}, SPEC)
