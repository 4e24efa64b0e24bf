import numpy as np

from learning.films import LABELS, FilmSet
from learning.leave_one_out import held_out
from learning.runs import joined, predictions, training_mask

NAN = float("nan")


def film_set(rows: list[tuple[str, str, str, float]], site: str = "") -> FilmSet:
    """Rows of source, patient, split and the label "covid"."""
    n = len(rows)
    labels = np.full((n, len(LABELS)), NAN, np.float32)
    labels[:, 0] = [row[3] for row in rows]
    sources = np.array([row[0] for row in rows])
    return FilmSet(
        labels=labels,
        severities=np.full((n, 3), NAN, np.float32),
        sources=sources,
        patients=np.array([row[1] for row in rows]),
        splits=np.array([row[2] for row in rows]),
        files=np.array([f"{i}.png" for i in range(n)]),
        sites=np.array([site] * n) if site else sources,
    )


def test_that_a_patient_of_held_out_films_is_not_trained_on() -> None:
    films = film_set(
        [
            ("held", "anna", "test", 0.0),
            ("held", "bert", "train", 0.0),
            ("kept", "anna", "train", 0.0),
            ("kept", "cleo", "train", 0.0),
            ("kept", "dora", "val", 0.0),
        ]
    )
    held = films.sources == "held"
    assert training_mask(films, held).tolist() == [False, False, False, True, False]
    assert training_mask(films).tolist() == [False, True, True, True, False]


def test_that_other_sources_of_a_held_out_hospital_are_not_trained_on() -> None:
    names = ("nih", "rsna_normal", "cohen")
    films = film_set([(name, name, "train", 0.0) for name in names])
    held = films.sources == "nih"
    assert training_mask(films, held).tolist() == [False, False, True]
    assert training_mask(films, held, hospital=False).tolist() == [False, True, True]


def test_that_a_label_without_a_logit_is_not_known() -> None:
    films = film_set([("a", "p", "test", 1.0), ("a", "q", "test", NAN)])
    logits = np.zeros((2, len(LABELS)))
    known, column = predictions(films, logits).known("covid")
    assert (len(known.labels), column) == (1, 0)
    logits[:, 0] = NAN
    assert len(predictions(films, logits).known("covid")[0].labels) == 0


def test_that_predictions_are_joined_in_order() -> None:
    part = predictions(film_set([("a", "p", "test", 1.0)]), np.zeros((1, len(LABELS))))
    other = predictions(film_set([("b", "q", "val", 0.0)]), np.ones((1, len(LABELS))))
    both = joined([part, other])
    assert both.sources.tolist() == ["a", "b"]
    assert both.logits[:, 0].tolist() == [0.0, 1.0]


def test_that_the_two_halves_of_one_database_are_also_left_out_together() -> None:
    films = film_set(
        [("bimcv_covid", "p", "train", 1.0), ("rsna_normal", "q", "train", 0.0)]
    )
    units = held_out(films)
    assert list(units) == ["bimcv_covid", "rsna_normal", "bimcv_covid+rsna_normal"]
    assert units["bimcv_covid+rsna_normal"].all()


def test_that_a_website_with_ten_films_of_each_class_is_left_out_too() -> None:
    ten = [("web", str(i), "train", float(i < 10)) for i in range(20)]
    assert "website example.org" in held_out(film_set(ten, "example.org"))
    assert "website example.org" not in held_out(film_set(ten[:19], "example.org"))
