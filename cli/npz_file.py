"""An npz file written array by array, that appears when it is complete."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALL = 1024
"""Bytes; squeezing a heatmap of 7 x 7 takes longer than writing it."""

_DATE = (1980, 1, 1, 0, 0, 0)  # the zip format's first day, as `ZipFile.open` has it


class NpzFile:
    """Arrays by name, on their way into `path`; none of them stays in memory.

    An earlier run's file is taken away at once: its arrays would be taken for
    this run's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".{path.name}.part")
        self._zip: zipfile.ZipFile | None = None
        path.unlink(missing_ok=True)

    def add(self, name: str, values: NDArray[Any]) -> str:
        """Write an array and return what a result line calls it."""
        if values.nbytes <= _SMALL:
            entry = zipfile.ZipInfo(f"{name}.npy", _DATE)
            self.opened().writestr(entry, _npy(values), zipfile.ZIP_STORED)
        else:
            with self.opened().open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, values, allow_pickle=False)
        return f"{self._path.name}#{name}"

    def opened(self) -> zipfile.ZipFile:
        """Return the draft, begun if it was not."""
        if self._zip is None:
            self._zip = zipfile.ZipFile(self._draft, "w", zipfile.ZIP_DEFLATED)
        return self._zip

    def close(self, *, keep: bool) -> None:
        """Give the draft its name; nothing was begun, nothing appears.

        Parameters
        ----------
        keep
            Whether all arrays are in it; else it is taken away.
        """
        if self._zip is None:
            return
        try:
            self._zip.close()
            if keep:
                self._draft.replace(self._path)
        finally:
            self._draft.unlink(missing_ok=True)


def _npy(values: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, values, allow_pickle=False)
    return stream.getvalue()
