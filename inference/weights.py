"""Weights files: read once, hashed, their header checked before anything loads."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import struct
from pathlib import Path
from typing import Any

from inference.errors import ModelUnavailableError
from inference.limited import Limits, run_limited
from inference.read_once import read_once

PICKLED = frozenset(
    {".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".npy", ".zip"}
)
"""Suffixes of files that may hold pickles: never opened."""

MAXIMUM_BYTES = 2 * 1024**3
"""Larger weights are not read: they would fill a laptop's memory."""

_MAXIMUM_HEADER = 16 * 1024 * 1024
_BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
}


def read_verified(model_id: str, path: Path, sha256: str) -> bytes:
    """Read a weights file, hash it and check its form by its suffix.

    Raises
    ------
    ModelUnavailableError
        As `read_hashed`; also if it is not a sound safetensors, ONNX or
        torch.export file.
    """
    data = read_hashed(model_id, path, sha256)
    check_form(model_id, path.name, data)
    return data


def verify_file(model_id: str, path: Path, sha256: str) -> None:
    """As `read_verified`, without its bytes; foreign formats in a child process.

    What reads an ONNX or torch.export file follows a stranger's graph and
    lengths: here it has limits of memory and time, and its fall is a refusal.
    """
    data = read_hashed(model_id, path, sha256)
    if path.suffix.lower() not in (".onnx", ".pt2"):
        check_form(model_id, path.name, data)
        return
    del data  # the child reads and hashes the file for itself
    run_limited(
        model_id,
        "inference.weights:check_file",
        {"model_id": model_id, "path": str(path), "sha256": sha256},
        Limits(),
    )


def check_file(model_id: str, path: str, sha256: str) -> None:
    """Do it, in the child."""
    read_verified(model_id, Path(path), sha256)


def read_hashed(model_id: str, path: Path, sha256: str) -> bytes:
    """Read a weights file and compare its hash; what is in it is not looked at.

    The bytes that were hashed are the ones returned, so that the file cannot
    be changed between check and use.

    Raises
    ------
    ModelUnavailableError
        If it is missing, a link, or not what the manifest says.
    """
    refuse_pickle(model_id, path)
    data = read_once(model_id, path, MAXIMUM_BYTES)
    found = hashlib.sha256(data).hexdigest()
    if not hmac.compare_digest(found, sha256.lower()):
        raise ModelUnavailableError(
            model_id,
            f"{path.name} changed: its SHA-256 is {found[:12]}…,"
            f" the manifest says {sha256[:12]}…",
        )
    return data


def check_form(model_id: str, name: str, data: bytes) -> None:
    """Refuse bytes that are not a sound file of their kind, by its suffix."""
    suffix = Path(name).suffix.lower()
    if suffix == ".onnx":
        from inference.onnx_file import check_onnx

        check_onnx(model_id, name, data)
    elif suffix == ".pt2":
        from inference.exported_archive import read_archive

        read_archive(model_id, name, data)
    else:
        check_header(model_id, name, data)


def refuse_pickle(model_id: str, path: Path) -> None:
    """Refuse a file that by its name may hold pickles."""
    if path.suffix.lower() in PICKLED:
        raise ModelUnavailableError(
            model_id,
            f"{path.name} may be a pickled file, which can run code;"
            " only safetensors files are loaded (see: overread models convert --help)",
        )


def check_header(model_id: str, name: str, data: bytes) -> None:
    """Refuse a header that is too long, lies about the data, or is none.

    References
    ----------
    safetensors format: 8 bytes little-endian header length, JSON header, data.
    """
    reason = _header_fault(data)
    if reason is not None:
        raise ModelUnavailableError(model_id, f"{name} is not sound: {reason}")


def _header_fault(data: bytes) -> str | None:
    # A header of 128 or 640 bytes begins as a pickle does; its ninth byte does not.
    pickled = data[:1] == b"\x80" and data[8:9] != b"{"
    if data[:4] == b"PK\x03\x04" or pickled:
        return "it is a zip or pickle file under another name"
    if len(data) < 8:
        return "it is shorter than its header"
    (length,) = struct.unpack("<Q", data[:8])
    if length > _MAXIMUM_HEADER:
        return f"its header claims {length} bytes; allowed: {_MAXIMUM_HEADER}"
    if length > len(data) - 8:
        return f"its header claims {length} bytes, the file has {len(data) - 8}"
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_once_each)
    except _RepeatedNameError as repeated:
        return f"its header names {str(repeated)[:60]!r} twice"
    except (ValueError, RecursionError):
        return "its header is not JSON"
    if not isinstance(header, dict):
        return "its header is not a table"
    header.pop("__metadata__", None)
    return _tensors_fault(header, len(data) - 8 - length)


class _RepeatedNameError(Exception):
    """A JSON object has one name twice: two readers may take either value."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedNameError(key)
        found[key] = value
    return found


def _tensors_fault(header: dict[str, Any], size: int) -> str | None:
    """Check that the tensors tile the data exactly."""
    spans = []
    for key, entry in header.items():
        try:
            begin, end = entry["data_offsets"]
            shape = list(entry["shape"])
            bits = _BITS[entry["dtype"]] * math.prod(shape)
        except (KeyError, TypeError, ValueError, OverflowError):
            return f"tensor {key[:60]!r} is not described rightly"
        if not all(type(number) is int for number in (begin, end, *shape)):
            return f"tensor {key[:60]!r} is not described in whole numbers"
        if min(shape, default=1) < 0 or (end - begin) * 8 != bits:
            return f"tensor {key[:60]!r} has the wrong length"
        spans.append((begin, end))
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            return "its tensors overlap or leave a gap"
        position = end
    return None if position == size else "data are missing or left over"
