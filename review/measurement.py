"""What the reader measured, marked and arranged. Plain data, no Qt, no DICOM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MeasurementKind(StrEnum):
    """What is measured, and by how many points.

    LENGTH: two ends. ANGLE: an end, the vertex, an end. COBB: two ends of the
    first line, two of the second. ELLIPSE, RECTANGLE: two opposite corners of the
    upright frame. CARDIOTHORACIC: two ends of the heart's width, two of the chest's.
    """

    LENGTH = "length"
    ANGLE = "angle"
    COBB = "cobb"
    ELLIPSE = "ellipse"
    RECTANGLE = "rectangle"
    CARDIOTHORACIC = "cardiothoracic"


POINTS: dict[MeasurementKind, int] = {
    MeasurementKind.LENGTH: 2,
    MeasurementKind.ANGLE: 3,
    MeasurementKind.COBB: 4,
    MeasurementKind.ELLIPSE: 2,
    MeasurementKind.RECTANGLE: 2,
    MeasurementKind.CARDIOTHORACIC: 4,
}


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One figure: ``MeasuredValue("mean", -712.3, "HU")``.

    `unit` is "mm", "mm at detector", "px", "mm2", "px2", "deg", "HU", "1" or the
    Rescale Type of the image; "stored" where values have no unit.
    """

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement of the reader on one image.

    Attributes
    ----------
    uid
        Stable within the review, ``"measure/<n>"``; "" before it is kept.
    tracking_uid
        DICOM UID that follows it through exported objects; "" before it is kept.
    sop_instance_uid, frame
        The image it lies on. A plane reformatted from a volume has a UID of its
        own, derived from series and position: see `studies.reslice`.
    points
        Image (row, column), measured from the outer corner of the first pixel as
        in `review.decision.Box`; as many as `POINTS` says.
    values
        As computed when it was made or last moved.
    reader, at
        Who made or last moved it, and when.
    rows, columns
        Size of the image. Filled in for an image of the study; given by the
        caller for a plane that was reformatted from a volume.
    reformatted
        It lies on such a plane: no object of the study can be referred to.
    """

    uid: str
    tracking_uid: str
    sop_instance_uid: str
    frame: int
    kind: MeasurementKind
    points: tuple[tuple[float, float], ...]
    values: tuple[MeasuredValue, ...]
    reader: str = ""
    at: datetime | None = None
    label: str = ""
    rows: int = 0
    columns: int = 0
    reformatted: bool = False

    @property
    def headline(self) -> MeasuredValue | None:
        """The one figure that stands for all: the mean or ratio, else the first."""
        for value in self.values:
            if value.name.casefold() in ("mean", "ratio", "cardiothoracic ratio"):
                return value
        return self.values[0] if self.values else None


@dataclass(frozen=True, slots=True)
class KeyImage:
    """An image the reader marked as key; `uid` is ``"key/<sop uid>/<frame>"``."""

    uid: str
    sop_instance_uid: str
    frame: int
    reader: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ScreenLayout:
    """How the study is laid out on screen: which series in which pane, and how.

    `panes` holds one JSON object a pane; the window alone knows their keys.
    """

    name: str
    panes: tuple[Mapping[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ViewState:
    """How one image or series is shown: window, inversion, rotation.

    `key` names the image or series, `state` is a JSON object; the window alone
    knows both.
    """

    key: str
    state: Mapping[str, Any]
