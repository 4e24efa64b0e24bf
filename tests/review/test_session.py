from dataclasses import replace

import pytest

from explain.analysis import AnalysisStatus
from inference.model_card import Code
from review.claims import finding_key
from review.decision import Box, Origin, Verdict
from review.errors import ReviewNotSavedError, ReviewRefusedError
from review.session import ReviewSession
from review.store import DecisionStore

PNEUMONIA = "chest-findings/pneumonia"
TUBERCULOSIS = "chest-findings/tuberculosis"
MASS = Code("SCT", "4147007", "Mass")


def reopen(session, clock, new_uid, store=None):
    """The same study in a window that was started anew."""
    kept = store or session._ledger._store
    return ReviewSession(kept, session.study, "K. Lind", clock, new_uid)


def state(session):
    return session.findings, session.history, session.position


def fail_writes(session):
    store = session._ledger._store
    with store._connection.begin():
        store._connection.exec_driver_sql("PRAGMA query_only = ON")


def allow_writes(session):
    store = session._ledger._store
    with store._connection.begin():
        store._connection.exec_driver_sql("PRAGMA query_only = OFF")


@pytest.fixture
def analysed(session, header, build_analysis):
    session.adopt(build_analysis(header))
    return session


def test_that_an_analysis_becomes_undecided_rows_with_tracking_uids(analysed):
    rows = analysed.findings
    assert [row.finding_uid for row in rows] == [PNEUMONIA, TUBERCULOSIS]
    assert [row.flagged for row in rows] == [True, False]
    assert all(row.decision is None and row.origin is Origin.MODEL for row in rows)
    assert len({row.tracking_uid for row in rows}) == 2


def test_that_the_same_analysis_again_changes_nothing(analysed, header, build_analysis):
    before = analysed.findings
    assert analysed.adopt(build_analysis(header, request_id="r2")) is False
    assert analysed.findings == before
    assert len(analysed.analyses) == 1


def test_that_a_decision_says_who_and_when(analysed):
    change = analysed.decide(PNEUMONIA, Verdict.REJECTED, "overlap")
    row = analysed.finding(PNEUMONIA)
    assert row.decision is not None
    assert (row.decision.verdict, row.decision.reason) == (Verdict.REJECTED, "overlap")
    assert row.decision.reader == "K. Lind"
    assert change.before is not None
    assert change.before.decision is None
    assert change.after == row


def test_that_a_reason_is_allowed_for_a_rejection_only(analysed):
    with pytest.raises(ReviewRefusedError):
        analysed.decide(PNEUMONIA, Verdict.CONFIRMED, "overlap")
    with pytest.raises(ReviewRefusedError):
        analysed.decide(PNEUMONIA, Verdict.REJECTED, "mood")
    with pytest.raises(ReviewRefusedError):
        analysed.set_reason(PNEUMONIA, "overlap")
    assert analysed.history == ()


def test_that_a_reason_can_follow_its_rejection(analysed):
    analysed.decide(PNEUMONIA, Verdict.REJECTED)
    decided_at = analysed.finding(PNEUMONIA).decision.at
    analysed.set_reason(PNEUMONIA, "device")
    assert analysed.finding(PNEUMONIA).decision.reason == "device"
    assert analysed.finding(PNEUMONIA).decision.at == decided_at


def test_that_a_decision_can_be_cleared(analysed):
    analysed.decide(PNEUMONIA, Verdict.UNSURE)
    analysed.decide(PNEUMONIA, None)
    assert analysed.finding(PNEUMONIA).decision is None
    assert analysed.position == 2


def test_that_an_added_finding_counts_as_confirmed(session, header):
    session.add_finding(" Mass ", MASS, header, Box(10.5, 20, 30, 15), "retrocardiac")
    row = session.findings[0]
    assert row.finding_uid == "reader/1"
    assert (row.name, row.comment) == ("Mass", "retrocardiac")
    assert row.box == Box(10.5, 20, 30, 15)
    assert row.decision.verdict is Verdict.CONFIRMED
    assert row.probability is None


def test_that_a_box_is_clipped_to_its_image(session, header):
    session.add_finding("Mass", MASS, header, Box(-10, 70, 30, 50))
    assert session.findings[0].box == Box(0, 70, 20, 10)  # 100 rows, 80 columns


def test_that_a_box_outside_the_image_and_a_nameless_finding_are_refused(
    session, header
):
    with pytest.raises(ReviewRefusedError):
        session.add_finding("Mass", MASS, header, Box(200, 0, 10, 10))
    with pytest.raises(ReviewRefusedError):
        session.add_finding("Mass", MASS, header, Box(0, 0, float("nan"), 10))
    with pytest.raises(ReviewRefusedError):
        session.add_finding("  ", MASS, header, None)
    assert session.findings == ()


def test_that_numbers_of_removed_findings_are_not_used_again(session, header):
    session.add_finding("Mass", MASS, header, None)
    session.remove_added("reader/1")
    session.add_finding("Mass", MASS, header, None)
    assert [row.finding_uid for row in session.findings] == ["reader/2"]


def test_that_a_models_finding_cannot_be_removed_nor_a_readers_cleared(
    analysed, header
):
    with pytest.raises(ReviewRefusedError):
        analysed.remove_added(PNEUMONIA)
    analysed.add_finding("Mass", MASS, header, None)
    with pytest.raises(ReviewRefusedError):
        analysed.decide("reader/1", None)


def test_that_undo_and_redo_go_through_every_kind_of_change(analysed, header):
    steps = [analysed.findings]
    analysed.decide(PNEUMONIA, Verdict.REJECTED)
    steps.append(analysed.findings)
    analysed.set_reason(PNEUMONIA, "overlap")
    steps.append(analysed.findings)
    analysed.add_finding("Mass", MASS, header, Box(1, 2, 3, 4))
    steps.append(analysed.findings)
    analysed.edit_box("reader/1", Box(5, 6, 7, 8))
    steps.append(analysed.findings)
    analysed.comment(PNEUMONIA, "see prior")
    steps.append(analysed.findings)
    analysed.remove_added("reader/1")
    steps.append(analysed.findings)
    for expected in reversed(steps[:-1]):
        assert analysed.undo() is not None
        assert analysed.findings == expected
    assert analysed.undo() is None
    for expected in steps[1:]:
        assert analysed.redo() is not None
        assert analysed.findings == expected
    assert analysed.redo() is None


def test_that_a_change_after_undo_drops_what_was_undone(analysed):
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    analysed.undo()
    analysed.decide(PNEUMONIA, Verdict.UNSURE)
    assert len(analysed.history) == 1
    assert analysed.redo() is None


def test_that_a_reopened_review_stands_exactly_as_left(
    analysed, header, clock, new_uid
):
    analysed.decide(PNEUMONIA, Verdict.REJECTED, "artefact")
    analysed.add_finding("Mass", MASS, header, Box(1, 2, 3, 4))
    analysed.comment("reader/1", "ä ≥ 日本")
    analysed.undo()
    again = reopen(analysed, clock, new_uid)
    assert state(again) == state(analysed)
    assert again.recovered == 2
    assert again.redo() is not None
    assert again.finding("reader/1").comment == "ä ≥ 日本"
    analysis = again.analysis_of(again.finding(PNEUMONIA))
    assert analysis is not None
    assert analysis.heatmaps[finding_key(again.finding(PNEUMONIA))].values[4, 2] == 6


def test_that_a_new_version_replaces_undecided_rows_and_keeps_decided_ones(
    analysed, header, build_analysis, clock, new_uid
):
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    newer = replace(analysed.analyses[0].model, version="2.0.0", sha256="cd" * 32)
    analysed.adopt(build_analysis(header, model=newer, pneumonia=0.2))
    assert analysed.finding(PNEUMONIA).model.version == "1.0.0"
    assert analysed.finding(PNEUMONIA).probability == 0.83
    assert analysed.finding(TUBERCULOSIS).model.version == "2.0.0"
    assert state(reopen(analysed, clock, new_uid)) == state(analysed)


def test_that_undoing_an_old_versions_decision_leaves_the_new_claim_to_decide(
    analysed, header, build_analysis, clock, new_uid
):
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    tracking = analysed.finding(PNEUMONIA).tracking_uid
    newer = replace(analysed.analyses[0].model, version="2.0.0", sha256="cd" * 32)
    analysed.adopt(build_analysis(header, model=newer, pneumonia=0.2))
    analysed.undo()
    row = analysed.finding(PNEUMONIA)
    assert (row.model.version, row.probability, row.decision) == ("2.0.0", 0.2, None)
    assert row.tracking_uid == tracking
    analysed.redo()
    assert analysed.finding(PNEUMONIA).model.version == "1.0.0"
    assert state(reopen(analysed, clock, new_uid)) == state(analysed)


def test_that_a_failed_run_is_kept_and_does_not_displace_a_result(
    analysed, header, build_analysis
):
    failed = build_analysis(header, status=AnalysisStatus.FAILED)
    assert analysed.adopt(failed) is False
    assert analysed.analyses[0].status is AnalysisStatus.SUCCEEDED
    other = replace(analysed.analyses[0].model, model_id="rib", sha256="ef" * 32)
    analysed.adopt(build_analysis(header, model=other, status=AnalysisStatus.FAILED))
    assert [a.status for a in analysed.analyses] == [
        AnalysisStatus.SUCCEEDED,
        AnalysisStatus.FAILED,
    ]


def test_that_a_result_follows_a_failed_run(session, header, build_analysis):
    session.adopt(build_analysis(header, status=AnalysisStatus.FAILED))
    session.adopt(build_analysis(header))
    assert [a.status for a in session.analyses] == [AnalysisStatus.SUCCEEDED]
    assert len(session.findings) == 2


def test_that_one_model_on_two_images_gives_rows_of_their_own(
    store, build_study, build_header, build_analysis, clock, new_uid, tmp_path
):
    first = build_header(tmp_path / "a.dcm", "1.2.1")
    second = build_header(tmp_path / "b.dcm", "1.2.2")
    session = ReviewSession(store, build_study(first, second), "K", clock, new_uid)
    session.adopt(build_analysis(first))
    session.adopt(build_analysis(second, request_id="r2"))
    rows = session.findings
    assert len({row.finding_uid for row in rows}) == 4
    assert [finding_key(row) for row in rows] == ["pneumonia", "tuberculosis"] * 2
    assert [row.sop_instance_uid for row in rows] == ["1.2.1"] * 2 + ["1.2.2"] * 2
    assert session.adopt(build_analysis(second, request_id="r3")) is False


def test_that_a_failed_write_keeps_the_change_in_memory_and_says_so(
    analysed, clock, new_uid
):
    fail_writes(analysed)
    with pytest.raises(ReviewNotSavedError, match="read-only"):
        analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    assert analysed.finding(PNEUMONIA).decision.verdict is Verdict.CONFIRMED
    assert analysed.unsaved == 1
    assert reopen(analysed, clock, new_uid).finding(PNEUMONIA).decision is None


def test_that_the_next_change_writes_what_was_unsaved_in_order(
    analysed, clock, new_uid
):
    fail_writes(analysed)
    with pytest.raises(ReviewNotSavedError):
        analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    with pytest.raises(ReviewNotSavedError):
        analysed.undo()
    allow_writes(analysed)
    analysed.decide(TUBERCULOSIS, Verdict.UNSURE)
    assert analysed.unsaved == 0
    again = reopen(analysed, clock, new_uid)
    assert again.findings == analysed.findings
    assert again.position == analysed.position == 1


def test_that_saving_can_be_tried_again(analysed, clock, new_uid):
    fail_writes(analysed)
    with pytest.raises(ReviewNotSavedError):
        analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    with pytest.raises(ReviewNotSavedError):
        analysed.retry_save()
    allow_writes(analysed)
    analysed.retry_save()
    assert analysed.unsaved == 0
    assert reopen(analysed, clock, new_uid).findings == analysed.findings


def test_that_the_whole_review_can_move_to_another_file(
    analysed, tmp_path, clock, new_uid
):
    analysed.decide(TUBERCULOSIS, Verdict.UNSURE)
    fail_writes(analysed)
    with pytest.raises(ReviewNotSavedError):
        analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    other = DecisionStore(tmp_path / "elsewhere.sqlite")
    analysed.retry_save(other)
    assert analysed.unsaved == 0
    again = reopen(analysed, clock, new_uid, other)
    assert state(again) == state(analysed)
    assert len(again.analyses) == 1
    with pytest.raises(ReviewNotSavedError, match="has decisions"):
        analysed.retry_save(other)
    other.close()


def test_that_a_second_window_takes_in_what_the_first_decided(analysed, clock, new_uid):
    second = reopen(analysed, clock, new_uid)
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    second.decide(TUBERCULOSIS, Verdict.UNSURE)
    assert second.finding(PNEUMONIA).decision.verdict is Verdict.CONFIRMED
    assert second.position == 2


def test_that_a_second_window_does_not_overrule_the_first_unseen(
    analysed, clock, new_uid
):
    second = reopen(analysed, clock, new_uid)
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    with pytest.raises(ReviewRefusedError, match="another window"):
        second.decide(PNEUMONIA, Verdict.REJECTED)
    assert second.finding(PNEUMONIA).decision.verdict is Verdict.CONFIRMED
    analysed.comment(PNEUMONIA, "mine")
    with pytest.raises(ReviewRefusedError, match="another window"):
        second.undo()


def test_that_a_clock_set_back_does_not_change_the_order(analysed, clock, new_uid):
    start = clock()
    analysed._clock = lambda: start.replace(year=1999)
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    analysed.decide(PNEUMONIA, Verdict.REJECTED)
    again = reopen(analysed, clock, new_uid)
    assert again.finding(PNEUMONIA).decision.verdict is Verdict.REJECTED


def test_that_no_patient_name_is_stored(analysed):
    analysed.decide(PNEUMONIA, Verdict.CONFIRMED)
    store = analysed._ledger._store
    for path in store.path.parent.glob("reviews.sqlite*"):
        assert b"CANARY" not in path.read_bytes()
