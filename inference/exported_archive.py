"""torch.export files (.pt2), read without torch.export.load.

That function unpickles (``weights_only=False`` for tensors and constants that
say so, and always the sample inputs), evaluates expressions of symbolic shapes
and compiles Python from the names in the graph (torch 2.14,
torch/export/pt2_archive/_package.py, torch/_export/serde/serialize.py). So we
read the parts of the zip that are data: the graph in JSON and the raw tensors.
The graph is run node by node by `inference.exported_network`.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import ModelUnavailableError

_MAXIMUM_JSON = 32 * 1024 * 1024
_MAXIMUM_BYTES = 2 * 1024**3
_MAXIMUM_ENTRIES = 20_000
_COPIES = 2
"""Bytes of tensors a byte of the file: some share their storage, e.g. tied heads,
and each gets its own copy."""

# torch._export.serde.schema.ScalarType, the ones networks for films use.
_DTYPES: dict[int, str] = {
    1: "<u1",
    2: "<i1",
    3: "<i2",
    4: "<i4",
    5: "<i8",
    6: "<f2",
    7: "<f4",
    8: "<f8",
    12: "?",
}


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The data of a torch.export file.

    Attributes
    ----------
    graph
        ``graph_module.graph`` of the schema.
    inputs, outputs
        ``input_specs`` and ``output_specs`` of its signature.
    tensors
        Parameters, buffers and constants by their dotted names.
    """

    graph: dict[str, Any]
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    tensors: dict[str, NDArray[Any]]


def read_archive(model_id: str, name: str, data: bytes) -> Exported:
    """Read the graph and the tensors; nothing is unpickled or run.

    Raises
    ------
    ModelUnavailableError
        If it is no torch.export file, is compressed, holds pickled tensors or
        objects, or a tensor does not fit its bytes.
    """
    try:
        return _Archive(data).read()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise _refusal(model_id, name, "it is no torch.export file") from error
    except _FaultError as fault:
        raise _refusal(model_id, name, str(fault)) from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = f"{type(error).__name__}: {str(error)[:100]}"
        raise _refusal(
            model_id, name, f"its graph is not described ({what})"
        ) from error


class _FaultError(Exception):
    """What is wrong with the file, in words."""


class _Archive:
    """The zip: stored entries of one root folder, each name once."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        entries = self._zip.infolist()
        names = [entry.filename for entry in entries]
        if len(names) > _MAXIMUM_ENTRIES or len(set(names)) != len(names):
            raise _FaultError("its entries repeat or are too many")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise _FaultError("it is compressed, which torch.export does not do")
        if sum(entry.file_size for entry in entries) > _MAXIMUM_BYTES:
            raise _FaultError(f"it holds more than {_MAXIMUM_BYTES} bytes")
        self._sizes = {entry.filename: entry.file_size for entry in entries}
        self._limit = _COPIES * len(data)
        self._taken: dict[str, bytes] = {}
        roots = {entry.split("/", 1)[0] for entry in names}
        if len(roots) != 1:
            raise _FaultError("it is no torch.export file")
        self._root = roots.pop()

    def read(self) -> Exported:
        """Return the one model of the archive."""
        module = self._json("models/model.json")["graph_module"]
        tensors: dict[str, NDArray[Any]] = {}
        for kind in ("weights", "constants"):
            table = self._json(f"data/{kind}/model_{kind}_config.json")["config"]
            for key, entry in table.items():
                tensors[key] = self._tensor(kind, key, entry)
        signature = module["signature"]
        return Exported(
            module["graph"],
            signature["input_specs"],
            signature["output_specs"],
            tensors,
        )

    def _json(self, path: str) -> dict[str, Any]:
        name = f"{self._root}/{path}"
        if name not in self._sizes:
            raise _FaultError(f"it lacks {path}")
        if self._sizes[name] > _MAXIMUM_JSON:
            raise _FaultError(f"{path} is larger than {_MAXIMUM_JSON} bytes")
        found = json.loads(self._zip.read(name))
        if not isinstance(found, dict):
            raise _FaultError(f"{path} is no table")
        return found

    def _tensor(self, kind: str, key: str, entry: dict[str, Any]) -> NDArray[Any]:
        label = f"tensor {key[:60]!r}"
        if entry["use_pickle"] is not False or entry["tensor_meta"] is None:
            raise _FaultError(f"{label} is pickled, which can run code")
        path = f"{self._root}/data/{kind}/{entry['path_name']}"
        if path not in self._sizes:
            raise _FaultError(f"{label} has no data")
        meta = entry["tensor_meta"]
        if meta["dtype"] not in _DTYPES:
            raise _FaultError(f"{label} is of a type that is not loaded")
        flat = np.frombuffer(self._bytes(path), _DTYPES[meta["dtype"]])
        tensor = _laid_out(label, flat, meta)
        self._limit -= tensor.nbytes
        if self._limit < 0:
            raise _FaultError("its tensors are larger than the file that holds them")
        return tensor

    def _bytes(self, path: str) -> bytes:
        """Read an entry once: torch.export lets tensors of one storage share it."""
        if path not in self._taken:
            self._taken[path] = self._zip.read(path)
        return self._taken[path]


def _laid_out(label: str, flat: NDArray[Any], meta: dict[str, Any]) -> NDArray[Any]:
    """Give raw numbers their shape; strides must stay inside the numbers."""
    shape = [_whole(side) for side in meta["sizes"]]
    strides = [_whole(stride) for stride in meta["strides"]]
    first = _whole(meta["storage_offset"])
    last = first + sum(
        (side - 1) * stride for side, stride in zip(shape, strides, strict=True)
    )
    # The product guards against a stride of 0, which repeats one number.
    if 0 in shape or last >= flat.size or math.prod(shape) > flat.size:
        raise _FaultError(f"{label} has the wrong length")
    steps = [stride * flat.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(flat[first:], shape, steps).copy()


def _whole(entry: dict[str, Any]) -> int:
    """Read a side of a tensor: a number, not an expression."""
    number = entry["as_int"]
    if type(number) is not int or number < 0:
        raise _FaultError("a tensor's side is no whole number")
    return number


def _refusal(model_id: str, name: str, fault: str) -> ModelUnavailableError:
    return ModelUnavailableError(model_id, f"{name} is not sound: {fault}")
