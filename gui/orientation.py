"""Quarter turns and flips of an image on the screen. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

UnitMatrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float]]
_Whole = TypeVar("_Whole", bound=np.integer)
_TURNS = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


@dataclass(frozen=True, slots=True)
class Orientation:
    """How an image is laid on the screen: first mirrored, then turned.

    Attributes
    ----------
    turns
        Quarter turns clockwise, 0 to 3.
    mirrored
        Whether left and right of the stored pixels change places.
    """

    turns: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", self.turns % 4)

    @property
    def is_on_side(self) -> bool:
        """Whether rows of the image run up or down the screen."""
        return self.turns % 2 == 1

    def rotated(self, by: int) -> Orientation:
        """Return what is on the screen, turned clockwise by quarter turns."""
        return Orientation(self.turns + by, self.mirrored)

    def flipped(self) -> Orientation:
        """Return what is on the screen, its left and right exchanged.

        A mirror turns the sense of every turn before it: flipping what was
        mirrored and turned by t is mirroring once more and turning by -t.
        """
        return Orientation(-self.turns, not self.mirrored)

    def laid(self, pixels: NDArray[_Whole]) -> NDArray[_Whole]:
        """Return pixels, (rows, columns) or more, as they lie on the screen."""
        if self.mirrored:
            pixels = np.asarray(cv2.flip(pixels, 1), dtype=pixels.dtype)
        if self.turns:
            turned = cv2.rotate(pixels, _TURNS[self.turns - 1])
            pixels = np.asarray(turned, dtype=pixels.dtype)
        return pixels

    def unit_matrix(self, rows: int, columns: int, aspect: float) -> UnitMatrix:
        """Return the (2, 3) map from image (column, row) to the image as shown.

        In units of a column, from outer corners; `aspect` is the height of a
        pixel divided by its width.
        """
        wide, tall = float(columns), rows * aspect
        left, way = (wide, -1.0) if self.mirrored else (0.0, 1.0)
        return (
            ((way, 0.0, left), (0.0, aspect, 0.0)),
            ((0.0, -aspect, tall), (way, 0.0, left)),
            ((-way, 0.0, wide - left), (0.0, -aspect, tall)),
            ((0.0, aspect, 0.0), (-way, 0.0, wide - left)),
        )[self.turns]

    def image_way(self, down: int, right: int) -> tuple[int, int]:
        """Return a way on the screen, down and to the right, as (rows, columns)."""
        for _ in range(self.turns):
            down, right = -right, down
        return down, (-right if self.mirrored else right)

    @property
    def words(self) -> str:
        """What the reader is told, e.g. "Flipped, rotated 90°"; "" as stored."""
        said = [] if not self.mirrored else ["flipped"]
        if self.turns:
            said.append(f"rotated {self.turns * 90}°")
        return ", ".join(said).capitalize()


UPRIGHT = Orientation()
"""As the pixels are stored."""
