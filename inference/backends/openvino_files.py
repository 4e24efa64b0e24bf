"""torch module -> OpenVINO's intermediate representation, as bytes.

Imports torch and OpenVINO: only the inference process and the command line.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor
from torch.jit._trace import TracerWarning

from inference.backends.tapped import Tapped


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """A converted network: the graph and its weights."""

    graph: bytes
    weights: bytes


def runtime() -> ModuleType:
    """Import OpenVINO, without what it would tell its maker.

    `import openvino` alone writes an identifier into the user's home and, by
    the package openvino-telemetry, reports it. OpenVINO has a stub of its own
    for where that package is not installed; here it is never found. Nothing
    leaves a workstation that nobody sent.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return cast("ModuleType", openvino)


def convert(tapped: Tapped, example: Tensor) -> NetworkFiles:
    """Convert a network for one film at a time.

    Parameters
    ----------
    example : (1, channels, rows, columns)

    Raises
    ------
    Exception
        Of torch or OpenVINO, whatever kind, where an operator is not known to
        them.
    """
    openvino = runtime()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    # Not openvino.convert_model, which reports its use. The frontend's network
    # lives on the memory of torch and of the decoder, hence the copy at once.
    decoder = TorchScriptPythonDecoder(
        _traced(tapped, example), example_input=(example,)
    )
    frontend = FrontEndManager().load_by_framework("pytorch")
    network = frontend.convert(frontend.load(decoder))
    network.reshape({0: list(example.shape)})
    return _saved(openvino, network)


def _traced(tapped: Tapped, example: Tensor) -> torch.jit.ScriptModule:
    with warnings.catch_warnings(), torch.no_grad():
        # torch points to torch.export, whose graphs OpenVINO 2026.4 converts in
        # 20 s where this takes 2 s.
        warnings.filterwarnings("ignore", "`torch.jit", FutureWarning)
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        # A network that asks for its input's shape warns; the shape is fixed.
        warnings.filterwarnings("ignore", category=TracerWarning)
        trace: Any = torch.jit.trace  # which has no types
        return cast("torch.jit.ScriptModule", trace(tapped, example, check_trace=False))


def _saved(openvino: Any, network: Any) -> NetworkFiles:
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        graph = Path(folder) / "network.xml"
        openvino.save_model(network, str(graph), compress_to_fp16=False)
        return NetworkFiles(graph.read_bytes(), graph.with_suffix(".bin").read_bytes())
