import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from review.decision import Origin, Verdict
from review.measurement import (
    MeasuredValue,
    Measurement,
    MeasurementKind,
    ScreenLayout,
)

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
COVID, PNEUMONIA, TUBERCULOSIS = (
    f"chest-findings/{key}" for key in ("covid", "pneumonia", "tuberculosis")
)


def verdict(stage, uid):
    decision = stage.model.session.finding(uid).decision
    return None if decision is None else (decision.verdict, decision.reason)


def test_that_the_first_flagged_finding_is_selected_with_its_map(reading):
    desk = reading.station.desk
    assert desk.selected == COVID
    assert [row.number for row in desk.rows.listed] == [1, 2]
    assert reading.station.view.canvas.heat.raster is not None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_C, Verdict.CONFIRMED),
        (Qt.Key.Key_X, Verdict.REJECTED),
        (Qt.Key.Key_U, Verdict.UNSURE),
    ],
)
def test_that_a_key_decides_and_goes_to_the_next_undecided(reading, key, expected):
    reading.press(key)
    assert verdict(reading, COVID) == (expected, "")
    assert reading.station.desk.selected == PNEUMONIA


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("confirm", Verdict.CONFIRMED),
        ("reject", Verdict.REJECTED),
        ("unsure", Verdict.UNSURE),
    ],
)
def test_that_a_click_decides_as_the_key_does(reading, button, expected):
    reading.click(reading.window.dock.bar.buttons[button])
    assert verdict(reading, COVID) == (expected, "")


def test_that_deciding_stays_if_going_on_is_turned_off(reading):
    reading.window.commands["advance"].trigger()
    reading.press(Qt.Key.Key_C)
    assert reading.station.desk.selected == COVID


def test_that_six_reasons_open_after_a_rejection_and_block_nothing(reading):
    reasons = reading.window.dock.bar.reasons
    assert not reasons.isVisible()
    reading.press(Qt.Key.Key_X)
    assert reasons.isVisible()
    assert len(reasons.buttons) == 6
    reading.press(Qt.Key.Key_C)  # the next finding, the reason left open
    assert verdict(reading, PNEUMONIA) == (Verdict.CONFIRMED, "")
    assert verdict(reading, COVID) == (Verdict.REJECTED, "")
    assert not reasons.isVisible()


def test_that_alt_and_a_digit_give_the_reason_of_the_last_rejection(reading):
    reading.press(Qt.Key.Key_X)
    reading.press(Qt.Key.Key_3, ALT)
    assert verdict(reading, COVID) == (Verdict.REJECTED, "device")
    assert verdict(reading, PNEUMONIA) is None
    assert not reading.window.dock.bar.reasons.isVisible()


def test_that_alt_and_a_digit_do_nothing_without_a_rejection(reading):
    reading.press(Qt.Key.Key_1, ALT)
    assert reading.model.session.history == ()


def test_that_backspace_clears_a_decision(reading):
    reading.press(Qt.Key.Key_C)
    reading.press(Qt.Key.Key_K)
    reading.press(Qt.Key.Key_Backspace)
    assert verdict(reading, COVID) is None


def test_that_undo_and_redo_bring_selection_and_decision_back(reading):
    reading.press(Qt.Key.Key_C)
    reading.press(Qt.Key.Key_Z, CONTROL)
    assert verdict(reading, COVID) is None
    assert reading.station.desk.selected == COVID
    reading.press(Qt.Key.Key_Z, CONTROL, SHIFT)
    assert verdict(reading, COVID) == (Verdict.CONFIRMED, "")


def test_that_the_last_action_is_told_and_its_button_undoes_it(reading):
    reading.press(Qt.Key.Key_C)
    last = reading.window.dock.last
    assert last.isVisible()
    assert last.text().startswith("Confirmed COVID-19 pattern at ")
    reading.click(last.button)
    assert verdict(reading, COVID) is None


def test_that_saving_is_told_the_moment_a_decision_is_made(reading):
    reading.press(Qt.Key.Key_C)
    at = reading.model.session.last_saved_at.astimezone()
    assert f"Saved {at:%H:%M:%S}" in reading.window.top.text()


def test_that_j_and_k_go_round_all_findings_below_threshold_too(reading):
    seen = [reading.station.desk.selected]
    for _ in range(3):
        reading.press(Qt.Key.Key_J)
        seen.append(reading.station.desk.selected)
    assert seen == [COVID, PNEUMONIA, TUBERCULOSIS, COVID]
    reading.press(Qt.Key.Key_K)
    assert reading.station.desk.selected == TUBERCULOSIS
    assert reading.window.dock.findings.table.model().rowCount() == 3


def test_that_a_click_on_a_row_selects_it(reading):
    table = reading.window.dock.findings.table
    place = table.visualRect(table.model().index(1, 1)).center()
    reading.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert reading.station.desk.selected == PNEUMONIA


def test_that_findings_below_threshold_are_folded_and_counted(reading):
    panel = reading.window.dock.findings
    assert panel.table.model().rowCount() == 2
    assert panel.fold.button.text() == "1 finding below threshold"
    reading.click(panel.fold.button)
    assert panel.table.model().rowCount() == 3


def test_that_no_finding_is_a_quiet_line_and_never_a_row(reading):
    panel = reading.window.dock.findings
    reading.click(panel.fold.button)
    model = panel.table.model()
    names = [model.index(row, 1).data() for row in range(model.rowCount())]
    assert "No finding" not in names
    assert "0.04" in panel.quiet.text()
    assert "Not a normal report" in panel.quiet.text()


def test_that_a_comment_is_kept_with_its_finding(reading):
    reading.click(reading.window.dock.bar.comment)
    reading.type("old scar")
    reading.press(Qt.Key.Key_Return)
    assert reading.model.session.finding(COVID).comment == "old scar"
    assert QApplication.focusWidget() is reading.station.view


def test_that_a_missed_finding_is_named_then_drawn(reading):
    reading.press(Qt.Key.Key_A)
    reading.type("nodule")
    reading.press(Qt.Key.Key_Return)
    reading.drag_box((1200.0, 300.0), (1400.0, 600.0))
    added = reading.model.findings[-1]
    assert (added.origin, added.name) == (Origin.READER, "Nodule")
    box = added.box
    # One logical pixel at this zoom is about two image pixels.
    assert box.row == pytest.approx(1200, abs=3)
    assert box.column == pytest.approx(300, abs=3)
    assert box.rows == pytest.approx(200, abs=6)
    assert box.columns == pytest.approx(300, abs=6)
    assert reading.station.desk.selected == added.finding_uid


def test_that_a_name_of_the_readers_own_gets_the_code_for_others(reading):
    reading.press(Qt.Key.Key_A)
    reading.type("Swallowed coin")
    reading.press(Qt.Key.Key_Return)
    reading.drag_box((1200.0, 300.0), (1400.0, 600.0))
    added = reading.model.findings[-1]
    assert (added.name, added.code.value) == ("Swallowed coin", "M99")


def test_that_a_missed_finding_may_lie_on_the_whole_image(reading):
    reading.press(Qt.Key.Key_A)
    reading.type("oedema")
    reading.click(reading.station.desk.missed.popover.whole)
    added = reading.model.findings[-1]
    assert (added.name, added.box) == ("Pulmonary oedema", None)


def test_that_esc_steps_back_once_from_popover_and_drawing(reading):
    desk, view = reading.station.desk, reading.station.view
    reading.press(Qt.Key.Key_A)
    reading.press(Qt.Key.Key_Escape)
    assert desk.missed.popover.isHidden()
    reading.press(Qt.Key.Key_A)
    reading.type("Mass")
    reading.press(Qt.Key.Key_Return)
    assert view.canvas.drawing
    reading.press(Qt.Key.Key_Escape)
    assert not view.canvas.drawing
    assert all(f.origin is Origin.MODEL for f in reading.model.findings)


def test_that_backspace_removes_a_finding_the_reader_added(reading):
    reading.press(Qt.Key.Key_A)
    reading.type("Mass")
    reading.click(reading.station.desk.missed.popover.whole)
    reading.press(Qt.Key.Key_Backspace)
    assert all(f.origin is Origin.MODEL for f in reading.model.findings)


def test_that_keys_that_decide_do_nothing_beside_an_open_sheet(reading):
    reading.press(Qt.Key.Key_F1)
    reading.press(Qt.Key.Key_C)
    assert verdict(reading, COVID) is None
    reading.press(Qt.Key.Key_Escape)
    reading.press(Qt.Key.Key_C)
    assert verdict(reading, COVID) == (Verdict.CONFIRMED, "")


def test_that_h_hides_all_ai_and_keeps_the_readers_own_findings(reading):
    reading.press(Qt.Key.Key_A)
    reading.type("Mass")
    reading.click(reading.station.desk.missed.popover.whole)
    reading.press(Qt.Key.Key_H)
    desk = reading.station.desk
    assert [row.finding.origin for row in desk.rows.listed] == [Origin.READER]
    assert not desk.rows.below
    assert not reading.station.view.canvas.heat.isVisible()
    assert "AI hidden since" in reading.window.dock.findings.card.text()
    everything = reading.window.top.text() + reading.window.dock.trust.text()
    assert "Pneumonia" not in everything
    assert "0.9" not in everything
    reading.press(Qt.Key.Key_H)
    assert len(desk.rows.listed) == 3


def test_that_an_export_shows_what_it_tells_of_though_ai_is_hidden(reading):
    before = [row.finding.finding_uid for row in reading.station.desk.rows.listed]
    assert before
    reading.press(Qt.Key.Key_H)
    assert reading.station.desk.rows.listed == ()
    told = reading.station.desk.reported_rows()
    assert [row.finding.finding_uid for row in told] == before


def test_that_hiding_ai_is_logged_both_ways(reading, caplog):
    caplog.set_level("INFO")
    reading.press(Qt.Key.Key_H)
    reading.press(Qt.Key.Key_H)
    assert [r.message for r in caplog.records if "all AI" in r.message] == [
        "all AI hidden",
        "all AI shown",
    ]


def test_that_the_trust_panel_shows_unseen_sources_beside_the_random_split(reading):
    words = reading.window.dock.trust.text()
    assert "finding 1, COVID-19 pattern" in words
    assert "between 0.71 and 0.98" in words
    assert "Not calibrated here. Score order only." in words
    assert "of 100" not in words
    assert "Passed: Looks like training films, 0.31, limit 1.00" in words
    assert "Model on sources it never saw: AUROC 0.71" in words
    assert "Model on sources it never saw: between 0.64 and 0.77" in words
    assert "Random split of its own sources: AUROC 0.95, between 0.93 and 0.97" in words


def test_that_a_finding_below_its_threshold_gets_its_own_map(reading):
    first = reading.station.view.canvas.heat.raster
    reading.press(Qt.Key.Key_J)
    reading.press(Qt.Key.Key_J)
    assert reading.station.desk.selected == TUBERCULOSIS
    assert reading.station.view.canvas.heat.raster is not first


def test_that_m_turns_the_map_and_brackets_its_opacity(reading):
    view = reading.station.view
    assert view.map_mode() == "colour"
    reading.press(Qt.Key.Key_M)
    assert view.map_mode() == "contour"
    reading.press(Qt.Key.Key_M)
    assert view.map_mode() == "off"
    reading.press(Qt.Key.Key_M)
    assert view.map_mode() == "colour"
    assert view.opacity() == pytest.approx(0.7)
    reading.press(Qt.Key.Key_BracketLeft)
    assert view.opacity() == pytest.approx(0.6)
    reading.press(Qt.Key.Key_BracketRight)
    reading.press(Qt.Key.Key_BracketRight)
    assert view.opacity() == pytest.approx(0.8)


def test_that_no_other_window_flashes_up_while_deciding(reading, monkeypatch):
    shown = []
    for key in (Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_J, Qt.Key.Key_H, Qt.Key.Key_H):
        reading.press(key)
        shown += [
            type(widget).__name__
            for widget in QApplication.topLevelWidgets()
            if widget.isVisible() and widget is not reading.window
        ]
    assert shown == []


def test_that_a_measurement_is_the_last_action_and_undone_like_a_decision(reading):
    last, model = reading.window.dock.last, reading.model
    image = reading.station.image.header
    figure = (MeasuredValue("length", 42.34, "mm"),)
    points = ((1.0, 2.0), (3.0, 4.0))
    kind = MeasurementKind.LENGTH
    model.measure(Measurement("", "", image.sop_instance_uid, 0, kind, points, figure))
    assert last.text().startswith("Measured 42.3 mm at ")
    model.arrange(ScreenLayout("1x2"))
    assert last.text().startswith("Changed the layout at ")
    selected = reading.station.desk.selected
    reading.press(Qt.Key.Key_Z, CONTROL)
    reading.press(Qt.Key.Key_Z, CONTROL)
    assert (model.layout, model.measurements) == (None, ())
    assert reading.station.desk.selected == selected
    assert not reading.window.commands["undo"].isEnabled()
    assert reading.window.commands["redo"].isEnabled()
