import threading

import pytest

from inference.errors import InferenceCancelledError
from inference.jobs import CancelToken, Job, JobQueue, Priority


def ids(queue, number):
    jobs = [queue.take() for _ in range(number)]
    return [job.job_id for job in jobs if isinstance(job, Job)]


def test_that_what_is_on_screen_comes_before_prefetch():
    queue = JobQueue()
    queue.submit("next", None, Priority.PREFETCH)
    queue.submit("later", None, Priority.BACKGROUND)
    queue.submit("shown", None, Priority.ON_SCREEN)
    assert ids(queue, 3) == ["shown", "next", "later"]


def test_that_equal_priorities_keep_their_order():
    queue = JobQueue()
    for name in "abcde":
        queue.submit(name, None, Priority.PREFETCH)
    assert ids(queue, 5) == ["a", "b", "c", "d", "e"]


def test_that_payloads_need_not_be_comparable():
    queue = JobQueue()
    queue.submit("a", object(), Priority.ON_SCREEN)
    queue.submit("b", object(), Priority.ON_SCREEN)
    assert ids(queue, 2) == ["a", "b"]


def test_that_a_waiting_job_that_is_cancelled_is_never_taken():
    queue = JobQueue()
    token = queue.submit("a", None, Priority.ON_SCREEN)
    queue.submit("b", None, Priority.ON_SCREEN)
    assert queue.cancel("a") is True
    assert token.cancelled
    assert ids(queue, 1) == ["b"]


def test_that_cancelling_a_running_job_sets_its_token_only():
    queue = JobQueue()
    token = queue.submit("a", None, Priority.ON_SCREEN)
    queue.take()
    assert queue.cancel("a") is False
    assert token.cancelled


def test_that_cancelling_an_unknown_or_finished_job_does_nothing():
    queue = JobQueue()
    token = queue.submit("a", None, Priority.ON_SCREEN)
    queue.take()
    queue.finish("a")
    assert queue.cancel("a") is False
    assert queue.cancel("never") is False
    assert not token.cancelled


def test_that_an_id_in_use_is_refused_and_free_again_after_the_end():
    queue = JobQueue()
    queue.submit("a", None, Priority.ON_SCREEN)
    with pytest.raises(ValueError, match="waits or runs"):
        queue.submit("a", None, Priority.ON_SCREEN)
    queue.take()
    with pytest.raises(ValueError, match="waits or runs"):
        queue.submit("a", None, Priority.ON_SCREEN)
    queue.finish("a")
    queue.submit("a", None, Priority.ON_SCREEN)
    assert queue.waiting == 1


def test_that_a_prefetched_job_can_be_brought_forward():
    queue = JobQueue()
    queue.submit("a", None, Priority.PREFETCH)
    queue.submit("b", None, Priority.PREFETCH)
    assert queue.position("b") == 1
    assert queue.promote("b", Priority.ON_SCREEN)
    assert queue.position("b") == 0
    assert queue.promote("c", Priority.ON_SCREEN) is False
    assert queue.position("c") is None
    assert ids(queue, 2) == ["b", "a"]


def test_that_closing_wakes_the_taker_and_names_what_was_dropped():
    queue = JobQueue()
    taken = []
    running = queue.submit("running", None, Priority.ON_SCREEN)
    queue.take()
    queue.submit("prefetch", None, Priority.PREFETCH)
    queue.submit("shown", None, Priority.ON_SCREEN)
    assert queue.close() == ("shown", "prefetch")
    taker = threading.Thread(target=lambda: taken.append(queue.take()))
    taker.start()
    taker.join(10)
    assert taken == [None]
    assert running.cancelled
    assert queue.waiting == 0
    with pytest.raises(RuntimeError, match="closed"):
        queue.submit("late", None, Priority.ON_SCREEN)


def test_that_a_blocked_taker_gets_the_next_job():
    queue = JobQueue()
    taken = []
    taker = threading.Thread(target=lambda: taken.append(queue.take()))
    taker.start()
    queue.submit("a", 7, Priority.ON_SCREEN)
    taker.join(10)
    assert taken[0].payload == 7


def test_that_a_token_raises_only_once_cancelled():
    token = CancelToken()
    token.check()
    token.cancel()
    with pytest.raises(InferenceCancelledError):
        token.check()
