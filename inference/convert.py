"""Pickled weights -> safetensors, in a child process.

The only place where a pickled file is opened. It is read with
``weights_only=True``: torch's own unpickler, which knows tensors and plain
containers and calls nothing else. TorchXRayVision publishes whole pickled
modules; for those alone some names of network parts are allowed too, and stand
for empty shells (`inference.convert_child`), so that not even torch's own
classes are called with what the file says.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from inference.errors import ModelUnavailableError
from inference.limited import Limits, run_limited
from inference.read_once import read_once
from inference.weights import check_header

MAXIMUM_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """What came out of a pickled file.

    Attributes
    ----------
    data
        A safetensors file.
    source_sha256
        Of the pickled file.
    """

    data: bytes
    source_sha256: str


def convert(
    model_id: str,
    path: Path,
    *,
    sha256: str = "",
    whole_module: bool = False,
    limits: Limits | None = None,
) -> Converted:
    """Convert a pickled table of tensors.

    Parameters
    ----------
    sha256
        What the file must have; "" for any, which is refused for modules.
    whole_module
        Whether the file is a module as TorchXRayVision pickles it.

    Raises
    ------
    ModelUnavailableError
        If the file is not what its SHA-256 says, holds anything but tensors
        (nothing of it is executed), or exceeds the limits.
    """
    if whole_module and not sha256:
        raise ModelUnavailableError(
            model_id, "a pickled module is read only with its SHA-256 given"
        )
    data = read_once(model_id, path, MAXIMUM_BYTES)
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256.lower():
        raise ModelUnavailableError(
            model_id,
            f"{path.name} is not the file that was meant: its SHA-256 is {found}, not"
            f" {sha256.lower()}",
        )
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        # The child reads our copy: the bytes that were hashed.
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.write_bytes(data)
        run_limited(
            model_id,
            "inference.convert_child:convert_file",
            {"source": str(source), "target": str(target), "whole": whole_module},
            limits or Limits(),
        )
        made = read_once(model_id, target, MAXIMUM_BYTES)
    check_header(model_id, "the converted file", made)
    return Converted(made, found)
