import os
import sqlite3
import stat

import numpy as np
import pytest

from review.errors import (
    JournalMovedError,
    ReviewNotSavedError,
    ReviewUnavailableError,
)
from review.journal import Action, JournalEntry
from review.store import DecisionStore, study_key


def entry(key, at, action=Action.UNDO, **more):
    return JournalEntry(key, at, "K. Lind", action, **more)


def test_that_an_entry_is_numbered_and_comes_back_as_written(store, clock):
    at = clock()
    written = store.append(
        entry("S", at, Action.COMMENT, finding_uid="reader/1", payload={"after": "ä"})
    )
    assert written.number == 1
    assert store.entries("S") == (written,)
    assert written.at == at
    assert written.payload == {"after": "ä"}


def test_that_entries_of_another_study_are_not_returned(store, clock):
    store.append(entry("S", clock()))
    store.append(entry("T", clock()))
    assert [item.study_key for item in store.entries("T")] == ["T"]


def test_that_wal_and_full_synchronisation_are_on(store):
    with store._connection.begin():
        mode = store._connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        sync = store._connection.exec_driver_sql("PRAGMA synchronous").scalar()
        keys = store._connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    assert (mode, sync, keys) == ("wal", 2, 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no owner-only mode bits")
def test_that_only_the_owner_can_read_the_file_and_its_companions(tmp_path, clock):
    path = tmp_path / "new" / "reviews.sqlite"
    opened = DecisionStore(path)
    opened.append(entry("S", clock()))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert len(list(path.parent.iterdir())) == 3
    opened.close()


def test_that_a_row_can_be_neither_changed_nor_deleted(store, clock):
    store.append(entry("S", clock()))
    plain = sqlite3.connect(store.path)
    for statement in ("UPDATE journal SET reader = 'x'", "DELETE FROM journal"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            plain.execute(statement)
    plain.close()
    assert store.entries("S")[0].reader == "K. Lind"


def test_that_an_analysis_comes_back_with_its_heatmap(store, header, build_analysis):
    analysis = build_analysis(header)
    store.append_all([], analyses=[("S", analysis)])
    back = store.analyses("S")[0]
    assert back.model == analysis.model
    assert back.findings == analysis.findings
    assert back.placement == analysis.placement
    np.testing.assert_array_equal(
        back.heatmaps["pneumonia"].values, analysis.heatmaps["pneumonia"].values
    )
    assert not back.heatmaps["pneumonia"].values.flags.writeable


def test_that_heatmaps_are_stored_as_npz_without_pickle(store, header, build_analysis):
    store.append_all([], analyses=[("S", build_analysis(header))])
    plain = sqlite3.connect(store.path)
    blob = plain.execute("SELECT heatmaps FROM analyses").fetchone()[0]
    plain.close()
    assert blob[:2] == b"PK"  # a zip archive, as npz is


def test_that_a_stored_pickle_is_refused_not_run(store, header, build_analysis):
    store.append_all([], analyses=[("S", build_analysis(header))])
    plain = sqlite3.connect(store.path)
    plain.execute("DROP TRIGGER analyses_no_update")
    plain.execute("UPDATE analyses SET heatmaps = ?", (b"cos\nsystem\n(S'x'\ntR.",))
    plain.commit()
    plain.close()
    with pytest.raises(ReviewUnavailableError, match="damaged"):
        store.analyses("S")


def test_that_a_number_that_is_not_finite_is_not_stored(store, clock):
    bad = entry("S", clock(), payload={"after": float("nan")})
    with pytest.raises(ReviewNotSavedError):
        store.append(bad)
    assert store.entries("S") == ()


def test_that_a_full_disk_is_named_and_nothing_half_written(store, clock):
    store.append(entry("S", clock()))
    with store._connection.begin():
        pages = store._connection.exec_driver_sql("PRAGMA page_count").scalar()
        store._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    large = entry("S", clock(), payload={"after": "x" * 100_000})
    with pytest.raises(ReviewNotSavedError, match="disk is full") as caught:
        store.append_all([entry("S", clock()), large])
    assert "Your work is in memory" in str(caught.value)
    assert len(store.entries("S")) == 1


def test_that_a_read_only_file_is_named(store, clock):
    with store._connection.begin():
        store._connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(ReviewNotSavedError, match="read-only"):
        store.append(entry("S", clock()))


def test_that_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "reviews.sqlite"
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA user_version = 99")
    plain.execute("CREATE TABLE future (x)")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    with pytest.raises(ReviewUnavailableError, match=r"version 99, this one reads 3"):
        DecisionStore(path)
    plain = sqlite3.connect(path)
    names = [row[0] for row in plain.execute("SELECT name FROM sqlite_master")]
    plain.close()
    assert names == ["future"]
    assert before[:16] == b"SQLite format 3\0"


def test_that_a_file_that_is_no_database_is_refused_and_kept(tmp_path):
    path = tmp_path / "reviews.sqlite"
    path.write_bytes(b"my holiday photos" * 100)
    with pytest.raises(ReviewUnavailableError, match="not a file of decisions"):
        DecisionStore(path)
    assert path.read_bytes() == b"my holiday photos" * 100


def test_that_a_damaged_file_is_refused_not_repaired(tmp_path, clock):
    path = tmp_path / "reviews.sqlite"
    opened = DecisionStore(path)
    for _ in range(200):
        opened.append(entry("S", clock(), payload={"after": "x" * 500}))
    opened.close()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(bytes(content))
    with pytest.raises(ReviewUnavailableError, match="damaged"):
        DecisionStore(path)


def test_that_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReviewUnavailableError, match="cannot be made"):
        DecisionStore(tmp_path / "file" / "reviews.sqlite")


def test_that_a_lock_held_by_another_window_is_named(store, clock, monkeypatch):
    with store._connection.begin():
        store._connection.exec_driver_sql("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ReviewNotSavedError, match="another window holds the file"):
        store.append(entry("S", clock()))
    other.execute("ROLLBACK")
    other.close()
    assert store.append(entry("S", clock())).number == 1


def test_that_two_stores_on_one_file_see_each_other(store, clock):
    second = DecisionStore(store.path)
    store.append(entry("S", clock()))
    assert len(second.entries("S")) == 1
    second.append(entry("S", clock()))
    assert len(store.entries("S")) == 2
    second.close()


def test_that_an_append_behind_another_writer_is_refused(store, clock):
    store.append(entry("S", clock()))
    with pytest.raises(JournalMovedError):
        store.append_all([entry("S", clock())], expected=0)
    assert len(store.append_all([entry("S", clock())], expected=1)) == 1


def test_that_two_patients_with_one_study_uid_are_kept_apart(build_study, header):
    one, two = (build_study(header, patient_id=name) for name in ("P1", "P2"))
    assert study_key(one) != study_key(two)
    assert "CANARY" not in study_key(one)


def test_that_a_sound_file_passes_the_integrity_check(store, clock):
    store.append(entry("S", clock()))
    assert store.check_integrity() == ()
