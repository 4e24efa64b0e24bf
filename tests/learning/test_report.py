import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.model_card import (
    Calibration,
    Code,
    ExplainSpec,
    FindingSpec,
    InclusionRules,
    InputSpec,
    ModelCard,
)
from learning.report import render_report
from learning.scoring import FindingScores, to_metrics

SPEC = FindingSpec(
    key="opacity",
    name="Opacity pattern",
    column="opacity",
    code=Code("SCT", "125112009", "Abnormally opaque structure"),
    threshold=0.5,
    calibration=Calibration(),
    heatmap_reference=1.0,
    note="Label from <reports>",
)
CARD = ModelCard(
    folder=Path("model"),
    model_id="made-up",
    version="1.2.0",
    name="Made up",
    summary="",
    manufacturer="",
    licence="",
    architecture="",
    weights="w.safetensors",
    sha256="ab" * 32,
    input=InputSpec(8, 8, 1, (0.0, 100.0), 0.0, 1.0),
    explain=ExplainSpec("", "", ()),
    inclusion=InclusionRules((), (), (), None, 1),
    findings=(SPEC,),
)


class Tags(HTMLParser):
    """Counts elements and keeps the text of table cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.inside_cell = False
        self.cells: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "td":
            self.inside_cell = True
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside_cell = self.inside_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.inside_cell:
            self.cells[-1] += data


def _scores(labels: list[int], sources: list[str]) -> FindingScores:
    probabilities = np.linspace(0.1, 0.9, len(labels))
    return FindingScores(
        SPEC,
        np.array(labels, dtype=np.int64),
        probabilities,
        np.array(sources, dtype=np.str_),
        np.array([""] * len(labels), dtype=np.str_),
    )


def _page(scores: FindingScores, **changed: Any) -> str:
    metrics = to_metrics([], [scores], model="made-up", data="films", split="test")
    return render_report(
        metrics | changed, [scores], {"lateral view": 3, "failed": 7}, CARD
    )


@pytest.fixture
def page() -> str:
    return _page(_scores([0, 0, 1, 0, 1], ["a", "a", "a", "b", "b"]))


def test_that_the_page_has_a_row_for_all_sources_and_for_each(page: str) -> None:
    cells = Tags(page).cells
    rows = [cells[start : start + 9] for start in range(4, len(cells), 9)]
    assert [row[0] for row in rows] == ["all sources", "a", "b"]
    # 0.1 0.3 0.5 | 0.7 0.9 at threshold 0.5: flagged 2 of 2 with, 1 of 3 without.
    assert rows[0][1:3] == ["2", "3"]
    assert rows[0][5].startswith("1.00 (2 of 2) [")
    assert rows[0][6].startswith("0.67 (2 of 3) [")


def test_that_the_page_draws_roc_forest_and_reliability(page: str) -> None:
    assert Tags(page).tags.count("svg") == 3
    for title in (">ROC<", ">By source<", ">Reliability, ECE"):
        assert title in page


def test_that_refusals_stand_with_the_most_frequent_first(page: str) -> None:
    assert Tags(page).cells[:4] == ["failed", "7", "lateral view", "3"]


def test_that_what_cannot_be_computed_is_a_dash_and_draws_no_curve() -> None:
    page = _page(_scores([0, 0], ["a", "a"]))
    row = Tags(page).cells[4:13]
    assert row[3] == "-"
    assert row[5] == "-"
    assert ">ROC<" not in page
    assert ">Reliability" in page


def test_that_a_source_of_one_class_is_named_in_the_forest() -> None:
    page = _page(_scores([0, 1, 0], ["a", "a", "b"]))
    assert ">one class only<" in page


def test_that_no_scored_film_still_gives_a_page() -> None:
    page = _page(_scores([], []))
    assert "svg" not in Tags(page).tags
    assert Tags(page).cells[4:7] == ["all sources", "0", "0"]


def test_that_names_from_outside_are_escaped() -> None:
    page = _page(
        _scores([0, 1, 0, 1], ["<script>a"] * 2 + ["$x_1$"] * 2), data="<b>films</b>"
    )
    assert "script" not in Tags(page).tags
    assert "b" not in Tags(page).tags
    assert "&lt;script&gt;a" in page
    assert "Label from &lt;reports&gt;" in page
    assert "$x_1$" in page


def test_that_the_page_needs_nothing_from_outside(page: str) -> None:
    assert {"script", "link", "img", "iframe"}.isdisjoint(Tags(page).tags)
    # Namespaces are names, not addresses to fetch.
    fetched = re.findall(r'(?:src|href)="(?!#)[^"]*"|url\((?!#)[^)]*\)', page)
    assert fetched == []


def test_that_the_same_figures_give_the_same_page(page: str) -> None:
    again = _page(_scores([0, 0, 1, 0, 1], ["a", "a", "a", "b", "b"]))
    assert again == page


def test_that_the_page_names_the_weights_and_the_research_notice(page: str) -> None:
    assert "ab" * 32 in page
    assert "RESEARCH USE ONLY" in page
