"""A reader who decides at random until killed, told what stands after each step.

Imports once, then forks a child per line on standard input ("seed path"). The
child writes its process id, then one line per decision, only after the call
that made it has returned: an acknowledgement.
"""

import importlib
import itertools
import json
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

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
FINDING_VERBS = ("add", "decide", "comment", "box")
MARK_VERBS = ("measure", "move", "unmeasure", "key", "arrange", "view")


def make_study():
    header = ImageHeader(
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
    series = Series("1.2.3.3", "CR", "", 1, "CHEST", (header,))
    patient = Patient("P1", "A", None, "F")
    return Study("1.2.3.2", patient, "", None, "", (series,))


def open_session(path):
    study = make_study()
    uids = (f"2.25.{n}" for n in itertools.count(random.getrandbits(60)))
    clock = lambda: datetime.now(UTC)  # noqa: E731 - one line
    return ReviewSession(DecisionStore(path), study, "K", clock, lambda: next(uids))


def step(session, chance):
    """Make one change; returns whether there was one to make."""
    rows = session.findings
    verb = chance.choice([*FINDING_VERBS, *MARK_VERBS, "undo", "redo"])
    if verb in MARK_VERBS:
        return mark(session, verb, chance)
    if verb == "undo":
        return session.undo() is not None
    if verb == "redo":
        return session.redo() is not None
    if verb == "add" or not rows:
        box = Box(chance.random() * 50, 3, 20, 30)
        session.add_finding("Mass", MASS, session.study.images[0], box)
        return True
    uid = chance.choice(rows).finding_uid
    if verb == "decide":
        session.decide(uid, chance.choice(list(Verdict)))
    elif verb == "comment":
        session.comment(uid, str(chance.random()))
    else:
        session.edit_box(uid, Box(chance.random() * 50, 3, 20, 30))
    return True


def mark(session, verb, chance):
    """Measure, mark or arrange; returns whether that was a change."""
    end = (chance.random() * 90, 3.0)
    values = (MeasuredValue("length", chance.random() * 90, "mm"),)
    points = ((1.0, 2.0), end)
    uids = [item.uid for item in session.measurements]
    match verb:
        case "key":
            header = session.study.images[0]
            on = not session.key_images
            return session.set_key_image(header, on, str(end)) is not None
        case "arrange":
            layout = ScreenLayout(chance.choice(("1x1", "1x2")), ({"at": end[0]},))
            return session.arrange(layout) is not None
        case "view":
            state = chance.choice((None, {"window": list(end)}))
            return session.set_view("1.2.3.3", state) is not None
        case "move" if uids:
            uid = chance.choice(uids)
            return session.move_measurement(uid, points, values) is not None
        case "unmeasure" if uids:
            session.remove_measurement(chance.choice(uids))
        case _:
            kind = MeasurementKind.LENGTH
            session.measure(Measurement("", "", "1.2.3.4", 0, kind, points, values))
    return True


def decide_for_ever(seed, path):
    session = open_session(path)
    chance = random.Random(seed)
    say({"pid": os.getpid()})
    while True:
        if step(session, chance):
            say({"entries": len(session._ledger.entries), "position": session.position})


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def main():
    # Once, before any fork: SQLAlchemy is imported when a store is opened.
    importlib.import_module("review.tables")
    importlib.import_module("sqlalchemy.dialects.sqlite")
    for line in sys.stdin:
        seed, path = line.strip().split(" ", 1)
        child = os.fork()
        if child == 0:
            decide_for_ever(int(seed), Path(path))
        os.waitpid(child, 0)
        say({"ended": True})


if __name__ == "__main__":
    main()
