"""A first run of a model in a child process, before it is added."""

from __future__ import annotations

from pathlib import Path

from inference.limited import Limits, run_limited
from inference.model_card import ModelCard


def try_out(card: ModelCard, limits: Limits | None = None) -> None:
    """Load a model and run it on one film of noise, under limits.

    Raises
    ------
    ModelUnavailableError
        If it does not load, gives other outputs than its manifest names or
        values that are no number, or takes too much memory or time.
    """
    run_limited(
        card.model_id,
        "inference.trial:run_once",
        {"folder": str(card.folder)},
        limits or Limits(time_s=max(300.0, 2.0 * card.time_limit_s)),
    )


def run_once(folder: str) -> None:
    """Do it, in the child.

    Raises
    ------
    ModelUnavailableError
        As `try_out`.
    """
    import numpy as np
    import torch

    from inference.classifier import load, load_ensemble, load_gate
    from inference.errors import ModelUnavailableError
    from inference.manifest import read_manifest

    card = read_manifest(Path(folder))
    classifier = load(card, torch.device("cpu"))
    load_gate(card)
    load_ensemble(card)
    side = (1, card.input.rows, card.input.columns)
    films = np.random.default_rng(1).standard_normal(side).astype(np.float32)
    outputs = classifier.run(films)
    for array in (outputs.logits, *outputs.dense.values()):
        if not np.isfinite(array).all():
            raise ModelUnavailableError(
                card.model_id, "its output holds values that are no number"
            )
