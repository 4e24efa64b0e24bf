"""Arrays of one call in one block of shared memory: packing and unpacking.

Both sides of the pipe use this. The parent alone unlinks, by a name it chose
itself, so that a child killed at any moment leaves nothing behind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.errors import SharedMemoryFullError

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

_ALIGNMENT = 64
_FOLDER = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one array lies in the block."""

    key: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What a block holds; this small object alone travels through the pipe."""

    name: str
    size: int
    slots: tuple[Slot, ...]


def plan(name: str, arrays: Arrays) -> Layout:
    """Say where each array will lie; nothing is allocated.

    Raises
    ------
    TypeError
        If an array holds Python objects.
    """
    slots = []
    offset = 0
    for key, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"array {key!r} holds Python objects")
        slots.append(Slot(key, array.dtype.str, array.shape, offset))
        offset += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    return Layout(name, offset, tuple(slots))


def put(layout: Layout, arrays: Arrays) -> SharedMemory | None:
    """Allocate the block and copy the arrays into it; None if all are empty.

    The copy releases the interpreter's lock, so that a window's event loop
    runs on while it is made in another thread.

    Raises
    ------
    SharedMemoryFullError
        If the block does not fit: writing to it would end the process (SIGBUS).
    """
    if layout.size == 0:
        return None
    _check_space(layout.size)
    block = SharedMemory(layout.name, create=True, size=layout.size)
    for slot in layout.slots:
        view = _view(block, slot)
        np.copyto(view, arrays[slot.key])
        del view
    return block


def take(layout: Layout) -> dict[str, NDArray[Any]]:
    """Copy the arrays out of a block made by the other side."""
    if layout.size == 0:
        return {slot.key: np.empty(slot.shape, slot.dtype) for slot in layout.slots}
    block = SharedMemory(layout.name)
    try:
        return {slot.key: _view(block, slot).copy() for slot in layout.slots}
    finally:
        block.close()


def remove(name: str) -> None:
    """Unlink the block of this name, whoever made it; none is fine too."""
    try:
        block = SharedMemory(name)
    except FileNotFoundError:
        return
    except ValueError:
        # Its maker was killed between creating and sizing it: it is empty and
        # cannot be mapped.
        (_FOLDER / name).unlink(missing_ok=True)
        return
    block.close()
    block.unlink()


def _view(block: SharedMemory, slot: Slot) -> NDArray[Any]:
    return np.ndarray(slot.shape, slot.dtype, buffer=block.buf, offset=slot.offset)


def _check_space(needed: int) -> None:
    # Only Linux has a separate, small file system for it (64 MB in a container).
    if sys.platform != "linux" or not _FOLDER.is_dir():
        return
    status = os.statvfs(_FOLDER)
    free = status.f_bavail * status.f_frsize
    if needed > free:
        raise SharedMemoryFullError(needed, free)
