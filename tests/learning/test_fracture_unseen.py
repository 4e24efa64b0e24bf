import numpy as np
import pytest

from learning.fracture_figures import UPPER, WEB, FractureRun
from learning.fracture_unseen import (
    UnseenFilms,
    limb_kinds,
    unseen_figures,
    unseen_films,
)


def unseen(upper: tuple[int, int], other: tuple[int, int]) -> UnseenFilms:
    """Counts with and without a fracture; every fracture's logit is 1, else -1."""
    labels = np.repeat([1, 0, 1, 0], [*upper, *other])
    count = len(labels)
    return UnseenFilms(
        logits=np.where(labels == 1, 1.0, -1.0),
        fracture=labels,
        sources=np.array([WEB[0]] * count),
        kinds=np.repeat(["upper limb", "other limb"], [sum(upper), sum(other)]),
        groups=np.arange(count).astype(str),
    )


def test_that_no_auroc_is_given_where_a_class_is_too_small() -> None:
    figures = unseen_figures(unseen((160, 3), (88, 20)))
    assert figures["upper"] == {"with": 160, "without": 3, "auroc": None}


def test_that_other_limbs_stand_apart_from_upper_ones() -> None:
    figures = unseen_figures(unseen((160, 3), (88, 20)))
    assert figures["other"] == {"with": 88, "without": 20, "auroc": (1.0, 1.0, 1.0)}
    assert figures["other_by_source"][WEB[0]]["with"] == 88
    assert figures["other_by_source"][WEB[1]] == {
        "with": 0,
        "without": 0,
        "auroc": None,
    }


def test_that_the_share_found_is_of_upper_limbs_with_a_fracture() -> None:
    films = unseen((20, 3), (50, 50))
    films.logits[:5] = -2.0  # five of twenty lie below the threshold
    found = films.found(0.0)
    assert found is not None
    assert found[0] == 0.75
    assert unseen((19, 3), (50, 50)).found(0.0) is None


def test_that_films_alike_are_counted_as_joined_and_across_sources() -> None:
    films = unseen((4, 0), (0, 0))
    films.groups[:] = ["0", "0", "2", "2"]
    films.sources[3] = WEB[1]
    assert films.pairs() == (2, 1)


def test_that_an_interval_is_wider_when_films_alike_are_drawn_together() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], 40)
    logits = np.repeat(rng.normal(np.repeat([1.0, 0.0], 20)), 2)
    apart = UnseenFilms(
        logits,
        labels,
        np.array([WEB[0]] * 80),
        np.array(["upper limb"] * 80),
        np.arange(80).astype(str),
    )
    joined = UnseenFilms(
        logits,
        labels,
        apart.sources,
        apart.kinds,
        np.repeat(np.arange(40), 2).astype(str),
    )
    _, low, high = apart.figure(np.ones(80, np.bool_))["auroc"]
    _, lower, higher = joined.figure(np.ones(80, np.bool_))["auroc"]
    assert higher - lower > 1.2 * (high - low)


def test_that_only_clear_films_of_the_web_collections_are_taken() -> None:
    run = FractureRun(
        logits=np.array([0.0, 1.0, 2.0]),
        maps=np.zeros((3, 2, 2), np.float32),
        fracture=np.array([1, 1, 0]),
        usable=np.array([True, False, True]),
        sources=np.array([UPPER, WEB[0], WEB[1]]),
        parts=np.array(["", "", ""]),
        splits=np.array(["val", "test", "test"]),
        files=np.array(["a", "b", "c"]),
    )
    kinds = np.array(["upper limb", "other limb", "other limb"])
    found = unseen_films(run, np.zeros((3, 48, 48), np.uint8), kinds)
    assert found.logits.tolist() == [2.0]


@pytest.mark.parametrize(
    ("file", "source", "kind"),
    [
        ("mura_roboflow/any.jpg", UPPER, "upper limb"),
        ("multiregion_web/multiregion_web_0000.jpg", WEB[0], "other limb"),
        ("multiregion_web/multiregion_web_0002.jpg", WEB[0], "upper limb"),
        ("multiregion_web/not-in-the-table.jpg", WEB[0], ""),
    ],
)
def test_that_the_limb_follows_from_the_source_or_the_table(
    file: str, source: str, kind: str
) -> None:
    assert limb_kinds([file], [source]).tolist() == [kind]
