"""Measurements, key images, layout and views in the review of a study."""

import sqlite3
from dataclasses import replace

import pytest

from review.decision import Verdict
from review.errors import (
    ReviewNotSavedError,
    ReviewRefusedError,
    ReviewUnavailableError,
)
from review.journal import Action, Subject
from review.measurement import (
    MeasuredValue,
    Measurement,
    MeasurementKind,
    ScreenLayout,
)
from review.session import ReviewSession
from review.store import DecisionStore, study_key

PNEUMONIA = "chest-findings/pneumonia"
MM = MeasuredValue("length", 42.3, "mm")
LINE = Measurement(
    "", "", "1.2.3.4", 0, MeasurementKind.LENGTH, ((10.0, 20.0), (30.5, 40.0)), (MM,)
)
PLANE = replace(LINE, sop_instance_uid="2.25.77", rows=512, columns=400)


def state(session):
    return (
        session.findings,
        session.measurements,
        session.key_images,
        session.layout,
        session.views,
    )


@pytest.fixture
def reopen(session, clock, new_uid):
    """The same study in a window that was started anew."""

    def make(store=None):
        kept = store or session._ledger._store
        return ReviewSession(kept, session.study, "K. Lind", clock, new_uid)

    return make


def fail_writes(session, on=True):
    store = session._ledger._store
    with store._connection.begin():
        store._connection.exec_driver_sql(
            f"PRAGMA query_only = {'ON' if on else 'OFF'}"
        )


def test_that_a_measurement_gets_its_uids_reader_time_and_image_size(session):
    change = session.measure(replace(LINE, label=" aorta "))
    (kept,) = session.measurements
    assert change.after == kept
    assert (change.subject, change.finding_uid) == (Subject.MEASUREMENT, "")
    assert (kept.uid, kept.tracking_uid) == ("measure/1", "2.25.1001")
    assert (kept.reader, kept.label) == ("K. Lind", "aorta")
    assert kept.at is not None
    assert (kept.rows, kept.columns, kept.reformatted) == (100, 80, False)
    assert kept.points == LINE.points
    assert kept.values == (MM,)


@pytest.mark.parametrize(
    "points",
    [
        ((1.0, 1.0),),
        ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)),
        ((1.0, 1.0), (float("nan"), 2.0)),
        ((1.0, 1.0), (float("inf"), 2.0)),
        ((-100.5, 1.0), (2.0, 2.0)),  # the image has 100 rows and 80 columns
        ((1.0, 1.0), (2.0, 160.5)),
    ],
)
def test_that_points_that_cannot_be_are_refused_when_made_and_when_moved(
    session, points
):
    with pytest.raises(ReviewRefusedError):
        session.measure(replace(LINE, points=points))
    session.measure(LINE)
    with pytest.raises(ReviewRefusedError):
        session.move_measurement("measure/1", points, (MM,))
    assert session.measurements[0].points == LINE.points
    assert session.position == 1


def test_that_a_line_may_run_over_the_edge_by_the_size_of_the_image(session):
    session.measure(replace(LINE, points=((-100.0, -80.0), (200.0, 160.0))))
    assert len(session.measurements) == 1


def test_that_a_figure_that_is_not_finite_is_refused_and_blocks_no_saving(session):
    bad = MeasuredValue("sd", float("nan"), "HU")
    with pytest.raises(ReviewRefusedError, match="sd could not be measured"):
        session.measure(replace(LINE, values=(MM, bad)))
    session.measure(LINE)
    assert session.unsaved == 0


def test_that_a_measurement_on_a_reformatted_plane_needs_the_planes_size(session):
    with pytest.raises(ReviewRefusedError, match="not open"):
        session.measure(replace(PLANE, rows=0))
    session.measure(PLANE)
    (kept,) = session.measurements
    assert (kept.rows, kept.columns, kept.reformatted) == (512, 400, True)


def test_that_a_frame_of_a_multi_frame_image_is_an_image_of_the_study(
    store, build_study, build_header, clock, new_uid, tmp_path
):
    study = build_study(build_header(tmp_path / "cine.dcm", frames=3))
    session = ReviewSession(store, study, "K. Lind", clock, new_uid)
    session.measure(replace(LINE, frame=2))
    assert session.measurements[0].reformatted is False
    with pytest.raises(ReviewRefusedError):
        session.measure(replace(LINE, frame=3))
    session.set_key_image(replace(study.images[0], frame=2), on=True)
    assert session.key_images[0].uid == "key/1.2.3.4/2"


def test_that_a_moved_measurement_is_of_whoever_moved_it(session):
    session.measure(LINE)
    first = session.measurements[0]
    session.reader = "A. Other"
    moved = ((10.0, 20.0), (31.0, 41.0))
    session.move_measurement("measure/1", moved, (replace(MM, value=44.0),))
    (kept,) = session.measurements
    assert (kept.points, kept.values[0].value) == (moved, 44.0)
    assert (kept.reader, kept.tracking_uid) == ("A. Other", first.tracking_uid)
    session.reader = "K. Lind"
    session.label_measurement("measure/1", "aorta")
    assert session.measurements[0].reader == "A. Other"


def test_that_numbers_of_removed_measurements_are_not_used_again(session):
    session.measure(LINE)
    session.remove_measurement("measure/1")
    session.measure(LINE)
    assert [item.uid for item in session.measurements] == ["measure/2"]
    with pytest.raises(ReviewRefusedError, match="no measurement measure/1"):
        session.remove_measurement("measure/1")


def test_that_a_removed_measurement_comes_back_to_its_place(session):
    for _ in range(3):
        session.measure(LINE)
    session.remove_measurement("measure/2")
    session.undo()
    assert [item.uid for item in session.measurements] == [
        "measure/1", "measure/2", "measure/3",
    ]  # fmt: skip


def test_that_an_image_is_marked_once_with_its_remark_and_unmarked(session, header):
    session.set_key_image(header, on=True)
    assert session.set_key_image(header, on=True) is None
    session.set_key_image(header, on=True, comment=" see here ")
    (kept,) = session.key_images
    assert (kept.uid, kept.comment) == ("key/1.2.3.4/0", "see here")
    session.set_key_image(header, on=False)
    assert session.key_images == ()
    assert session.set_key_image(header, on=False) is None
    assert session.position == 3


def test_that_a_plane_that_is_no_image_of_the_study_cannot_be_key(session, header):
    plane = replace(header, sop_instance_uid="2.25.77")
    with pytest.raises(ReviewRefusedError, match="only an image of this study"):
        session.set_key_image(plane, on=True)


def test_that_a_layout_or_view_that_is_the_same_writes_nothing(session):
    layout = ScreenLayout("2x2", ({"series": "1.2.3", "at": (1, 2)},))
    assert session.arrange(layout) is not None
    assert session.arrange(layout) is None  # the tuple came back as a list
    assert session.set_view("1.2.3", {"window": (40.0, 400.0)}) is not None
    assert session.set_view("1.2.3", {"window": [40.0, 400.0]}) is None
    assert session.set_view("9.9", None) is None
    session.measure(LINE)
    assert session.move_measurement("measure/1", LINE.points, (MM,)) is None
    assert session.label_measurement("measure/1", "  ") is None
    assert len(session._ledger.entries) == 3


def test_that_a_layout_or_view_that_is_no_json_is_refused(session):
    for state in ({"window": float("nan")}, {"window": object()}):
        with pytest.raises(ReviewRefusedError, match="cannot be kept"):
            session.set_view("1.2.3", state)
        with pytest.raises(ReviewRefusedError, match="cannot be kept"):
            session.arrange(ScreenLayout("1x1", (state,)))
    assert session.position == 0


def test_that_what_the_caller_does_to_its_state_later_changes_nothing(session):
    mine = {"window": [40.0, 400.0]}
    session.set_view("1.2.3", mine)
    mine["window"][0] = 900.0
    assert session.views == {"1.2.3": {"window": [40.0, 400.0]}}


def change_all(session, header):
    """Make a change of each kind; returns the states between."""
    states = [state(session)]
    for verb in (
        lambda: session.measure(LINE),
        lambda: session.decide(PNEUMONIA, Verdict.UNSURE),
        lambda: session.set_view("1.2.3", {"window": [40.0, 400.0]}),
        lambda: session.move_measurement(
            "measure/1", ((1.0, 2.0), (3.0, 4.0)), (replace(MM, value=2.8),)
        ),
        lambda: session.arrange(ScreenLayout("1x2", ({"series": "1.2.3"},))),
        lambda: session.label_measurement("measure/1", "ä ≥ 日本"),
        lambda: session.set_key_image(header, on=True, comment="here"),
        lambda: session.measure(PLANE),
        lambda: session.arrange(ScreenLayout("2x2")),
        lambda: session.set_view("1.2.3", {"inverted": True}),
        lambda: session.remove_measurement("measure/1"),
        lambda: session.set_view("1.2.3", None),
        lambda: session.set_key_image(header, on=False),
    ):
        assert verb() is not None
        states.append(state(session))
    return states


def test_that_undo_and_redo_go_through_all_kinds_in_the_order_they_were_made(
    session, header, build_analysis
):
    session.adopt(build_analysis(header))
    states = change_all(session, header)
    for expected in reversed(states[:-1]):
        assert session.undo() is not None
        assert state(session) == expected
    assert session.undo() is None
    for expected in states[1:]:
        assert session.redo() is not None
        assert state(session) == expected


def test_that_a_reopened_review_stands_exactly_as_left(
    session, header, build_analysis, reopen
):
    session.adopt(build_analysis(header))
    change_all(session, header)
    session.undo()
    session.undo()
    again = reopen()
    assert state(again) == state(session)
    assert (again.history, again.position) == (session.history, session.position)
    assert again.recovered == 1
    assert again.recovered_words == "1 decision, 1 measurement, 1 key image"
    again.redo()
    session.reload()
    assert state(again) == state(session)


def test_that_a_recovered_review_without_decisions_says_what_there_is(session, reopen):
    assert reopen().recovered_words == "0 decisions"
    session.set_view("1.2.3", {"inverted": True})
    assert reopen().recovered_words == "how images were shown"
    session.arrange(ScreenLayout("1x2"))
    assert reopen().recovered_words == "the layout"
    session.measure(LINE)
    assert reopen().recovered_words == "0 decisions, 1 measurement"


def test_that_a_model_named_like_a_measurement_is_not_taken_for_one(
    session, header, build_analysis
):
    analysis = build_analysis(header)
    measure = replace(analysis.model, model_id="measure")
    finding = replace(analysis.findings[0], key="1")
    session.adopt(replace(analysis, model=measure, findings=(finding,)))
    session.measure(LINE)
    session.remove_measurement("measure/1")
    assert [row.finding_uid for row in session.findings] == ["measure/1"]


def test_that_what_could_not_be_saved_is_written_by_the_next_change(session, reopen):
    fail_writes(session)
    with pytest.raises(ReviewNotSavedError):
        session.measure(LINE)
    with pytest.raises(ReviewNotSavedError):
        session.arrange(ScreenLayout("1x2"))
    assert (session.unsaved, len(session.measurements)) == (2, 1)
    assert reopen().measurements == ()
    fail_writes(session, on=False)
    session.set_view("1.2.3", {"inverted": True})
    assert session.unsaved == 0
    assert state(reopen()) == state(session)


def test_that_a_review_moves_to_another_file_with_all_that_was_marked(
    session, header, build_analysis, reopen, tmp_path
):
    session.adopt(build_analysis(header))
    change_all(session, header)
    other = DecisionStore(tmp_path / "elsewhere.sqlite")
    session.retry_save(other)
    assert state(reopen(other)) == state(session)
    other.close()


def test_that_two_windows_do_not_overrule_a_measurement_unseen(session, reopen):
    session.measure(LINE)
    second = reopen()
    session.label_measurement("measure/1", "aorta")
    with pytest.raises(ReviewRefusedError, match="changed this measurement"):
        second.remove_measurement("measure/1")
    second.measure(LINE)
    assert [item.uid for item in second.measurements] == ["measure/1", "measure/2"]


def test_that_the_last_window_to_arrange_the_study_wins_and_undo_knows_the_other(
    session, reopen
):
    second = reopen()
    session.arrange(ScreenLayout("1x2"))
    session.set_view("1.2.3", {"inverted": True})
    second.arrange(ScreenLayout("2x2"))
    second.set_view("1.2.3", {"rotation": 90})
    assert second.layout == ScreenLayout("2x2")
    second.undo()
    second.undo()
    assert second.layout == ScreenLayout("1x2")
    assert second.views == {"1.2.3": {"inverted": True}}


# As version 1 wrote them, letter by letter: none of it may ever be changed.
OLD_ENTRIES = [
    (
        "adopt",
        "",
        '{"findings": [{"finding_uid": "chest-findings/pneumonia", "tracking_uid":'
        ' "2.25.7", "sop_instance_uid": "1.2.3.4", "frame": 0, "origin": "model",'
        ' "name": "Pneumonia", "code": {"scheme": "SCT", "value": "233604007",'
        ' "meaning": "Pneumonia"}, "model": {"id": "chest-findings", "version":'
        ' "1.0.0", "sha256": "ab", "name": "Chest", "manufacturer": "Overread"},'
        ' "probability": 0.83, "interval": [0.71, 0.9], "threshold": 0.42,'
        ' "flagged": true, "box": null, "decision": null, "comment": ""}],'
        ' "superseded": ["chest-findings/pneumonia"]}',
    ),
    (
        "add",
        "reader/1",
        '{"after": {"finding_uid": "reader/1", "tracking_uid": "2.25.8",'
        ' "sop_instance_uid": "1.2.3.4", "frame": 0, "origin": "reader", "name":'
        ' "Mass", "code": {"scheme": "SCT", "value": "4147007", "meaning": "Mass"},'
        ' "model": null, "probability": null, "interval": null, "threshold": null,'
        ' "flagged": false, "box": {"row": 10.5, "column": 20.0, "rows": 30.0,'
        ' "columns": 15.0}, "decision": {"verdict": "confirmed", "reader":'
        ' "K. Lind", "at": "2026-11-23T07:41:05+00:00", "reason": ""}, "comment":'
        ' "retrocardiac"}}',
    ),
    ("undo", "", "{}"),
    ("redo", "", "{}"),
]
OLD_TABLES = """
CREATE TABLE journal (number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
 study_key VARCHAR NOT NULL, at VARCHAR NOT NULL, reader VARCHAR NOT NULL,
 action VARCHAR NOT NULL, finding_uid VARCHAR NOT NULL, payload TEXT NOT NULL);
CREATE TABLE analyses (number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
 study_key VARCHAR NOT NULL, model_id VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
 body TEXT NOT NULL, heatmaps BLOB NOT NULL);
PRAGMA user_version = 1;
"""


def test_that_a_journal_of_the_first_version_reads_and_goes_on(
    tmp_path, study, clock, new_uid
):
    path = tmp_path / "old.sqlite"
    plain = sqlite3.connect(path)
    plain.executescript(OLD_TABLES)
    plain.executemany(
        "INSERT INTO journal (study_key, at, reader, action, finding_uid, payload)"
        " VALUES (?, '2026-11-23T07:41:05+00:00', 'K. Lind', ?, ?, ?)",
        [(study_key(study), *entry) for entry in OLD_ENTRIES],
    )
    plain.commit()
    plain.close()
    store = DecisionStore(path)
    session = ReviewSession(store, study, "K. Lind", clock, new_uid)
    assert [row.finding_uid for row in session.findings] == [PNEUMONIA, "reader/1"]
    assert session.findings[1].comment == "retrocardiac"
    assert (session.position, session.measurements) == (1, ())
    session.measure(LINE)
    session.undo()
    session.undo()
    assert [row.finding_uid for row in session.findings] == [PNEUMONIA]
    version = store._connection.exec_driver_sql("PRAGMA user_version").scalar()
    assert version == 3  # an older Overread could not read the measurement
    store.close()


def test_that_an_entry_of_an_unknown_kind_is_told_not_dropped(session, reopen):
    session.measure(LINE)
    plain = sqlite3.connect(session._ledger._store.path)
    plain.execute("DROP TRIGGER journal_no_update")
    plain.execute("UPDATE journal SET action = 'levitate'")
    plain.commit()
    plain.close()
    with pytest.raises(ReviewUnavailableError, match="entry is damaged"):
        reopen()


def test_that_the_journal_says_what_each_change_was_about(
    session, header, build_analysis
):
    session.adopt(build_analysis(header))
    change_all(session, header)
    assert [change.action for change in session.history] == [
        Action.MEASURE, Action.DECIDE, Action.VIEW, Action.MEASURE_MOVE, Action.LAYOUT,
        Action.MEASURE_LABEL, Action.KEY_IMAGE, Action.MEASURE, Action.LAYOUT,
        Action.VIEW, Action.MEASURE_REMOVE, Action.VIEW, Action.KEY_IMAGE,
    ]  # fmt: skip
    assert {change.finding_uid for change in session.history} == {"", PNEUMONIA}
