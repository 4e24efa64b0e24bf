"""Make the pictures of docs/ anew: a made-up chest and the sample chest film.

    QT_QPA_PLATFORM=offscreen python scripts/screenshots.py [FOLDER]

Writes mpr.png, pa-lateral.png, prior.png and measured.png of the made-up chest, and
model-facts.png, severity.png and refused.png of the sample film and the bundled
models, into docs/, or FOLDER.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np
import pydicom
from phantom import chest, write_ct, write_film
from PySide6.QtWidgets import QApplication

from gui import hands
from gui.app import App
from gui.facts_page import FactsPage
from gui.model_entry import Integrity
from gui.services import Services
from gui.settings import Settings
from gui.workstation import Workstation
from review.measurement import MeasurementKind
from studies.samples import sample_films

SIZE = (1920, 1080)


def main() -> None:
    """Make the pictures, one window after the other."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    application = QApplication([])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        data = Path(name)
        write_studies(data)
        scene = Scene(application, data)
        scene.shoot([data / "ct"], target / "mpr.png", [])
        scene.shoot([data / "ct"], target / "measured.png", [measure])
        scene.shoot([data / "then"], data / "unused.png", [])
        scene.shoot([data / "now"], target / "pa-lateral.png", [])
        scene.shoot([data / "now"], target / "prior.png", [prior])
        film = sample_films()[0]
        scene.shoot([film], target / "model-facts.png", [facts])
        scene.shoot([film], target / "severity.png", [severity])
        scene.shoot([data / "turned.dcm"], target / "refused.png", [])


def write_studies(folder: Path) -> None:
    """Write a CT, a film pair, one of two years before, and a film that lies."""
    write_turned(sample_films()[0], folder / "turned.dcm")
    now, then = chest(), chest(nodules=1)
    ct = {"StudyInstanceUID": "2.25.7002", "SeriesInstanceUID": "2.25.7003"}
    write_ct(folder / "ct", now, StudyDescription="CT CHEST", SeriesNumber=1, **ct)
    for place, volume, study, day in (
        ("now", now, "2.25.7100", "20260312"),
        ("then", then, "2.25.7200", "20240105"),
    ):
        for number, view in enumerate(("PA", "LL"), start=1):
            write_film(
                folder / place / f"{view}.dcm",
                volume,
                view,
                f"{study}.{number}.1",
                StudyInstanceUID=study,
                SeriesInstanceUID=f"{study}.{number}",
                SeriesNumber=number,
                StudyDate=day,
                StudyDescription="CHEST PA AND LATERAL",
            )


def write_turned(film: Path, target: Path) -> None:
    """Write a copy of a film that was put on its side before it was sent."""
    made = pydicom.dcmread(film)
    turned = np.rot90(made.pixel_array)
    made.Rows, made.Columns = turned.shape
    made.PixelData = np.ascontiguousarray(turned).tobytes()
    made.PatientID = "OVR-0300"  # else the film as it was would be offered as a prior
    made.StudyInstanceUID, made.SeriesInstanceUID = "2.25.7300", "2.25.7301"
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = "2.25.7302"
    made.save_as(target)


class Scene:
    """Opens studies in a window of its own, each time the same user."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        self._application = application
        self._folder = folder

    def shoot(
        self,
        paths: Sequence[Path],
        picture: Path,
        steps: Sequence[Callable[[App, Workstation], None]],
    ) -> None:
        """Open studies, do the steps, save a picture of the window."""
        own = self._folder / "user"
        services = Services(Settings(own / "settings.ini"), own / "reviews.sqlite", own)
        services.settings.reader = "K. Lind"
        app = App(self._application, services)
        app.window.resize(*SIZE)
        app.start()
        hands.wait_until(lambda: app.workstation is not None, "the window")
        station = app.workstation
        assert station is not None
        app.window.activateWindow()
        hands.wait_until(app.window.isActiveWindow, "the window in front")
        station.open(paths)
        hands.wait_until(lambda: all_shown(station), "the images", 60.0)
        for step in steps:
            step(app, station)
        hands.wait_until(lambda: all_shown(station) and quiet(station), "rest", 90.0)
        hands.settle()
        if not app.window.grab().save(str(picture)):
            raise OSError(f"{picture.name} could not be written")
        sys.stdout.write(f"{picture}\n")
        app.window.close()


def all_shown(station: Workstation) -> bool:
    """Whether every pane that is to show something does."""
    panes = station.viewport.panes
    hung = station.case is not None and any(pane.image for pane in panes)
    return hung and all(pane.stack is None or pane.image for pane in panes)


def quiet(station: Workstation) -> bool:
    """Whether no model is at work."""
    return not station.asks_soon and station.ai.counts() == (0, 0)


def prior(app: App, station: Workstation) -> None:
    """Hang the prior beside the study."""
    offer = station.browse.offer
    hands.wait_until(lambda: bool(offer.buttons), "the offer of priors")
    hands.press(app.window, "Y")
    hands.wait_until(lambda: bool(station.hanging.priors), "the prior")


def facts(app: App, station: Workstation) -> None:
    """Show the facts of the model behind the first finding."""
    hands.wait_until(lambda: quiet(station), "the models", 180.0)
    hands.press(app.window, "G")
    page = station.models.page
    hands.wait_until(lambda: is_compared(page), "the comparison of the files")


def is_compared(page: FactsPage) -> bool:
    """Whether the page says if the model's files are what they should be."""
    return page.entry is not None and page.entry.integrity is not Integrity.CHECKING


def severity(app: App, station: Workstation) -> None:
    """Select a severity: its error band stands below the list."""
    hands.wait_until(lambda: quiet(station), "the models", 180.0)
    severities = (r for r in station.desk.rows.listed if r.finding.severity)
    station.desk.select(next(severities).finding.finding_uid)


def measure(app: App, station: Workstation) -> None:
    """Measure on one slice, and show the list."""
    hands.press(app.window, "Ctrl+Alt+1")
    hands.wait_until(lambda: all_shown(station), "the slice")
    canvas = station.view.canvas
    for kind, points in (
        (MeasurementKind.LENGTH, ((150.0, 52.0), (150.0, 238.0))),
        (MeasurementKind.ELLIPSE, ((96.0, 150.0), (126.0, 182.0))),
        (MeasurementKind.ANGLE, ((60.0, 70.0), (205.0, 144.0), (60.0, 218.0))),
    ):
        canvas.measured.emit(kind, points)
    hands.press(app.window, "B")
    app.window.dock.show_marks()


if __name__ == "__main__":
    main()
