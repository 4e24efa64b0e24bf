import numpy as np
import pytest

from inference.model_card import Measured
from inference.model_outputs import Calibration, FindingSpec, OperatingPoint
from learning.chest_measures import (
    Evidence,
    beats_chance,
    column_of,
    coverage_across_sources,
    held_films,
    interval_coverage,
    measure_label,
    operating_point,
    threshold_elsewhere,
)
from learning.films import LABELS, FilmSet
from learning.runs import Predictions, predictions

NAN = float("nan")
SPLITS = ("train", "val", "test")


def part(source: str, split: str, n: int, seed: int, *, both: bool = True) -> FilmSet:
    rng = np.random.default_rng(seed)
    labels = np.full((n, len(LABELS)), NAN, np.float32)
    labels[:, 0] = rng.integers(0, 2, n) if both else 0.0
    return FilmSet(
        labels=labels,
        severities=np.full((n, 3), NAN, np.float32),
        sources=np.array([source] * n),
        patients=np.array([f"{source}{split}{i}" for i in range(n)]),
        splits=np.array([split] * n),
        files=np.array([f"{source}{i}" for i in range(n)]),
        sites=np.array([source] * n),
    )


def predicted(films: FilmSet, seed: int = 0) -> Predictions:
    noise = np.random.default_rng(seed).normal(size=(len(films), len(LABELS)))
    logits = np.full((len(films), len(LABELS)), NAN)
    logits[:, 0] = 2.0 * films.label("covid") - 1.0 + noise[:, 0]
    return predictions(films, logits)


def joined_sets(*parts: FilmSet) -> FilmSet:
    return FilmSet(
        *(
            np.concatenate([getattr(one, name) for one in parts])
            for name in FilmSet.__slots__
        )
    )


def evidence(n: int = 200) -> Evidence:
    films = joined_sets(*(part("a", s, n, i) for i, s in enumerate(SPLITS)))
    unseen = {
        "a": predicted(joined_sets(*(part("a", s, n, 7) for s in SPLITS)), 3),
        "b": predicted(part("b", "train", n, 8, both=False), 4),
    }
    extra = {"website x": predicted(part("a", "test", n, 9), 5)}
    return Evidence(films, predicted(films), unseen, extra)


@pytest.fixture(scope="module")
def many() -> Evidence:
    return evidence()


@pytest.fixture(scope="module")
def spec(many: Evidence) -> FindingSpec:
    return measure_label(many, "covid", 1.0)


def test_that_calibration_rests_on_validation_and_unseen_films(
    spec: FindingSpec,
) -> None:
    found = spec.calibration
    # 200 validation films by the heads in use, 200 + 200 of the training split by
    # heads that never saw them: none twice, none of the test split.
    assert found.films == 200 + 400
    # Logits of N(+-1, 1): the true slope is 2, less where films of b, all without
    # the finding though their logits say nothing new, pull it down.
    assert 1.2 < found.slope < 2.6


def test_that_the_mean_is_over_sources_with_both_classes_and_no_website(
    spec: FindingSpec,
) -> None:
    by_name = {figure.source: figure for figure in spec.unseen_sources}
    assert set(by_name) == {"a", "b", "website x"}
    assert by_name["b"].auroc is None
    assert by_name["b"].sensitivity is None
    assert by_name["b"].specificity is not None
    assert "not in the mean" in by_name["website x"].note
    assert spec.unseen_auroc is not None
    assert by_name["a"].auroc is not None
    assert spec.unseen_auroc.value == pytest.approx(by_name["a"].auroc.value)


def test_that_the_operating_point_keeps_its_promise_on_its_films(
    spec: FindingSpec,
) -> None:
    assert spec.operating_point is not None
    assert spec.operating_point.sensitivity.value >= 0.80
    assert spec.conformal is not None
    assert spec.conformal.coverage == 0.9


def test_that_few_films_withhold_the_operating_point_and_the_sets() -> None:
    used, _ = held_films(evidence(12), "covid")
    _, point, sets = operating_point(used, "covid", Calibration())
    assert point is None
    assert sets is None


def test_that_a_threshold_no_better_than_a_coin_flags_nothing() -> None:
    def point(sensitivity: float, specificity: float) -> OperatingPoint:
        one, other = (Measured(v, v, v) for v in (sensitivity, specificity))
        return OperatingPoint("sensitivity >= 0.80", one, other, 100, 50)

    assert beats_chance(point(0.80, 0.21))
    assert not beats_chance(point(0.80, 0.20))
    assert not beats_chance(None)


def test_that_validation_films_help_where_unseen_ones_are_too_few(
    many: Evidence,
) -> None:
    few = evidence(12)
    assert held_films(many, "covid")[1] == "films of sources never seen"
    assert "validation" in held_films(few, "covid")[1]


def test_that_no_film_counts_twice_and_none_is_of_the_test_split(
    many: Evidence,
) -> None:
    for one, count in ((many, 600), (evidence(12), 36)):
        used = held_films(one, "covid")[0]
        assert set(used.splits.tolist()) == {"train", "val"}
        assert len(used.labels) == count
        keys = set(zip(used.sources.tolist(), used.patients.tolist(), strict=True))
        assert len(keys) == count


def test_that_a_sources_threshold_comes_from_the_others(many: Evidence) -> None:
    # Without a there is only b, and no film of b has the finding.
    assert threshold_elsewhere(many, "covid", {"a"}) is None
    limit = threshold_elsewhere(many, "covid", {"b"})
    assert limit is not None
    found = many.unseen["a"].where(many.unseen["a"].splits != "test")
    truth, logits = column_of(found, "covid")
    assert (logits[truth == 1] >= limit).mean() >= 0.80
    by_name = {f.source: f for f in measure_label(many, "covid", 1.0).unseen_sources}
    assert by_name["a"].sensitivity is None
    assert by_name["b"].specificity is not None


def test_that_sets_are_measured_on_a_source_left_out_of_them(
    many: Evidence, spec: FindingSpec
) -> None:
    shares = coverage_across_sources(many, "covid", spec.calibration)
    assert shares["b"][0] is None  # no film of b has the finding
    assert 0.8 < shares["b"][1] <= 1.0


def test_that_the_interval_is_held_against_the_share_of_films(
    many: Evidence, spec: FindingSpec
) -> None:
    spread = np.full(len(many.films), 0.2)
    found = interval_coverage(many, "covid", spec.calibration, spread)
    share, low, high = found["a"]
    assert 0.4 < share < 0.6
    assert low < high
