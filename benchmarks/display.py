"""Window, pan, zoom and scroll on one core: Overread against ImageItem.

    python benchmarks/display.py [--json FILE] [--rounds N]

The film is RG1 resampled to 2048 x 2048 pixels of 16 bits, the stack 80 slices
of 512 x 512 (the chest CT of the development data, or made up where that is
absent). Ours is the whole viewport of the workstation, corner texts and legend
included; the peer is a bare `pyqtgraph.ImageItem` in a ViewBox, both
1472 x 988, painted by the CPU in one process. Each side changes something and
lets Qt's event loop paint it, in turns of 24 frames, because that is what a
drag is; a ratio is of two turns side by side. Time is the process's own, so that
other programs do not count. ImageItem takes the nearest pixel
when it shrinks a film (fine lines alias); ours averages. The overlay of the peer
is a second ImageItem of 511 x 511 RGBA pixels, as smooth as ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from explain.heatmap import Heatmap, warp_heat
from explain.rendering import to_rgba
from gui import theme
from gui.image_view import ImageView
from inference.preprocess import Placement
from studies.discovery import discover
from studies.model import GrayscaleParameters, Image, Patient, Series, Study, Window
from studies.reader import read_film, read_image
from studies.samples import sample_films

WIDTH, HEIGHT = 1472, 988
SIDE, SLICES = 2048, 80
FRAMES = 24
"""Frames of one side before it is the other's turn."""

CT = "dicom/ct_chest_ricord_jpegll"
LUNG = Window(-600.0, 1500.0)


class Ours:
    """The viewport of the workstation."""

    def __init__(self, film: Image, heatmap: Heatmap, stack: list[Image]) -> None:
        self.view = ImageView()
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        self.film, self.heatmap, self.stack = film, heatmap, stack

    def prepare(self, scene: Scene) -> None:
        """Set the scene of a row."""
        image = self.stack[0] if scene.verb == "scroll" else self.film
        self._show(image)
        if scene.verb == "scroll":
            self.view.set_voi(LUNG)
        self.view.set_heatmap(self.heatmap if scene.overlay else None)
        canvas = self.view.canvas
        if scene.scale is not None:
            canvas.set_view(canvas.view.centred(*canvas.view.center, scene.scale))

    def _show(self, image: Image) -> None:
        patient, header = Patient("1", "SAMPLE", None, ""), image.header
        series = Series(header.series_instance_uid, "CR", "", 1, "", (header,))
        uid = header.study_instance_uid
        study = Study(uid, patient, "", None, "", (series,))
        self.view.set_image(image, patient, study)

    def window(self, step: int) -> None:
        """Change the window."""
        self.view.set_voi(Window(15000.0 + 100 * step, 30000.0))

    def pan(self, step: int) -> None:
        """Move the film by 3 px."""
        canvas = self.view.canvas
        canvas.set_view(canvas.view.panned(3 * (-1) ** step, 0))

    def zoom(self, step: int) -> None:
        """Zoom a little."""
        self.view.zoom_by(1.05 ** ((-1) ** step))

    def scroll(self, step: int) -> None:
        """Show the next slice."""
        self.view.canvas.set_slice(self.stack[step % len(self.stack)])

    def rest(self) -> None:
        """End a turn: a film zoomed in haste is now sampled well."""
        self.view.canvas.settle()


class Peer:
    """A bare ImageItem in a ViewBox."""

    def __init__(self, film: Image, heatmap: Heatmap, stack: list[Image]) -> None:
        self.view = pg.GraphicsView(useOpenGL=False)
        self.view.resize(WIDTH, HEIGHT)
        self.box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
        self.view.setCentralItem(self.box)
        self.item = pg.ImageItem(axisOrder="row-major")
        self.box.addItem(self.item)
        matrix = np.array([[73, 0, 36], [0, 73, 36]], np.float32)
        rgba = to_rgba(warp_heat(heatmap.heat(), matrix, (511, 511)), 0.7)
        self.overlay = pg.ImageItem(rgba, axisOrder="row-major")
        self.box.addItem(self.overlay)
        self.film, self.stack = film, stack
        self.view.show()

    def prepare(self, scene: Scene) -> None:
        """Set the scene of a row."""
        image = self.stack[0] if scene.verb == "scroll" else self.film
        rows, columns = image.stored.shape
        self.item.setImage(image.stored, autoLevels=False)
        self.item.setLevels((0, 30000) if image is self.film else (150, 1650))
        self.overlay.setRect(0, 0, columns, rows)
        self.overlay.setVisible(scene.overlay)
        scale = scene.scale or HEIGHT / rows
        half_x, half_y = WIDTH / scale / 2, HEIGHT / scale / 2
        self.box.setRange(
            xRange=(columns / 2 - half_x, columns / 2 + half_x),
            yRange=(rows / 2 - half_y, rows / 2 + half_y),
            padding=0,
        )

    def window(self, step: int) -> None:
        """Change the window."""
        self.item.setLevels((100 * step, 30000 + 100 * step))

    def pan(self, step: int) -> None:
        """Move the film by some pixels."""
        self.box.translateBy(x=6 * (-1) ** step)

    def zoom(self, step: int) -> None:
        """Zoom a little."""
        factor = 1.05 ** ((-1) ** step)
        self.box.scaleBy((factor, factor))

    def scroll(self, step: int) -> None:
        """Show the next slice."""
        stored = self.stack[step % len(self.stack)].stored
        self.item.setImage(stored, autoLevels=False)

    def rest(self) -> None:
        """End a turn."""


@dataclass(frozen=True)
class Scene:
    """What is done, at which scale (None: whole), with the heat map or without."""

    verb: str
    scale: float | None
    overlay: bool

    @property
    def name(self) -> str:
        """How the row is called."""
        size = "whole" if self.scale is None else f"{self.scale:.1f} px a pixel"
        return f"{self.verb}, {size}{', heat map' if self.overlay else ''}"


def scenes() -> Iterator[Scene]:
    """Return the rows."""
    yield Scene("window", None, overlay=True)
    yield Scene("window", 1.0, overlay=True)
    yield Scene("window", None, overlay=False)
    yield Scene("window", 1.0, overlay=False)
    yield Scene("pan", 1.6, overlay=True)
    yield Scene("zoom", None, overlay=True)
    yield Scene("zoom", 1.6, overlay=True)
    yield Scene("scroll", None, overlay=False)


def main() -> None:
    """Measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    film, (stack, source) = large_film(), ct_stack()
    use_one_core()
    application = QApplication([])
    theme.apply(application)
    heatmap = example_heatmap(film)
    sides = Ours(film, heatmap, stack), Peer(film, heatmap, stack)
    # A window that is not yet exposed paints nothing, in no time at all.
    application.processEvents()
    print(f"Scrolled: {source}. Frames a second on one core:")
    print(f"{'':34}{'ours':>8}{'ImageItem':>11}{'ratio':>8}  spread")
    rows = []
    for scene in scenes():
        row = compare(scene, *sides, chosen.rounds, application.processEvents)
        rows.append(row)
        low, high = row["spread"]
        print(
            f"{row['name']:34}{row['ours']:>8.0f}{row['peer_value']:>11.0f}"
            f"{row['ratio']:>8.2f}  {low:.2f} to {high:.2f}"
        )
    if chosen.json is not None:
        report = {"machine": machine(), "stack": source, "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def use_one_core() -> None:
    """Hold the process to one core, where the system lets it."""
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def compare(
    scene: Scene, ours: Ours, peer: Peer, rounds: int, paint: Callable[[], object]
) -> dict[str, object]:
    """Time turns of both; the ratio is above 1 where ours is quicker."""
    for side in (ours, peer):
        side.prepare(scene)
        paint()
    pairs = []
    for turn in range(rounds + 1):
        steps = range(turn * FRAMES, (turn + 1) * FRAMES)
        pairs.append([frame_ms(s, scene.verb, steps, paint) for s in (ours, peer)])
    pairs = pairs[1:]
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    return {
        "name": scene.name,
        "ours": 1000 / statistics.median(mine for mine, _ in pairs),
        "peer": f"pyqtgraph {pg.__version__} ImageItem",
        "peer_value": 1000 / statistics.median(theirs for _, theirs in pairs),
        "unit": "frames a second",
        "ratio": statistics.median(ratios),
        "spread": [ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]],
    }


def frame_ms(
    side: Ours | Peer, verb: str, steps: range, paint: Callable[[], object]
) -> float:
    """Return the milliseconds that a frame takes."""
    change = getattr(side, verb)
    began = time.process_time()
    for step in steps:
        change(step)
        paint()
    side.rest()
    paint()
    return (time.process_time() - began) * 1000.0 / len(steps)


def large_film() -> Image:
    """Return RG1 at 2048 x 2048."""
    film = read_film(sample_films()[0])
    stored = cv2.resize(film.stored, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return Image(replace(film.header, rows=SIDE, columns=SIDE), stored)


def ct_stack() -> tuple[list[Image], str]:
    """Return 80 slices, and what they are."""
    data = os.environ.get("OVERREAD_DATA", Path(__file__).parents[1] / "../shared/data")
    folder = Path(data) / CT
    if folder.is_dir():
        (series,) = discover([folder]).studies[0].series
        images = [read_image(header) for header in series.images[:SLICES]]
        return images, f"{len(images)} slices of the chest CT"
    return made_up_stack(), f"{SLICES} made-up slices"


def made_up_stack() -> list[Image]:
    """Return smooth noise with a bright ring, a little further in each slice."""
    rng = np.random.default_rng(1)
    coarse = rng.normal(0, 300, (SLICES, 64, 64)).astype(np.float32)
    grayscale = GrayscaleParameters("MONOCHROME2", 16, 1, windows=(LUNG,))
    header = replace(
        read_film(sample_films()[0]).header,
        rows=512,
        columns=512,
        grayscale=grayscale,
    )
    made = []
    for number, noise in enumerate(coarse):
        values = cv2.resize(noise, (512, 512), interpolation=cv2.INTER_CUBIC) - 600
        cv2.circle(values, (256, 256), 100 + number, 800.0, 12)
        made.append(Image(header, values.astype(np.int16)))
    return made


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
