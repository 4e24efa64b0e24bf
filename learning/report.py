"""The figures of an evaluation as a page for people: one HTML file, no scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jinja2

import resources
from learning.figures import (
    draw_forest,
    draw_froc,
    draw_reliability,
    draw_roc,
    draw_severity,
    page_style,
    to_svg,
)
from learning.finding_scores import FindingScores
from learning.metrics import marked_films, severity_films
from learning.report_tables import (
    finding_rows,
    marks_row,
    segment_row,
    severity_row,
    threshold_words,
    wrong_rows,
)
from learning.scoring import count_refusals
from learning.validation import Validation

_PROBLEMS = 100


def render_report(
    metrics: Mapping[str, Any], done: Validation, sensitivity: float
) -> str:
    """Return the page: tables, ROC, reliability diagram, AUROC by source.

    Parameters
    ----------
    metrics
        What ``metrics.json`` holds: the figures of `done`.
    sensitivity
        For which the page names a threshold.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(
        resources.path("templates/evaluation.html").read_text(encoding="utf-8")
    )
    refusals = count_refusals(done.films)
    problems = done.problems()
    with page_style():
        return template.render(
            model=done.card,
            data=metrics["data"],
            split=metrics["split"],
            n=metrics["n"],
            n_refused=metrics["n_refused"],
            refusals=sorted(refusals.items(), key=lambda item: (-item[1], item[0])),
            problems=problems[:_PROBLEMS],
            more_problems=max(len(problems) - _PROBLEMS, 0),
            findings=[_finding(item, metrics, sensitivity) for item in done.scores],
            severities=[
                _severity(done, spec.key, spec.name, metrics["severities"][spec.column])
                for spec in done.targets.severities
            ],
            segments=[
                {
                    "title": spec.name,
                    "rows": _rows(segment_row, metrics["segments"][spec.key]),
                }
                for spec in done.targets.segments
            ],
            boxes=[_marks(done, spec.finding, metrics) for spec in done.targets.boxes],
        )


def _finding(
    scores: FindingScores, metrics: Mapping[str, Any], sensitivity: float
) -> dict[str, Any]:
    measured = metrics["findings"][scores.spec.column]
    within = metrics["within_sources"][scores.spec.column]
    overall, by_source = measured["overall"], measured["by_source"]
    figures = []
    if overall["auroc"]:
        figures.append(to_svg(draw_roc(scores, overall)))
        figures.append(to_svg(draw_forest(within, overall, by_source)))
    if scores.labels.size:
        figures.append(to_svg(draw_reliability(scores, overall)))
    return {
        "title": scores.spec.name,
        "note": scores.spec.note,
        "calibrated": scores.spec.calibrated,
        "threshold": f"{overall['threshold']:.2f}",
        "rows": finding_rows(within, overall, by_source),
        "wrong": wrong_rows(scores),
        "words": threshold_words(scores, sensitivity),
        "figures": figures,
    }


def _severity(
    done: Validation, key: str, name: str, measured: Mapping[str, Any]
) -> dict[str, Any]:
    films = severity_films(done.films, key, done.targets)
    figures = [to_svg(draw_severity(films))] if films.truth.size else []
    return {
        "title": name,
        "rows": _rows(severity_row, measured),
        "figures": figures,
    }


def _marks(done: Validation, key: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    measured = metrics["boxes"][key]
    films = marked_films(done.films, key, done.targets)
    figures = [to_svg(draw_froc(films))] if measured["overall"]["froc"] else []
    return {
        "title": done.card.finding(key).name,
        "rows": _rows(marks_row, measured),
        "figures": figures,
    }


def _rows(
    row: Callable[[str, Mapping[str, Any]], tuple[str, ...]],
    measured: Mapping[str, Any],
) -> list[tuple[str, ...]]:
    rows = [row("all sources", measured["overall"])]
    return rows + [row(*item) for item in measured["by_source"].items()]
