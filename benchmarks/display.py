"""Window, pan and zoom of the sample chest film: Overread against ImageItem.

    python benchmarks/display.py [--json FILE] [--rounds N]

Ours is the whole viewport, corner texts and legend included; the peer is a bare
`pyqtgraph.ImageItem` in a ViewBox, both at 1472 x 988 in the same process,
painted by the CPU, interleaved. ImageItem takes the nearest pixel when it
shrinks a film (fine lines alias); ours averages. The overlay of the peer is a
second ImageItem of 512 x 512 RGBA pixels, as smooth as ours.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from explain.heatmap import Heatmap, warp_heat
from explain.rendering import to_rgba
from gui import theme
from gui.image_view import ImageView
from inference.preprocess import Placement
from studies.model import Image, Patient, Series, Study, Window
from studies.reader import read_film
from studies.samples import sample_films

WIDTH, HEIGHT = 1472, 988
MAGNIFIED = 1.6
"""Device pixels per image pixel of the magnified rows."""


class Ours:
    """The viewport of the workstation."""

    def __init__(self, film: Image, heatmap: Heatmap) -> None:
        self.view = ImageView()
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        patient = Patient("1", "SAMPLE", None, "")
        header = film.header
        series = Series(header.series_instance_uid, "CR", "", 1, "", (header,))
        uid = header.study_instance_uid
        study = Study(uid, patient, "", None, "", (series,))
        self.view.set_image(film, patient, study)
        self.heatmap = heatmap

    def prepare(self, *, overlay: bool, magnified: bool) -> None:
        """Set the scene of a row."""
        self.view.set_heatmap(self.heatmap if overlay else None)
        self.view.fit()
        if magnified:
            canvas = self.view.canvas
            canvas.set_view(canvas.view.centred(*canvas.view.center, MAGNIFIED))

    def window(self, step: int) -> None:
        """Change the window and paint."""
        self.view.set_voi(Window(15000.0 + 100 * step, 30000.0))
        self.paint()

    def pan(self, step: int) -> None:
        """Move the film by 3 px and paint."""
        canvas = self.view.canvas
        canvas.set_view(canvas.view.panned(3 * (-1) ** step, 0))
        self.paint()

    def zoom(self, step: int) -> None:
        """Zoom a little and paint."""
        self.view.zoom_by(1.05 ** ((-1) ** step))
        self.paint()

    def paint(self) -> None:
        """Paint now, not when the event loop comes round."""
        self.view.canvas.viewport().repaint()


class Peer:
    """A bare ImageItem in a ViewBox."""

    def __init__(self, film: Image, heatmap: Heatmap) -> None:
        self.view = pg.GraphicsView(useOpenGL=False)
        self.view.resize(WIDTH, HEIGHT)
        self.box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
        self.view.setCentralItem(self.box)
        self.item = pg.ImageItem(film.stored, axisOrder="row-major")
        self.item.setLevels((0, 30000))
        self.box.addItem(self.item)
        rows, columns = film.stored.shape
        matrix = np.array([[73, 0, 36], [0, 73, 36]], np.float32)
        rgba = to_rgba(warp_heat(heatmap.heat(), matrix, (511, 511)), 0.7)
        self.overlay = pg.ImageItem(rgba, axisOrder="row-major")
        self.overlay.setRect(0, 0, columns, rows)
        self.box.addItem(self.overlay)
        self.center = rows / 2, columns / 2
        self.view.show()

    def prepare(self, *, overlay: bool, magnified: bool) -> None:
        """Set the scene of a row."""
        self.overlay.setVisible(overlay)
        row, column = self.center
        scale = MAGNIFIED if magnified else HEIGHT / (2 * row)
        half_x, half_y = WIDTH / scale / 2, HEIGHT / scale / 2
        self.box.setRange(
            xRange=(column - half_x, column + half_x),
            yRange=(row - half_y, row + half_y),
            padding=0,
        )

    def window(self, step: int) -> None:
        """Change the window and paint."""
        self.item.setLevels((100 * step, 30000 + 100 * step))
        self.paint()

    def pan(self, step: int) -> None:
        """Move the film by 6 pixels of the image and paint."""
        self.box.translateBy(x=6 * (-1) ** step)
        self.paint()

    def zoom(self, step: int) -> None:
        """Zoom a little and paint."""
        factor = 1.05 ** ((-1) ** step)
        self.box.scaleBy((factor, factor))
        self.paint()

    def paint(self) -> None:
        """Paint now, not when the event loop comes round."""
        self.view.viewport().repaint()


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=41)
    chosen = parser.parse_args()
    application = QApplication([])
    theme.apply(application)
    film = read_film(sample_films()[0])
    heatmap = example_heatmap(film)
    ours, peer = Ours(film, heatmap), Peer(film, heatmap)
    # A window that is not yet exposed paints nothing, in no time at all.
    application.processEvents()
    rows = [
        compare(name, ours, peer, chosen.rounds, **scene) for name, scene in scenes()
    ]
    print(f"{'':36}{'ours':>10}{'ImageItem':>12}{'ratio':>8}  spread")
    for row in rows:
        low, high = row["spread"]
        print(
            f"{row['name']:36}{row['ours']:>7.2f} ms{row['peer_value']:>9.2f} ms"
            f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def scenes() -> Iterator[tuple[str, dict[str, object]]]:
    """Return the rows: what is done, with what on screen."""
    for verb, magnified, overlay in itertools.product(
        ("window", "pan", "zoom"), (False, True), (False, True)
    ):
        size = f"{MAGNIFIED:.1f}x" if magnified else "whole film"
        name = f"{verb}, {size}{', heat map' if overlay else ''}"
        yield name, {"verb": verb, "magnified": magnified, "overlay": overlay}


def compare(
    name: str,
    ours: Ours,
    peer: Peer,
    rounds: int,
    *,
    verb: str,
    magnified: bool,
    overlay: bool,
) -> dict[str, object]:
    """Time a frame of both in turn; the ratio is above 1 where ours is quicker."""
    for side in (ours, peer):
        side.prepare(overlay=overlay, magnified=magnified)
        side.paint()
    pairs = [
        (
            timed_ms(getattr(ours, verb), step),
            timed_ms(getattr(peer, verb), step),
        )
        for step in range(rounds)
    ][1:]
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": name,
        "ours": statistics.median(mine for mine, _ in pairs),
        "peer": f"pyqtgraph {pg.__version__} ImageItem",
        "peer_value": statistics.median(theirs for _, theirs in pairs),
        "unit": "ms a frame",
        "ratio": statistics.median(ratios),
        "spread": [ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]],
    }


def timed_ms(call: Callable[[int], object], step: int) -> float:
    """Return the milliseconds that a frame takes."""
    began = time.perf_counter()
    call(step)
    return (time.perf_counter() - began) * 1000.0


def example_heatmap(film: Image) -> Heatmap:
    """Return a map that covers a third of the film."""
    values = np.zeros((7, 7), np.float32)
    values[2:5, 1:4] = 1.0
    header = film.header
    crop = (0, 0, header.rows, header.columns)
    placement = Placement(header.rows, header.columns, crop, (7, 7))
    return Heatmap("example", values, 1.0, 0.9, placement, "grad-cam")


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
