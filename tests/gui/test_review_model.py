import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from gui.change_words import change_words
from gui.mark_words import headline
from gui.review_model import ReviewModel
from inference.findings import Finding
from inference.model_card import Code
from review.decision import Box, Verdict
from review.measurement import (
    MeasuredValue,
    Measurement,
    MeasurementKind,
    ScreenLayout,
)
from review.session import ReviewSession
from review.store import DecisionStore
from studies.model import GrayscaleParameters, ImageHeader, Patient, Series, Study

MASS = Code("SCT", "4147007", "Mass")
START = datetime(2026, 11, 23, 7, 41, tzinfo=UTC)
UID = "chest-findings/pneumonia"
LINE = Measurement(
    "", "", "1.2.3.4", 0, MeasurementKind.LENGTH, ((1.0, 2.0), (3.0, 4.0)),
    (MeasuredValue("length", 42.34, "mm"),),
)  # fmt: skip


@pytest.fixture
def header():
    return ImageHeader(
        path=Path("film.dcm"),
        frame=0,
        sop_instance_uid="1.2.3.4",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.1",
        series_instance_uid="1.2.3.3",
        study_instance_uid="1.2.3.2",
        modality="CR",
        rows=100,
        columns=80,
        grayscale=GrayscaleParameters("MONOCHROME2", 12, 0),
    )


@pytest.fixture
def store(tmp_path):
    opened = DecisionStore(tmp_path / "reviews.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def open_session(store, header):
    ticks = itertools.count()
    uids = itertools.count(1)
    series = Series("1.2.3.3", "CR", "", 1, "CHEST", (header,))
    study = Study("1.2.3.2", Patient("P1", "A", None, "F"), "", None, "", (series,))

    def make():
        return ReviewSession(
            store,
            study,
            "K. Lind",
            lambda: START + timedelta(seconds=next(ticks)),
            lambda: f"2.25.{next(uids)}",
        )

    return make


@pytest.fixture
def model(qtbot, open_session, header):
    made = ReviewModel(open_session())
    identity = ModelIdentity("chest-findings", "1", "ab" * 32, "Chest", "Overread")
    finding = Finding("pneumonia", "Pneumonia", MASS, 1.6, 0.83, (0.7, 0.9), 0.4, True)
    made.adopt(
        Analysis(
            "r", "1.2.3.4", 0, identity, AnalysisStatus.SUCCEEDED, findings=(finding,)
        )
    )
    return made


def fail_writes(store, on=True):
    with store._connection.begin():
        store._connection.exec_driver_sql(
            f"PRAGMA query_only = {'ON' if on else 'OFF'}"
        )


def test_that_a_decision_is_told_and_can_be_undone(qtbot, model):
    with qtbot.waitSignals([model.changed, model.save_state_changed]):
        assert model.decide(UID, Verdict.CONFIRMED)
    assert model.findings[0].decision.verdict is Verdict.CONFIRMED
    assert model.stack.undoText() == "Confirmed Pneumonia"
    model.undo()
    assert model.findings[0].decision is None
    assert model.stack.redoText() == "Confirmed Pneumonia"
    model.redo()
    assert model.findings[0].decision.verdict is Verdict.CONFIRMED


def test_that_undo_goes_to_the_journal_too(model, open_session):
    model.decide(UID, Verdict.CONFIRMED)
    model.undo()
    again = open_session()
    assert (again.findings, again.position) == (model.findings, 0)
    assert len(again.history) == 1


def test_that_the_stack_is_rebuilt_from_the_journal_without_writing(
    qtbot, model, open_session, header
):
    model.decide(UID, Verdict.UNSURE)
    model.add_finding("Mass", MASS, header, Box(1, 2, 3, 4))
    model.undo()
    session = open_session()
    entries = len(session._ledger.entries)
    again = ReviewModel(session)
    assert (again.stack.count(), again.stack.index()) == (2, 1)
    assert len(open_session()._ledger.entries) == entries
    again.redo()
    assert [row.name for row in again.findings] == ["Pneumonia", "Mass"]


def test_that_a_change_after_undo_drops_what_was_undone(model):
    model.decide(UID, Verdict.CONFIRMED)
    model.comment(UID, "x")
    model.undo()
    model.undo()
    model.decide(UID, Verdict.REJECTED, "overlap")
    assert (model.stack.count(), model.stack.canRedo()) == (1, False)
    assert model.session.position == 1


def test_that_a_failed_save_is_told_and_the_decision_stays(qtbot, model, store):
    fail_writes(store)
    with qtbot.waitSignal(model.save_state_changed) as told:
        assert model.decide(UID, Verdict.CONFIRMED)
    assert told.args[1] is False
    assert told.args[0].startswith("Not saved: the file is read-only. Your work is in")
    assert model.findings[0].decision is not None
    assert model.stack.count() == 1
    fail_writes(store, on=False)
    with qtbot.waitSignal(model.save_state_changed) as told:
        model.save_now()
    assert told.args[1] is True
    assert told.args[0].startswith("Saved ")
    assert model.stack.count() == 1


def test_that_undo_works_while_nothing_can_be_saved(model, store):
    fail_writes(store)
    model.decide(UID, Verdict.CONFIRMED)
    model.undo()
    assert model.findings[0].decision is None
    assert model.session.unsaved == 2


def test_that_unsaved_work_can_move_to_another_file(model, store, tmp_path):
    model.decide(UID, Verdict.UNSURE)
    fail_writes(store)
    model.comment(UID, "x")
    other = DecisionStore(tmp_path / "other.sqlite")
    assert model.save_to(other)
    assert model.save_state[1] is True
    model.undo()
    assert model.findings[0].comment == ""
    other.close()


def test_that_what_is_not_allowed_is_told_and_nothing_changes(qtbot, model):
    with qtbot.waitSignal(model.refused) as told:
        assert not model.decide(UID, Verdict.CONFIRMED, "overlap")
    assert "only a rejected finding has a reason" in told.args[0]
    assert model.stack.count() == 0
    assert not model.remove_added(UID)


def test_that_discarding_takes_back_all_and_can_be_taken_back(model, header):
    model.decide(UID, Verdict.CONFIRMED)
    model.add_finding("Mass", MASS, header, None)
    model.discard()
    assert model.session.position == 0
    assert [row.decision for row in model.findings] == [None]
    model.stack.setIndex(2)
    assert len(model.findings) == 2


def test_that_a_second_window_on_the_study_ends_in_the_same_history(
    qtbot, model, open_session
):
    second = ReviewModel(open_session())
    model.decide(UID, Verdict.CONFIRMED)
    with qtbot.waitSignal(second.refused):
        second.decide(UID, Verdict.REJECTED)
    qtbot.waitUntil(lambda: second.stack.count() == 1)
    assert second.findings == model.findings
    second.undo()
    assert second.findings[0].decision is None


def test_that_undecided_lists_flagged_findings_only(model):
    assert [row.finding_uid for row in model.undecided] == [UID]
    model.decide(UID, Verdict.UNSURE)
    assert model.undecided == ()


def test_that_every_change_has_words(model, header):
    model.decide(UID, Verdict.REJECTED)
    model.set_reason(UID, "device")
    model.decide(UID, None)
    model.comment(UID, "x")
    row = model.add_finding("Mass", MASS, header, Box(1, 2, 3, 4))
    model.edit_box(row.finding_uid, Box(5, 5, 5, 5))
    model.remove_added(row.finding_uid)
    assert [change_words(change) for change in model.session.history] == [
        "Rejected Pneumonia",
        "Gave the reason for Pneumonia",
        "Cleared the decision on Pneumonia",
        "Commented on Pneumonia",
        "Added Mass",
        "Moved the box of Mass",
        "Removed Mass",
    ]


def test_that_every_mark_has_words(model, header):
    uid = model.measure(LINE).uid
    model.move_measurement(uid, ((5.0, 5.0), (6.0, 6.0)), LINE.values)
    model.label_measurement(uid, "aorta")
    model.remove_measurement(uid)
    model.set_key_image(header, on=True)
    model.set_key_image(header, on=True, comment="here")
    model.set_key_image(header, on=False)
    model.arrange(ScreenLayout("1x2"))
    model.set_view("1.2.3.3", {"inverted": True})
    assert [change_words(change) for change in model.session.history] == [
        "Measured 42.3 mm",
        "Moved a measurement",
        "Named a measurement",
        "Removed a measurement",
        "Marked a key image",
        "Commented on a key image",
        "Unmarked a key image",
        "Changed the layout",
        "Changed the window",
    ]


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("ellipse", [("area", 12.0, "mm2"), ("mean", -712.3, "HU")], "-712.3 HU"),
        ("cardiothoracic", [("heart", 140.0, "mm"), ("ratio", 0.517, "1")], "0.52"),
        ("angle", [("angle", 31.24, "deg")], "31.2°"),
        ("length", [("length", 15.0, "mm at detector")], "15.0 mm at detector"),
        ("length", [("length", 120.0, "px")], "120.0 px"),
        ("length", [], ""),
    ],
)
def test_that_one_figure_stands_for_a_measurement(kind, values, words):
    given = tuple(MeasuredValue(*value) for value in values)
    measured = replace(LINE, kind=MeasurementKind(kind), values=given)
    assert headline(measured) == words


def test_that_undo_goes_through_marks_and_decisions_in_one_stack(model, header):
    model.measure(LINE)
    model.decide(UID, Verdict.CONFIRMED)
    model.arrange(ScreenLayout("1x2"))
    assert model.stack.undoText() == "Changed the layout"
    model.undo()
    model.undo()
    assert (model.layout, model.findings[0].decision) == (None, None)
    assert len(model.measurements) == 1
    model.undo()
    assert model.measurements == ()
    model.discard()
    model.stack.setIndex(3)
    assert model.layout == ScreenLayout("1x2")
    assert model.measurements[0].values == LINE.values


def told(qtbot, model, verb, *signals):
    """Assert that a verb emits these signals and no other of the model's."""
    quiet = {model.changed, model.marks_changed, model.layout_changed}
    quiet = [s for s in (*quiet, model.views_changed) if s not in signals]
    with qtbot.waitSignals([*signals, model.history_changed]):
        for signal in quiet:
            signal.connect(fail)
        verb()
        for signal in quiet:
            signal.disconnect(fail)


def fail():
    raise AssertionError("told of what did not change")


def test_that_only_what_changed_is_told_also_by_undo(qtbot, model, header):
    told(qtbot, model, lambda: model.measure(LINE), model.marks_changed)
    told(qtbot, model, lambda: model.set_key_image(header, True), model.marks_changed)
    told(qtbot, model, lambda: model.arrange(ScreenLayout("1x2")), model.layout_changed)
    told(
        qtbot, model, lambda: model.set_view("1", {"inverted": True}),
        model.views_changed,
    )  # fmt: skip
    told(qtbot, model, lambda: model.decide(UID, Verdict.UNSURE), model.changed)
    told(qtbot, model, model.undo, model.changed)
    told(qtbot, model, model.undo, model.views_changed)
    told(qtbot, model, model.undo, model.layout_changed)
    told(qtbot, model, model.redo, model.layout_changed)


def test_that_a_refused_measurement_is_told_and_drawn_as_it_stands(qtbot, model):
    model.measure(LINE)
    with qtbot.waitSignals([model.refused, model.marks_changed]):
        assert not model.move_measurement("measure/1", ((0.0, 0.0),), LINE.values)
    assert model.measurements[0].points == LINE.points
    assert model.stack.count() == 1


def test_that_a_view_that_is_the_same_is_no_step_to_undo(model):
    assert model.set_view("1.2.3.3", {"window": (40, 400)})
    assert not model.set_view("1.2.3.3", {"window": [40, 400]})
    assert model.stack.count() == 1
    assert model.views == {"1.2.3.3": {"window": [40, 400]}}


def test_that_another_windows_measurement_comes_in_with_the_next_change(
    qtbot, model, open_session
):
    second = ReviewModel(open_session())
    model.measure(LINE)
    told_of_marks = []
    second.marks_changed.connect(lambda: told_of_marks.append(second.measurements))
    second.decide(UID, Verdict.CONFIRMED)
    qtbot.waitUntil(lambda: second.stack.count() == 2)
    assert [len(measured) for measured in told_of_marks] == [1]
    assert second.measurements == model.measurements
