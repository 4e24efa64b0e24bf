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
from learning.finding_scores import collect
from learning.labelled_folder import LabelledFilm, LabelledFolder
from learning.report import render_report
from learning.report_tables import error_rates
from learning.scoring import ScoredFilm
from learning.targets import Targets
from learning.validation import Validation

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


def _done(labels: list[int], sources: list[str]) -> Validation:
    """Films of probability 0.1 to 0.9, and ten that were not scored."""
    probabilities = np.linspace(0.1, 0.9, len(labels))
    rows = [
        LabelledFilm(f"{n}.png", "", source, "", "", {}, {}, n)
        for n, source in enumerate(sources)
    ]
    films = [
        ScoredFilm(row, {"opacity": p}, {"opacity": 0.0}, analysed=True)
        for row, p in zip(rows, probabilities, strict=True)
    ]
    spare = LabelledFilm("x.png", "", "x", "", "", {}, {}, 99)
    films += [ScoredFilm(spare, refusal="lateral view")] * 3
    films += [ScoredFilm(spare, refusal="failed", failure="<b>bad</b>")] * 7
    targets = Targets(
        (SPEC,), (), (), (), {"opacity": dict(enumerate(labels))}, {}, {}, ()
    )
    folder = LabelledFolder(Path("films"), (), tuple(rows))
    scores = collect(films, targets)
    return Validation(CARD, folder, "test", targets, tuple(films), scores, False)


def _page(done: Validation, **changed: Any) -> str:
    return render_report(done.metrics() | changed, done, 0.8)


@pytest.fixture
def page() -> str:
    return _page(_done([0, 0, 1, 0, 1], ["a", "a", "a", "b", "b"]))


def test_that_the_page_has_a_row_for_all_sources_and_for_each(page: str) -> None:
    cells = Tags(page).cells
    rows = [cells[start : start + 9] for start in range(4, 40, 9)]
    names = [row[0] for row in rows]
    assert names == ["mean within sources (2)", "all sources pooled", "a", "b"]
    # 0.1 0.3 0.5 | 0.7 0.9 at 0.5: of 0.5 0.9 with, both flagged; of 0.1 0.3 0.7
    # without, one. Within a and within b every pair is in order, not across.
    assert rows[0][3].startswith("1.000 [")
    assert rows[1][1:3] == ["2", "3"]
    assert rows[1][3].startswith("0.833 [")
    assert rows[1][5].startswith("1.00 (2 of 2) [")
    assert rows[1][6].startswith("0.67 (2 of 3) [")
    # Flagged are 3, one of them wrongly; of the 2 others none has the finding.
    assert cells[41].startswith("0.33 (1 of 3) [")
    assert cells[42].startswith("0.00 (0 of 2) [")


def test_that_error_rates_follow_from_prevalence() -> None:
    # 4.8 %, sensitivity 0.70, specificity 0.60: predictive values 8.1 %, 97.5 %.
    discovery, omission = error_rates(0.70, 0.60, 0.048)
    assert discovery == pytest.approx(1 - 0.0336 / 0.4144)
    assert omission == pytest.approx(0.0144 / 0.5856)
    assert error_rates(0.0, 1.0) == (None, pytest.approx(0.05))


def test_that_the_page_says_that_pooling_flatters(page: str) -> None:
    assert "Pooling the films of several sources therefore flatters" in page


def test_that_what_was_left_out_is_listed(page: str) -> None:
    assert "7 rows, cells or films were left" in page
    assert "&lt;b&gt;bad&lt;/b&gt;" in page


def test_that_the_page_draws_roc_forest_and_reliability(page: str) -> None:
    assert Tags(page).tags.count("svg") == 3
    for title in (">ROC<", ">By source<", ">Reliability, ECE"):
        assert title in page


def test_that_refusals_stand_with_the_most_frequent_first(page: str) -> None:
    assert Tags(page).cells[:4] == ["failed", "7", "lateral view", "3"]


def test_that_what_cannot_be_computed_is_a_dash_and_draws_no_curve() -> None:
    page = _page(_done([0, 0], ["a", "a"]))
    row = Tags(page).cells[13:22]
    assert row[3] == "-"
    assert row[5] == "-"
    assert ">ROC<" not in page
    assert ">Reliability" in page


def test_that_a_source_of_one_class_is_named_in_the_forest() -> None:
    page = _page(_done([0, 1, 0], ["a", "a", "b"]))
    assert ">one class only<" in page


def test_that_no_scored_film_still_gives_a_page() -> None:
    page = _page(_done([], []))
    assert "svg" not in Tags(page).tags
    assert Tags(page).cells[13:16] == ["all sources pooled", "0", "0"]


def test_that_names_from_outside_are_escaped() -> None:
    page = _page(
        _done([0, 1, 0, 1], ["<script>a"] * 2 + ["$x_1$"] * 2), data="<b>films</b>"
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
    again = _page(_done([0, 0, 1, 0, 1], ["a", "a", "a", "b", "b"]))
    assert again == page


def test_that_the_page_names_the_weights_and_the_research_notice(page: str) -> None:
    assert "ab" * 32 in page
    assert "RESEARCH USE ONLY" in page
