"""Measurements, key images, layout and views to plain JSON values, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from review.decision import ReviewedFinding
from review.journal import Subject
from review.measurement import (
    KeyImage,
    MeasuredValue,
    Measurement,
    MeasurementKind,
    ScreenLayout,
    ViewState,
)
from review.records import finding_from_json, finding_to_json

Item: TypeAlias = ReviewedFinding | Measurement | KeyImage | ScreenLayout | ViewState
"""All that a change can be about."""


def item_to_json(item: Item) -> dict[str, Any]:
    """Return any item as JSON values; `item_from_json` is the way back."""
    match item:
        case ReviewedFinding():
            return finding_to_json(item)
        case Measurement():
            return measurement_to_json(item)
        case KeyImage():
            return key_image_to_json(item)
        case ScreenLayout():
            return {"name": item.name, "panes": [dict(pane) for pane in item.panes]}
        case ViewState():
            return {"key": item.key, "state": dict(item.state)}


def item_from_json(subject: Subject, record: Mapping[str, Any]) -> Item:
    """Return the item of `item_to_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the record was not made by `item_to_json`.
    """
    match subject:
        case Subject.FINDING:
            return finding_from_json(record)
        case Subject.MEASUREMENT:
            return measurement_from_json(record)
        case Subject.KEY_IMAGE:
            return _key_image_from_json(record)
        case Subject.LAYOUT:
            panes = tuple(dict(pane) for pane in record["panes"])
            return ScreenLayout(str(record["name"]), panes)
        case Subject.VIEW:
            return ViewState(str(record["key"]), dict(record["state"]))


def as_stored(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object as it will come back from the disk: tuples are lists.

    Raises
    ------
    TypeError, ValueError
        If it is no JSON object, or a number in it is not finite.
    """
    stored = json.loads(json.dumps(dict(value), allow_nan=False))
    assert isinstance(stored, dict)  # a dict goes in
    return stored


def measurement_to_json(item: Measurement) -> dict[str, Any]:
    """Return a measurement as JSON values."""
    return {
        "uid": item.uid,
        "tracking_uid": item.tracking_uid,
        "sop_instance_uid": item.sop_instance_uid,
        "frame": item.frame,
        "kind": item.kind.value,
        "points": [list(point) for point in item.points],
        "values": [[v.name, v.value, v.unit] for v in item.values],
        "reader": item.reader,
        "at": None if item.at is None else item.at.isoformat(),
        "label": item.label,
        "rows": item.rows,
        "columns": item.columns,
        "reformatted": item.reformatted,
    }


def measurement_from_json(record: Mapping[str, Any]) -> Measurement:
    """Return the measurement of `measurement_to_json`."""
    at = record["at"]
    return Measurement(
        uid=str(record["uid"]),
        tracking_uid=str(record["tracking_uid"]),
        sop_instance_uid=str(record["sop_instance_uid"]),
        frame=int(record["frame"]),
        kind=MeasurementKind(record["kind"]),
        points=tuple((float(row), float(column)) for row, column in record["points"]),
        values=tuple(
            MeasuredValue(str(name), float(value), str(unit))
            for name, value, unit in record["values"]
        ),
        reader=str(record["reader"]),
        at=None if at is None else datetime.fromisoformat(at),
        label=str(record["label"]),
        rows=int(record["rows"]),
        columns=int(record["columns"]),
        reformatted=bool(record["reformatted"]),
    )


def key_image_to_json(item: KeyImage) -> dict[str, Any]:
    """Return a key image as JSON values."""
    return {
        "uid": item.uid,
        "sop_instance_uid": item.sop_instance_uid,
        "frame": item.frame,
        "reader": item.reader,
        "at": item.at.isoformat(),
        "comment": item.comment,
    }


def _key_image_from_json(record: Mapping[str, Any]) -> KeyImage:
    return KeyImage(
        uid=str(record["uid"]),
        sop_instance_uid=str(record["sop_instance_uid"]),
        frame=int(record["frame"]),
        reader=str(record["reader"]),
        at=datetime.fromisoformat(record["at"]),
        comment=str(record["comment"]),
    )
