"""Saliency of all findings of one film: closed form against the grad-cam package.

    python benchmarks/saliency.py [--json FILE] [--model FOLDER] [--rounds N]

Ours takes the maps of all findings out of one forward pass; the package is
called once for each finding, as its manual has it, with one object for all.
Both start from the prepared RG1 and end with all maps; ours includes its own
forward pass. Interleaved in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, LayerCAM
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from explain import cam
from inference.classifier import Classifier, load
from inference.model_card import read_manifest
from inference.preprocess import prepare
from inference.registry import default_registry
from studies.grayscale import to_display
from studies.model import Float32Array
from studies.reader import read_film
from studies.samples import sample_films

PEERS: dict[str, type[BaseCAM]] = {
    "grad-cam": GradCAM,
    "grad-cam++": GradCAMPlusPlus,
    "layercam": LayerCAM,
    "eigen-cam": EigenCAM,
}


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--model", type=Path, metavar="FOLDER", default=None)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    registry = default_registry()
    folder = chosen.model or registry.card("chest-findings").folder
    classifier = load(read_manifest(folder), torch.device("cpu"))
    # The whole film as the lungs' box: what is seen makes no map slower or faster.
    whole = (0.0, 0.0, 1.0, 1.0)
    display = to_display(read_film(sample_films()[0]))
    film, _ = prepare(display, classifier.card.input, whole)
    labels = len(classifier.card.findings)
    rows = [
        compare(classifier, film, labels, method, chosen.rounds) for method in PEERS
    ]
    print(f"{'':32}{'ours':>11}{'package':>11}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:32}{row['ours']:>8.1f} ms{row['peer_value']:>8.1f} ms"
            f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def compare(
    classifier: Classifier, film: Float32Array, labels: int, method: str, rounds: int
) -> dict[str, object]:
    """Time both in turn; the ratio is above 1 where ours is quicker."""
    explainer = PEERS[method](classifier.network, [classifier.layer])

    def ours() -> None:
        classifier.network.requires_grad_(False)
        cam.saliency(
            classifier, film, classifier.run(film[None]), method, range(labels)
        )

    def peer() -> None:
        classifier.network.requires_grad_(True)
        batch = classifier.to_input(film[None])
        maps = [explainer(batch, [ClassifierOutputTarget(k)]) for k in range(labels)]
        np.concatenate(maps)

    try:
        pairs = [(timed_ms(ours), timed_ms(peer)) for _ in range(rounds + 1)][1:]
    finally:
        explainer.activations_and_grads.release()
        classifier.network.requires_grad_(False)
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": f"{method}, {labels} findings",
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": "grad-cam package, once a finding",
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms",
        "ratio": statistics.median(ratios),
        "spread": [ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]],
    }


def timed_ms(call: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "torch": torch.__version__,
    }


if __name__ == "__main__":
    main()
