"""The headers of 3,000 files: Overread against pydicom, interleaved in one run.

    python benchmarks/scan.py [--files N] [--json FILE]

The files are made in a temporary folder from samples of pydicom and pydicom-data
with other UIDs (see `header_files.py`) and lie in the page cache. The peer reads
the same elements of each: dcmread(stop_before_pixels=True, specific_tags=...). Its
values are not decoded then; nor are ours in the first row. The rows are

- scan: the elements of each file, undecoded, as the peer gives them
- discover: from the folder to a whole Discovery: listing, every ImageHeader with
  its notices, patients, studies, sorted series, problems
- indexed: the same Discovery of a folder that the index has seen: each file is
  listed and asked for its size and times, no image made yet
- indexed, images made: the same, and then every ImageHeader of every series
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pydicom
from header_files import make_folder
from reading import machine, timed_ms

from studies.discovery import discover
from studies.index import StudyIndex
from studies.scan import scan_file
from studies.wanted_tags import wanted_tags

_ROUNDS = 9


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=3000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "films")
        folder.mkdir()
        paths = make_folder(folder, chosen.files)
        index = StudyIndex(Path(place, "index", "index.sqlite"), now_ns=_tomorrow)
        if discover([folder]) != index.discover([folder]):
            raise SystemExit("the index and the files say different things")
        rows = compare(folder, paths, index)
        index.close()
    print(f"{chosen.files} files; median of {_ROUNDS}, ratios with their spread")
    print(f"{'':24}{'ours':>10}{'pydicom':>12}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:24}{row['ours']:>7.0f} ms{row['peer_value']:>9.0f} ms"
            f"{row['ratio']:>8.1f}  {low:.1f} to {high:.1f}"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def compare(folder: Path, paths: list[Path], index: StudyIndex) -> list[dict]:
    """Time all ways in turn; a ratio is above 1 where ours is quicker."""
    names, tags = [str(path) for path in paths], list(wanted_tags())

    def peer() -> None:
        for path in paths:
            pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)

    def scan() -> None:
        for name in names:
            scan_file(name)

    def images_made() -> None:
        for study in index.discover([folder]).studies:
            for series in study.series:
                tuple(series.images)

    ours: dict[str, Callable[[], object]] = {
        "scan": scan,
        "discover": lambda: discover([folder]),
        "indexed": lambda: index.discover([folder]),
        "indexed, images made": images_made,
    }
    times: dict[str, list[float]] = {name: [] for name in ours}
    peers = []
    for _ in range(_ROUNDS + 1):  # the first warms up
        peers.append(timed_ms(peer))
        for name, call in ours.items():
            times[name].append(timed_ms(call))
    return [row(name, mine[1:], peers[1:]) for name, mine in times.items()]


def row(name: str, mine: list[float], peers: list[float]) -> dict:
    """Return a row of the table; each ratio is of two times of one round."""
    ratios = sorted(peer / one for one, peer in zip(mine, peers, strict=True))
    return {
        "name": name,
        "ours": statistics.median(mine),
        "peer": f"pydicom {pydicom.__version__}",
        "peer_value": statistics.median(peers),
        "unit": "ms",
        "ratio": statistics.median(ratios),
        "spread": [ratios[0], ratios[-1]],
    }


def _tomorrow() -> int:
    """Return a time at which the files just made are long settled."""
    return time.time_ns() + 86_400_000_000_000


if __name__ == "__main__":
    main()
