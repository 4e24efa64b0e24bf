"""Whole modules as PyTorch pickled them before 1.6; nothing of them is called.

TorchXRayVision's DenseNets were published so. torch's weights-only unpickler
refuses the form, so this reads it with an unpickler of our own, in which every
name stands for an inert class or function defined here. Runs in the child of
`inference.convert`.

References
----------
torch/serialization.py, _legacy_save: five pickles (magic number, protocol,
system, object, storage keys), then by key an int64 count and the raw numbers.
"""

from __future__ import annotations

import collections
import math
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import torch
from torch import Tensor

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "LongStorage": torch.int64,
    "DoubleStorage": torch.float64,
}
_INERT = frozenset(
    f"{module}.{name}"
    for module, names in {
        "numpy": ("ndarray", "dtype"),
        "numpy.core.multiarray": ("_reconstruct", "scalar"),
        "numpy._core.multiarray": ("_reconstruct", "scalar"),
        "_codecs": ("encode",),
    }.items()
    for name in names
)


class ModuleShell:
    """Stands for any part of the network; gets its attributes and no behaviour."""


class Inert:
    """Stands for anything kept beside the tensors, such as a list of labels."""

    def __init__(self, *_: object) -> None:
        """Take what the file says and do nothing with it."""

    def __setstate__(self, _: object) -> None:
        """Take what the file says and do nothing with it."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of numbers, by its key."""

    key: str
    dtype: torch.dtype
    count: int


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor: where in a storage it lies."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _view(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> _View:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor without a storage")
    return _View(storage, int(offset), tuple(shape), tuple(strides))


def _parameter(view: Any, *_: Any) -> Any:
    return view


class _Unpickler(pickle.Unpickler):
    """Knows the names it was given and tells the first that it does not."""

    def __init__(self, stream: BinaryIO, modules: frozenset[str]) -> None:
        super().__init__(stream)
        self._modules = modules
        self._known: dict[str, Callable[..., Any]] = {
            "torch._utils._rebuild_tensor_v2": _view,
            "torch._utils._rebuild_tensor": _view,
            "torch._utils._rebuild_parameter": _parameter,
            "collections.OrderedDict": collections.OrderedDict,
            "__builtin__.set": set,
            "builtins.set": set,
        }

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for; never the thing itself."""
        full = f"{module}.{name}"
        if full in self._known:
            return self._known[full]
        if full in self._modules:
            return ModuleShell
        if full in _INERT:
            return Inert
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise pickle.UnpicklingError(f"Unsupported global: GLOBAL {full} ")

    def persistent_load(self, saved: Any) -> Any:
        """Return a storage, or the shell of a part stored with its source."""
        if isinstance(saved, tuple) and saved[:1] == ("module",):
            return saved[1]
        if (
            isinstance(saved, tuple)
            and len(saved) == 6
            and saved[0] == "storage"
            and isinstance(saved[1], torch.dtype)
            and saved[5] is None
        ):
            return _Storage(str(saved[2]), saved[1], int(saved[4]))
        raise pickle.UnpicklingError("Unsupported class of a stored object ")


def is_legacy(stream: BinaryIO) -> bool:
    """Whether a file is of this form; leaves the stream at its start."""
    start = stream.read(2)
    stream.seek(0)
    return start != b"PK"


def read_legacy(stream: BinaryIO, modules: frozenset[str]) -> dict[str, Tensor]:
    """Return the tensors of a pickled module by their dotted names.

    Parameters
    ----------
    modules
        Full names of the classes that parts of the network may have.

    Raises
    ------
    pickle.UnpicklingError
        If the file asks for any other name, or is not of this form.
    """
    magic, _, _, root, keys = (_Unpickler(stream, modules).load() for _ in range(5))
    if magic != _MAGIC or not isinstance(keys, list):
        raise pickle.UnpicklingError("no file that torch wrote")
    views: dict[str, _View] = {}
    _collect(root, "", views, depth=0)
    sizes = {view.storage.key: view.storage for view in views.values()}
    stored: dict[str, Tensor] = {}
    for key in keys:
        if key not in sizes:
            raise pickle.UnpicklingError("a storage that no tensor uses")
        stored[key] = _read_storage(stream, sizes[key])
    return {name: _lay_out(view, stored) for name, view in views.items()}


def _collect(part: Any, place: str, views: dict[str, _View], depth: int) -> None:
    """Walk the shells as `state_dict` walks modules."""
    if not isinstance(part, ModuleShell) or depth > 50:
        raise pickle.UnpicklingError("no module")
    held = vars(part)
    for group in ("_parameters", "_buffers"):
        for name, view in dict(held.get(group, {})).items():
            if isinstance(view, _View):
                views[f"{place}{name}"] = view
    for name, inner in dict(held.get("_modules", {})).items():
        if inner is not None:
            _collect(inner, f"{place}{name}.", views, depth + 1)


def _read_storage(stream: BinaryIO, storage: _Storage) -> Tensor:
    (count,) = struct.unpack("<q", stream.read(8))
    if count != storage.count:
        raise pickle.UnpicklingError("a storage of another length")
    size = count * torch.empty(0, dtype=storage.dtype).element_size()
    data = stream.read(size)
    if len(data) != size:
        raise pickle.UnpicklingError("a storage that is cut short")
    if not count:
        return torch.empty(0, dtype=storage.dtype)
    return torch.frombuffer(bytearray(data), dtype=storage.dtype)


def _lay_out(view: _View, stored: dict[str, Tensor]) -> Tensor:
    flat = stored.get(view.storage.key)
    last = view.offset + sum(
        (side - 1) * step for side, step in zip(view.shape, view.strides, strict=True)
    )
    if flat is None or min(view.offset, *view.shape, *view.strides, 0) < 0:
        raise pickle.UnpicklingError("a tensor outside its storage")
    if last >= flat.numel() or math.prod(view.shape) > flat.numel():
        raise pickle.UnpicklingError("a tensor outside its storage")
    return flat.as_strided(view.shape, view.strides, view.offset).clone()
