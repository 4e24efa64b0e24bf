from typing import Any

import pytest

from learning.gate_card import goal_sentence, goal_text, good_rows, share_text
from learning.gate_samples import INPUT
from learning.publish import render
from learning.publish_gate import said_of


def share(hits: int, films: int) -> dict[str, float]:
    """A share whose interval reaches 0.01 to each side."""
    value = hits / films
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": films}


GOOD = {
    "frontal chest": {"nih": share(2, 100), "tb": share(7, 100)},
    "brain MR": {"cheng": share(1, 100)},
}
UNSEEN = [{"frontal chest": {"nih": share(3, 100)}}]


def test_that_a_share_is_told_in_per_cent_with_its_interval() -> None:
    assert share_text(share(7, 100)) == "7.0 % (6.0 to 8.0)"


@pytest.mark.parametrize(("hits", "goal"), [(20, "kept"), (21, "missed")])
def test_that_the_goal_is_missed_above_two_per_cent(hits: int, goal: str) -> None:
    assert goal_text(share(hits, 1000)) == goal


def test_that_every_source_has_a_row_with_its_goal() -> None:
    rows = good_rows([GOOD])
    assert [(row.source, row.goal) for row in rows] == [
        ("nih", "kept"),
        ("tb", "missed"),
        ("cheng", "kept"),
    ]


def test_that_one_sentence_names_where_the_goal_is_missed() -> None:
    assert goal_sentence(good_rows([GOOD]), good_rows(UNSEEN)) == (
        "The goal is kept for 2 of 3 collections on test films, and missed for"
        " tb (frontal chest); and for 0 of 1 collections by networks that never saw"
        " them, and missed for nih (frontal chest)."
    )


def test_that_nothing_is_said_of_networks_that_were_not_trained() -> None:
    rows = good_rows([{"frontal chest": {"nih": share(0, 10)}}])
    assert goal_sentence(rows, []) == (
        "The goal is kept for 1 of 1 collections on test films."
    )


def test_that_the_card_tells_kept_and_missed_in_both_tables() -> None:
    measured: dict[str, Any] = {
        "version": "1.0.0",
        "milliseconds": 5.0,
        "good": GOOD,
        "unseen": UNSEEN,
        "bad": {"frontal chest": {"lateral chest": share(10, 10)}},
        "changed": {"inverted": share(9, 10)},
        "auroc": [],
        "lungs": {"films": 4, "patients": 3, "mean": 0.8, "fifth": 0.7},
    }
    context = {**said_of(measured), "input": INPUT, "counts": [], "commands": []}
    card = render("input-gate-card.md.j2", context)
    assert "| frontal chest | nih | 100 | 2.0 % (1.0 to 3.0) | kept |" in card
    assert "| frontal chest | nih | 100 | 3.0 % (2.0 to 4.0) | missed |" in card
    assert "The goal is kept for 2 of 3 collections on test films" in card
    assert "| inverted | 10 | 90.0 % (89.0 to 91.0) |" in card
