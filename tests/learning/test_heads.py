import numpy as np
import pytest

from learning.films import LABELS, FilmSet
from learning.heads import (
    Heads,
    cell_weights,
    draw_times,
    fit_bases,
    fit_basis,
    fit_heads,
    fit_labels,
    training_targets,
)

NAN = float("nan")


def film_set(
    sources: list[str], normal: list[float], patients: list[str] | None = None
) -> FilmSet:
    n = len(sources)
    labels = np.full((n, len(LABELS)), NAN, np.float32)
    labels[:, LABELS.index("normal")] = normal
    return FilmSet(
        labels=labels,
        severities=np.full((n, 3), NAN, np.float32),
        sources=np.array(sources),
        patients=np.array(patients or [str(i) for i in range(n)]),
        splits=np.array(["train"] * n),
        files=np.array([str(i) for i in range(n)]),
        sites=np.array(sources),
    )


def test_that_a_cell_weighs_the_square_root_of_its_size() -> None:
    sites = np.array(["a"] + ["b"] * 9 + ["a"])
    truth = np.array([1] * 10 + [0])
    weights = cell_weights(sites, truth)
    # With the finding: sqrt(1) : sqrt(9) of one half; without: all of the other.
    assert weights[0] == pytest.approx(0.125)
    assert weights[1:10].sum() == pytest.approx(0.375)
    assert weights[10] == pytest.approx(0.5)


def test_that_the_basis_leaves_out_what_tells_sources_of_one_class() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 6)).astype(np.float32)
    features[:200, 0] += 4.0  # source a
    films = film_set(["a"] * 200 + ["b"] * 200, [1.0] * 400)
    with_source = fit_basis(features, films, 6, rounds=0).seen(features)
    without = fit_basis(features, films, 6, rounds=1).seen(features)

    def gap(seen: np.ndarray) -> float:
        return float(np.abs(seen[:200].mean(0) - seen[200:].mean(0)).max())

    assert gap(without) < 0.1 * gap(with_source)
    assert np.linalg.matrix_rank(without) == 5


def test_that_a_source_with_few_films_of_the_class_takes_nothing_out() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 6)).astype(np.float32)
    films = film_set(["a"] * 20 + ["b"] * 40, [1.0] * 60)
    seen = fit_basis(features, films, 6, rounds=1).seen(features)
    assert np.linalg.matrix_rank(seen) == 6


def test_that_heads_order_films_by_what_the_labels_say() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(300, 8)).astype(np.float32)
    truth = (features[:, 2] > 0).astype(np.float32)
    films = film_set(["a"] * 300, [NAN] * 300)
    heads = fit_heads(features, films, truth[:, None], fit_basis(features, films, 8))
    logits = heads.logits(features)[:, 0]
    assert np.corrcoef(logits, features[:, 2])[0, 1] > 0.9


def test_that_a_label_of_one_class_gives_no_logit() -> None:
    features = np.random.default_rng(2).normal(size=(50, 8)).astype(np.float32)
    films = film_set(["a"] * 50, [NAN] * 50)
    targets = np.column_stack([np.ones(50), np.full(50, NAN)]).astype(np.float32)
    heads = fit_heads(features, films, targets, fit_basis(features, films, 4))
    assert np.isnan(heads.logits(features)).all()


def test_that_a_head_is_a_linear_layer_on_the_features() -> None:
    heads = Heads(np.array([[1.0, -2.0]]), np.array([0.5]))
    assert heads.logits(np.array([[3.0, 1.0]], np.float32)).tolist() == [[1.5]]


def test_that_all_films_of_a_patient_are_drawn_alike() -> None:
    films = film_set(["a"] * 6, [NAN] * 6, ["p", "p", "p", "q", "q", "r"])
    times = draw_times(films, np.random.default_rng(0))
    assert len(set(times[:3])) == 1
    assert len(set(times[3:5])) == 1


def test_that_a_film_with_covid_is_trained_as_pneumonia_unless_it_is_denied() -> None:
    films = film_set(["a"] * 3, [NAN] * 3)
    films.labels[:, LABELS.index("covid")] = [1.0, 1.0, 0.0]
    films.labels[:, LABELS.index("pneumonia")] = [NAN, 0.0, NAN]
    targets = training_targets(films)[:, LABELS.index("pneumonia")]
    assert targets[:2].tolist() == [1.0, 0.0]
    assert np.isnan(targets[2])
    # What is measured against stays as it was.
    assert np.isnan(films.label("pneumonia")[0])


def test_that_each_label_sees_its_own_number_of_components() -> None:
    features = np.random.default_rng(0).normal(size=(300, 160)).astype(np.float32)
    films = film_set(["a"] * 300, [float(i % 2) for i in range(300)])
    films.labels[:, LABELS.index("covid")] = [float(i % 3 == 0) for i in range(300)]
    bases = fit_bases(features, films)
    heads = fit_labels(features, films, bases)
    for label, count in (("covid", 128), ("normal", 24)):
        weight = heads.weight[LABELS.index(label)]
        inside = bases[count].directions
        found = np.linalg.lstsq(inside, weight, rcond=None)[0]
        assert np.allclose(inside @ found, weight)
