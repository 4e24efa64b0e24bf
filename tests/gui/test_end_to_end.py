"""The main job on real input: open, analyse, map, decide, export, read again."""

import csv
import json

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt

from explain.analysis import AnalysisStatus
from inference.registry import Registry

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def export(stage):
    """Open the sheet, tick what has to be ticked, export by keys; the report."""
    stage.press(Qt.Key.Key_Return, CONTROL)
    sheet = stage.station.export.sheet
    for box in (sheet.leave, sheet.confirm):
        if box.isVisible():
            box.setFocus()
            stage.press(Qt.Key.Key_Space)
    with stage.qtbot.waitSignal(stage.station.export.exported, timeout=120_000) as told:
        stage.press(Qt.Key.Key_Return, CONTROL)
    return told.args[0]


def read_again(report):
    paths = {}
    for one in report.objects:
        assert one.path is not None, one.message
        paths.setdefault(one.kind, one.path)
    with paths["csv"].open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return (
        pydicom.dcmread(paths["sr"]),
        pydicom.dcmread(paths["sc"]),
        rows,
        json.loads(paths["json"].read_text(encoding="utf-8")),
    )


def texts_of(content):
    """All code meanings and texts of a structured report."""
    found = []
    for item in content:
        for name in ("ConceptCodeSequence", "ConceptNameCodeSequence"):
            found += [code.CodeMeaning for code in item.get(name, [])]
        found.append(str(item.get("TextValue", "")))
        found += texts_of(item.get("ContentSequence", []))
    return found


def test_that_rg1_goes_from_film_to_checked_objects(stage, rg1):
    stage.analysed(rg1)
    view = stage.station.view
    assert view.canvas.heat.raster is not None

    stage.press(Qt.Key.Key_C)
    stage.press(Qt.Key.Key_X)
    stage.press(Qt.Key.Key_1, ALT)
    stage.press(Qt.Key.Key_A)
    stage.type("Nodule")
    stage.press(Qt.Key.Key_Return)
    stage.drag_box((1200.0, 300.0), (1400.0, 600.0))
    report = export(stage)

    sr, sc, rows, _ = read_again(report)
    source = pydicom.dcmread(rg1, stop_before_pixels=True)
    for made in (sr, sc):
        assert made.PatientID == source.PatientID
        assert made.StudyInstanceUID == source.StudyInstanceUID
    words = " ".join(texts_of(sr.ContentSequence))
    for expected in ("Nodule", "COVID-19 pattern", "Pneumonia"):
        assert expected in words or any(expected in str(row) for row in rows)
    by_name = {row["finding"]: row for row in rows}
    assert by_name["COVID-19 pattern"]["decision"] == "confirmed"
    assert by_name["Pneumonia"]["decision"] == "rejected"
    assert by_name["Tuberculosis"]["decision"] not in ("confirmed", "rejected")
    assert sc.Rows >= source.Rows
    assert np.ptp(sc.pixel_array) > 0


def test_that_an_undecided_finding_is_never_written_as_confirmed(stage, rg1):
    stage.analysed(rg1)
    report = export(stage)
    _, _, rows, _ = read_again(report)
    assert rows
    assert all(row["decision"] != "confirmed" for row in rows)


def test_that_a_folder_that_cannot_be_written_keeps_the_decisions(stage, rg1, tmp_path):
    (tmp_path / "out").write_text("a file where the folder should be")
    stage.analysed(rg1)
    stage.press(Qt.Key.Key_C)
    report = export(stage)
    assert all(one.path is None and one.message for one in report.objects)
    assert stage.model.findings[0].decision is not None


def test_that_the_bundled_model_reads_rg1_in_the_window(
    make_stage, rg1, bundled_model, qtbot
):
    from gui.analysis_controller import AnalysisController

    controller = AnalysisController()
    models = Registry(bundled_model.parent, None)
    stage = make_stage(real=(controller, models))
    stage.open(rg1)
    wanted = len(models.cards()) - 1  # the gate is no model of its own
    qtbot.waitUntil(lambda: len(stage.model.analyses) == wanted, timeout=120_000)
    by_model = {one.model.model_id: one for one in stage.model.analyses}
    analysis = by_model["chest-findings"]
    assert analysis.status is AnalysisStatus.SUCCEEDED, analysis.reasons
    assert by_model["covid-severity"].status is AnalysisStatus.SUCCEEDED
    for other in ("limb-fracture", "brain-tumour"):
        assert by_model[other].status is AnalysisStatus.INELIGIBLE
    # What is never flagged has no map: "No finding", and what lacks a threshold.
    card = models.card("chest-findings")
    flagged = {spec.key for spec in card.findings if spec.can_be_flagged}
    assert "pneumonia" in flagged
    assert "normal" not in flagged
    assert set(analysis.heatmaps) == flagged
    rows = (*stage.station.desk.rows.listed, *stage.station.desk.rows.below)
    assert rows
    uid = rows[0].finding.finding_uid
    stage.station.desk.select(uid)
    stage.press(Qt.Key.Key_C)
    report = export(stage)
    sr, _, written, _ = read_again(report)
    assert sr.Modality == "SR"
    confirmed = [row for row in written if row["decision"] == "confirmed"]
    assert [row["finding"] for row in confirmed] == [rows[0].finding.name]


@pytest.mark.parametrize("body_part", ["EXTREMITY"])
def test_that_the_bundled_model_refuses_the_lower_leg(
    make_stage, rg3, bundled_model, qtbot, body_part
):
    from gui.analysis_controller import AnalysisController

    stage = make_stage(
        real=(AnalysisController(), Registry(bundled_model.parent, None))
    )
    stage.open(rg3)
    assert stage.station.image.header.body_part == body_part
    wanted = len(stage.station.ai.model_ids())
    qtbot.waitUntil(lambda: len(stage.model.analyses) == wanted, timeout=120_000)
    for analysis in stage.model.analyses:
        assert analysis.findings == ()
        assert analysis.severities == ()
        assert analysis.reasons
    assert stage.window.dock.findings.card.text().startswith("Not analysed:")
