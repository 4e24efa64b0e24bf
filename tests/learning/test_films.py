import numpy as np

from learning.films import LABELS, complete_labels

NAN = float("nan")


def test_that_a_normal_film_is_without_the_findings_nobody_labelled() -> None:
    labels = np.array([[NAN, NAN, NAN, 1.0]], np.float32)
    assert LABELS == ("covid", "pneumonia", "tuberculosis", "normal")
    assert complete_labels(labels).tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_that_an_unknown_label_of_another_film_stays_unknown() -> None:
    labels = np.array([[1.0, NAN, NAN, NAN], [NAN, 1.0, NAN, 0.0]], np.float32)
    filled = complete_labels(labels)
    assert np.isnan(filled).tolist() == [
        [False, True, True, True],
        [True, False, True, False],
    ]


def test_that_a_given_label_is_never_overwritten() -> None:
    labels = np.array([[0.0, 1.0, NAN, 1.0]], np.float32)
    assert complete_labels(labels)[0, 1] == 1.0
