"""Memory that is used again for every frame. Qt-free."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Memory:
    """A piece of memory for one array at a time.

    The system clears the pages of a new picture of 6 MB one by one, which takes
    as long as filling it. What was handed out before is overwritten.
    """

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)

    def array(
        self, shape: tuple[int, ...], dtype: type[_Scalar] | np.dtype[_Scalar]
    ) -> NDArray[_Scalar]:
        """Return an array of any content."""
        kind = np.dtype(dtype)
        size = math.prod(shape) * kind.itemsize
        if self._bytes.size < size:
            # A quarter more, for a zoom asks for a little more each time.
            self._bytes = np.empty(size + size // 4, np.uint8)
        return self._bytes[:size].view(kind).reshape(shape)
