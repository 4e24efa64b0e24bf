"""Loading a CT series: Overread against pydicom and SimpleITK.

    python benchmarks/series.py [--rounds N] [--only FORM] [--json FILE]

The 80 slices of a chest CT (512 x 512, 16 bits, JPEG Lossless) of the development
data (OVERREAD_DATA, by default ../shared/data), and the same re-encoded into a
temporary folder: uncompressed, RLE, JPEG-LS, JPEG 2000, HTJ2K. All from a warm
file cache, in turns within a round; a table of medians, and ratios with the
10th and 90th percentile. What is timed:

ours, headers known
    `SeriesPixels` made and loaded, of headers that an index or a search gave
    before. Each file is opened, checked for having changed and its pixels found;
    no layout is remembered. The decoders run already, as in the workstation.
ours, from paths
    the same after `discover` of the folder, which is timed too.
pydicom
    for each path `dcmread` and `pixel_array`, put into one array. The decoding
    plugin is the fastest that pydicom has; see the table.
SimpleITK
    `ImageSeriesReader.Execute` of the same paths.
first slice
    from the call of `load` until the first image is told of.
memory
    growth of the proportional set size of the program and its children, over that
    of the program with the headers read and no child, less the decoded volume.

pydicom reads JPEG Lossless only with a package that Overread does not use for it.
Have it from a folder of its own, for this comparison alone:

    pip install --no-deps --target DIR python-gdcm
    PYTHONPATH=DIR python benchmarks/series.py
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from series_copies import write_copies

from studies import layouts
from studies import transfer_syntax as syntaxes
from studies.decoder import shared_decoder
from studies.discovery import discover
from studies.model import ImageHeader
from studies.series_pixels import SeriesPixels

_SERIES = "dicom/ct_chest_ricord_jpegll"
_ROOT = Path(__file__).resolve().parent.parent
# Of each: transfer syntax, pydicom's plugin, the goal of the ratio to pydicom.
_FORMS: dict[str, tuple[str, str, float]] = {
    "uncompressed": (syntaxes.EXPLICIT, "", 8.0),
    "RLE": (syntaxes.RLE, "pylibjpeg", 2.0),
    "JPEG Lossless": (syntaxes.JPEG_LOSSLESS_SV1, "gdcm", 3.5),
    "JPEG-LS": (syntaxes.JPEG_LS, "pyjpegls", 2.0),
    "JPEG 2000": (syntaxes.JPEG_2000_LOSSLESS, "pylibjpeg", 1.5),
    "HTJ2K": (syntaxes.HTJ2K_LOSSLESS, "pylibjpeg", 2.0),
}
_FIRST_GOAL = 0.10
_MEMORY_GOAL_MB = 150.0
_Read = Callable[[], Any]


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--only", choices=_FORMS, metavar="FORM", help=str([*_FORMS]))
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of is not None:
        print(measure_memory(arguments.memory_of))
        return
    source = _ROOT / os.environ.get("OVERREAD_DATA", "../shared/data") / _SERIES
    if not source.is_dir():
        sys.exit(f"{source} is not there: set OVERREAD_DATA")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="overread-series-") as folder:
        for name, (syntax, plugin, goal) in _FORMS.items():
            if arguments.only not in (None, name):
                continue
            series = source
            if syntax != syntaxes.JPEG_LOSSLESS_SV1:
                series = Path(folder) / syntax
                write_copies(source, series, syntax)
            rows += compare(name, series, plugin, goal, max(arguments.rounds, 5))
    shared_decoder().close()
    print_table(rows)
    if arguments.json is not None:
        report = {"machine": machine(), "rows": rows}
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def compare(
    name: str, folder: Path, plugin: str, goal: float, rounds: int
) -> list[dict[str, Any]]:
    """Return the rows of one form of the series."""
    headers = discover([folder]).studies[0].series[0].images
    paths = [header.path for header in headers]
    firsts: list[float] = []
    readers: dict[str, _Read] = {
        "known": lambda: load_anew(headers, firsts),
        "paths": lambda: load(discover([folder]).studies[0].series[0].images, []),
        "pydicom": lambda: read_with_pydicom(paths, plugin),
        "SimpleITK": lambda: read_with_itk(paths),
    }
    failed = check(readers)
    times: dict[str, list[float]] = {reader: [] for reader in readers}
    firsts.clear()
    for _ in range(rounds):
        for reader, read in readers.items():
            if reader not in failed:
                began = time.perf_counter()
                read()
                times[reader].append((time.perf_counter() - began) * 1000.0)
    peer = " ".join(("pydicom", plugin)).strip()
    return [
        row(f"{name}, headers known", times["known"], peer, times["pydicom"], goal),
        row(f"{name}, from paths", times["paths"], peer, times["pydicom"], goal),
        row(f"{name}, headers known", times["known"], "SimpleITK", times["SimpleITK"]),
        row(f"{name}, from paths", times["paths"], "SimpleITK", times["SimpleITK"]),
        row(
            f"{name}, first slice",
            firsts,
            f"{_FIRST_GOAL:.0%} of whole",
            [_FIRST_GOAL * whole for whole in times["known"]],
            1.0,
        ),
        memory_row(name, folder),
    ]


def check(readers: dict[str, _Read]) -> set[str]:
    """Read once with each, to warm up; return which cannot, and compare the rest."""
    failed, volumes = set(), {}
    for name, read in readers.items():
        try:
            volumes[name] = read()
        except Exception as error:  # noqa: BLE001 - the peers raise what they like
            print(f"{name} cannot read it: {type(error).__name__}", file=sys.stderr)
            failed.add(name)
    expected = volumes["known"]
    if "SimpleITK" in volumes:
        import SimpleITK

        # ITK has applied the rescale: slope 1, intercept -1024.
        hounsfield = SimpleITK.GetArrayFromImage(volumes["SimpleITK"])
        volumes["SimpleITK"] = hounsfield.astype(np.int32) + 1024
    for name, volume in volumes.items():
        if not np.array_equal(volume, expected):
            sys.exit(f"{name} reads other values than we do")
    return failed


def load_anew(headers: Sequence[ImageHeader], firsts: list[float]) -> Any:
    """Load as `load` does, no file being known from before."""
    layouts.forget_layouts()
    return load(headers, firsts)


def load(headers: Sequence[ImageHeader], firsts: list[float]) -> Any:
    """Load as the workstation does; note when the first image was there."""
    began = time.perf_counter()
    pixels = SeriesPixels(headers)
    seen: list[float] = []
    pixels.load(on_image=lambda _: seen.append(time.perf_counter()))
    firsts.append((seen[0] - began) * 1000.0)
    return pixels.stack()


def read_with_pydicom(paths: Sequence[Path], plugin: str) -> Any:
    """Read slice by slice into one array."""
    import pydicom

    volume = np.empty((len(paths), 512, 512), np.int16)
    for index, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        dataset.pixel_array_options(decoding_plugin=plugin)
        volume[index] = dataset.pixel_array
    return volume


def read_with_itk(paths: Sequence[Path]) -> Any:
    """Read with ITK's own reader (GDCM); it applies the rescale."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in paths])
    return reader.Execute()


def row(
    name: str, ours: list[float], peer: str, theirs: list[float], goal: float = 1.0
) -> dict[str, Any]:
    """Return a row of the report; the ratio is above 1 where ours is quicker."""
    ratios = sorted(b / a for a, b in zip(ours, theirs, strict=bool(theirs)))
    tenth = len(ratios) // 10
    return {
        "name": name,
        "ours": statistics.median(ours),
        "peer": peer if theirs else f"{peer} cannot read it",
        "peer_value": statistics.median(theirs) if theirs else None,
        "unit": "ms",
        "ratio": statistics.median(ratios) if ratios else None,
        "spread": [ratios[tenth], ratios[-1 - tenth]] if ratios else None,
        "goal": goal,
    }


def memory_row(name: str, folder: Path) -> dict[str, Any]:
    """Return the row of the memory, measured in a program of its own."""
    command = [sys.executable, __file__, "--memory-of", str(folder)]
    used = [
        float(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(5)
    ]
    limits = sorted(_MEMORY_GOAL_MB / max(mb, 0.1) for mb in used)
    return {
        "name": f"{name}, memory beyond the volume",
        "ours": statistics.median(used),
        "peer": "limit",
        "peer_value": _MEMORY_GOAL_MB,
        "unit": "MB",
        "ratio": statistics.median(limits),
        "spread": [limits[0], limits[-1]],
        "goal": 1.0,
    }


def measure_memory(folder: Path) -> float:
    """Return by how many MB the memory grew beyond the decoded volume."""
    headers = discover([folder]).studies[0].series[0].images
    before = resident_mb()
    highest = [before]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.002):
            highest.append(resident_mb())

    watching = threading.Thread(target=watch)
    watching.start()
    pixels = SeriesPixels(headers)
    pixels.load()
    ended.set()
    watching.join()
    grown = max(*highest, resident_mb()) - before
    shared_decoder().close()
    return grown - pixels.nbytes / 1e6


def resident_mb() -> float:
    """Return the proportional set size of this process and all its children."""
    import psutil

    this = psutil.Process()
    total = 0
    for process in (this, *this.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it has just ended
    return total / 1e6


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the rows for people."""
    print(f"{'':44}{'ours':>10}{'peer':>10}{'ratio':>8}{'goal':>6}  spread")
    for each in rows:
        line = f"{each['name']:44}{each['ours']:>7.1f} {each['unit']}"
        if each["ratio"] is not None:
            low, high = each["spread"]
            line += f"{each['peer_value']:>7.1f} {each['unit']}{each['ratio']:>8.2f}"
            line += f"{each['goal']:>6.1f}  {low:.2f} to {high:.2f}"
        print(f"{line}  {each['peer']}")


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
