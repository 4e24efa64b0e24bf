"""`overread analyze` over many films against the networks alone.

    python benchmarks/analyze.py [--json FILE] [--films N] [--model FOLDER]
        [--threads N] [--rounds N] [--backend auto|torch|openvino] [--side PX]

Films of the development data (OVERREAD_DATA; else the sample chest film) are
written as uncompressed DICOM into a temporary folder, at their own size or
with the longer side of --side. Ours is the whole command, cut into rounds:
headers, pixels, preprocessing, input gate, model, heatmaps, result files. The
models are loaded before: that is done once in a run of any length.

The peers have the same films prepared in memory, eight at a time, by the same
backend in the same threads, and do nothing but run networks:

- the networks alone: the input gate's on all films, then the model's on those
  that the gate lets pass, which is all that the command runs of networks;
- the model alone: the model's network on those films, without the gate.

Interleaved, round by round; a ratio is our throughput in parts of a peer's.
On a machine whose cores the networks keep busy the first ratio is the share of
the work that is networks; the second cannot reach 1 however much overlaps,
because no film may go past the gate.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
import pydicom
import torch
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

import cli.analyze
import cli.batch
from explain.input_gate import GATE_ID
from inference.backends import choice
from inference.classifier import Classifier, Outputs, load
from inference.film_gate import judge
from inference.model_card import read_manifest
from inference.preprocess import prepare
from inference.registry import Registry, default_registry
from studies.grayscale import to_display
from studies.model import Float32Array
from studies.reader import read_film
from studies.samples import sample_films

_BATCH = 8
_SMALLEST = 256  # of a side; a smaller film would be left out, which is quick


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--model", type=Path, metavar="FOLDER", default=None)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=None, metavar="PX")
    parser.add_argument("--backend", choices=choice.BACKENDS, default="auto")
    chosen = parser.parse_args()
    if chosen.threads is not None:
        torch.set_num_threads(chosen.threads)
    folder = chosen.model or default_registry().card("chest-findings").folder
    # Loaded once, by the warm-up below.
    cli.batch.make_engine = functools.cache(cli.batch.make_engine)
    networks = Networks.load(folder, chosen.backend)
    with tempfile.TemporaryDirectory(prefix="overread-benchmark-") as temporary:
        place = Path(temporary)
        _only(folder, place / "models")
        rounds = write_films(place, chosen.films, chosen.rounds, chosen.side)
        _run(rounds[0][:_BATCH], place / "warm-up", chosen.backend)
        rows = compare(networks, rounds, place, chosen.backend)
    show(rows)
    if chosen.json is not None:
        report = {"machine": machine(networks.model), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


@dataclass(frozen=True)
class Prepared:
    """Films as the networks take them, (films, rows, columns) each."""

    for_gate: Float32Array
    for_model: Float32Array


@dataclass(frozen=True)
class Networks:
    """The input gate's network and the model's, and nothing around them."""

    gate: Classifier
    model: Classifier

    @classmethod
    def load(cls, folder: Path, backend: str) -> Networks:
        """Load both as the command does."""
        cpu = torch.device("cpu")
        gate, model = default_registry().card(GATE_ID), read_manifest(folder)
        return cls(load(gate, cpu, backend), load(model, cpu, backend))

    def prepare(self, films: list[Path]) -> Prepared:
        """Read films; those that the gate refuses are left out for the model."""
        displays = [to_display(read_film(one)) for one in films]
        for_gate = [prepare(one, self.gate.card.input)[0] for one in displays]
        outputs = _eight_by_eight(self.gate, np.stack(for_gate))
        verdicts = [
            judge(one.dense, self.model.card.inclusion.kind)
            for batch in outputs
            for one in map(batch.of, range(len(batch.logits)))
        ]
        for_model = [
            prepare(display, self.model.card.input, verdict.lung_box)[0]
            for display, verdict in zip(displays, verdicts, strict=True)
            if verdict.accepted
        ]
        return Prepared(np.stack(for_gate), np.stack(for_model))

    def seconds(self, films: Prepared) -> tuple[float, float]:
        """Return how long the gate's network takes, and the model's."""
        began = time.perf_counter()
        _eight_by_eight(self.gate, films.for_gate)
        between = time.perf_counter()
        _eight_by_eight(self.model, films.for_model)
        return between - began, time.perf_counter() - between


def _eight_by_eight(network: Classifier, films: Float32Array) -> list[Outputs]:
    return [
        network.run(films[first : first + _BATCH])
        for first in range(0, len(films), _BATCH)
    ]


def _only(folder: Path, models: Path) -> None:
    """Make the model the only one, so that the command runs no other."""
    shutil.copytree(folder, models / folder.name)
    registry = Registry(models, None)
    cli.analyze.default_registry = lambda: registry


def write_films(
    temporary: Path, number: int, rounds: int, side: int | None = None
) -> list[list[Path]]:
    """Write the films, each round's in a folder of its own."""
    greys = [_sized(grey, side) for grey in islice(some_greys(), 50)]
    parts: list[list[Path]] = [[] for _ in range(rounds)]
    for count, grey in enumerate(islice(cycle(greys), number)):
        folder = temporary / f"round-{count % rounds}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{count:05}.dcm"
        write_dicom(path, grey, count)
        parts[count % rounds].append(path)
    return parts


def _sized(grey: np.ndarray, side: int | None) -> np.ndarray:
    """Enlarge or shrink a film to a longer side; None leaves it as it is."""
    if side is None:
        return grey
    factor = side / max(grey.shape)
    rows, columns = (round(length * factor) for length in grey.shape)
    return cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_LINEAR)


def some_greys() -> Iterator[np.ndarray]:
    """Yield grey films (rows, columns) uint16 of 12 bits."""
    data = os.environ.get("OVERREAD_DATA", "")
    archives = sorted((Path(data) / "cxr").glob("*.zip")) if data else []
    for path in archives:
        if path.stem == "masks":
            continue
        with zipfile.ZipFile(path) as archive:
            names = [one for one in archive.namelist() if one.endswith((".png", "jpg"))]
            for name in names[:10]:
                grey = Image.open(io.BytesIO(archive.read(name))).convert("L")
                if min(grey.size) >= _SMALLEST:
                    yield np.asarray(grey, np.uint16) * np.uint16(16)
    display = to_display(read_film(sample_films()[0]))
    yield (cv2.resize(display, (1024, 1024)) * 4095).astype(np.uint16)


def write_dicom(path: Path, grey: np.ndarray, number: int) -> None:
    """Write a frontal chest film of an adult, uncompressed."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = f"2.25.{10_000 + number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    film.SOPClassUID = meta.MediaStorageSOPClassUID
    film.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    film.StudyInstanceUID = f"2.25.{20_000 + number // 4}"
    film.SeriesInstanceUID = f"2.25.{30_000 + number}"
    film.PatientID, film.PatientName = f"P{number // 4}", "Benchmark"
    film.Modality, film.BodyPartExamined, film.ViewPosition = "DX", "CHEST", "PA"
    film.PatientAge = "050Y"
    film.Rows, film.Columns = grey.shape
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit = 16, 12, 11
    film.PixelRepresentation = 0
    film.WindowCenter, film.WindowWidth = 2048, 4096
    film.PixelData = grey.tobytes()
    pydicom.dcmwrite(path, film, enforce_file_format=True)


def compare(
    networks: Networks, rounds: list[list[Path]], temporary: Path, backend: str
) -> list[dict[str, object]]:
    """Time all in turn, each round on films not read before."""
    ours, gates, models = [], [], []
    for films in rounds:
        ours.append(command_s(films, temporary, backend))
        # After ours, which would find the films in the system's cache else.
        gate_s, model_s = networks.seconds(networks.prepare(films))
        gates.append(gate_s)
        models.append(model_s)
    both = [gate + model for gate, model in zip(gates, models, strict=True)]
    number = len(rounds[0])
    return [
        _row("the networks alone", number, ours, both),
        _row("the model alone", number, ours, models),
    ]


def _row(
    peer: str, number: int, ours: list[float], peers: list[float]
) -> dict[str, object]:
    ratios = sorted(peer / mine for mine, peer in zip(ours, peers, strict=True))
    return {
        "name": f"analyze, {number * len(ours)} films",
        "ours": number / statistics.median(ours),
        "peer": peer,
        "peer_value": number / statistics.median(peers),
        "unit": "films/s",
        "ratio": statistics.median(ratios),
        "spread": [ratios[0], ratios[-1]],
    }


def command_s(films: list[Path], temporary: Path, backend: str) -> float:
    """Return the seconds that the command takes."""
    began = time.perf_counter()
    _run(films, temporary / "all", backend)
    return time.perf_counter() - began


def _run(films: list[Path], output: Path, backend: str) -> None:
    code = cli.analyze.run(films, output, (), "", "cpu", True, backend)
    if code != 0:
        raise SystemExit("overread analyze failed; the figures would say nothing")


def show(rows: list[dict[str, object]]) -> None:
    """Print the table."""
    print(f"{'':22}{'peer':20}{'ours':>16}{'peer':>16}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]  # type: ignore[misc]
        print(
            f"{row['name']:22}{row['peer']:20}{row['ours']:>8.1f} films/s"
            f"{row['peer_value']:>8.1f} films/s{row['ratio']:>8.2f}"
            f"  {low:.2f} to {high:.2f}"
        )


def machine(model: Classifier) -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "backend": model.backend,
    }


if __name__ == "__main__":
    main()
