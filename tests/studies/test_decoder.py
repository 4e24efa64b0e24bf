"""The decoders share the work, and none takes more down than one image."""

from __future__ import annotations

import io
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from studies import decoder_process
from studies import transfer_syntax as syntaxes
from studies.decoder import Decoder, DecodingFailedError
from studies.decoding import FILM, DecodeRequest

RAMP = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)
SHM = Path("/dev/shm")


def request_for(values: np.ndarray) -> DecodeRequest:
    import imagecodecs

    stream = bytes(imagecodecs.jpegls_encode(values))
    return DecodeRequest(stream, syntaxes.JPEG_LS, *values.shape, 1, 16, 16)


@pytest.fixture
def decoder():
    made = Decoder(processes=2)
    yield made
    made.close()


def test_that_samples_go_where_they_are_wanted(decoder) -> None:
    into = np.zeros((3, 48, 64), np.uint16)
    found = decoder.decode(request_for(RAMP), into[1])
    assert np.shares_memory(found.samples, into)
    assert np.array_equal(into[1], RAMP)
    assert not into[0].any()
    assert not into[2].any()


def test_that_one_caller_needs_one_process(decoder) -> None:
    for _ in range(4):
        decoder.decode(request_for(RAMP))
    assert len(decoder.pids) == 1


def test_that_warming_up_starts_all_processes(decoder) -> None:
    decoder.warm_up()
    assert len(set(decoder.pids)) == decoder.processes == 2
    before = decoder.pids
    assert np.array_equal(decoder.decode(request_for(RAMP)).samples, RAMP)
    assert decoder.pids == before


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has no niceness")
def test_that_decoders_let_the_window_go_first(decoder) -> None:
    decoder.decode(request_for(RAMP))
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    theirs = [os.getpriority(os.PRIO_PROCESS, pid) for pid in decoder.pids]
    assert theirs
    assert min(theirs) > min(mine, 18)


def test_that_many_threads_get_each_their_own_pixels(decoder) -> None:
    wrong = []

    def work(number: int) -> None:
        values = RAMP + number
        for _ in range(5):
            if not np.array_equal(decoder.decode(request_for(values)).samples, values):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(decoder.pids) == 2


def test_that_frames_may_grow_and_shrink(decoder) -> None:
    for side in (8, 1200, 64, 2000):
        values = np.arange(side * side, dtype=np.uint16).reshape(side, side)
        assert np.array_equal(decoder.decode(request_for(values)).samples, values)


@pytest.mark.skipif(not SHM.is_dir(), reason="blocks have no names here")
def test_that_no_block_is_left_behind_even_if_all_were_killed(decoder) -> None:
    before = set(SHM.iterdir())
    decoder.decode(request_for(RAMP))
    assert set(SHM.iterdir()) <= before
    os.kill(decoder.pids[0], signal.SIGKILL)
    decoder.close()
    assert set(SHM.iterdir()) <= before


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
def test_that_interrupting_ends_a_decode_that_hangs(decoder) -> None:
    decoder.decode(request_for(RAMP))
    os.kill(decoder.pids[0], signal.SIGSTOP)
    timer = threading.Timer(0.1, decoder.interrupt)
    timer.start()
    with pytest.raises(DecodingFailedError, match="crashed"):
        decoder.decode(request_for(RAMP))
    timer.join()
    assert np.array_equal(decoder.decode(request_for(RAMP)).samples, RAMP)


def test_that_a_stream_of_another_size_is_refused(decoder) -> None:
    request = request_for(RAMP)
    lying = DecodeRequest(request.content, syntaxes.JPEG_LS, 24, 64, 1, 16, 16)
    with pytest.raises(DecodingFailedError, match="another size than the header"):
        decoder.decode(lying)


def test_that_a_stream_of_more_depth_is_refused(decoder) -> None:
    request = request_for(RAMP)
    lying = DecodeRequest(request.content, syntaxes.JPEG_LS, 48, 64, 1, 8, 8)
    with pytest.raises(DecodingFailedError, match="another depth than the header"):
        decoder.decode(lying)


def test_that_damaged_and_empty_streams_are_refused_and_end_no_process(decoder) -> None:
    request = request_for(RAMP)
    for content in (b"", b"\0", request.content[:40]):
        lying = DecodeRequest(content, syntaxes.JPEG_LS, 48, 64, 1, 16, 16)
        with pytest.raises(DecodingFailedError, match="compressed pixels are"):
            decoder.decode(lying)
    assert len(decoder.pids) == 1


def test_that_more_than_a_gigabyte_is_refused_before_it_is_allocated(decoder) -> None:
    with pytest.raises(DecodingFailedError, match="more than 1024 MB"):
        decoder.decode(
            DecodeRequest(b"x", FILM, 32768, 32769), np.empty((1, 1), np.uint8)
        )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the limit is Linux only")
def test_that_a_stream_that_takes_more_memory_than_it_says_is_refused(decoder) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    # 169 MB of palette indices, which want 676 MB as RGBA and 507 MB as RGB.
    Image.new("P", (13000, 13000)).save(buffer, "PNG", compress_level=1)
    with pytest.raises(DecodingFailedError, match="more than 1024 MB"):
        decoder.decode(DecodeRequest(buffer.getvalue(), FILM, 64, 64))
    assert np.array_equal(decoder.decode(request_for(RAMP)).samples, RAMP)


def test_that_too_little_shared_memory_is_told(decoder, monkeypatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(decoder_process, "_reserve", full)
    with pytest.raises(DecodingFailedError, match="no 1 MB of shared memory left"):
        decoder.decode(request_for(RAMP))
    monkeypatch.undo()
    assert np.array_equal(decoder.decode(request_for(RAMP)).samples, RAMP)


def test_that_a_decoders_process_needs_no_pydicom(tmp_path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from studies import codecs, decoder_child; codecs.preload(); "
        "heavy = ('pydicom', 'torch', 'PySide6', 'scipy'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(decoder_process.__file__).parent.parent,
    )
    assert found.stdout.strip() == "[]"


def test_that_an_answer_nobody_waited_for_is_not_the_next_images(
    decoder, monkeypatch
) -> None:
    first, second = np.full((8, 8), 1, np.uint8), np.full((8, 8), 2, np.uint8)
    decoder.decode(request_for(first))

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("multiprocessing.connection.Connection.poll", interrupted)
        with pytest.raises(KeyboardInterrupt):
            decoder.decode(request_for(first))

    decoded = decoder.decode(request_for(second))

    np.testing.assert_array_equal(decoded.samples, second)
