"""Files, folders, archives and DICOMDIRs -> studies and a list of problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studies.model import Discovery
from studies.search import Cancelled, NoMemory, Progress, Search
from studies.walk import candidates


def discover(
    paths: Sequence[Path],
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Discovery:
    """Find what the paths hold; headers only, no pixels are read.

    Parameters
    ----------
    paths
        Files, folders (walked to their end), zips and DICOMDIRs.
    progress
        Called with the number of files read and the number known.
    cancelled
        Asked between files; once it says true, what was found so far returns.

    Returns
    -------
    Discovery
        A bad file is a line of `problems`, never an exception.
    """
    stop = cancelled or (lambda: False)
    return Search(candidates(paths, stop), NoMemory(), progress, stop).run()
