"""The drawings of an evaluation's page, as SVG."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from learning.finding_scores import FindingScores
from learning.froc import MarkedFilm, froc_curve
from learning.local_fit import local_bins
from learning.severity_measures import SeverityFilms

MEAN, POOLED = "mean within sources", "all sources pooled"

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


@contextmanager
def page_style() -> Iterator[None]:
    """Draw in the page's style: fonts are chosen when text is made, not saved."""
    with mpl.rc_context(_STYLE):
        yield


def _square(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(3.3, 3.3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=across, ylabel=up, aspect="equal")
    axes.set_title(title, loc="left", fontsize=11, color=_INK)
    axes.plot([0, 1], [0, 1], color=_MUTED, linewidth=0.8, linestyle=":")
    return figure, axes


def draw_roc(scores: FindingScores, overall: Mapping[str, Any]) -> Figure:
    """Draw the ROC with the model's operating point."""
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


def draw_reliability(scores: FindingScores, overall: Mapping[str, Any]) -> Figure:
    """Draw the reliability diagram: Wilson's intervals, larger dots, more films."""
    figure, axes = _square(
        f"Reliability, ECE {overall['ece']:.3f}",
        "probability",
        "share with the finding",
    )
    bins = local_bins(scores.labels, scores.probabilities)
    across = [item.mean_probability for item in bins]
    up = [item.rate.value for item in bins]
    largest = max(item.films for item in bins)
    axes.plot(across, up, color=_MARK, linewidth=1)
    axes.vlines(
        across,
        [item.rate.low for item in bins],
        [item.rate.high for item in bins],
        color=_MUTED,
        linewidth=1,
    )
    axes.scatter(
        across,
        up,
        s=[12 + 90 * item.films / largest for item in bins],
        color=_MARK,
        clip_on=False,
        zorder=3,
    )
    return figure


def draw_forest(
    within: Mapping[str, Any],
    overall: Mapping[str, Any],
    by_source: Mapping[str, Mapping[str, Any]],
) -> Figure:
    """Draw AUROC with its interval: mean within sources, pooled, then each."""
    rows = [
        (MEAN, within["auroc"], _INK),
        (POOLED, overall["auroc"], _MUTED),
        *((name, item["auroc"], _MARK) for name, item in by_source.items()),
    ]
    figure = Figure(figsize=(4.6, 0.9 + 0.34 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (_, auroc, colour) in enumerate(rows):
        if auroc is None:
            axes.text(0.02, place, "one class only", va="center", color=_MUTED)
            continue
        axes.plot([auroc["low"], auroc["high"]], [place, place], color=colour)
        axes.plot(auroc["value"], place, "s", color=colour, markersize=6)
    axes.axvline(0.5, color=_MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xlabel="AUROC")
    # A dollar sign in a source's name must not start matplotlib's formulas.
    names = [name.replace("$", r"\$") for name, _, _ in rows]
    axes.set_yticks(range(len(rows)), names, color=_INK)
    axes.set_title("By source", loc="left", fontsize=11, color=_INK)
    return figure


def draw_severity(films: SeverityFilms) -> Figure:
    """Draw truth against value, each with its error band."""
    figure = Figure(figsize=(3.3, 3.3), layout="constrained")
    axes = figure.subplots()
    axes.vlines(films.truth, films.lows, films.highs, color=_MUTED, linewidth=0.6)
    axes.plot(films.truth, films.values, "o", color=_MARK, markersize=3)
    ends = [films.truth.min(), films.truth.max()]
    axes.plot(ends, ends, color=_MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlabel="experts", ylabel="model, with its error band")
    axes.set_title("Severity", loc="left", fontsize=11, color=_INK)
    return figure


def draw_froc(films: Sequence[MarkedFilm]) -> Figure:
    """Draw the FROC up to two false marks a film."""
    figure = Figure(figsize=(3.3, 3.3), layout="constrained")
    axes = figure.subplots()
    false, found = froc_curve(films)
    axes.plot(false, found, color=_MARK, drawstyle="steps-post")
    axes.set(xlim=(0, 2), ylim=(0, 1))
    axes.set(xlabel="false marks a film", ylabel="boxes found")
    axes.set_title("FROC", loc="left", fontsize=11, color=_INK)
    return figure


def to_svg(figure: Figure) -> Markup:
    """Return a figure as an <svg> element; matplotlib escapes the texts in it."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    whole = text.getvalue()
    return Markup(whole[whole.index("<svg") :])  # without XML declaration and doctype
