"""The sample films: two public DICOM compression samples from PyPI."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from studies.errors import UnreadableFileError

_PACKAGE = "pydicom-data"
_FILMS = ("RG1_UNCI.dcm", "RG3_UNCI.dcm")


def sample_films() -> tuple[Path, Path]:
    """Return the paths of RG1 (a chest) and RG3 (a lower leg).

    Raises
    ------
    UnreadableFileError
        If the package ``pydicom-data`` or one of the films is not installed.
    """
    spec = importlib.util.find_spec("data_store")
    if spec is None or spec.origin is None:
        raise UnreadableFileError(
            Path(_FILMS[0]), f"the package {_PACKAGE} is not installed"
        )
    folder = Path(spec.origin).parent / "data"
    chest, leg = (folder / name for name in _FILMS)
    for film in (chest, leg):
        if not film.is_file():
            raise UnreadableFileError(film, f"the package {_PACKAGE} lacks it")
    return chest, leg
