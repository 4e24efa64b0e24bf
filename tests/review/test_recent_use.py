from dataclasses import replace
from datetime import timedelta

import pytest

from review.decision import Verdict
from review.recent_use import RecentUse, recent_use

SINCE_START = timedelta(days=1)


@pytest.fixture
def analysis(build_analysis, header):
    return build_analysis(header)


@pytest.fixture
def start(clock):
    return clock()


def test_that_flagged_claims_and_what_became_of_them_are_counted(
    session, store, analysis, start
):
    session.adopt(analysis)
    uid = next(row.finding_uid for row in session.findings if row.flagged)
    session.decide(uid, Verdict.REJECTED)
    use = recent_use(store, analysis.model.sha256, start - SINCE_START)
    key = uid.rpartition("/")[2]
    assert use[key] == RecentUse(films=1, flagged=1, rejected=1)
    quiet = [one for one in use.values() if not one.flagged]
    assert all(one == RecentUse(films=1) for one in quiet)


def test_that_a_decision_taken_back_counts_as_undecided(
    session, store, analysis, start
):
    session.adopt(analysis)
    uid = next(row.finding_uid for row in session.findings if row.flagged)
    session.decide(uid, Verdict.CONFIRMED)
    session.undo()
    use = recent_use(store, analysis.model.sha256, start - SINCE_START)
    assert use[uid.rpartition("/")[2]].undecided == 1


def test_that_what_came_before_or_from_other_weights_does_not_count(
    session, store, analysis, start
):
    session.adopt(analysis)
    later = start + timedelta(hours=1)
    assert recent_use(store, analysis.model.sha256, later) == {}
    assert recent_use(store, "00" * 32, start - SINCE_START) == {}


def test_that_a_film_analysed_twice_counts_once(session, store, analysis, start):
    session.adopt(analysis)
    session.adopt(replace(analysis, request_id="again"))
    use = recent_use(store, analysis.model.sha256, start - SINCE_START)
    assert {one.films for one in use.values()} == {1}
