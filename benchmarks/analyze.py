"""`overread analyze` over many films against the model alone.

    python benchmarks/analyze.py [--json FILE] [--films N] [--model FOLDER]
        [--threads N] [--rounds N] [--backend auto|torch|openvino]

Films of the development data (OVERREAD_DATA; else the sample chest film) are
written as uncompressed DICOM into a temporary folder, at their own size. Ours
is the whole command, cut into rounds: headers, pixels, preprocessing, model,
heatmaps, result files. The peer is the model alone on the same films, prepared
beforehand, eight at a time, by the same backend. Interleaved, round by round;
the ratio is our throughput in parts of the model's: 1.0 is what overlapping
could reach at most, 0.85 the goal.
"""

from __future__ import annotations

import argparse
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
from inference.backends import choice
from inference.classifier import Classifier, load
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
    parser.add_argument("--backend", choices=choice.BACKENDS, default="auto")
    chosen = parser.parse_args()
    if chosen.threads is not None:
        torch.set_num_threads(chosen.threads)
    folder = chosen.model or default_registry().card("chest-findings").folder
    model = load(read_manifest(folder), torch.device("cpu"), chosen.backend)
    with tempfile.TemporaryDirectory(prefix="overread-benchmark-") as temporary:
        _only(folder, Path(temporary) / "models")
        rounds = write_films(Path(temporary), chosen.films, chosen.rounds)
        row = compare(model, rounds, Path(temporary), chosen.backend)
    show(row)
    if chosen.json is not None:
        report = {"machine": machine(model), "rows": [row]}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def _only(folder: Path, models: Path) -> None:
    """Make the model the only one, so that the command runs no other."""
    shutil.copytree(folder, models / folder.name)
    registry = Registry(models, None)
    cli.analyze.default_registry = lambda: registry


def write_films(temporary: Path, number: int, rounds: int) -> list[list[Path]]:
    """Write the films, each round's in a folder of its own."""
    greys = list(islice(some_greys(), 50))
    parts: list[list[Path]] = [[] for _ in range(rounds)]
    for count, grey in enumerate(islice(cycle(greys), number)):
        folder = temporary / f"round-{count % rounds}"
        folder.mkdir(exist_ok=True)
        path = folder / f"{count:05}.dcm"
        write_dicom(path, grey, count)
        parts[count % rounds].append(path)
    return parts


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
    model: Classifier, rounds: list[list[Path]], temporary: Path, backend: str
) -> dict[str, object]:
    """Time both in turn, each round on films not read before."""
    ours, peers = [], []
    for films in rounds:
        prepared = np.stack(
            [
                prepare(to_display(read_film(one)), model.card.input, (0, 0, 1, 1))[0]
                for one in films
            ]
        )
        ours.append(command_s(films, temporary, backend))
        peers.append(alone_s(model, prepared))
    ratios = sorted(peer / mine for mine, peer in zip(ours, peers, strict=True))
    number = len(rounds[0])
    return {
        "name": f"analyze, {sum(map(len, rounds))} films",
        "ours": number / statistics.median(ours),
        "peer": "the model alone, by the same backend",
        "peer_value": number / statistics.median(peers),
        "unit": "films/s",
        "ratio": statistics.median(ratios),
        "spread": [ratios[0], ratios[-1]],
    }


def command_s(films: list[Path], temporary: Path, backend: str) -> float:
    """Return the seconds that the command takes without loading the model.

    The model is loaded once in a run of any length; here each round is a run
    of its own, so that one film of its own pays for that, and is taken off.
    """
    began = time.perf_counter()
    _run(films[:1], temporary / "one", backend)
    load_s = time.perf_counter() - began
    began = time.perf_counter()
    _run(films, temporary / "all", backend)
    whole_s = time.perf_counter() - began
    return (whole_s - load_s) * len(films) / (len(films) - 1)


def _run(films: list[Path], output: Path, backend: str) -> None:
    code = cli.analyze.run(films, output, (), "", "cpu", True, backend)
    if code != 0:
        raise SystemExit("overread analyze failed; the figures would say nothing")


def alone_s(model: Classifier, films: Float32Array) -> float:
    """Return the seconds that the network takes for prepared films."""
    began = time.perf_counter()
    for start in range(0, len(films), _BATCH):
        model.run(films[start : start + _BATCH])
    return time.perf_counter() - began


def show(row: dict[str, object]) -> None:
    """Print the table."""
    low, high = row["spread"]  # type: ignore[misc]
    print(f"{'':24}{'ours':>16}{'model alone':>16}{'ratio':>8}  spread")
    print(
        f"{row['name']:24}{row['ours']:>8.1f} films/s{row['peer_value']:>8.1f} films/s"
        f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
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
