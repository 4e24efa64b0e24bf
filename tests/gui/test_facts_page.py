import importlib
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from gui.evidence_table import Column
from gui.facts_board import Columns, columns_for
from gui.forest import ForestAxis
from gui.model_desk import ModelDesk
from inference.errors import ModelUnavailableError
from inference.local_store import LocalStore

SUPPORT = Path(__file__).parent / "support"
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def samples(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("facts_samples")


@pytest.fixture
def opacity(samples, tmp_path):
    """A model without files: they are compared, and missed, in the thread."""
    return samples.sample_card(tmp_path / "opacity")


@pytest.fixture
def verified(monkeypatch):
    """Let the comparison of files find nothing wrong."""
    monkeypatch.setattr("gui.model_desk.verify", lambda card: card)


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "calibrations")


def facts(stage) -> ModelDesk:
    return stage.station.models


def settled(stage):
    stage.qtbot.waitUntil(lambda: not facts(stage)._errands.busy, timeout=20_000)


def words_on(page) -> str:
    """What stands on the page, once what was drawn anew is shown."""
    QApplication.processEvents()
    return page.text()


def open_facts(stage):
    stage.press(Qt.Key.Key_3, CONTROL)
    settled(stage)
    return facts(stage).page


# Coming and going


def test_that_g_opens_the_facts_of_the_selected_finding_and_esc_the_film(
    reading, verified
):
    before = QApplication.focusWidget()
    reading.press(Qt.Key.Key_J)
    reading.press(Qt.Key.Key_G)
    settled(reading)
    page = facts(reading).page
    assert reading.window.page == "facts"
    assert page.title.text() == "Chest findings 1.0.0"
    assert page.subject.name == reading.station.desk.selected_finding.name
    assert "Models / Chest findings 1.0.0" in reading.window.top.place.text()
    assert "RG1" not in reading.window.windowTitle()
    reading.press(Qt.Key.Key_Escape)
    assert reading.window.page == "film"
    assert "RG1" in reading.window.windowTitle()
    assert QApplication.focusWidget() is before


def test_that_a_key_on_the_page_decides_nothing_on_the_film_beneath(reading, verified):
    reading.press(Qt.Key.Key_G)
    for key in (Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_A, Qt.Key.Key_I, Qt.Key.Key_H):
        reading.press(key)
    reading.station.desk.refresh()  # as a result that arrives meanwhile does
    reading.press(Qt.Key.Key_C)
    assert all(one.decision is None for one in reading.model.findings)
    assert not reading.station.desk.ai_hidden
    reading.press(Qt.Key.Key_Escape)
    reading.press(Qt.Key.Key_C)
    assert any(one.decision is not None for one in reading.model.findings)


def test_that_ctrl_3_and_ctrl_2_go_there_and_back(stage, verified):
    open_facts(stage)
    assert stage.window.page == "facts"
    stage.press(Qt.Key.Key_2, CONTROL)
    assert stage.window.page == "empty"
    stage.press(Qt.Key.Key_3, CONTROL)
    stage.press(Qt.Key.Key_3, CONTROL)
    assert stage.window.page == "empty"


def test_that_the_arrows_go_round_the_models(make_stage, card, opacity, verified):
    stage = make_stage(cards=(card, opacity))
    page = open_facts(stage)
    assert (page.title.text(), page.place.text()) == (
        "Chest findings 1.0.0",
        "Model 1 of 2",
    )
    stage.press(Qt.Key.Key_Right)
    assert page.title.text() == "Opacity 1.2.0"
    stage.press(Qt.Key.Key_Right)
    assert page.title.text() == "Chest findings 1.0.0"
    stage.press(Qt.Key.Key_Left)
    assert page.title.text() == "Opacity 1.2.0"


def test_that_the_top_bar_lists_the_models_that_ran(reading, verified):
    assert reading.station.model_menu.lines() == (
        ("chest-findings", "Chest findings 1.0.0: Succeeded"),
    )
    menu = reading.station.model_menu.make()
    menu.actions()[0].trigger()
    assert reading.window.page == "facts"


def test_that_a_study_that_opens_covers_the_facts(stage, verified, rg1):
    open_facts(stage)
    stage.open(rg1)
    assert stage.window.page == "film"
    assert stage.window.commands["invert"].isEnabled()


# What is said


def test_that_what_was_not_measured_says_so(stage, verified):
    page = open_facts(stage)
    words = words_on(page)
    assert "Not calibrated here. Score order only." in words
    assert "Not stated." in words
    assert "Groups: not measured." in words
    assert page.board.reliability.view.isHidden()
    assert page.board.facts.integrity.text() == "matches"


def test_that_a_site_s_calibration_is_drawn_and_told(
    make_stage, opacity, samples, store, verified
):
    store.write(samples.sample_calibration(opacity))
    stage = make_stage(cards=(opacity,), calibrations=lambda: store)
    page = open_facts(stage)
    words = words_on(page)
    assert "Calibrated on local films. 412 local films, 2 Mar 2026" in words
    assert "0.31 here: finds 26 % (16 to 40)" in words
    assert "0.022" in words
    assert "7 of 10 intervals are 0.3 wide or wider" in words
    view = page.board.reliability.view
    assert view.isVisible()
    assert view.plot.accessibleDescription().startswith(
        "Where it says 0.0 to 0.1: 11 of 262 films had the finding, 0.04,"
    )


def test_that_the_diagram_has_a_twin_in_words(
    make_stage, opacity, samples, store, verified
):
    store.write(samples.sample_calibration(opacity))
    stage = make_stage(cards=(opacity,), calibrations=lambda: store)
    view = open_facts(stage).board.reliability.view
    stage.click(view.turn)
    assert view.turn.text() == "Show as diagram"
    rows = view.table.model()
    assert rows.rowCount() == 10
    cells = [rows.index(0, column).data() for column in range(rows.columnCount())]
    assert cells == ["0.0 to 0.1", "262", "11", "0.05", "0.04 (0.02 to 0.07)"]


def test_that_the_mean_row_and_the_greyed_random_split_are_there(
    make_stage, opacity, verified
):
    stage = make_stage(cards=(opacity,))
    table = open_facts(stage).board.evidence.table
    rows = table.model()
    titles = [rows.index(row, Column.TITLE).data() for row in range(rows.rowCount())]
    assert titles[-2:] == ["Mean within unseen sources", "Random split, same sources"]
    random = rows.index(rows.rowCount() - 1, Column.TITLE)
    assert random.data(Qt.ItemDataRole.ForegroundRole) is not None
    assert rows.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Source A, Spain, 1,204 films, 31 % with the finding, AUROC 0.76, between 0.73"
        " and 0.79."
    )


def test_that_another_finding_changes_threshold_table_and_groups(
    make_stage, opacity, verified
):
    stage = make_stage(cards=(opacity,))
    page = open_facts(stage)
    assert "Too few: 19 films, needs 30" in words_on(page)
    page.choose("effusion")
    words = words_on(page)
    assert "0.42. What it finds and its false alarms: not measured." in words
    assert "Not a probability until then." in words
    assert "Too few" not in words
    page.choose("extent")
    words = words_on(page)
    assert "How far may the value be off?" in words
    assert "On patients it never saw" in words
    assert "a value from 0 to 8, not a probability, and not a prognosis" in words


def test_that_a_changed_file_locks_the_model(make_stage, opacity):
    stage = make_stage(cards=(opacity,))
    page = open_facts(stage)
    assert page.locked.text().startswith(
        "AI failed: model file changed. The model is locked."
    )
    assert page.board.facts.integrity.text() == "changed"
    assert page.board.reliability.buttons.isHidden()


def test_that_a_model_without_a_readable_manifest_is_named(make_stage):
    broken = ModelUnavailableError("opacity", "manifest.toml: no version")
    stage = make_stage(cards=(), broken=(broken,))
    page = open_facts(stage)
    assert page.title.text() == "opacity"
    assert "Found: manifest.toml: no version." in page.locked.text()
    assert page.board.isHidden()


def test_that_without_models_the_page_says_how_to_get_one(make_stage):
    stage = make_stage(cards=())
    page = open_facts(stage)
    assert page.title.text() == "No model is installed."
    assert "overread models add" in page.locked.text()


# Taking it along


def test_that_the_facts_are_copied_as_text(stage, verified):
    page = open_facts(stage)
    stage.click(page.board.facts.copy)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("Chest findings 1.0.0\n")
    assert "RESEARCH USE ONLY" in text


def test_that_the_facts_are_saved_as_a_pdf(stage, verified, tmp_path):
    target = tmp_path / "facts.pdf"
    facts(stage)._choose_file = lambda parent, name: target
    page = open_facts(stage)
    stage.click(page.board.facts.save)
    settled(stage)
    assert target.read_bytes().startswith(b"%PDF-")
    assert [one.name for one in tmp_path.glob("*.part")] == []


def test_that_a_pdf_that_cannot_be_saved_is_told(stage, verified, tmp_path):
    facts(stage)._choose_file = lambda parent, name: tmp_path / "gone" / "facts.pdf"
    page = open_facts(stage)
    stage.click(page.board.facts.save)
    settled(stage)
    assert stage.window.status.message.text().startswith("Not saved: ")


# Removing a calibration


def test_that_a_calibration_is_removed_once_confirmed_and_can_be_brought_back(
    make_stage, opacity, samples, store, verified
):
    store.write(samples.sample_calibration(opacity))
    before = store.path("opacity").read_bytes()
    stage = make_stage(cards=(opacity,), calibrations=lambda: store)
    page = open_facts(stage)
    stage.click(page.board.reliability.remove)
    assert "Remove the local calibration of 2 Mar 2026" in page.confirm.words.text()
    assert store.path("opacity").exists()
    stage.click(page.confirm.yes)
    settled(stage)
    assert not store.path("opacity").exists()
    assert "Not calibrated here. Score order only." in words_on(page)
    stage.click(page.confirm.yes)  # Undo
    settled(stage)
    assert store.path("opacity").read_bytes() == before
    assert "Calibrated on local films." in words_on(page)


def test_that_kept_is_kept(make_stage, opacity, samples, store, verified):
    store.write(samples.sample_calibration(opacity))
    stage = make_stage(cards=(opacity,), calibrations=lambda: store)
    page = open_facts(stage)
    stage.click(page.board.reliability.remove)
    stage.press(Qt.Key.Key_Space)  # the focus is on Keep
    assert page.confirm.isHidden()
    assert store.path("opacity").exists()


def test_that_a_tampered_calibration_is_refused_and_can_be_removed(
    make_stage, opacity, samples, store, verified
):
    store.write(samples.sample_calibration(opacity))
    path = store.path("opacity")
    path.write_text(path.read_text().replace('"threshold": 0.31', '"threshold": 0.1'))
    stage = make_stage(cards=(opacity,), calibrations=lambda: store)
    page = open_facts(stage)
    assert "it was changed after it was signed" in words_on(page)
    assert page.board.reliability.remove.isVisible()


# Room


@pytest.mark.parametrize(
    ("width", "scale", "columns"),
    [
        (1888, 1.0, Columns.THREE),
        (1334, 1.0, Columns.TWO),
        (1888, 2.0, Columns.ONE),
        (1334, 2.0, Columns.ONE),
    ],
)
def test_that_columns_follow_width_and_text(width, scale, columns):
    assert columns_for(width, scale) is columns


def test_that_nothing_is_cut_at_1366_and_200_percent(
    make_stage, opacity, samples, store, verified
):
    store.write(samples.sample_calibration(opacity))
    stage = make_stage(cards=(opacity,), calibrations=lambda: store, size=(1366, 768))
    for _ in range(5):
        stage.press(Qt.Key.Key_Plus, CONTROL)
    assert stage.services.settings.text_scale == 2.0
    board = open_facts(stage).board
    stage.qtbot.wait(50)
    inside = board.widget()
    assert inside.width() <= board.viewport().width()
    for panel in (board.facts, board.reliability, board.evidence, board.checks):
        needed: QSize = panel.minimumSizeHint()
        assert panel.width() >= needed.width()
        assert panel.height() >= panel.layout().heightForWidth(panel.width()) - 1


def test_that_a_place_on_the_axis_is_linear_and_ends_at_its_ends():
    from PySide6.QtCore import QRect

    axis, rect = ForestAxis(0.5, 1.0, 0.5), QRect(0, 0, 128, 30)
    # 14 pixels at each side, 100 between: 0.75 is in the middle.
    assert axis.place(rect, 0.5) == 14
    assert axis.place(rect, 0.75) == 64
    assert axis.place(rect, 0.3) == 14
    assert axis.ticks() == (0.5, 0.75, 1.0)


def test_that_the_probability_on_the_film_says_on_what_it_was_calibrated(
    make_stage, card, reply_of, rg1
):
    from explain.analysis import CheckResult, TrustCheck

    check = TrustCheck(
        "calibration",
        "Calibrated on local films",
        CheckResult.PASSED,
        "412 films, Sankt Josef, 2026-03-02",
    )
    stage = make_stage(reply=reply_of(trust=(check,)))
    stage.analysed(rg1)
    said = stage.window.dock.trust.text()
    assert "Calibrated on local films: 412 films, Sankt Josef, 2026-03-02" in said
    assert "Not calibrated here" not in said


def test_that_a_result_of_another_calibration_is_asked_for_again(
    make_stage, card, samples, store, rg1
):
    stage = make_stage(calibrations=lambda: store)
    stage.analysed(rg1)
    assert len(stage.controller.requests) == 1
    found = samples.sample_finding(key="covid", name="COVID-19 pattern")
    calibration = samples.sample_calibration(card, found)
    store.write(calibration)
    stage.station.calibration._on_calibrated(card.model_id)
    stage.qtbot.waitUntil(lambda: len(stage.controller.requests) == 2)
    assert stage.station.ai.thresholds((card.model_id,))[0] == 0.31


def test_that_the_model_without_findings_has_no_choice(make_stage, opacity, verified):
    gate = replace(opacity, findings=(), severities=(), model_id="gate", name="Gate")
    stage = make_stage(cards=(gate,))
    page = open_facts(stage)
    assert page.choice.isHidden()
    assert page.board.evidence.isHidden()
    assert "it finds nothing by itself" not in page.board.evidence.text()


def test_that_what_the_model_did_here_lately_comes_from_the_journal(reading, verified):
    key = reading.station.desk.selected_finding.finding_uid.rpartition("/")[2]
    reading.press(Qt.Key.Key_X)
    reading.press(Qt.Key.Key_G)
    settled(reading)
    page = facts(reading).page
    page.choose(key)
    assert "Too few: 1 film, needs 30" in words_on(page)
    assert "1 rejected" in words_on(page)


def test_that_decisions_that_cannot_be_read_are_told(stage, verified, tmp_path):
    spoiled = tmp_path / "spoiled.sqlite"
    spoiled.write_bytes(b"no file of decisions" * 100)
    facts(stage)._decisions = lambda: spoiled
    page = open_facts(stage)
    assert "Not known. " in words_on(page)
