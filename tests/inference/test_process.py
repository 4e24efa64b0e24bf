import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from inference.errors import (
    HandlerFailedError,
    InferenceCancelledError,
    SharedMemoryFullError,
    WorkerDiedError,
    WorkerTimeoutError,
)
from inference.jobs import CancelToken
from inference.process import WorkerProcess

ROOT = Path(__file__).resolve().parent.parent.parent


def blocks() -> set[str]:
    """Names of our blocks of shared memory that exist now."""
    folder = Path("/dev/shm")
    if not folder.is_dir():
        pytest.skip("this system does not list its shared memory")
    return {path.name for path in folder.glob("overread-*")}


def cancel_at_first_report(token):
    return lambda fraction, step: token.cancel()


def test_that_payload_and_arrays_go_to_the_process_and_come_back(doubler):
    given = {
        "a": np.arange(6, dtype=np.int16).reshape(2, 3),
        "b": np.array([0.5, -1.5], dtype=np.float32),
    }
    result, arrays = doubler.call({"key": 4}, given, timeout_s=60)
    assert result == {"said": {"key": 4}}
    assert arrays["a"].tolist() == [[0, 2, 4], [6, 8, 10]]
    assert arrays["a"].dtype == np.int16
    assert arrays["b"].tolist() == [1.0, -3.0]


def test_that_empty_arrays_keep_their_shape(doubler):
    _, arrays = doubler.call(None, {"none": np.empty((0, 4))}, timeout_s=60)
    assert arrays["none"].shape == (0, 4)


def test_that_progress_is_told_in_the_callers_thread(doubler):
    seen = []
    doubler.call(
        None,
        on_progress=lambda *step: seen.append((step, threading.get_ident())),
        timeout_s=60,
    )
    assert seen == [((0.5, "doubling"), threading.get_ident())]


def test_that_one_process_serves_many_calls(worker):
    worker.call("a", timeout_s=60)
    first = worker.pid
    worker.call("b", timeout_s=60)
    assert worker.pid == first


def test_that_a_raising_handler_is_told_by_class_and_text_and_lives_on(worker):
    with pytest.raises(HandlerFailedError, match="ValueError: no such rib") as caught:
        worker.call("raise", timeout_s=60)
    assert caught.value.kind == "ValueError"
    assert "fake_handlers.py" in caught.value.frames
    pid = worker.pid
    assert worker.call("next", timeout_s=60)[0] == "next"
    assert worker.pid == pid


@pytest.mark.parametrize(
    ("payload", "kind"), [("memory", "MemoryError"), ("exit", "SystemExit")]
)
def test_that_memory_errors_and_exits_end_the_call_only(worker, payload, kind):
    with pytest.raises(HandlerFailedError) as caught:
        worker.call(payload, timeout_s=60)
    assert caught.value.kind == kind
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_result_that_cannot_be_pickled_is_an_error_of_its_call(worker):
    with pytest.raises(HandlerFailedError):
        worker.call("unpicklable", timeout_s=60)
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_payload_the_child_cannot_restore_is_an_error_of_its_call(worker):
    class Local(Exception):  # noqa: N818 - it only has to be unknown to the child
        pass

    Local.__qualname__ = "Vanished"
    Local.__module__ = "fake_handlers"
    import fake_handlers

    fake_handlers.Vanished = Local
    with pytest.raises(HandlerFailedError, match="Vanished"):
        worker.call(Local, timeout_s=60)
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_dying_process_is_replaced_at_the_next_call(worker):
    with pytest.raises(WorkerDiedError) as caught:
        worker.call("die", timeout_s=60)
    assert caught.value.exit_code == 7
    assert not worker.alive
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_process_killed_from_outside_is_replaced(worker):
    def kill(fraction, step):
        os.kill(worker.pid, signal.SIGKILL)

    with pytest.raises(WorkerDiedError) as caught:
        worker.call("hang", on_progress=kill, timeout_s=60)
    assert caught.value.exit_code == -signal.SIGKILL
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_hanging_handler_is_killed_at_its_time_limit(worker):
    worker.call("warm", timeout_s=60)
    first = worker.pid
    with pytest.raises(WorkerTimeoutError, match=r"within 0\.3 s"):
        worker.call("hang", timeout_s=0.3)
    assert worker.alive
    assert worker.pid != first
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_cancelled_handler_stops_at_its_next_report(worker):
    worker.call("warm", timeout_s=60)
    token, pid = CancelToken(), worker.pid
    with pytest.raises(InferenceCancelledError):
        worker.call(
            "poll",
            token=token,
            on_progress=cancel_at_first_report(token),
            timeout_s=60,
        )
    assert worker.pid == pid


def test_that_a_handler_deaf_to_cancelling_is_killed_within_200_ms(worker):
    took = []
    for _ in range(3):
        worker.call("warm", timeout_s=60)
        token, pid, began = CancelToken(), worker.pid, []

        def cancel(fraction, step, token=token, began=began):
            began.append(time.monotonic())
            token.cancel()

        with pytest.raises(InferenceCancelledError):
            worker.call("hang", token=token, on_progress=cancel, timeout_s=60)
        took.append(time.monotonic() - began[0])
        assert worker.pid != pid
    # The quickest: the machine may be busy with other things.
    assert min(took) < 0.2
    assert worker.call("next", timeout_s=60)[0] == "next"


def test_that_a_call_cancelled_beforehand_starts_no_process(worker):
    token = CancelToken()
    token.cancel()
    with pytest.raises(InferenceCancelledError):
        worker.call("a", token=token, timeout_s=60)
    assert worker.pid is None


def test_that_cancelling_while_the_handler_is_imported_keeps_the_process(
    tmp_path, monkeypatch
):
    (tmp_path / "slow_handler.py").write_text(
        "import os, time\n"
        "path = os.environ['OVERREAD_TEST_GO']\n"
        "while not os.path.exists(path):\n"
        "    time.sleep(0.01)\n"
        "def run(payload, arrays, report):\n"
        "    return payload, {}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("OVERREAD_TEST_GO", str(tmp_path / "go"))
    process = WorkerProcess("slow_handler:run", name="test")
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    with pytest.raises(InferenceCancelledError):
        process.call("a", token=token, timeout_s=60)
    timer.join()
    pid = process.pid
    (tmp_path / "go").touch()
    assert process.call("b", timeout_s=60)[0] == "b"
    assert process.pid == pid
    process.close()


def test_that_a_handler_whose_import_hangs_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "hung_handler.py").write_text("while True:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    process = WorkerProcess("hung_handler:run", name="test", start_limit_s=0.3)
    with pytest.raises(WorkerTimeoutError):
        process.call(None, timeout_s=60)
    process.close()
    assert process.pid is None


def test_that_a_handler_that_cannot_be_imported_is_told(worker):
    process = WorkerProcess("fake_handlers:missing", name="test")
    with pytest.raises(HandlerFailedError, match="AttributeError"):
        process.call(None, timeout_s=60)
    process.close()


def test_that_no_shared_memory_is_left_after_any_end(worker):
    film = {"film": np.zeros((500, 500), np.uint16)}
    before = blocks()
    worker.call("large", film, timeout_s=60)
    for payload in ("raise", "die", "unpicklable"):
        with pytest.raises((HandlerFailedError, WorkerDiedError)):
            worker.call(payload, film, timeout_s=60)
    with pytest.raises(WorkerTimeoutError):
        worker.call("hang", film, timeout_s=0.2)
    assert blocks() == before


def test_that_arrays_larger_than_the_shared_memory_are_refused(worker, monkeypatch):
    free = os.statvfs_result((4096, 4096, 2, 2, 2, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: free)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SharedMemoryFullError, match="20032 bytes are needed, 8192"):
        worker.call("a", {"big": np.zeros(20000, np.uint8)}, timeout_s=60)


def test_that_arrays_of_objects_are_refused(worker):
    with pytest.raises(TypeError, match="Python objects"):
        worker.call("a", {"bad": np.array([object()])}, timeout_s=60)


def test_that_the_main_module_is_not_imported_again_in_the_process(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\n"
        "import colorsys  # stands for Qt\n"
        f"sys.path[:0] = [{str(ROOT)!r},"
        f" {str(Path(__file__).parent / 'support')!r}]\n"
        "from inference.process import WorkerProcess\n"
        "process = WorkerProcess('fake_handlers:behave', name='test')\n"
        "modules = process.call('modules', timeout_s=60)[0]\n"
        "process.close()\n"
        "print('colorsys' in modules)\n"
        "assert sys.modules['__main__'].__file__ == __file__\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["False"]


@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")
@pytest.mark.parametrize("ending", ["hang", "poll"])
def test_that_the_process_dies_with_its_parent_and_nothing_is_left(tmp_path, ending):
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\n"
        f"sys.path[:0] = [{str(ROOT)!r},"
        f" {str(Path(__file__).parent / 'support')!r}]\n"
        "from inference.process import WorkerProcess\n"
        "process = WorkerProcess('fake_handlers:behave', name='test')\n"
        "process.start()\n"
        "print('started', flush=True)\n"
        f"process.call({ending!r}, timeout_s=60,"
        " on_progress=lambda *_: print('busy', flush=True))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    assert parent.stdout.readline() == "busy\n"
    parent.kill()
    parent.wait()
    # The child has this pipe as its stdout: reading ends when the child does.
    assert parent.stdout.read().replace("busy\n", "") == ""
    parent.stdout.close()
