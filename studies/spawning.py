"""What every process that we spawn needs."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_main_lock = threading.Lock()


@contextmanager
def bare_main() -> Iterator[None]:
    """Hide the main module while a process is spawned.

    multiprocessing would import it again in the child, and with it Qt, pytest
    or whatever the program began with. Nothing that we pickle lives there. Any
    thread may call this: they take turns.
    """
    with _main_lock:
        main: Mapping[str, types.ModuleType] = {"__main__": sys.modules["__main__"]}
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules.update(main)
