"""``overread evaluate``: a model measured on a labelled folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.files import write_whole

if TYPE_CHECKING:
    from explain.analysis import Analysis, AnalysisRequest
    from inference.model_card import ModelCard
    from learning.labelled_folder import LabelledFolder
    from learning.scoring import ScoredFilm


def run(model: str, data: Path, output: Path, split: str | None) -> int:
    """Write ``metrics.json`` and ``report.html`` to `output`.

    Returns
    -------
    0; 1 if a film could not be read or analysed (each is a line on stderr; a film
    that the model rightly refuses is no failure); 2 if there is no such model or
    split.

    Raises
    ------
    OverreadError
        If the model or the labels cannot be used.
    OSError
        If `output` cannot be written.
    """
    from inference.errors import UnknownModelError
    from inference.registry import default_registry
    from learning.labelled_folder import UnknownSplitError, read_labelled_folder

    try:
        card = default_registry().verify(model)
        folder = read_labelled_folder(data).of_split(split)
    except (UnknownModelError, UnknownSplitError) as error:
        sys.stderr.write(f"overread: {error}\n")
        return 2
    with folder:
        return _evaluate(card, folder, output, split)


def _evaluate(
    card: ModelCard, folder: LabelledFolder, output: Path, split: str | None
) -> int:
    from explain.engine import Engine
    from learning.report import render_report
    from learning.scoring import collect, count_refusals, measurable, to_metrics

    specs = measurable(card, folder)
    output.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    films = _score(folder, card, Engine().analyse)
    scores = collect(films, specs)
    metrics = to_metrics(
        films, scores, model=card.model_id, data=str(folder.folder), split=split
    )
    page = render_report(metrics, scores, count_refusals(films), card)
    write_whole(output / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    write_whole(output / "report.html", page)
    return _conclude(films, output)


def _score(
    folder: LabelledFolder,
    card: ModelCard,
    analyse: Callable[[AnalysisRequest], Analysis],
) -> list[ScoredFilm]:
    from rich.console import Console
    from rich.progress import track

    from learning.scoring import score_film

    console = Console(stderr=True)
    return [
        score_film(folder, film, card, analyse)
        for film in track(folder.items, description=card.model_id, console=console)
    ]


def _conclude(films: list[ScoredFilm], output: Path) -> int:
    failed = [item for item in films if item.failure]
    for item in failed:
        sys.stderr.write(f"{item.film.file}: {item.failure}; left out of the figures\n")
    scored = sum(1 for item in films if item.probabilities)
    sys.stdout.write(f"{scored} of {len(films)} films scored. {output}/report.html\n")
    return int(bool(failed))
