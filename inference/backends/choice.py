"""Which backend runs the networks on the CPU. No torch."""

from __future__ import annotations

import importlib.util
import os
from typing import Literal, TypeAlias, get_args

from studies.errors import OverreadError

Backend: TypeAlias = Literal["auto", "torch", "openvino"]

BACKENDS: tuple[Backend, ...] = get_args(Backend)
"""``auto``: OpenVINO where it is installed, else PyTorch."""

VARIABLE = "OVERREAD_BACKEND"


class UnknownBackendError(OverreadError):
    """A backend was named that there is not."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"backend {found[:40]!r} is not known; allowed: {', '.join(BACKENDS)}"
        )


def choose(name: str = "") -> Backend:
    """Return the backend that is asked for.

    Parameters
    ----------
    name
        "" for what the environment variable ``OVERREAD_BACKEND`` says, and
        ``auto`` where that is not set.

    Raises
    ------
    UnknownBackendError
        If it is none of `BACKENDS`.
    """
    wanted = name or os.environ.get(VARIABLE, "") or "auto"
    for backend in BACKENDS:
        if backend == wanted:
            return backend
    raise UnknownBackendError(wanted)


def is_installed() -> bool:
    """Whether the optional package ``openvino`` is here; it is not imported."""
    return importlib.util.find_spec("openvino") is not None
