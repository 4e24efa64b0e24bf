"""The canvas: orientation, slices, masks, loupe, and what is painted when."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explain.heatmap import Heatmap
from gui import film_table, theme
from gui.box_keys import BoxKeys
from gui.film_source import MaskSizeError
from gui.magnifier_item import MagnifierItem
from gui.mouse_canvas import MouseCanvas
from gui.outlines import Kind, Outline
from gui.view_geometry import pixel_aspect
from inference.preprocess import Placement
from review.decision import Box
from studies.grayscale import display_table
from studies.model import GrayscaleParameters, Image, ImageHeader, IntArray, Window

ROWS, COLUMNS = 60, 40
WIDTH, HEIGHT = 500, 300
EIGHT = list(itertools.product(range(4), (False, True)))
ASPECTS = [(1.0, 1.0), (1.0, 2.0), (1.5, 1.0)]
Pixels = NDArray[np.uint8]


def image_of(
    stored: IntArray,
    *,
    spacing: tuple[float, float] | None = None,
    windows: tuple[Window, ...] = (Window(128.0, 256.0),),
    padding: tuple[int, int] | None = None,
) -> Image:
    header = ImageHeader(
        path=Path("slice.dcm"),
        frame=0,
        sop_instance_uid="1.1",
        sop_class_uid="1.2",
        series_instance_uid="1.3",
        study_instance_uid="1.4",
        modality="CT",
        rows=stored.shape[0],
        columns=stored.shape[1],
        grayscale=GrayscaleParameters(
            "MONOCHROME2", 16, 0, windows=windows, padding=padding
        ),
        spacing_mm=spacing,
    )
    return Image(header, stored)


def flat(value: int, rows: int = ROWS, columns: int = COLUMNS) -> IntArray:
    return np.full((rows, columns), value, np.uint16)


@pytest.fixture
def canvas(qtbot: QtBot) -> MouseCanvas:
    made = MouseCanvas()
    made.resize(WIDTH, HEIGHT)
    qtbot.addWidget(made)
    made.show()
    return made


def seen(canvas: MouseCanvas) -> Pixels:
    """(height, width, 3) RGB of the canvas."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(image.constBits(), np.uint8)
    lines = raw.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3]
    return lines.reshape(image.height(), image.width(), 3).copy()


def at(canvas: MouseCanvas, row: float, column: float) -> tuple[int, int]:
    x, y = canvas.view.to_view(row, column)
    return int(y), int(x)


# Orientation


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
@pytest.mark.parametrize("spacing", ASPECTS)
def test_that_the_first_corner_is_painted_where_the_geometry_has_it(
    canvas: MouseCanvas, turns: int, mirrored: bool, spacing: tuple[float, float]
) -> None:
    # White in the first twelve rows and eight columns, black elsewhere.
    stored = flat(0)
    stored[:12, :8] = 255
    canvas.set_image(image_of(stored, spacing=spacing))
    canvas.set_orientation(turns, mirrored)
    white = seen(canvas)[..., 0] > 127
    rows, columns = np.nonzero(white)
    x, y, width, height = canvas.view.visible()
    right = {0: mirrored, 1: True, 2: not mirrored, 3: False}[turns]
    bottom = {0: False, 1: mirrored, 2: True, 3: not mirrored}[turns]
    # A fifth of each side of the image lies white in the expected corner.
    assert bool(rows.mean() > y + height / 2) is bottom
    assert bool(columns.mean() > x + width / 2) is right
    assert np.ptp(rows) + 1 == pytest.approx(height / 5, abs=1.5)
    assert np.ptp(columns) + 1 == pytest.approx(width / 5, abs=1.5)


def test_that_pixels_that_are_not_square_are_shown_in_true_proportion(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(255), spacing=(2.0, 1.0)))
    rows, columns = np.nonzero(seen(canvas)[..., 0])
    # 60 rows of 2 mm and 40 columns of 1 mm: three times as high as wide.
    assert (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == 3.0


@pytest.mark.parametrize(
    ("spacing", "ratio", "aspect"),
    [((0.5, 1.0), 1.0, 0.5), (None, 1.5, 1.5), ((1.0, 1.0), 1.5, 1.0)],
)
def test_that_spacing_says_the_shape_of_a_pixel_else_the_aspect_ratio(
    spacing: tuple[float, float] | None, ratio: float, aspect: float
) -> None:
    header = image_of(flat(0), spacing=spacing).header
    assert pixel_aspect(replace(header, pixel_aspect=ratio)) == aspect


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
@pytest.mark.parametrize("spacing", ASPECTS)
@pytest.mark.parametrize("mode", ["colour", "contour"])
def test_that_a_hot_cell_stays_on_its_pixels(
    canvas: MouseCanvas,
    turns: int,
    mirrored: bool,
    spacing: tuple[float, float],
    mode: str,
) -> None:
    canvas.set_image(image_of(flat(0), spacing=spacing))
    values = np.zeros((6, 4), np.float32)
    values[1, 0] = 1.0
    placement = Placement(ROWS, COLUMNS, (6, 4, 48, 32), (6, 4))
    canvas.heat.set_heatmap(Heatmap("x", values, 1.0, 1.0, placement, "grad-cam"))
    canvas.heat.set_mode(mode)  # type: ignore[arg-type]  # pytest gives str
    canvas.set_orientation(turns, mirrored)
    colour = np.ptp(seen(canvas).astype(int), axis=2) > 6
    # Cell (1, 0) of 8 x 8 pixels each: rows 14 to 22, columns 4 to 12.
    y, x = at(canvas, 18, 8)
    rows, columns = np.nonzero(colour)
    if mode == "contour":
        assert not colour[y, x]
        near = np.hypot(rows - y, columns - x) < 12 * canvas.view.scale
        assert near.mean() > 0.9
    else:
        assert colour[y, x]
        # Cut at the crop's border in columns, so judged along the rows.
        down = (rows - y) if not turns % 2 else (columns - x)
        assert abs(down.mean()) <= 1.5


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
def test_that_an_outline_lies_on_its_box(
    canvas: MouseCanvas, turns: int, mirrored: bool
) -> None:
    canvas.set_image(image_of(flat(0), spacing=(1.5, 1.0)))
    box = Box(5, 22, 12, 10)
    canvas.outlines.set_outlines([Outline("m/a", Kind.UNDECIDED, None, "x", box)])
    canvas.set_orientation(turns, mirrored)
    inside = QPointF(*canvas.view.to_view(11, 27))
    assert canvas.outlines.uid_at(inside) == "m/a"
    beside = QPointF(*canvas.view.to_view(40, 10))
    assert canvas.outlines.uid_at(beside) is None
    rows, columns = np.nonzero(np.ptp(seen(canvas).astype(int), axis=2) > 40)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(inside.x(), abs=2.5)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(inside.y(), abs=2.5)


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
def test_that_a_box_of_a_turned_film_follows_the_pointer(
    canvas: MouseCanvas, qtbot: QtBot, turns: int, mirrored: bool
) -> None:
    canvas.set_image(image_of(flat(0), spacing=(1.5, 1.0)))
    canvas.set_orientation(turns, mirrored)
    box = Box(20, 10, 16, 12)
    outline = Outline("r/1", Kind.ADDED, None, "x", box, selected=True, editable=True)
    canvas.outlines.set_outlines([outline])
    port, left = canvas.viewport(), Qt.MouseButton.LeftButton
    start, end = (
        QPointF(*canvas.view.to_view(*place)).toPoint()
        for place in ((28, 16), (34, 12))
    )
    with qtbot.waitSignal(canvas.box_edited) as told:
        qtbot.mousePress(port, left, pos=start)
        qtbot.mouseMove(port, end)
        qtbot.mouseRelease(port, left, pos=end)
    uid, moved = told.args
    # The pointer moves in whole pixels of the screen, some 3 to 6 for one here.
    assert uid == "r/1"
    assert (moved.row, moved.column) == pytest.approx((26, 6), abs=0.5)
    assert (moved.rows, moved.columns) == (16, 12)


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
def test_that_arrows_move_and_size_a_box_as_it_is_seen(
    canvas: MouseCanvas, qtbot: QtBot, turns: int, mirrored: bool
) -> None:
    canvas.set_image(image_of(flat(0)))
    canvas.set_orientation(turns, mirrored)
    canvas.set_drawing(True)
    keys = BoxKeys(canvas)
    canvas.keyPressEvent = lambda event: keys.press(event)  # type: ignore[method-assign]  # the view's part
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    first = canvas.outlines.rubber
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    moved = canvas.outlines.rubber
    assert first is not None
    assert moved is not None
    before, after = (canvas.view.to_view(b.row, b.column) for b in (first, moved))
    assert after[0] - before[0] == pytest.approx(canvas.view.scale)
    assert after[1] == pytest.approx(before[1])
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    sized = canvas.outlines.rubber
    assert sized is not None
    low = max(
        canvas.view.to_view(sized.row + r, sized.column + c)[1]
        for r in (0, sized.rows)
        for c in (0, sized.columns)
    )
    was = max(
        canvas.view.to_view(moved.row + r, moved.column + c)[1]
        for r in (0, moved.rows)
        for c in (0, moved.columns)
    )
    assert low - was == pytest.approx(canvas.view.scale)
    assert sized.rows * sized.columns > moved.rows * moved.columns


def test_that_flip_and_rotate_act_on_what_is_seen_and_tell_it(
    canvas: MouseCanvas, qtbot: QtBot
) -> None:
    canvas.set_image(image_of(flat(0)))
    with qtbot.waitSignal(canvas.view_moved):
        canvas.rotate(1)
    before = canvas.view.to_view(0, 0)
    with qtbot.waitSignal(canvas.view_moved):
        canvas.flip()
    x, y = canvas.view.to_view(0, 0)
    assert (x, y) == pytest.approx((WIDTH - before[0], before[1]), abs=1.0)
    assert (canvas.view.turns, canvas.view.mirrored) == (3, True)


# Slices


def test_that_another_slice_keeps_view_window_and_inversion(
    canvas: MouseCanvas, qtbot: QtBot
) -> None:
    canvas.set_image(image_of(flat(0)))
    canvas.set_orientation(1, mirrored=True)
    canvas.set_view(canvas.view.centred(20.0, 30.0, 11.0))
    canvas.set_voi(Window(100.0, 50.0))
    canvas.set_inverted(True)
    view = canvas.view
    other = image_of(flat(100), windows=(Window(1000.0, 2000.0),))
    with qtbot.assertNotEmitted(canvas.voi_changed):
        canvas.set_slice(other)
    assert canvas.image is other
    assert canvas.view is view
    assert canvas.film.voi == Window(100.0, 50.0)
    assert canvas.film.inverted
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == pytest.approx(128, abs=4)


def test_that_the_window_of_a_stack_without_windows_does_not_flicker(
    canvas: MouseCanvas,
) -> None:
    first = image_of(np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS))
    first = Image(
        replace(first.header, grayscale=replace(first.header.grayscale, windows=())),
        first.stored,
    )
    canvas.set_image(first)
    voi = canvas.film.voi
    header = first.header
    canvas.set_slice(Image(header, flat(9000)))
    assert canvas.film.voi == voi
    assert canvas.film.default_voi == voi


def test_that_a_slice_shows_its_own_pixels_and_not_the_last_ones(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(10)))
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == 10
    canvas.set_slice(image_of(flat(200)))
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == 200


def test_that_the_slices_of_a_stack_share_one_table(
    canvas: MouseCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: object, **named: object) -> object:
        made.append(1)
        return display_table(*given, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(film_table, "display_table", counted)
    canvas.set_image(image_of(flat(10)))
    seen(canvas)
    for value in (20, 30):
        canvas.set_slice(image_of(flat(value), windows=(Window(value, 9.0),)))
        seen(canvas)
    assert len(made) == 1
    rescaled = image_of(flat(10))
    grayscale = replace(rescaled.header.grayscale, rescale_slope=2.0)
    canvas.set_slice(
        Image(replace(rescaled.header, grayscale=grayscale), rescaled.stored)
    )
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == 20
    assert len(made) == 2


def test_that_a_slice_drops_what_lay_over_the_last_one(canvas: MouseCanvas) -> None:
    canvas.set_image(image_of(flat(255)))
    placement = Placement(ROWS, COLUMNS, (0, 0, ROWS, COLUMNS), (1, 1))
    ones = np.ones((1, 1), np.float32)
    canvas.heat.set_heatmap(Heatmap("x", ones, 1.0, 1.0, placement, "grad-cam"))
    box = Box(5, 5, 10, 10)
    canvas.outlines.set_outlines([Outline("m/a", Kind.CONFIRMED, None, "x", box)])
    canvas.film.set_mask(np.full((ROWS, COLUMNS), 255, np.uint8))
    canvas.set_slice(image_of(flat(255)))
    assert canvas.heat.heatmap is None
    assert canvas.outlines.outlines == ()
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2].tolist() == [255, 255, 255]


def test_that_a_slice_of_another_size_is_seen_at_the_same_share(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(0)))
    canvas.set_view(canvas.view.centred(30.0, 20.0, 20.0))
    canvas.set_slice(image_of(flat(0, 2 * ROWS, 2 * COLUMNS)))
    assert canvas.view.scale == 10.0
    assert canvas.view.center == pytest.approx((60.0, 40.0), abs=0.1)


def test_that_a_colour_slice_among_grey_ones_gets_its_own_window(
    canvas: MouseCanvas, qtbot: QtBot
) -> None:
    canvas.set_image(image_of(flat(0), windows=(Window(5.0, 3.0),)))
    with qtbot.waitSignal(canvas.voi_changed):
        canvas.set_slice(image_of(np.full((ROWS, COLUMNS, 3), 77, np.uint8)))
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2].tolist() == [77, 77, 77]


# Mask, haste, loupe


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
def test_that_what_lies_outside_the_shutter_is_black(
    canvas: MouseCanvas, turns: int, mirrored: bool
) -> None:
    canvas.set_image(image_of(flat(255)))
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    mask[:20, :10] = 255
    canvas.film.set_mask(mask)
    canvas.set_orientation(turns, mirrored)
    shown = seen(canvas)
    assert shown[at(canvas, 10, 5)].tolist() == [0, 0, 0]
    assert shown[at(canvas, 30, 5)].tolist() == [255, 255, 255]
    canvas.set_inverted(True)
    assert seen(canvas)[at(canvas, 10, 5)].tolist() == [0, 0, 0]
    canvas.film.set_mask(None)
    canvas.set_inverted(False)
    assert seen(canvas)[at(canvas, 10, 5)].tolist() == [255, 255, 255]


def test_that_a_mask_of_another_size_is_refused_and_changes_nothing(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(255)))
    with pytest.raises(MaskSizeError):
        canvas.film.set_mask(np.zeros((3, 3), np.uint8))
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == 255


def test_that_a_zoom_in_haste_is_followed_by_the_exact_picture(
    canvas: MouseCanvas, qtbot: QtBot
) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (900, 800), dtype=np.uint16)
    canvas.set_image(image_of(noise))
    exact = seen(canvas)
    view = canvas.view
    for factor in (1.1, 1.1, 1 / 1.21):
        canvas.zoom_by(factor)
    canvas.set_view(view)
    assert canvas.film.quick
    assert not np.array_equal(seen(canvas), exact)
    qtbot.waitUntil(lambda: not canvas.film.quick)
    assert np.array_equal(seen(canvas), exact)


def test_that_one_step_of_zoom_alone_is_exact(canvas: MouseCanvas) -> None:
    canvas.set_image(image_of(flat(0, 900, 800)))
    canvas.settle()
    canvas.zoom_by(1.2)
    assert not canvas.film.quick


def test_that_a_pan_and_a_window_after_it_show_the_pixels_of_a_fresh_canvas(
    canvas: MouseCanvas, qtbot: QtBot
) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (900, 800), dtype=np.uint16)
    canvas.set_image(image_of(noise))
    canvas.set_view(canvas.view.centred(450.0, 400.0, 2.0))
    seen(canvas)
    for dx in (30, 40, 250, -90):
        canvas.set_view(canvas.view.panned(dx, dx // 2))
        seen(canvas)
    canvas.set_voi(Window(100.0, 90.0))
    panned = seen(canvas)
    fresh = MouseCanvas()
    fresh.resize(WIDTH, HEIGHT)
    qtbot.addWidget(fresh)
    fresh.set_image(image_of(noise))
    fresh.set_voi(Window(100.0, 90.0))
    fresh.set_view(canvas.view)
    assert np.array_equal(panned, seen(fresh))


@pytest.mark.parametrize(("turns", "mirrored"), EIGHT)
def test_that_the_loupe_shows_the_film_larger_about_the_pointer(
    canvas: MouseCanvas, turns: int, mirrored: bool
) -> None:
    # One bright pixel; in the view it is some 5 px wide, in the loupe 10.
    stored = flat(0)
    stored[30, 20] = 255
    canvas.set_image(image_of(stored))
    canvas.set_orientation(turns, mirrored)
    loupe = MagnifierItem(canvas.film)
    canvas.add_layer(loupe)
    before = (seen(canvas)[..., 0] > 127).sum()
    point = QPointF(*canvas.view.to_view(30.5, 20.5))
    loupe.show_at(point)
    y, x = int(point.y()), int(point.x())
    near = seen(canvas)[y - 30 : y + 30, x - 30 : x + 30, 0] > 127
    assert near.sum() / before == pytest.approx(4.0, rel=0.3)
    rows, columns = np.nonzero(near)
    assert (rows.mean(), columns.mean()) == pytest.approx((30, 30), abs=1.5)
    loupe.show_at(None)
    assert (seen(canvas)[..., 0] > 127).sum() == before


def test_that_the_loupe_has_the_window_and_the_inversion_of_the_film(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(64)))
    loupe = MagnifierItem(canvas.film)
    canvas.add_layer(loupe)
    canvas.set_inverted(True)
    middle = QPointF(WIDTH / 2, HEIGHT / 2)
    loupe.show_at(middle)
    assert seen(canvas)[HEIGHT // 2, WIDTH // 2, 0] == 255 - 64


def test_that_the_loupe_is_black_beyond_the_film(canvas: MouseCanvas) -> None:
    canvas.set_image(image_of(flat(255)))
    loupe = MagnifierItem(canvas.film)
    canvas.add_layer(loupe)
    loupe.show_at(QPointF(*canvas.view.to_view(30, 0)) + QPointF(-8, 0))
    x, y = canvas.view.to_view(30, 0)
    assert seen(canvas)[int(y) + 40, int(x) - 20, 0] == 0
    # Twice as far from the pointer: the edge is seen 8 px further right.
    assert seen(canvas)[int(y) + 40, int(x) + 4, 0] == 0
    assert seen(canvas)[int(y) + 40, int(x) + 14, 0] == 255


def test_that_a_canvas_shown_again_shows_the_same(canvas: MouseCanvas) -> None:
    noise = np.random.default_rng(6).integers(0, 256, (90, 80), dtype=np.uint16)
    canvas.set_image(image_of(noise))
    placement = Placement(90, 80, (0, 0, 90, 80), (1, 1))
    ones = np.ones((1, 1), np.float32)
    canvas.heat.set_heatmap(Heatmap("x", ones, 1.0, 1.0, placement, "grad-cam"))
    before = seen(canvas)
    canvas.hide()
    canvas.show()
    assert np.array_equal(seen(canvas), before)


def test_that_a_closed_canvas_bears_another_font(
    canvas: MouseCanvas, qapp: QApplication
) -> None:
    before = qapp.font()
    canvas.close()
    try:
        qapp.setFont(theme.font(20))
        assert canvas.film.scene() is canvas.scene()
    finally:
        qapp.setFont(before)


def test_that_nothing_of_an_image_stays_on_screen_without_one(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(255)))
    seen(canvas)
    canvas.set_image(None)
    assert seen(canvas).max() == 0


def test_that_the_tags_of_outlines_that_share_a_corner_stand_beside_each_other(
    canvas: MouseCanvas,
) -> None:
    canvas.set_image(image_of(flat(0), spacing=(1.0, 1.0)))
    box = Box(5, 5, 12, 10)
    outlines = [Outline(uid, Kind.UNDECIDED, None, uid, box) for uid in "abc"]
    canvas.outlines.set_outlines(outlines)
    canvas.outlines.set_text_scale(2.0)
    first, second, third = canvas.outlines._tag_rects(canvas.view)
    assert not first.intersects(second)
    assert not first.intersects(third)
    assert not second.intersects(third)
    assert canvas.outlines.uid_at(second.center()) == "b"
