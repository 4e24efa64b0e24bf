"""kill -9 at random moments: no acknowledged decision is lost."""

import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from review.journal import Subject, subject_of
from review.timeline import Timeline

SUPPORT = Path(__file__).parent / "support"
ROUNDS = 50

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="the child forks, which Windows does not"
)


@pytest.fixture
def reader_child(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("reader_child")


@pytest.fixture
def children():
    """A process that forks one deciding reader per line it is sent."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, SUPPORT / "reader_child.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as server:
        yield server
        server.kill()


def kill_one(server, seed, path, acknowledgements, moment_s=0.0):
    """Let one reader decide, kill it at a moment after some acknowledgements.

    Returns the last acknowledgement.
    """
    server.stdin.write(f"{seed} {path}\n")
    server.stdin.flush()
    pid = json.loads(server.stdout.readline())["pid"]
    last = None
    for _ in range(acknowledgements):
        last = json.loads(server.stdout.readline())
    # A moment within the next decisions, which take some 3 ms each.
    end = time.perf_counter() + moment_s
    while time.perf_counter() < end:
        pass
    os.kill(pid, signal.SIGKILL)
    while "ended" not in (message := json.loads(server.stdout.readline())):
        last = message
    return last


def everything(session):
    marks = session.measurements, session.key_images, session.layout, session.views
    return session.findings, marks, session.position


def test_that_no_acknowledged_decision_is_lost_by_kill_9(
    tmp_path, children, reader_child
):
    path = tmp_path / "reviews.sqlite"
    chance = random.Random(20261123)
    before = ()
    for seed in range(ROUNDS):
        last = kill_one(
            children, seed, path, chance.randint(0, 4), chance.uniform(0, 0.01)
        )
        session = reader_child.open_session(path)
        entries = tuple(session._ledger.entries)
        assert session._ledger._store.check_integrity() == ()
        # What stood before stands; what was acknowledged is there; at most the
        # one decision that was under way came on top.
        assert entries[: len(before)] == before
        acknowledged = last["entries"] if last else len(before)
        assert acknowledged <= len(entries) <= acknowledged + 1
        if last:
            assert Timeline(entries[:acknowledged]).position == last["position"]
        replayed = Timeline(entries)
        assert session.history == replayed.history
        assert session.position == replayed.position
        assert session.measurements == replayed.measurements
        assert session.key_images == replayed.key_images
        assert session.layout == replayed.layout
        before = entries
        session._ledger._store.close()
    assert len(before) > ROUNDS


def test_that_all_kinds_of_change_are_among_those_that_were_killed(
    tmp_path, children, reader_child
):
    path = tmp_path / "reviews.sqlite"
    for seed in range(4):
        kill_one(children, seed, path, 30)
    session = reader_child.open_session(path)
    entries = session._ledger.entries
    assert {subject_of(entry.action) for entry in entries} == set(Subject)
    session._ledger._store.close()


def test_that_undo_and_redo_go_on_after_a_kill(tmp_path, children, reader_child):
    path = tmp_path / "reviews.sqlite"
    kill_one(children, 3, path, 8)
    session = reader_child.open_session(path)
    before = everything(session)
    assert session.position > 0
    assert session.undo() is not None
    assert session.redo() is not None
    assert everything(session) == before
    session._ledger._store.close()
