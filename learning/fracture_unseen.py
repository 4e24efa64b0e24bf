"""The fracture network on the films of sources that it never saw."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import resources
from learning.calibration import MINIMUM_FILMS
from learning.evaluation import Interval, auroc_interval, proportion_interval
from learning.fracture_figures import UPPER, WEB, FractureRun
from learning.near_copies import alike_groups
from studies.model import UInt8Array

UPPER_LIMB, OTHER_LIMB = "upper limb", "other limb"


@dataclass(frozen=True, slots=True, eq=False)
class UnseenFilms:
    """The clear films of the web collections, as one source; arrays aligned.

    One, because `fracatlas_subset` is contained in the collection that
    `multiregion_web` comes from, and has its labels from that one's folders.

    Attributes
    ----------
    logits, fracture, sources : (n,)
    kinds : (n,)
        ``"upper limb"``, ``"other limb"``, ``"other"``; "" where it is not known.
    groups : (n,)
        The same name for films that are alike; they are drawn together.
    """

    logits: NDArray[np.float64]
    fracture: NDArray[np.int64]
    sources: NDArray[np.str_]
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]

    def figure(self, mask: NDArray[np.bool_]) -> dict[str, Any]:
        """Return the counts of a mask, (n,), and the AUROC with its interval.

        The AUROC is None where a class has fewer than `MINIMUM_FILMS` films.
        """
        labels = self.fracture[mask]
        found, absent = int(labels.sum()), int((1 - labels).sum())
        auroc = None
        if min(found, absent) >= MINIMUM_FILMS:
            groups = self.groups[mask].tolist()
            auroc = auroc_interval(labels, self.logits[mask], groups)
        return {"with": found, "without": absent, "auroc": auroc}

    def found(self, limit: float) -> Interval | None:
        """Return the share of upper limbs' fractures with a logit of at least `limit`.

        None where there are fewer than `MINIMUM_FILMS`.
        """
        mask = (self.kinds == UPPER_LIMB) & (self.fracture == 1)
        if int(mask.sum()) < MINIMUM_FILMS:
            return None
        return proportion_interval(self.logits >= limit, mask, self.groups.tolist())

    def pairs(self) -> tuple[int, int]:
        """Return how many films were joined to an earlier one, and across sources."""
        _, first, number = np.unique(
            self.groups, return_index=True, return_inverse=True
        )
        across = int((self.sources != self.sources[first][number]).sum())
        return len(self.groups) - len(first), across


def unseen_films(
    run: FractureRun, films: UInt8Array, kinds: NDArray[np.str_]
) -> UnseenFilms:
    """Return the web collections' clear films out of a run.

    Parameters
    ----------
    films : (n, SIDE, SIDE) uint8
        Aligned with the run.
    kinds : (n,)
        Of `limb_kinds`.
    """
    web = np.isin(run.sources, WEB) & run.usable
    return UnseenFilms(
        run.logits[web],
        run.fracture[web],
        run.sources[web],
        kinds[web],
        alike_groups(films[web]),
    )


def limb_kinds(files: Sequence[str], sources: Sequence[str]) -> NDArray[np.str_]:
    """Return which limb each film shows, (n,): "" where it is not known."""
    table = resources.path("training/limb_kinds.csv")
    with table.open(newline="", encoding="utf-8") as stream:
        known = {row["file"]: row["kind"] for row in csv.DictReader(stream)}
    return np.array(
        [
            UPPER_LIMB if source == UPPER else known.get(file, "")
            for file, source in zip(files, sources, strict=True)
        ],
        np.str_,
    )


def unseen_figures(unseen: UnseenFilms) -> dict[str, Any]:
    """Return the figures of unseen films: upper limbs, and others apart from them.

    Others are refused in use; their figures are no promise for upper limbs.
    """
    other = unseen.kinds == OTHER_LIMB
    joined, across = unseen.pairs()
    return {
        "upper": unseen.figure(unseen.kinds == UPPER_LIMB),
        "other": unseen.figure(other),
        "other_by_source": {
            name: unseen.figure(other & (unseen.sources == name)) for name in WEB
        },
        "left_out": int((~np.isin(unseen.kinds, (UPPER_LIMB, OTHER_LIMB))).sum()),
        "joined": joined,
        "joined_across_sources": across,
        "films": len(unseen.kinds),
        "fractures": int(unseen.fracture.sum()),
    }
