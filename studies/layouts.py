"""Layouts of files read before, so that their headers are not read again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TypeAlias

from studies.layout import PixelLayout
from studies.model import ImageHeader

# Bytes of the file and when it was changed, in ns.
Stamp: TypeAlias = tuple[int, int]

_REMEMBERED = 4096
_layouts: OrderedDict[Path, tuple[Stamp, str, PixelLayout]] = OrderedDict()
_lock = threading.Lock()


def remember_layout(header: ImageHeader, stamp: Stamp, layout: PixelLayout) -> None:
    """Keep a layout; the longest kept goes when there are over 4096. Any thread."""
    with _lock:
        _layouts[header.path] = stamp, header.sop_instance_uid, layout
        while len(_layouts) > _REMEMBERED:
            _layouts.popitem(last=False)


def remembered_layout(header: ImageHeader, stamp: Stamp) -> PixelLayout | None:
    """Return the layout of the header's file if that has not changed. Any thread."""
    with _lock:
        found = _layouts.get(header.path)
    if found is None or found[:2] != (stamp, header.sop_instance_uid):
        return None
    return found[2]


def has_changed(header: ImageHeader, stamp: Stamp) -> bool:
    """Return whether the file is known to have been another. Any thread."""
    with _lock:
        found = _layouts.get(header.path)
    return found is not None and found[0] != stamp


def forget_layouts() -> None:
    """Forget all: the next reading of each file finds its layout anew. Any thread."""
    with _lock:
        _layouts.clear()
