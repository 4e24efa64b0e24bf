"""Running a model on the CPU: Overread against plain eager PyTorch.

    python benchmarks/inference.py [--json FILE] [--model FOLDER] [--rounds N]
        [--threads N] [--backend auto|torch|openvino] [--films FOLDER]

Ours goes the whole way from prepared films to calibrated probabilities and the
heatmaps of all findings. The peer is the network alone, as TorchXRayVision's own
script would run it: float32, contiguous, `torch.no_grad()`, no map. Interleaved
in one run, one film and eight at a time.

The last lines give the greatest difference in probability over real films (all
films of the folder's zips, of the development data where OVERREAD_DATA is set,
at most 64; else noise), for the backend in use and for OpenVINO in bfloat16,
which is measured and not used.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from explain import cam
from inference.backends import choice
from inference.backends.openvino_files import convert
from inference.backends.openvino_network import OpenVinoNetwork
from inference.backends.tapped import Tapped
from inference.classifier import Classifier, load
from inference.findings import sigmoid, to_findings
from inference.model_card import ModelCard, read_manifest
from inference.preprocess import prepare
from inference.registry import default_registry
from studies.model import Float32Array

_CPU = torch.device("cpu")
_FILMS = 64


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--model", type=Path, metavar="FOLDER", default=None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--backend", choices=choice.BACKENDS, default="auto")
    parser.add_argument("--films", type=Path, metavar="FOLDER", default=None)
    chosen = parser.parse_args()
    if chosen.threads is not None:
        torch.set_num_threads(chosen.threads)
    folder = chosen.model or default_registry().card("chest-findings").folder
    card = read_manifest(folder)
    ours, plain = load(card, _CPU, chosen.backend), eager(card)
    films, kind = some_films(card, chosen.films)
    rows = [compare(ours, plain, films[:size], chosen.rounds) for size in (1, 8)]
    show(rows)
    away = differences(ours, plain, films)
    print(f"greatest difference in probability over {len(films)} {kind} films:")
    for name, value in away.items():
        print(f"  {name}: {value:.2g}")
    if chosen.json is not None:
        report = {"machine": machine(ours), "rows": rows, "probability": away}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def eager(card: ModelCard) -> nn.Module:
    """Return the network as PyTorch makes it, nothing done to it."""
    return load(card, _CPU, "torch").network.to(memory_format=torch.contiguous_format)


def some_films(card: ModelCard, folder: Path | None) -> tuple[Float32Array, str]:
    """Return prepared films (films, rows, columns), and what kind they are."""
    data = os.environ.get("OVERREAD_DATA", "")
    folder = folder or (Path(data) / "cxr" if data else None)
    films = [] if folder is None else _from_zips(folder, card)
    if films:
        return np.stack(films), "real"
    shape = (_FILMS, card.input.rows, card.input.columns)
    return np.random.default_rng(0).standard_normal(shape, np.float32), "noise"


def _from_zips(folder: Path, card: ModelCard) -> list[Float32Array]:
    """Prepare the first films of each zip in turn: no source alone."""
    archives = [path for path in sorted(folder.glob("*.zip")) if path.stem != "masks"]
    films: list[Float32Array] = []
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            names = [
                one for one in archive.namelist() if one.endswith((".png", ".jpg"))
            ]
            for name in names[: _FILMS // len(archives)]:
                grey = Image.open(io.BytesIO(archive.read(name))).convert("L")
                display = np.asarray(grey, np.float32) / np.float32(255.0)
                films.append(prepare(display, card.input, (0.0, 0.0, 1.0, 1.0))[0])
    return films


def compare(
    ours: Classifier, plain: nn.Module, films: Float32Array, rounds: int
) -> dict[str, object]:
    """Time both in turn; the ratio is above 1 where ours is quicker."""
    batch = torch.from_numpy(films)[:, None]
    batch = batch.repeat(1, ours.card.input.channels, 1, 1)
    labels = [i for i, one in enumerate(ours.card.findings) if one.can_be_flagged]

    def whole() -> None:
        outputs = ours.run(films)
        for number in range(len(films)):
            one = outputs.of(number)
            to_findings([float(value) for value in one.logits[0]], ours.card)
            cam.saliency(ours, films[number], one, "grad-cam", labels)

    def network() -> None:
        with torch.no_grad():
            plain(batch)

    pairs = [(timed_ms(whole), timed_ms(network)) for _ in range(rounds + 1)][1:]
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": f"{ours.card.model_id}, {len(films)} film(s)",
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": "eager PyTorch, network alone",
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms",
        "ratio": statistics.median(ratios),
        "spread": [ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]],
    }


def differences(
    ours: Classifier, plain: nn.Module, films: Float32Array
) -> dict[str, float]:
    """Return by backend how far a calibrated probability is from plain PyTorch's."""
    batch = torch.from_numpy(films)[:, None]
    batch = batch.repeat(1, ours.card.input.channels, 1, 1)
    with torch.no_grad():
        expected = probabilities(plain(batch).numpy(), ours.card)
    found = probabilities(ours.run(films).logits, ours.card)
    away = {ours.backend: float(np.abs(found - expected).max())}
    if choice.is_installed():
        files = convert(Tapped(plain, None, None), batch[:1].contiguous())
        half = OpenVinoNetwork(files, torch.get_num_threads(), "bf16")
        found = probabilities(half.run(batch.numpy())[0], ours.card)
        away["openvino, bfloat16 (not used)"] = float(np.abs(found - expected).max())
    return away


def probabilities(logits: Float32Array, card: ModelCard) -> Float32Array:
    """Return the calibrated probabilities, (films, findings)."""
    rows = [
        [
            sigmoid(spec.calibration.slope * float(logit) + spec.calibration.intercept)
            for logit, spec in zip(film, card.findings, strict=False)
        ]
        for film in logits
    ]
    return np.array(rows, np.float32)


def show(rows: list[dict[str, object]]) -> None:
    """Print the table."""
    print(f"{'':32}{'ours':>11}{'eager':>11}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]  # type: ignore[misc]
        print(
            f"{row['name']:32}{row['ours']:>8.1f} ms{row['peer_value']:>8.1f} ms"
            f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
        )


def timed_ms(call: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def machine(ours: Classifier) -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "backend": ours.backend,
    }


if __name__ == "__main__":
    main()
