"""Reading the sample chest film: Overread against pydicom's `pixel_array`.

    python benchmarks/reading.py [--json FILE]

Both read header and pixels of RG1 (7 MB, uncompressed) from a warm cache,
interleaved in one run. Ours also checks the sizes, masks the bits and builds
the header of the workstation. The second row is the header alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pydicom

from studies.reader import read_film, read_header
from studies.samples import sample_films

_ROUNDS = 31


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    target = parser.parse_args().json
    film = sample_films()[0]
    rows = [
        compare(
            "read RG1, header and pixels",
            lambda: read_film(film),
            lambda: pydicom.dcmread(film).pixel_array,
        ),
        compare(
            "read RG1, header only",
            lambda: read_header(film),
            lambda: str(pydicom.dcmread(film, stop_before_pixels=True)),
        ),
    ]
    print(f"{'':32}{'ours':>10}{'pydicom':>10}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:32}{row['ours']:>7.2f} ms{row['peer_value']:>7.2f} ms"
            f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
        )
    if target is not None:
        report = {"machine": machine(), "rows": rows}
        target.write_text(json.dumps(report, indent=1), encoding="utf-8")


def compare(
    name: str, ours: Callable[[], object], peer: Callable[[], object]
) -> dict[str, object]:
    """Time both in turn; the ratio is above 1 where ours is quicker."""
    pairs = [(timed_ms(ours), timed_ms(peer)) for _ in range(_ROUNDS)][1:]
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": name,
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": f"pydicom {pydicom.__version__}",
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
    import os

    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
