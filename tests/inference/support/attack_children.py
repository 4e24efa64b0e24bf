"""What a hostile file would do if it ran, for the limits of the child process."""

import os
import socket
import subprocess
import sys
import time


def connect():
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def start_process():
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def fill_memory():
    return len(bytearray(8 * 1024**3))


def never_end():
    time.sleep(600)


def answer_with_a_pickle(marker):
    """Write past the answer's form into the pipe, as code that broke out would."""
    from pathlib import Path

    import foreign_models

    sys._getframe(1).f_locals["pipe"].send(foreign_models.Marker(Path(marker)))
    os._exit(0)


def answer_with_a_wide_table():
    pipe = sys._getframe(1).f_locals["pipe"]
    pipe.send_bytes(b'{"succeeded": true}')
    os._exit(0)


def die():
    os._exit(7)
