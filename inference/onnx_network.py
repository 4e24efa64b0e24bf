"""An ONNX file as a network: torch tensors in, torch tensors out.

Runs on the CPU by ONNX Runtime, from the bytes that were hashed and checked.
It has no layers to look into: no heatmaps, no feature-space gate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inference.errors import ModelUnavailableError
from inference.onnx_file import check_onnx, package


class OnnxNetwork(nn.Module):
    """Runs an ONNX Runtime session.

    Parameters
    ----------
    data
        The file's bytes; checked here once more, since the check and the use
        must be of the same bytes.

    Raises
    ------
    ModelUnavailableError
        If the file is not sound, or ONNX Runtime refuses it.
    """

    def __init__(self, model_id: str, name: str, data: bytes) -> None:
        super().__init__()
        check_onnx(model_id, name, data)
        runtime = package(model_id, "onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 4
        try:
            self._session: Any = runtime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        # ONNX Runtime's errors have no common class but this one.
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelUnavailableError(
                model_id, f"ONNX Runtime refuses {name} ({first[:200]})"
            ) from error
        self._input = self._session.get_inputs()[0]
        self._outputs = [output.name for output in self._session.get_outputs()]

    def forward(self, films: Tensor) -> Tensor | dict[str, Tensor]:
        """Return the one output, or all by their names.

        Parameters
        ----------
        films : (films, channels, rows, columns)
        """
        array = films.detach().float().cpu().contiguous().numpy()
        found = [self._run(part) for part in self._parts(array)]
        joined = [
            torch.from_numpy(np.concatenate(one)) for one in zip(*found, strict=True)
        ]
        if len(joined) == 1:
            return joined[0]
        return dict(zip(self._outputs, joined, strict=True))

    def _parts(self, array: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        """Cut a batch as the file was exported; a name there means any number."""
        fixed = self._input.shape[0]
        if not isinstance(fixed, int) or fixed < 1:
            return [array]
        if len(array) % fixed:
            raise ValueError(f"the network takes {fixed} films at a time")
        return [array[start : start + fixed] for start in range(0, len(array), fixed)]

    def _run(self, array: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        found = self._session.run(None, {self._input.name: array})
        return [np.asarray(one, np.float32) for one in found]
