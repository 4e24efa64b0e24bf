"""A film with overlay, outlines, legend and notice, drawn to pixels. No Qt."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw

from explain.heatmap import Heatmap, warp_heat
from explain.rendering import START_OPACITY, blend
from review import capture_style
from review.capture_panel import PanelContent, Pen, write_panel
from review.capture_paths import is_rejected, paths_of
from review.dicom_common import NOTICE
from review.states import is_reported
from studies.model import Float32Array, ImageHeader, UInt8Array

LONGEST_SIDE = 2048
"""A film is drawn pixel by pixel up to this many; a larger one is reduced."""

_SMALLEST_TYPE = 12


def placement_fits(heatmap: Heatmap, header: ImageHeader) -> bool:
    """Whether a map can lie on this image: the self-check before an export."""
    place = heatmap.placement
    row, column, rows, columns = place.crop
    # The crop of a letterboxed film reaches beyond it.
    return (
        (place.rows, place.columns) == (header.rows, header.columns)
        and place.grid == heatmap.values.shape
        and min(rows, columns) > 0
        and min(row + rows, column + columns) > 0
        and row < header.rows
        and column < header.columns
    )


def draw_capture(display: Float32Array, content: PanelContent) -> UInt8Array:
    """Draw a capture.

    Parameters
    ----------
    display : (rows, columns)
        The film in its default window, 0 to 1.

    Returns
    -------
    (rows, columns, 3) uint8 RGB: the notice on top, below it the film at the
    left and the panel at the right. Nothing but the heat and the outlines lies
    on the film.
    """
    scale = min(1.0, LONGEST_SIDE / max(display.shape))
    film = _film(display, scale)
    if content.heatmap is not None:
        heat = _heat(content.heatmap, scale, (film.shape[0], film.shape[1]))
        picture = blend(film, heat, START_OPACITY)
    else:
        picture = np.repeat(film[..., None], 3, axis=2)
    picture = _outlined(picture, content, scale)
    return _composed(picture, content)


def _film(display: Float32Array, scale: float) -> UInt8Array:
    grey = (np.clip(display, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    if scale == 1.0:
        return grey
    rows, columns = (max(1, round(side * scale)) for side in grey.shape)
    return np.asarray(
        cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8
    )


def _heat(heatmap: Heatmap, scale: float, size: tuple[int, int]) -> Float32Array:
    """Return the map on the drawn film.

    A pixel's centre x goes to (x + 0.5) * scale - 0.5.
    """
    shift = 0.5 * scale - 0.5
    matrix = heatmap.grid_to_image() * np.float32(scale)
    matrix[:, 2] += np.float32(shift)
    return warp_heat(heatmap.heat(), matrix, size)


def _outlined(picture: UInt8Array, content: PanelContent, scale: float) -> UInt8Array:
    """Draw boxes and segments: first all casings at 55 % black, then the lines."""
    width = max(1, round(max(picture.shape[:2]) / 700))
    shown = [
        (row, paths_of(row, content.analyses, scale))
        for row in content.findings
        if not is_rejected(row)
    ]
    casing = picture.copy()
    for _, paths in shown:
        for path in paths:
            _line(casing, path, (0, 0, 0), width * 3, None)
    alpha = capture_style.CASING_ALPHA
    mixed = cv2.addWeighted(casing, alpha, picture, 1.0 - alpha, 0.0)
    drawn = np.asarray(mixed, np.uint8)
    for row, paths in shown:
        style = capture_style.line_style(row)
        for path in paths:
            _line(drawn, path, style.color, width, style.dashes)
    return _numbered(drawn, content, scale)


def _numbered(picture: UInt8Array, content: PanelContent, scale: float) -> UInt8Array:
    """Put each finding's number at the outer top-right corner of its first shape."""
    canvas = PillowImage.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    size = _type_size(picture.shape[0])
    for number, row in enumerate(filter(is_reported, content.findings), 1):
        paths = paths_of(row, content.analyses, scale)
        if not paths or is_rejected(row):
            continue
        right = max(x for x, _ in paths[0]) + 0.5
        top = min(y for _, y in paths[0]) + 0.5
        left = min(right + size * 0.3, canvas.width - size * 1.6)
        place = (left, max(top - size * 1.2, 0.0))
        corner = (left + size * 1.5, place[1] + size * 1.3)
        draw.rectangle([place, corner], fill=(0, 0, 0))
        draw.text(
            (left + size * 0.3, place[1]),
            str(number),
            fill=capture_style.line_style(row).color,
            font=capture_style.font(size),
        )
    return np.asarray(canvas, dtype=np.uint8)


def _composed(film: UInt8Array, content: PanelContent) -> UInt8Array:
    """Put notice, film and panel together; the canvas grows with the panel."""
    size = _type_size(film.shape[0])
    strip = round(size * 2.4)
    panel = PillowImage.new("RGB", (24 * size, 400 * size), capture_style.BACKGROUND)
    pen = Pen(panel, size)
    write_panel(pen, content)
    rows = strip + max(film.shape[0], pen.top + size)
    columns = film.shape[1] + panel.width
    canvas = PillowImage.new("RGB", (columns, rows), capture_style.BACKGROUND)
    canvas.paste(PillowImage.fromarray(film), (0, strip))
    canvas.paste(panel.crop((0, 0, panel.width, rows - strip)), (film.shape[1], strip))
    draw = ImageDraw.Draw(canvas)
    draw.rectangle([(0, 0), (columns, strip - 1)], fill=capture_style.BANNER)
    draw.text(
        (columns / 2, strip / 2),
        NOTICE,
        fill=capture_style.BANNER_TEXT,
        font=capture_style.font(round(size * 1.3)),
        anchor="mm",
    )
    return np.ascontiguousarray(np.asarray(canvas, dtype=np.uint8))


def film_top(film_rows: int) -> int:
    """Return the row of the canvas at which the film begins."""
    return round(_type_size(film_rows) * 2.4)


def _type_size(film_rows: int) -> int:
    return max(_SMALLEST_TYPE, round(film_rows / 75))


def _line(
    picture: UInt8Array,
    corners: Sequence[tuple[float, float]],
    color: tuple[int, int, int],
    width: int,
    dashes: tuple[float, float] | None,
) -> None:
    """Draw a polyline in place, dashed where told, to 1/16 of a pixel.

    The dashes run on across corners: a segment's outline has edges shorter than a
    dash, and must not look solid.
    """
    on, off = (1e9, 0.0) if dashes is None else (dashes[0] * width, dashes[1] * width)
    phase = 0.0
    for start, end in itertools.pairwise(corners):
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        at = -phase
        while at < length:
            part = max(at, 0.0), min(at + on, length)
            if part[0] < part[1]:
                share = part[0] / length, part[1] / length
                _segment(picture, start, end, share, color, width)
            at += on + off
        phase = length - (at - on - off)


def _segment(
    picture: UInt8Array,
    start: tuple[float, float],
    end: tuple[float, float],
    part: tuple[float, float],
    color: tuple[int, int, int],
    width: int,
) -> None:
    points = []
    for share in part:
        x = start[0] + (end[0] - start[0]) * share
        y = start[1] + (end[1] - start[1]) * share
        points.append((round(x * 16), round(y * 16)))
    cv2.line(picture, points[0], points[1], color, width, cv2.LINE_AA, shift=4)
