import threading

import pytest

from cli.write_behind import WriteBehind


def test_that_items_are_written_in_order_in_one_other_thread():
    written, threads = [], set()

    def write(item):
        written.append(item)
        threads.add(threading.current_thread().name)

    with WriteBehind(write) as writer:
        for item in range(50):
            writer.add(item)
    assert written == list(range(50))
    assert threads == {"write-behind_0"}


def test_that_what_was_added_is_written_though_the_block_is_interrupted():
    written = []

    def interrupted():
        with WriteBehind(written.append) as writer:
            writer.add(1)
            writer.add(2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert written == [1, 2]


def test_that_what_writing_raises_is_raised_and_no_thread_stays():
    def full(item):
        raise OSError("no space left on device")

    def write_ten():
        with WriteBehind(full) as writer:
            for item in range(10):
                writer.add(item)

    with pytest.raises(OSError, match="no space left"):
        write_ten()
    assert not [one for one in threading.enumerate() if "write-behind" in one.name]
