"""Severities, segments and boxes on screen: see support/kinds.py."""

import importlib
import os
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from explain.analysis import CheckResult, TrustCheck
from gui import tokens, trust_words
from gui.findings_model import Column
from gui.outlines import Kind
from inference.jobs import Priority
from inference.model_card import InclusionRules
from review.decision import Verdict
from tests.series_files import write_series


@pytest.fixture
def kinds(monkeypatch):
    """Cards and answers of models of every kind."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "support")
    return importlib.import_module("kinds")


@pytest.fixture
def make(kinds, make_stage, tmp_path):
    """Make a workstation with some of the models."""

    def make(*names, **more):
        cards = tuple(getattr(kinds, f"{name}_card")(tmp_path) for name in names)
        return make_stage(
            cards=cards, reply=lambda request: kinds.answer(request, cards), **more
        )

    return make


@pytest.fixture
def mr(tmp_path):
    """Twelve slices of 2 mm."""
    write_series(
        tmp_path / "mr", modality="MR", body_part="HEAD", description="T1 POST"
    )
    return tmp_path / "mr"


@pytest.fixture
def earlier(tmp_path, rg1):
    """RG1 as a film of today, and of the same patient a year before."""
    films = []
    for number, day in enumerate(("20250312", "20260312")):
        film = pydicom.dcmread(rg1)
        film.StudyInstanceUID = f"2.25.7{number}"
        film.SeriesInstanceUID = f"2.25.7{number}1"
        film.SOPInstanceUID = f"2.25.7{number}2"
        film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
        film.StudyDate = film.AcquisitionDate = film.ContentDate = day
        film.AcquisitionTime = film.ContentTime = "101500"
        films.append(tmp_path / f"{day}.dcm")
        film.save_as(films[-1])
    return films


def words(stage, row, column=Column.FINDING):
    model = stage.window.dock.findings.table.model()
    return model.data(model.index(row, column))


def spoken(stage, row):
    from PySide6.QtCore import Qt

    model = stage.window.dock.findings.table.model()
    return model.data(
        model.index(row, Column.FINDING), Qt.ItemDataRole.AccessibleTextRole
    )


def picture(stage, name):
    """Save the window where OVERREAD_PICTURES says, for a person to look at."""
    folder = os.environ.get("OVERREAD_PICTURES")
    if folder:
        stage.qtbot.wait(300)
        stage.window.grab().save(str(Path(folder) / f"{name}.png"))


def test_that_a_severity_is_listed_with_its_band_and_is_no_prognosis(make, rg1):
    stage = make("severity")
    stage.analysed(rg1)
    picture(stage, "severity")
    assert (words(stage, 0), words(stage, 0, Column.AI)) == (
        "Geographic extent",
        "3.2 of 8",
    )
    assert spoken(stage, 0) == (
        "Finding 1, Geographic extent, 3.2 of 8, between 1.4 and 4.8 in 90 of 100"
        " films like this, severity, not a prognosis, trust: passed, not decided."
    )
    trust = stage.window.dock.trust.text()
    assert "severity, not a prognosis" in trust
    assert "between 1.4 and 4.8 in 90 of 100 films like this" in trust
    assert "probability" not in trust


def test_that_nobody_must_decide_on_a_severity_that_may_be_none(make, rg1):
    stage = make("severity")
    stage.analysed(rg1)
    # Opacity 1.1 has a band from 0 on.
    assert words(stage, 1, Column.DECISION) == "Not told from none"
    assert stage.window.dock.count.text() == "0 of 1 decided"
    stage.station.desk.select("covid-severity/extent")
    stage.window.commands["confirm"].trigger()
    assert stage.window.dock.count.text() == "1 of 1 decided"
    assert stage.model.findings[0].decision.verdict is Verdict.CONFIRMED


def test_that_a_severity_over_time_is_a_curve_with_a_table_beside_it(make, earlier):
    stage = make("severity")
    stage.analysed(earlier[0])
    stage.window.commands["close-study"].trigger()
    stage.analysed(earlier[1])
    stage.qtbot.waitUntil(lambda: len(stage.model.findings) == 2)
    stage.station.desk.refresh()
    from gui.severity_curve import SeverityCurve

    curve = stage.window.dock.trust.findChild(SeverityCurve)
    assert curve.accessibleName() == "Geographic extent over time"
    picture(stage, "curve")
    stage.click(curve.twin)
    assert curve.table.isVisible()
    picture(stage, "curve-table")
    assert [curve.table.item(row, 0).text() for row in (0, 1)] == [
        "2025-03-12 10:15",
        "2026-03-12 10:15",
    ]
    assert curve.table.item(1, 2).text() == "1.4 and 4.8"


def test_that_one_study_alone_makes_no_curve(make, rg1):
    from gui.severity_curve import SeverityCurve

    stage = make("severity")
    stage.analysed(rg1)
    assert stage.window.dock.trust.findChild(SeverityCurve) is None


def test_that_a_number_that_is_no_probability_says_so_wherever_it_stands(make, rg1):
    stage = make("limb")
    stage.analysed(rg1)
    picture(stage, "boxes")
    assert "not a probability" in spoken(stage, 0)
    trust = stage.window.dock.trust.text()
    assert "0.71\nnot a probability\nno interval stated" in trust
    assert "\nprobability\n" not in trust


def test_that_the_models_boxes_are_dashed_until_they_are_decided(make, rg1):
    stage = make("limb")
    stage.analysed(rg1)
    (outline,) = stage.station.view.canvas.outlines.outlines
    assert len(outline.rectangles) == 2
    assert outline.kind is Kind.UNDECIDED
    assert not outline.editable
    stage.window.commands["confirm"].trigger()
    (outline,) = stage.station.view.canvas.outlines.outlines
    assert outline.kind is Kind.CONFIRMED
    assert not outline.kind.value.dashes
    stage.window.commands["hide-ai"].trigger()
    assert stage.station.view.canvas.outlines.outlines == ()


def test_that_a_segment_has_its_outline_its_fill_and_its_area(make, mr):
    stage = make("brain")
    stage.analysed(mr)
    stage.qtbot.waitUntil(lambda: bool(stage.station.view.canvas.outlines.outlines))
    picture(stage, "segment")
    (outline,) = stage.station.view.canvas.outlines.outlines
    assert outline.fill == tokens.SEGMENT_FILL
    assert outline.kind is Kind.UNDECIDED
    (polygon,) = outline.polygons
    area = stage.model.findings[0].segment
    assert words(stage, 0, Column.AI) == f"{area.area_mm2:.0f} mm²"
    # The lines run along the edges of the pixels: their area is that of the mask.
    assert _enclosed(polygon) == area.pixels


def _enclosed(polygon):
    """Return the area that a closed line of (column, row) encloses."""
    x, y = polygon[:, 0].astype(float), polygon[:, 1].astype(float)
    return abs((x * _next(y) - _next(x) * y).sum()) / 2.0


def _next(values):
    import numpy as np

    return np.roll(values, -1)


def test_that_a_segment_without_spacing_has_pixels_only(make, rg1, kinds, tmp_path):
    stage = make("brain")
    film = pydicom.dcmread(rg1)
    film.Modality = "MR"
    film.save_as(tmp_path / "slice.dcm")
    stage.analysed(tmp_path / "slice.dcm")
    assert words(stage, 0, Column.AI).endswith(" px")
    assert "no pixel spacing: px only" in spoken(stage, 0)


def test_that_a_whole_series_has_a_volume(make, mr):
    stage = make("brain")
    stage.analysed(mr)
    stage.window.commands["run-series"].trigger()
    series = stage.station.series
    stage.qtbot.waitUntil(lambda: not series.is_running, timeout=20_000)
    picture(stage, "volume")
    header = stage.station.desk.model.session.study.images[0]
    segment = stage.model.findings[0].segment
    row, column = header.spacing_mm
    volume = 12 * segment.pixels * row * column * 2.0 / 1000.0
    assert f"{volume:.1f} mL over the series" in spoken(stage, 0)
    assert "Whole series: 12 slices analysed" in stage.window.dock.findings.card.text()
    # Only the slice that was looked at has a row.
    assert len(stage.model.findings) == 1


def test_that_a_series_is_analysed_behind_what_is_on_screen_and_can_be_cancelled(
    make, mr
):
    stage = make("brain")
    stage.analysed(mr)
    stage.controller.by_hand = True
    stage.window.commands["run-series"].trigger()
    assert stage.station.series.is_running
    assert Priority.PREFETCH > Priority.ON_SCREEN
    text = stage.window.dock.findings.card.text()
    assert "Whole series: 0 of 12 slices" in text
    stage.window.commands["cancel-ai"].trigger()
    assert not stage.station.series.is_running
    text = stage.window.dock.findings.card.text()
    assert "Whole series: cancelled, no volume" in text
    assert "mL" not in spoken(stage, 0)


def test_that_a_slice_that_fails_leaves_the_series_without_a_volume(make, mr):
    stage = make("brain")
    stage.analysed(mr)
    stage.controller.by_hand = True
    stage.window.commands["run-series"].trigger()
    for number in range(12):
        request = stage.controller.requests[-1]
        if number == 3:
            stage.controller.failed.emit(request.request_id, "out of memory", True)
        else:
            stage.controller.answer(request)
    assert "no volume: 1 of 12 slices were not analysed" in spoken(stage, 0)


def test_that_models_of_other_images_are_told_in_one_line(make, rg1):
    stage = make("severity", "brain", "limb")
    stage.analysed(rg1)
    stage.qtbot.waitUntil(lambda: len(stage.model.analyses) == 3)
    picture(stage, "several")
    note, reasons = stage.window.dock.findings.fold.note()
    assert note == "Brain tumour 1.0.0: not analysed"
    assert reasons == (
        "Brain tumour 1.0.0. Not analysed: modality is CR; the model reads MR."
        " Brain tumour 1.0.0 reads MR images."
    )
    assert stage.window.dock.findings.card.text() == ""
    assert stage.station.view.band.isHidden()


def test_that_an_image_that_no_model_was_made_for_is_told_once(make, mr):
    stage = make("severity", "limb")
    stage.open(mr)
    stage.qtbot.waitUntil(
        lambda: stage.window.dock.findings.card.text().startswith("Not analysed")
    )
    assert stage.window.dock.findings.card.text() == (
        "Not analysed: no model for head MR\nMade for other images: COVID severity"
        " 1.0.0, Limb fracture 1.0.0. This says nothing about what it shows."
    )


def test_that_a_refusal_by_the_models_that_read_such_films_is_told_first(
    make, rg1, tmp_path, kinds, make_stage
):
    cards = (
        kinds.brain_card(tmp_path),
        kinds.limb_card(tmp_path),
        kinds.severity_card(tmp_path),
    )
    frontal = tuple(
        replace(one, inclusion=InclusionRules(("CR", "DX"), (), ("PA",)))
        for one in cards[1:]
    )
    film = pydicom.dcmread(rg1)
    film.ViewPosition = "LL"
    film.save_as(tmp_path / "lateral.dcm")
    asked = (cards[0], *frontal)
    stage = make_stage(cards=asked, reply=lambda request: kinds.answer(request, asked))
    stage.open(tmp_path / "lateral.dcm")
    stage.qtbot.waitUntil(lambda: len(stage.model.analyses) == 3)
    assert stage.window.dock.findings.card.text() == (
        "Not analysed: lateral view\nLimb fracture 1.0.0 and COVID severity 1.0.0 gave"
        " no number. Read as usual."
    )
    assert stage.window.dock.findings.fold.note()[0] == (
        "Brain tumour 1.0.0: not analysed"
    )
    band = stage.station.view.band.accessibleDescription()
    assert band.startswith("Not analysed: lateral view")


def test_that_the_input_gate_is_none_of_the_models_that_are_asked(
    make_stage, kinds, tmp_path, rg1
):
    cards = (
        kinds.severity_card(tmp_path),
        kinds.card(tmp_path, "input-gate", "Input gate", task="gate"),
    )
    stage = make_stage(cards=cards, reply=lambda request: kinds.answer(request, cards))
    stage.analysed(rg1)
    assert len(stage.controller.requests) == 1


def test_that_trust_says_only_how_far_the_severity_on_screen_is_off():
    both = "Geographic extent: off by 1.4, the mean alone by 2.0; Opacity: off by 0.9"
    check = TrustCheck("error", "Error", CheckResult.PASSED, both)
    assert trust_words.about("Opacity", check).figure == "off by 0.9"
    assert trust_words.about("Tumour", check).figure == both


def test_that_list_and_trust_never_overlap_nor_reach_out_of_the_dock(make, earlier):
    stage = make("severity", "brain", "limb", size=(1366, 768))
    stage.analysed(earlier[0])
    dock = stage.window.dock
    for _ in range(6):
        stage.window.commands["text-larger"].trigger()
    stage.qtbot.wait(20)
    table, fold = dock.findings.table, dock.findings.fold
    assert table.geometry().bottom() < fold.geometry().top()
    dock.show_trust()
    stage.qtbot.wait(20)
    assert dock.trust.widget().width() <= dock.trust.viewport().width()


def test_that_the_status_bar_names_the_model_behind_what_is_selected(make, rg1):
    stage = make("brain", "severity", "limb")
    stage.analysed(rg1)
    stage.qtbot.waitUntil(lambda: len(stage.model.analyses) == 3)
    status = stage.window.status.model
    stage.station.desk.select("covid-severity/extent")
    assert status.text().startswith("COVID severity 1.0.0")
    stage.station.desk.select("limb-fracture/fracture")
    assert status.text().startswith("Limb fracture 1.0.0")
