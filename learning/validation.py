"""A model measured on a labelled folder, from the films to the figures.

`overread evaluate` and the window's File > Validate a model run this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inference.errors import InferenceCancelledError
from inference.model_card import ModelCard
from learning.finding_scores import FindingScores, collect
from learning.labelled_folder import LabelledFolder
from learning.metrics import to_metrics
from learning.scoring import Analyse, ScoredFilm, score_folder
from learning.targets import Targets


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """What a model did on a folder.

    Attributes
    ----------
    card
        The model as it was measured: with a local calibration or without.
    films
        In the folder's order; fewer than the folder's where `cancelled`.
    """

    card: ModelCard
    folder: LabelledFolder
    split: str | None
    targets: Targets
    films: tuple[ScoredFilm, ...]
    scores: tuple[FindingScores, ...]
    cancelled: bool

    def metrics(self) -> dict[str, Any]:
        """Return what ``metrics.json`` holds."""
        metrics = to_metrics(
            self.films,
            self.scores,
            self.targets,
            model=self.card.model_id,
            data=str(self.folder.folder),
            split=self.split,
        )
        if self.cancelled:
            metrics["cancelled_after"] = len(self.films)
            metrics["films_in_all"] = len(self.folder.items)
        return metrics

    def problems(self) -> tuple[str, ...]:
        """Return a line for each row, cell or film that was left out."""
        rows = [str(item) for item in (*self.folder.problems, *self.targets.problems)]
        return (
            *rows,
            *(
                f"labels.csv, line {item.film.line}: {item.film.file}: {item.failure}"
                for item in self.films
                if item.failure
            ),
        )


def validate(
    card: ModelCard,
    folder: LabelledFolder,
    split: str | None,
    targets: Targets,
    analyse: Analyse,
    *,
    device: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> Validation:
    """Run a model over a folder's films.

    Parameters
    ----------
    targets
        `learning.targets.targets_of` the same card and folder.
    progress
        Told after each film how many are done. It, and `analyse`, may raise
        InferenceCancelledError to end the run, as Ctrl+C does: what was done
        until then is returned, marked as cancelled.
    """
    films: list[ScoredFilm] = []
    cancelled = False
    try:
        for film in score_folder(folder, card, targets, analyse, device):
            films.append(film)
            if progress is not None:
                progress(len(films))
    except (KeyboardInterrupt, InferenceCancelledError):
        cancelled = True
    return Validation(
        card,
        folder,
        split,
        targets,
        tuple(films),
        collect(films, targets),
        cancelled,
    )
