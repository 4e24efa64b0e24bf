"""The chest model as fitted, with all that it predicts of films seen and unseen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from learning import measures
from learning.chest_features import read_features
from learning.chest_measures import Evidence
from learning.films import LABELS, FilmSet
from learning.head_ensemble import fit_members, keep, mean_heads
from learning.heads import Basis, Heads, fit_bases
from learning.leave_one_out import predict_beside, predict_unseen
from learning.runs import predictions, training_mask
from studies.model import Float32Array

ALWAYS = ("covid", "pneumonia", "tuberculosis", "normal")


@dataclass(frozen=True, slots=True, eq=False)
class ChestModel:
    """What `fit` found.

    Attributes
    ----------
    features, painted, marked : (n, features)
        Of the films as they are, and of the test films with the lungs painted
        over and with a marker.
    heads
        Of all `LABELS`, the members' mean.
    labels
        Those that are shipped.
    """

    films: FilmSet
    features: Float32Array
    painted: Float32Array
    marked: Float32Array
    bases: dict[int, Basis]
    members: list[Heads]
    heads: Heads
    evidence: Evidence
    labels: tuple[str, ...]

    @property
    def columns(self) -> list[int]:
        """Places of the shipped labels among `LABELS`."""
        return [LABELS.index(label) for label in self.labels]

    @property
    def shipped(self) -> Heads:
        """The heads of the shipped labels."""
        return keep(self.heads, self.labels)


def fit(feature_file: Path, console: Console) -> ChestModel:
    """Fit the heads, and predict every source by heads that never saw it.

    Raises
    ------
    OverreadError
        If the features are missing.
    """
    films, found = read_features(feature_file)
    features = found["features"]
    mask = training_mask(films)
    bases = fit_bases(features[mask], films.where(mask))
    members = fit_members(films.where(mask), features[mask], bases)
    heads = mean_heads(members)
    units = predict_unseen(films, features, console)
    sources = set(films.sources.tolist())
    evidence = Evidence(
        films,
        predictions(films, heads.logits(features)),
        {name: part for name, part in units.items() if name in sources},
        {name: part for name, part in units.items() if name not in sources},
        predict_beside(films, features),
    )
    return ChestModel(
        films,
        features,
        found["painted"],
        found["marked"],
        bases,
        members,
        heads,
        evidence,
        shipped_labels(evidence),
    )


def shipped_labels(evidence: Evidence) -> tuple[str, ...]:
    """Return the labels whose figure beats its own uncertainty.

    Those of `ALWAYS`, and of the others each whose AUROC within a source, on
    films of patients that were not trained on, has its interval above one half.
    """
    rest = evidence.seen.where(evidence.seen.splits != "train")
    kept = []
    for label in LABELS:
        own = measures.within_sources(rest, label)
        if label in ALWAYS or any(one.low > 0.5 for one in own.values()):
            kept.append(label)
    return tuple(kept)
