"""The figures of an evaluation as a page for people: one HTML file, no scripts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

import resources
from inference.model_card import ModelCard
from learning.evaluation import reliability_bins
from learning.scoring import FindingScores

_INK, _MUTED, _MARK = "#14181D", "#6B7682", "#0B63A5"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay text: searchable, in the page's font
    "svg.hashsalt": "overread",  # the same figures give the same bytes
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
}


def render_report(
    metrics: Mapping[str, Any],
    scores: Sequence[FindingScores],
    refusals: Mapping[str, int],
    card: ModelCard,
) -> str:
    """Return the page: tables, ROC, reliability diagram, AUROC by source.

    Parameters
    ----------
    metrics
        What ``metrics.json`` holds.
    scores
        One for each finding of `metrics`, in any order.
    refusals
        Why films were not scored, and how many.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(
        resources.path("templates/evaluation.html").read_text(encoding="utf-8")
    )
    by_column = {item.spec.column: item for item in scores}
    return template.render(
        model={
            "id": card.model_id,
            "name": card.name,
            "version": card.version,
            "sha256": card.sha256,
        },
        data=metrics["data"],
        split=metrics["split"],
        n=metrics["n"],
        n_refused=metrics["n_refused"],
        refusals=sorted(refusals.items(), key=lambda item: (-item[1], item[0])),
        findings=[
            _section(by_column[column], measured)
            for column, measured in metrics["findings"].items()
        ],
    )


def _section(scores: FindingScores, measured: Mapping[str, Any]) -> dict[str, Any]:
    overall, by_source = measured["overall"], measured["by_source"]
    figures = []
    with mpl.rc_context(_STYLE):
        if overall["auroc"]:
            figures.append(_svg(_draw_roc(scores, overall)))
            figures.append(_svg(_draw_forest(overall, by_source)))
        if scores.labels.size:
            figures.append(_svg(_draw_reliability(scores, overall)))
    return {
        "title": scores.spec.name,
        "note": scores.spec.note,
        "threshold": f"{overall['threshold']:.2f}",
        "rows": [
            _row("all sources", overall),
            *(_row(source, item) for source, item in by_source.items()),
        ],
        "figures": figures,
    }


def _row(name: str, measured: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        str(measured["n_pos"]),
        str(measured["n_neg"]),
        _interval(measured["auroc"]),
        _number(measured["average_precision"]),
        _share(measured["sensitivity"], measured["n_pos"]),
        _share(measured["specificity"], measured["n_neg"]),
        _number(measured["ece"]),
        _number(measured["brier"]),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(item: Mapping[str, float] | None) -> str:
    if item is None:
        return "-"
    return f"{item['value']:.3f} [{item['low']:.3f}, {item['high']:.3f}]"


def _share(item: Mapping[str, float] | None, total: int) -> str:
    """Return "0.90 (45 of 50) [0.81, 0.98]"."""
    if item is None:
        return "-"
    count = round(item["value"] * total)
    interval = f"[{item['low']:.2f}, {item['high']:.2f}]"
    return f"{item['value']:.2f} ({count} of {total}) {interval}"


def _square(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(3.3, 3.3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=across, ylabel=up, aspect="equal")
    axes.set_title(title, loc="left", fontsize=11, color=_INK)
    axes.plot([0, 1], [0, 1], color=_MUTED, linewidth=0.8, linestyle=":")
    return figure, axes


def _draw_roc(scores: FindingScores, overall: Mapping[str, Any]) -> Figure:
    figure, axes = _square("ROC", "1 - specificity", "sensitivity")
    false_rate, true_rate, _ = roc_curve(scores.labels, scores.probabilities)
    axes.plot(false_rate, true_rate, color=_MARK, clip_on=False)
    axes.plot(
        1.0 - overall["specificity"]["value"],
        overall["sensitivity"]["value"],
        "o",
        color=_INK,
        clip_on=False,
        label=f"threshold {overall['threshold']:.2f}",
    )
    axes.legend(loc="lower right", frameon=False)
    return figure


def _draw_reliability(scores: FindingScores, overall: Mapping[str, Any]) -> Figure:
    figure, axes = _square(
        f"Reliability, ECE {overall['ece']:.3f}",
        "probability",
        "share with the finding",
    )
    bins = reliability_bins(scores.labels, scores.probabilities)
    across = [item.mean_probability for item in bins]
    up = [item.positive_rate for item in bins]
    largest = max(item.count for item in bins)
    axes.plot(across, up, color=_MARK, linewidth=1)
    axes.scatter(
        across,
        up,
        s=[12 + 90 * item.count / largest for item in bins],
        color=_MARK,
        clip_on=False,
        zorder=3,
    )
    return figure


def _draw_forest(
    overall: Mapping[str, Any], by_source: Mapping[str, Mapping[str, Any]]
) -> Figure:
    """Draw AUROC with its interval: all sources, then each; a word where none is."""
    rows = [("all sources", overall), *by_source.items()]
    figure = Figure(figsize=(4.6, 0.9 + 0.34 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (_, item) in enumerate(rows):
        if item["auroc"] is None:
            axes.text(0.02, place, "one class only", va="center", color=_MUTED)
            continue
        value, low, high = (item["auroc"][k] for k in ("value", "low", "high"))
        colour = _INK if place == 0 else _MARK
        axes.plot([low, high], [place, place], color=colour, linewidth=1.5)
        axes.plot(value, place, "s", color=colour, markersize=6)
    axes.axvline(0.5, color=_MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xlabel="AUROC")
    # A dollar sign in a source's name must not start matplotlib's formulas.
    names = [name.replace("$", r"\$") for name, _ in rows]
    axes.set_yticks(range(len(rows)), names, color=_INK)
    axes.set_title("By source", loc="left", fontsize=11, color=_INK)
    return figure


def _svg(figure: Figure) -> Markup:
    """Return a figure as an <svg> element; matplotlib escapes the texts in it."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    whole = text.getvalue()
    return Markup(whole[whole.index("<svg") :])  # without XML declaration and doctype
