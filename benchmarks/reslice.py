"""Planes of a 512 x 512 x 80 volume: Overread against scipy's map_coordinates.

    python benchmarks/reslice.py [--json FILE] [--rounds N]

A plane in the middle of the volume, 16-bit in and 16-bit out, both in one process
and in turn. The peer computes the same grid of places and interpolates with
`scipy.ndimage.map_coordinates` (order 1, nearest at the rim) and rounds; it marks
nothing outside the volume, ours does. "slab" is 20 mm, the peer's planes
projected by numpy.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from studies.model import GrayscaleParameters, ImageHeader, Window
from studies.projection import slab_offsets
from studies.reslice import PlaneKind, Reslicer
from studies.volume import Volume

SHAPE = (80, 512, 512)
SPACING_MM = (1.25, 0.7, 0.7)
SLAB_MM = 20.0


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    stored = np.random.default_rng(0).normal(0, 300, SHAPE).astype(np.int16)
    rows = []
    for name, affine in acquisitions().items():
        reslicer = Reslicer(volume(stored, affine))
        for kind in PlaneKind:
            for slab_mm in (0.0, SLAB_MM):
                what = f"{name}, {kind}{', slab' if slab_mm else ''}"
                rows.append(compare(what, reslicer, kind, slab_mm, chosen.rounds))
    print(f"{'':32}{'ours':>11}{'scipy':>12}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:32}{row['ours']:>8.2f} ms{row['peer_value']:>9.1f} ms"
            f"{row['ratio']:>8.1f}  {low:.1f} to {high:.1f}"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def acquisitions() -> dict[str, np.ndarray]:
    """Return affines: (slice, row, column) to mm in the patient."""
    axial = np.zeros((3, 3))
    axial[[2, 1, 0], range(3)] = np.array([-1, 1, 1]) * SPACING_MM
    tilt = np.eye(3)
    tilt[1, 2] = np.tan(np.radians(12))
    turn = Rotation.from_rotvec(np.radians(40) * np.array([0.8, 0.5, 0.33]))
    found = {
        "axial": axial,
        "tilt 12": tilt @ axial,
        "oblique": turn.as_matrix() @ axial,
    }
    return {name: placed(matrix) for name, matrix in found.items()}


def placed(matrix: np.ndarray) -> np.ndarray:
    """Return an affine about the origin."""
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = -matrix @ ((np.array(SHAPE) - 1) / 2)
    return affine


def volume(stored: np.ndarray, affine: np.ndarray) -> Volume:
    """Return the volume of a made-up CT."""
    params = GrayscaleParameters("MONOCHROME2", 16, 1, windows=(Window(40.0, 400.0),))
    header = ImageHeader(
        path=Path("made-up"),
        frame=0,
        sop_instance_uid="1.2.3",
        sop_class_uid="",
        series_instance_uid="1.2",
        study_instance_uid="1",
        modality="CT",
        rows=SHAPE[1],
        columns=SHAPE[2],
        grayscale=params,
    )
    return Volume(stored, affine, header, "1.2")


def compare(
    name: str, reslicer: Reslicer, kind: PlaneKind, slab_mm: float, rounds: int
) -> dict[str, object]:
    """Time a plane of both in turn; the ratio is above 1 where ours is quicker."""
    middle = reslicer.index_at(kind, reslicer.center_mm)
    indexes = [middle + step for step in range(-(rounds // 2), rounds // 2 + 2)]
    plain = Plain(reslicer, kind)
    pairs = [
        (
            timed_ms(lambda i=i: reslicer.image(kind, i, slab_mm=slab_mm)),
            timed_ms(lambda i=i: plain.slab(i, slab_mm)),
        )
        for i in (indexes if slab_mm == 0 else indexes[:4])
    ][1:]
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": name,
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": "scipy.ndimage.map_coordinates",
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms a plane",
        "ratio": statistics.median(ratios),
        "spread": [ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]],
    }


class Plain:
    """The planes of a kind by map_coordinates, on the grid of ours."""

    def __init__(self, reslicer: Reslicer, kind: PlaneKind) -> None:
        self.volume = reslicer.volume
        self.header = reslicer.image(kind, 0).header
        self.step_mm = np.subtract(
            reslicer.to_patient(kind, 1, 0.5, 0.5),
            reslicer.to_patient(kind, 0, 0.5, 0.5),
        )
        self.inverse = np.linalg.inv(self.volume.affine)

    def plane(self, index: int) -> np.ndarray:
        """Return one plane."""
        plane, pixel = self.header.plane, self.header.spacing_mm[0]
        rows, columns = np.indices((self.header.rows, self.header.columns))
        start = np.array(plane.position) + index * self.step_mm
        points = (
            start[:, None, None]
            + np.array(plane.column)[:, None, None] * rows * pixel
            + np.array(plane.row)[:, None, None] * columns * pixel
        )
        places = np.tensordot(self.inverse[:3, :3], points, 1)
        places += self.inverse[:3, 3, None, None]
        found = map_coordinates(
            self.volume.stored, places, np.float32, order=1, mode="nearest"
        )
        return np.rint(found).astype(np.int16)

    def slab(self, index: int, slab_mm: float) -> np.ndarray:
        """Return the largest value of the planes of a slab."""
        step = float(np.linalg.norm(self.step_mm))
        planes = (self.plane(index + n) for n in slab_offsets(slab_mm, step))
        return functools.reduce(np.maximum, planes)


def timed_ms(call: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
