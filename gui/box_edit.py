"""Drawing, moving and resizing a reader's box, in image pixels. Qt-free."""

from __future__ import annotations

from dataclasses import replace

from review.decision import Box

SMALLEST = 4.0
"""Shortest side of a box in image pixels."""


def box_between(
    first: tuple[float, float], second: tuple[float, float], rows: int, columns: int
) -> Box:
    """Return the box between two image (row, column) points, cut to the image."""
    top, bottom = sorted(min(max(p[0], 0.0), float(rows)) for p in (first, second))
    left, right = sorted(min(max(p[1], 0.0), float(columns)) for p in (first, second))
    return Box(top, left, bottom - top, right - left)


def is_large_enough(box: Box) -> bool:
    """Whether a drawn box is meant, and not a click that slipped."""
    return box.rows >= SMALLEST and box.columns >= SMALLEST


def handle_points(box: Box) -> dict[str, tuple[float, float]]:
    """Return image (row, column) of the eight handles, by compass name."""
    rows = {"n": box.row, "": box.row + box.rows / 2, "s": box.row + box.rows}
    columns = {
        "w": box.column,
        "": box.column + box.columns / 2,
        "e": box.column + box.columns,
    }
    return {
        vertical + horizontal: (row, column)
        for vertical, row in rows.items()
        for horizontal, column in columns.items()
        if vertical + horizontal
    }


def handle_at(box: Box, row: float, column: float, reach: float) -> str | None:
    """Return the handle within `reach` image pixels, "move" inside, else None."""
    near = {
        name: max(abs(point[0] - row), abs(point[1] - column))
        for name, point in handle_points(box).items()
    }
    name = min(near, key=lambda key: near[key])
    if near[name] <= reach:
        return name
    inside = (
        box.row <= row <= box.row + box.rows
        and box.column <= column <= box.column + box.columns
    )
    return "move" if inside else None


def shifted(box: Box, d_row: float, d_column: float, rows: int, columns: int) -> Box:
    """Return the box moved, its size kept, held inside the image."""
    return replace(
        box,
        row=min(max(box.row + d_row, 0.0), max(rows - box.rows, 0.0)),
        column=min(max(box.column + d_column, 0.0), max(columns - box.columns, 0.0)),
    )


def dragged(
    box: Box, handle: str, d_row: float, d_column: float, rows: int, columns: int
) -> Box:
    """Return the box with a handle dragged, at least `SMALLEST` on a side."""
    if handle == "move":
        return shifted(box, d_row, d_column, rows, columns)
    top, bottom = _edges(box.row, box.rows, d_row, handle, "ns", rows)
    left, right = _edges(box.column, box.columns, d_column, handle, "we", columns)
    return Box(top, left, bottom - top, right - left)


def _edges(
    start: float, length: float, moved: float, handle: str, names: str, limit: int
) -> tuple[float, float]:
    """Move the edge that the handle's name holds, along one axis."""
    low, high = start, start + length
    if names[0] in handle:
        low = max(min(low + moved, high - SMALLEST), 0.0)
    if names[1] in handle:
        high = min(max(high + moved, low + SMALLEST), float(limit))
    return low, high
