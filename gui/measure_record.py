"""Measurements between review and screen: what the one keeps and the other draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import SignalInstance

from gui import measure_words
from gui.measure_edit import Points
from gui.measure_mark import Mark
from review.measurement import MeasuredValue, Measurement, MeasurementKind
from studies.measuring import Measured, doubts

if TYPE_CHECKING:
    from studies.model import Image


class Measurements(Protocol):
    """What the desk asks of the review; `gui.review_model.ReviewModel` gives it."""

    @property
    def marks_changed(self) -> SignalInstance:
        """Measurements or key images changed."""

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """All of the study, as they were made."""

    def measure(self, measurement: Measurement) -> Measurement | None:
        """Keep a new one; returns it with its uid, or None."""

    def move_measurement(
        self, uid: str, points: Points, values: tuple[MeasuredValue, ...]
    ) -> bool:
        """Move one; returns whether it was done."""

    def remove_measurement(self, uid: str) -> bool:
        """Delete one; returns whether it was done."""

    def label_measurement(self, uid: str, label: str) -> bool:
        """Name one; returns whether it was done."""


def is_on(item: Measurement, image: Image | None) -> bool:
    """Whether a measurement lies on an image."""
    if image is None:
        return False
    header = image.header
    return (item.sop_instance_uid, item.frame) == (
        header.sop_instance_uid,
        header.frame,
    )


def mark_of(item: Measurement, image: Image) -> Mark:
    """Return a measurement as it is drawn on its image."""
    return Mark(
        item.uid,
        item.kind,
        item.points,
        measure_words.lines(item.kind, item.values, item.label),
        doubts(item.kind, item.points, image.header),
    )


def values_of(found: Measured) -> tuple[MeasuredValue, ...]:
    """Return figures as the review keeps them."""
    return tuple(MeasuredValue(f.name, f.value, f.unit) for f in found.figures)


def record_of(
    image: Image, kind: MeasurementKind, points: Points, found: Measured
) -> Measurement:
    """Return a new measurement, for the review to give it uid, reader and time."""
    header = image.header
    return Measurement(
        "",
        "",
        header.sop_instance_uid,
        header.frame,
        kind,
        points,
        values_of(found),
        rows=header.rows,
        columns=header.columns,
    )
