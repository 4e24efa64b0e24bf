"""Measurements and key images as rows of the CSV and as JSON. No DICOM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from review.mark_records import key_image_to_json, measurement_to_json
from review.measurement import KeyImage, Measurement

Cells: TypeAlias = dict[str, str | float | int | None]

COLUMNS = (
    "measurement_uid",
    "measurement",
    "figure",
    "value",
    "unit",
    "points_row_column",
    "reformatted_plane",
    "made_at",
)
"""What the rows of findings do not have. `comment` holds a measurement's name and a
key image's remark."""


def measurement_cells(item: Measurement) -> Iterator[Cells]:
    """Return a row per figure, or one row where there is none."""
    cells: Cells = {
        "record": "measurement",
        "sop_uid": item.sop_instance_uid,
        "frame": item.frame,
        "tracking_uid": item.tracking_uid,
        "origin": "reader",
        "reader": item.reader,
        "comment": item.label,
        "measurement_uid": item.uid,
        "measurement": item.kind.value,
        "points_row_column": " ".join(f"({r:.10g}, {c:.10g})" for r, c in item.points),
        "reformatted_plane": "yes" if item.reformatted else "no",
        "made_at": "" if item.at is None else item.at.isoformat(),
    }
    for value in item.values:
        yield {**cells, "figure": value.name, "value": value.value, "unit": value.unit}
    if not item.values:
        yield cells


def key_image_cells(item: KeyImage) -> Cells:
    """Return the row of a key image."""
    return {
        "record": "key_image",
        "sop_uid": item.sop_instance_uid,
        "frame": item.frame,
        "origin": "reader",
        "reader": item.reader,
        "comment": item.comment,
        "made_at": item.at.isoformat(),
    }


def measurement_tree(item: Measurement) -> dict[str, Any]:
    """Return a measurement as it stands in the JSON."""
    tree = measurement_to_json(item)
    tree["sop_uid"] = tree.pop("sop_instance_uid")
    tree["points_row_column"] = tree.pop("points")
    tree["values"] = [
        {"name": value.name, "value": value.value, "unit": value.unit}
        for value in item.values
    ]
    return {"origin": "reader", **tree}


def key_image_tree(item: KeyImage) -> dict[str, Any]:
    """Return a key image as it stands in the JSON."""
    tree = key_image_to_json(item)
    tree["sop_uid"] = tree.pop("sop_instance_uid")
    return {"origin": "reader", **tree}
