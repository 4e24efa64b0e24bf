import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from gui.review_model import ReviewModel, change_words
from inference.findings import Finding
from inference.model_card import Code
from review.decision import Box, Verdict
from review.session import ReviewSession
from review.store import DecisionStore
from studies.model import GrayscaleParameters, ImageHeader, Patient, Series, Study

MASS = Code("SCT", "4147007", "Mass")
START = datetime(2026, 11, 23, 7, 41, tzinfo=UTC)
UID = "chest-findings/pneumonia"


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
