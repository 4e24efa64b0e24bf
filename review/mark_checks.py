"""What a measurement must be before it is kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from review.errors import ReviewRefusedError
from review.image_lookup import image_of
from review.measurement import POINTS, MeasuredValue, Measurement
from studies.model import ImageHeader


def on_its_image(
    measurement: Measurement, headers: Iterable[ImageHeader]
) -> Measurement:
    """Return a measurement with the size of its image.

    Raises
    ------
    ReviewRefusedError
        If its image is neither among `headers` nor of a size that is given.
    """
    place = (measurement.sop_instance_uid, measurement.frame)
    header = image_of(headers, *place)
    if header is not None:
        return replace(
            measurement, rows=header.rows, columns=header.columns, reformatted=False
        )
    if not (place[0] and measurement.rows > 0 and measurement.columns > 0):
        raise ReviewRefusedError("the measurement's image is not open")
    return replace(measurement, reformatted=True)


def check_points(
    measurement: Measurement, points: Sequence[tuple[float, float]]
) -> None:
    """Refuse points that cannot be those of the measurement.

    A line may run over the edge of the image, but not further than the image is
    large.

    Raises
    ------
    ReviewRefusedError
        If it has too few or too many, or one is not finite or too far off.
    """
    needed = POINTS[measurement.kind]
    if len(points) != needed:
        raise ReviewRefusedError(
            f"{measurement.kind.value} wants {needed} points, not {len(points)}"
        )
    for row, column in points:
        if not (_near(row, measurement.rows) and _near(column, measurement.columns)):
            raise ReviewRefusedError("a point lies too far outside the image")


def check_values(values: Iterable[MeasuredValue]) -> None:
    """Refuse figures that are no numbers.

    Raises
    ------
    ReviewRefusedError
        If one is not finite.
    """
    for value in values:
        if not math.isfinite(value.value):
            raise ReviewRefusedError(f"{value.name} could not be measured here")


def _near(place: float, size: int) -> bool:
    """Whether a place is at most one image size off; never true of NaN."""
    return -size <= place <= 2 * size
