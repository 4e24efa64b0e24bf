from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from inference import shared_arrays


def test_that_arrays_start_at_multiples_of_64_bytes():
    layout = shared_arrays.plan(
        "overread-test-a", {"a": np.zeros(3, np.uint8), "b": np.zeros(33, np.float32)}
    )
    assert [slot.offset for slot in layout.slots] == [0, 64]
    assert layout.size == 64 + 192


def test_that_arrays_are_copied_so_that_the_block_may_go():
    arrays = {"a": np.arange(4).reshape(2, 2)}
    layout = shared_arrays.plan("overread-test-b", arrays)
    block = shared_arrays.put(layout, arrays)
    taken = shared_arrays.take(layout)
    assert block is not None
    block.close()
    shared_arrays.remove("overread-test-b")
    assert taken["a"].tolist() == [[0, 1], [2, 3]]


def test_that_arrays_not_in_row_order_keep_their_values():
    arrays = {"a": np.arange(6).reshape(2, 3).T[::-1]}
    layout = shared_arrays.plan("overread-test-c", arrays)
    block = shared_arrays.put(layout, arrays)
    assert block is not None
    block.close()
    taken = shared_arrays.take(layout)
    shared_arrays.remove("overread-test-c")
    assert taken["a"].tolist() == [[2, 5], [1, 4], [0, 3]]


def test_that_a_block_is_removed_by_name_whoever_made_it():
    SharedMemory("overread-test-d", create=True, size=8).close()
    shared_arrays.remove("overread-test-d")
    with pytest.raises(FileNotFoundError):
        SharedMemory("overread-test-d")


def test_that_removing_a_block_that_was_never_made_is_fine():
    shared_arrays.remove("overread-test-none")
