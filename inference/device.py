"""Where a model runs. Imports torch only inside functions."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inference.errors import DeviceUnavailableError

if TYPE_CHECKING:
    import torch


def choose(name: str) -> torch.device:
    """Return the device for ``"auto"``, ``"cpu"`` or ``"cuda:N"``.

    Auto is the first CUDA device if there is one, else the CPU.

    Raises
    ------
    DeviceUnavailableError
        If the name is another one, or that device is not here.
    """
    import torch

    number = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if number else "cpu")
    match = re.fullmatch(r"cuda(?::(\d{1,3}))?", name)
    index = int(match[1] or 0) if match else 0
    if name != "cpu" and (match is None or index >= number):
        raise DeviceUnavailableError(name, _here(number))
    return torch.device("cpu" if name == "cpu" else f"cuda:{index}")


def may_use_gpu(name: str) -> bool:
    """Whether a run on this device may have been on a GPU, without asking torch.

    The window's process never imports torch, yet has to know whether a hung
    job is worth a second try on the CPU.
    """
    if name == "cpu":
        return False
    if name != "auto":
        return True
    return sys.platform == "win32" or Path("/proc/driver/nvidia").exists()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that the GPU's memory is exhausted."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return True
    # cuDNN and cuBLAS report it under names of their own.
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "CUDA out of memory" in text or "_ALLOC_FAILED" in text
    )


@contextmanager
def autocast(device: torch.device) -> Iterator[None]:
    """Compute in half precision on a GPU, in single precision on the CPU.

    bfloat16 where the GPU has it, because it cannot overflow; on the CPU it
    shifts the logits of small networks by up to 3 % and is not used.
    """
    import torch

    if device.type != "cuda":
        yield
        return
    wide = torch.cuda.is_bf16_supported()
    dtype = torch.bfloat16 if wide else torch.float16
    with torch.autocast("cuda", dtype=dtype):
        yield


def free_memory(device: torch.device) -> None:
    """Give cached GPU memory back."""
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()


def _here(number: int) -> tuple[str, ...]:
    return ("auto", "cpu", *(f"cuda:{index}" for index in range(number)))
