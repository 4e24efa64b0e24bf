"""The viewport as the radiologist sees and uses it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from explain.heatmap import Heatmap, warp_heat
from explain.rendering import to_rgba
from gui import theme, tokens
from gui.corner_layout import clear_of
from gui.image_view import ImageView
from inference.model_card import Code
from inference.preprocess import Placement
from review.decision import Box, Decision, Origin, ReviewedFinding, Verdict
from studies.grayscale import to_display
from studies.model import (
    GrayscaleParameters,
    Image,
    ImageHeader,
    IntArray,
    Patient,
    Series,
    Study,
    Window,
)

ROWS, COLUMNS = 400, 300
WIDTH, HEIGHT = 900, 600
NOW = datetime(2026, 11, 23, 7, 42, 31, tzinfo=UTC)
CODE = Code("SCT", "1", "x")
LEFT = Qt.MouseButton.LeftButton
RIGHT = Qt.MouseButton.RightButton
MIDDLE = Qt.MouseButton.MiddleButton
Pixels = NDArray[np.uint8]


def image_of(stored: IntArray, photometric: str = "MONOCHROME2") -> Image:
    header = ImageHeader(
        path=Path("film.dcm"),
        frame=0,
        sop_instance_uid="1.1",
        sop_class_uid="1.2",
        series_instance_uid="1.3",
        study_instance_uid="1.4",
        modality="DX",
        rows=stored.shape[0],
        columns=stored.shape[1],
        grayscale=GrayscaleParameters(
            photometric, 12, 0, windows=(Window(2048.0, 4096.0),)
        ),
        patient_orientation=("L", "F"),
    )
    return Image(header, stored)


def black_film() -> Image:
    return image_of(np.zeros((ROWS, COLUMNS), np.uint16))


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    made = ImageView(clock=lambda: NOW)
    made.resize(WIDTH, HEIGHT)
    qtbot.addWidget(made)
    made.show()
    show(made, black_film())
    return made


def show(view: ImageView, image: Image) -> None:
    patient = Patient("1", "DOE, JO", date(1960, 1, 1), "F")
    series = Series("1.3", "DX", "", 1, "CHEST", (image.header,))
    view.set_image(image, patient, Study("1.4", patient, "", NOW, "", (series,)))


def heatmap(
    values: IntArray | NDArray[np.float64],
    *,
    probability: float = 1.0,
    crop: tuple[int, int, int, int] = (0, 0, ROWS, COLUMNS),
) -> Heatmap:
    array = np.asarray(values, np.float32)
    placement = Placement(ROWS, COLUMNS, crop, (array.shape[0], array.shape[1]))
    return Heatmap("mass", array, 1.0, probability, placement, "grad-cam")


def one_hot(row: int, column: int, size: int = 8) -> NDArray[np.float64]:
    values = np.zeros((size, size))
    values[row, column] = 1.0
    return values


def finding(
    uid: str = "reader/1",
    origin: Origin = Origin.READER,
    verdict: Verdict | None = Verdict.CONFIRMED,
    box: Box | None = None,
) -> ReviewedFinding:
    decision = None if verdict is None else Decision(verdict, "K", NOW)
    return ReviewedFinding(
        uid, "1.9", "1.1", 0, origin, "Mass", CODE, box=box, decision=decision
    )


MODEL_FINDING = finding("chest/mass", Origin.MODEL, None)


def pixels(image: QImage) -> Pixels:
    """(height, width, 3) RGB of a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(image.constBits(), np.uint8)
    lines = raw.reshape(image.height(), image.bytesPerLine())
    # A copy, for the bytes go with the picture.
    part = lines[:, : image.width() * 3].copy()
    return part.reshape(image.height(), image.width(), 3)


def seen(view: ImageView) -> Pixels:
    return pixels(view.grab_film())


def coloured(view: ImageView) -> NDArray[np.bool_]:
    """Where the film shows colour: the overlay, for the film itself is grey.

    Texts, key and legend stand in the margins, which are left out.
    """
    geometry = view.canvas.view
    x, y, width, height = geometry.visible()
    mask = np.zeros((geometry.height, geometry.width), bool)
    part = seen(view)[y : y + height, x : x + width].astype(int)
    mask[y : y + height, x : x + width] = np.ptp(part, axis=2) > 6
    return mask


def bare(view: ImageView) -> None:
    """Take all but film and overlay away, to judge them by pixels."""
    view.canvas.corners.setVisible(False)
    view.canvas.outlines.setVisible(False)
    view.margin.legend.hide()


def drag(
    view: ImageView,
    button: Qt.MouseButton,
    start: QPointF,
    end: QPointF,
) -> None:
    """Press, move in two steps, release."""
    middle = (start + end) / 2
    none = Qt.MouseButton.NoButton
    for kind, at, which in (
        (QEvent.Type.MouseButtonPress, start, button),
        (QEvent.Type.MouseMove, middle, none),
        (QEvent.Type.MouseMove, end, none),
        (QEvent.Type.MouseButtonRelease, end, button),
    ):
        held = none if kind is QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(
            kind,
            at,
            QPointF(view.mapToGlobal(at.toPoint())),
            which,
            held,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view.canvas.viewport(), event)


# The film


def test_that_the_whole_film_is_shown_first(view: ImageView) -> None:
    geometry = view.canvas.view
    assert geometry.is_fit
    assert geometry.scale == 1.5  # 600 / 400


def test_that_the_film_on_screen_is_the_display_pipelines(view: ImageView) -> None:
    rng = np.random.default_rng(3)
    stored = rng.integers(0, 4096, (ROWS, COLUMNS), dtype=np.uint16)
    image = image_of(stored, "MONOCHROME1")
    show(view, image)
    view.one_to_one()
    bare(view)
    x, y, width, height = view.canvas.view.visible()
    assert (width, height) == (COLUMNS, ROWS)
    expected = np.rint(to_display(image) * 255)
    painted = seen(view)[y : y + height, x : x + width]
    assert np.abs(painted - expected[..., None]).max() <= 1


def test_that_inverting_turns_black_into_white_and_back(view: ImageView) -> None:
    bare(view)
    middle = HEIGHT // 2, WIDTH // 2
    assert seen(view)[middle].tolist() == [0, 0, 0]
    view.invert()
    assert seen(view)[middle].tolist() == [255, 255, 255]
    view.reset()
    assert seen(view)[middle].tolist() == [0, 0, 0]


def test_that_a_colour_image_keeps_its_colours(view: ImageView) -> None:
    stored = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    stored[..., 1] = 180
    image = image_of(stored)
    header = replace(
        image.header, grayscale=GrayscaleParameters("RGB", 8, 0, windows=())
    )
    show(view, Image(header, stored))
    bare(view)
    assert seen(view)[HEIGHT // 2, WIDTH // 2].tolist() == [0, 180, 0]


# The overlay


@pytest.mark.parametrize("crop", [(0, 0, ROWS, COLUMNS), (40, 30, 320, 240)])
@pytest.mark.parametrize(
    ("center", "scale"),
    [(None, None), ((170, 110), 1.0), ((200, 120), 3.3), ((205, 128), 0.7)],
)
def test_that_a_hot_cell_lands_where_its_placement_says(
    view: ImageView,
    crop: tuple[int, int, int, int],
    center: tuple[float, float] | None,
    scale: float | None,
) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3), crop=crop))
    if center is not None and scale is not None:
        view.canvas.set_view(view.canvas.view.centred(*center, scale))
    bare(view)
    row, column, rows, columns = crop
    said = view.image_to_view(row + 4.5 / 8 * rows, column + 3.5 / 8 * columns)
    y, x = (axis.mean() + 0.5 for axis in np.nonzero(coloured(view)))
    assert abs(x - said.x()) <= 1.0
    assert abs(y - said.y()) <= 1.0


@pytest.mark.parametrize(
    ("center", "scale"), [(None, None), ((150, 90), 2.7), ((300, 200), 0.8)]
)
def test_that_the_overlay_is_the_one_that_placement_and_view_give_directly(
    view: ImageView,
    center: tuple[float, float] | None,
    scale: float | None,
) -> None:
    values = np.random.default_rng(5).random((7, 7)) * np.tri(7)
    crop = (20, 10, 350, 270)
    made = heatmap(values, probability=0.9, crop=crop)
    view.set_heatmap(made)
    view.set_opacity(1.0)
    if center is not None and scale is not None:
        view.canvas.set_view(view.canvas.view.centred(*center, scale))
    bare(view)
    matrix = np.vstack([view.canvas.view.matrix(), [0, 0, 1]])
    grid = np.vstack([made.grid_to_image(), [0, 0, 1]])
    whole = (matrix @ grid)[:2].astype(np.float32)
    rgba = to_rgba(warp_heat(made.heat(), whole, (HEIGHT, WIDTH)), 1.0)
    expected = rgba[..., :3].astype(float) * rgba[..., 3:] / 255.0
    off = np.abs(seen(view) - expected).max(axis=2)
    # One screen pixel of shift would show along the whole rim of the drawn area.
    assert (off > 12).mean() < 0.002
    assert off.mean() < 1.0


def test_that_a_finding_of_one_percent_draws_nothing(view: ImageView) -> None:
    bare(view)
    before = seen(view)
    view.set_heatmap(heatmap(np.ones((7, 7)), probability=0.01))
    bare(view)
    assert np.array_equal(seen(view), before)


def test_that_the_peak_never_hides_the_film(view: ImageView) -> None:
    show(view, image_of(np.full((ROWS, COLUMNS), 4095, np.uint16)))
    view.set_heatmap(heatmap(np.ones((7, 7))))
    view.set_opacity(1.0)
    bare(view)
    # 60 % of the hottest colour's blue over white leaves at least 40 % of 255.
    assert seen(view)[HEIGHT // 2, WIDTH // 2, 2] >= 102


@pytest.mark.parametrize("hide", ["mode", "hidden", "held"])
def test_that_the_overlay_can_be_taken_away_at_once(view: ImageView, hide: str) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    assert coloured(view).any()
    away: dict[str, Callable[[], None]] = {
        "mode": lambda: view.set_map_mode("off"),
        "hidden": lambda: view.set_ai_hidden(True),
        "held": lambda: view.hold_beneath(True),
    }
    away[hide]()
    assert not coloured(view).any()


def test_that_space_shows_what_is_beneath_for_as_long_as_it_is_held(
    view: ImageView, qtbot: QtBot
) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert not coloured(view).any()
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert coloured(view).any()


def test_that_losing_the_focus_ends_a_held_space(view: ImageView, qtbot: QtBot) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    qtbot.keyPress(view, Qt.Key.Key_Space)
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert coloured(view).any()


def test_that_contour_mode_draws_lines_and_leaves_the_inside_clear(
    view: ImageView,
) -> None:
    values = np.zeros((8, 8))
    values[2:6, 2:6] = 1.0
    view.set_heatmap(heatmap(values))
    view.set_map_mode("contour")
    bare(view)
    inside = view.image_to_view(ROWS / 2, COLUMNS / 2).toPoint()
    assert coloured(view).any()
    assert not coloured(view)[inside.y(), inside.x()]


def test_that_a_map_that_fails_its_placement_check_is_withheld(view: ImageView) -> None:
    made = heatmap(one_hot(4, 3))
    wrong = replace(made, placement=replace(made.placement, rows=ROWS + 1))
    view.set_heatmap(wrong)
    assert not coloured(view).any()
    assert view.margin.legend.isVisible()
    description = view.margin.legend.accessibleDescription()
    assert description == "Map hidden: failed its check"


def test_that_the_legend_stands_with_the_overlay_and_goes_with_it(
    view: ImageView,
) -> None:
    legend = view.margin.legend
    assert legend.isHidden()
    view.set_findings([MODEL_FINDING])
    view.set_heatmap(heatmap(one_hot(4, 3), probability=0.8))
    assert legend.isVisible()
    said = legend.accessibleDescription()
    assert "Grad-CAM for finding 1, Mass" in said
    assert "Peak 0.80" in said
    view.set_ai_hidden(True)
    assert legend.isHidden()


def test_that_a_map_below_the_floor_says_why_nothing_is_seen(view: ImageView) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3), probability=0.01))
    said = view.margin.legend.accessibleDescription()
    assert "Peak 0.01: below 0.10, so nothing is drawn" in said


def test_that_the_legends_slider_sets_the_opacity(view: ImageView) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    view.margin.legend.opacity_changed.emit(0.25)
    assert view.opacity() == 0.25


def test_that_hiding_the_ai_says_since_when(view: ImageView) -> None:
    view.set_ai_hidden(True)
    assert view.margin.card.isVisible()
    assert "AI hidden since 07:42:31" in view.margin.card.accessibleDescription()
    view.set_ai_hidden(False)
    assert view.margin.card.isHidden()


def test_that_the_right_side_letter_stays_clear_of_the_legend() -> None:
    legend = QRect(300, 200, 100, 200)
    letter = QRect(370, 250, 20, 28)
    above = clear_of(letter, legend, highest=100)
    assert (above.left(), above.bottom()) == (370, 196)
    beside = clear_of(letter, legend, highest=180)
    assert (beside.right(), beside.top()) == (292, 250)
    assert clear_of(QRect(370, 50, 20, 28), legend, 0) == QRect(370, 50, 20, 28)


def test_that_texts_grow_with_the_application(
    view: ImageView, qapp: QApplication, qtbot: QtBot
) -> None:
    before = qapp.font()
    width = view.margin.legend.width()
    try:
        qapp.setFont(theme.font(2 * tokens.BODY))
        qtbot.waitUntil(lambda: view.margin.legend.width() == 2 * width)
    finally:
        qapp.setFont(before)


# Mouse


def test_that_a_left_drag_windows_with_the_window_tool(view: ImageView) -> None:
    told: list[tuple[float, float]] = []
    view.window_changed.connect(lambda *window: told.append(window))
    drag(view, LEFT, QPointF(400, 300), QPointF(464, 268))
    # 64 px of 512 are an eighth of the film's own width of 4096; 32 px up
    # brighten by a sixteenth, which is a lower centre in MONOCHROME2.
    assert told[-1] == (2048.0 - 256.0, 4096.0 + 512.0)


@pytest.mark.parametrize("tool", ["zoom", "pan", "box"])
def test_that_a_right_drag_always_windows(view: ImageView, tool: str) -> None:
    view.set_tool(tool)  # type: ignore[arg-type]  # pytest gives str
    drag(view, RIGHT, QPointF(400, 300), QPointF(464, 300))
    voi = view.voi()
    assert isinstance(voi, Window)
    assert voi.width == 4608.0


def test_that_a_middle_drag_pans(view: ImageView) -> None:
    view.one_to_one()
    before = view.image_to_view(0, 0)
    drag(view, MIDDLE, QPointF(400, 300), QPointF(431, 287))
    assert view.image_to_view(0, 0) - before == QPointF(31, -13)


def test_that_the_zoom_tool_doubles_in_180_pixels_about_where_it_began(
    view: ImageView,
) -> None:
    view.set_tool("zoom")
    at = QPointF(430, 380)
    before = view.canvas.view.view_to_image(at.x(), at.y())
    drag(view, LEFT, at, at - QPointF(0, 180))
    assert view.canvas.view.scale == pytest.approx(3.0)
    after = view.canvas.view.view_to_image(at.x(), at.y())
    assert np.abs(np.subtract(before, after)).max() < 0.2


@pytest.mark.parametrize(
    "held", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier]
)
def test_that_the_wheel_zooms_at_the_pointer(
    view: ImageView, held: Qt.KeyboardModifier
) -> None:
    at = QPointF(500, 200)
    before = view.canvas.view.view_to_image(at.x(), at.y())
    event = QWheelEvent(
        at,
        QPointF(view.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas.viewport(), event)
    assert view.canvas.view.scale == pytest.approx(1.5 * 1.44)
    after = view.canvas.view.view_to_image(at.x(), at.y())
    assert np.abs(np.subtract(before, after)).max() < 0.5


def test_that_a_double_click_toggles_between_fit_and_twice_that(
    view: ImageView, qtbot: QtBot
) -> None:
    port = view.canvas.viewport()
    qtbot.mouseDClick(port, LEFT, pos=QPoint(450, 300))
    assert view.canvas.view.scale == 3.0
    qtbot.mouseDClick(port, LEFT, pos=QPoint(450, 300))
    assert view.canvas.view.is_fit


def test_that_the_pointer_tells_row_column_and_stored_value(view: ImageView) -> None:
    stored = np.zeros((ROWS, COLUMNS), np.uint16)
    stored[100, 50] = 1720
    show(view, image_of(stored))
    told: list[tuple[int, int, str]] = []
    view.cursor_moved.connect(lambda *at: told.append(at))
    at = view.image_to_view(100.5, 50.5)
    drag(view, MIDDLE, at, at)
    assert told[-1] == (100, 50, "1\u2009720")
    drag(view, MIDDLE, QPointF(2, 2), QPointF(2, 2))
    assert told[-1] == (-1, -1, "")


# Boxes


def test_that_a_box_drawn_on_screen_comes_in_image_pixels(
    view: ImageView, qtbot: QtBot
) -> None:
    view.start_box()
    with qtbot.waitSignal(view.box_drawn) as told:
        drag(view, LEFT, view.image_to_view(50, 60), view.image_to_view(150, 200))
    assert told.args == [Box(50, 60, 100, 140)]
    assert not view.canvas.drawing


def test_that_a_slip_of_the_pointer_draws_no_box(view: ImageView, qtbot: QtBot) -> None:
    view.start_box()
    with qtbot.assertNotEmitted(view.box_drawn):
        drag(view, LEFT, QPointF(400, 300), QPointF(402, 301))
    assert view.canvas.drawing


def test_that_a_box_can_be_drawn_without_the_mouse(
    view: ImageView, qtbot: QtBot
) -> None:
    view.start_box()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    # A quarter of what is in view: 600 / 1.5 / 4 = 100 px about the middle.
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.box_drawn) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == [Box(150, 110, 101, 100)]


def test_that_escape_steps_back_from_drawing(view: ImageView, qtbot: QtBot) -> None:
    view.start_box()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.canvas.drawing


def test_that_a_selected_box_moves_with_the_mouse_and_tells_once(
    view: ImageView,
) -> None:
    view.set_findings([finding(box=Box(100, 100, 60, 60))], "reader/1")
    told: list[tuple[str, Box]] = []
    view.box_edited.connect(lambda *edit: told.append(edit))
    drag(view, LEFT, view.image_to_view(130, 130), view.image_to_view(150, 120))
    assert told == [("reader/1", Box(120, 90, 60, 60))]


def test_that_a_handle_resizes_a_selected_box(view: ImageView, qtbot: QtBot) -> None:
    view.set_findings([finding(box=Box(100, 100, 60, 60))], "reader/1")
    with qtbot.waitSignal(view.box_edited) as told:
        drag(view, LEFT, view.image_to_view(160, 160), view.image_to_view(180, 170))
    assert told.args == ["reader/1", Box(100, 100, 80, 70)]


def test_that_a_box_that_is_not_selected_stays(view: ImageView, qtbot: QtBot) -> None:
    view.set_findings([finding(box=Box(100, 100, 60, 60))])
    with qtbot.assertNotEmitted(view.box_edited):
        drag(view, LEFT, view.image_to_view(130, 130), view.image_to_view(150, 120))


@pytest.mark.parametrize(
    ("held", "moved"),
    [
        (Qt.KeyboardModifier.NoModifier, Box(100, 99, 60, 60)),
        (Qt.KeyboardModifier.ShiftModifier, Box(100, 90, 60, 60)),
    ],
)
def test_that_an_arrow_moves_a_selected_box_by_one_and_with_shift_by_ten(
    view: ImageView, qtbot: QtBot, held: Qt.KeyboardModifier, moved: Box
) -> None:
    view.set_findings([finding(box=Box(100, 100, 60, 60))], "reader/1")
    with qtbot.waitSignal(view.box_edited) as told:
        qtbot.keyClick(view, Qt.Key.Key_Left, held)
    assert told.args == ["reader/1", moved]


def test_that_a_click_on_an_outline_names_its_finding(
    view: ImageView, qtbot: QtBot
) -> None:
    small = finding("reader/2", box=Box(120, 120, 20, 20))
    view.set_findings([finding(box=Box(100, 100, 100, 100)), small])
    at = view.image_to_view(130, 130).toPoint()
    with qtbot.waitSignal(view.finding_clicked) as told:
        qtbot.mouseClick(view.canvas.viewport(), LEFT, pos=at)
    assert told.args == ["reader/2"]


def test_that_a_right_click_asks_for_the_menu(view: ImageView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.menu_requested):
        qtbot.mouseClick(view.canvas.viewport(), RIGHT, pos=QPoint(300, 300))


# Outlines


@pytest.mark.parametrize(
    ("verdict", "color"),
    [
        (None, (0xCF, 0xC2, 0xFA)),
        (Verdict.CONFIRMED, (0x53, 0xC7, 0xA5)),
        (Verdict.UNSURE, (0xF2, 0xD0, 0x4B)),
    ],
)
def test_that_an_outline_lies_on_its_box_in_the_colour_of_its_state(
    view: ImageView, verdict: Verdict | None, color: tuple[int, int, int]
) -> None:
    box = Box(100, 100, 100, 100)
    view.set_findings([finding("chest/x", Origin.MODEL, verdict, box)])
    close = np.abs(seen(view).astype(int) - color).max(axis=2) < 40
    left = view.image_to_view(150, 100).toPoint()
    # The ellipse touches the box's left edge in a line of some pixels.
    strip = close[left.y() - 20 : left.y() + 20, left.x() - 2 : left.x() + 3]
    assert strip.any()
    inside = view.image_to_view(150, 150).toPoint()
    assert not close[inside.y() - 5 : inside.y() + 5, inside.x() - 5 :][:, :10].any()


def test_that_an_outline_reads_on_white_by_its_black_casing(view: ImageView) -> None:
    show(view, image_of(np.full((ROWS, COLUMNS), 4095, np.uint16)))
    view.set_findings([finding(box=Box(100, 100, 100, 100))])
    at = view.image_to_view(150, 100).toPoint()
    strip = seen(view)[at.y(), at.x() - 4 : at.x() + 5].astype(int)
    assert strip.max(axis=1).min() < 140  # 45 % of 255 is 115


def test_that_the_selected_model_finding_is_outlined_by_its_hot_region(
    view: ImageView,
) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    view.set_findings([MODEL_FINDING], "chest/mass")
    assert len(view.canvas.outlines.outlines) == 1
    view.set_selected(None)
    assert view.canvas.outlines.outlines == ()


def test_that_findings_of_another_image_are_not_drawn(view: ImageView) -> None:
    here = finding(box=Box(100, 100, 50, 50))
    view.set_findings([replace(here, sop_instance_uid="9.9")])
    assert view.canvas.outlines.outlines == ()


# States of the pane


def test_that_a_pane_without_an_image_says_so(qtbot: QtBot) -> None:
    empty = ImageView()
    qtbot.addWidget(empty)
    empty.show()
    assert empty.empty.isVisible()
    assert empty.accessibleDescription() == "Nothing is shown here"


def test_that_nothing_of_the_old_image_stays_beside_a_note(view: ImageView) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    view.set_findings([finding(box=Box(1, 1, 50, 50))])
    view.show_note("Nothing hangs here")
    assert view.state() is None
    assert view.canvas.outlines.outlines == ()
    assert view.canvas.corners.corners.top_left == ()
    assert "DOE" not in view.accessibleDescription()
    view.fit()
    view.invert()
    view.nudge_window(1, 1)


def test_that_another_image_drops_map_and_findings_of_the_last(view: ImageView) -> None:
    view.set_heatmap(heatmap(one_hot(4, 3)))
    view.set_findings([finding(box=Box(1, 1, 50, 50))])
    show(view, black_film())
    assert not coloured(view).any()
    assert view.canvas.outlines.outlines == ()


def test_that_a_loading_pane_says_how_far_it_is(view: ImageView) -> None:
    view.show_loading("Reading 112 of 240 files")
    assert view.empty.isVisible()
    assert view.empty.text() == "Reading 112 of 240 files"


def test_that_a_running_model_can_be_cancelled_from_the_pane(
    view: ImageView, qtbot: QtBot
) -> None:
    size = view.canvas.size()
    view.set_ai_status("running", "Running, 62 %", "Explaining", progress=0.62)
    assert view.canvas.size() == size  # the film does not move
    button = view.margin.card.findChild(QPushButton)
    assert button is not None
    with qtbot.waitSignal(view.status_action) as told:
        qtbot.mouseClick(button, LEFT)
    assert told.args == ["cancel"]
    view.set_ai_status("none")
    assert view.margin.card.isHidden()


def test_that_a_refusal_stands_below_the_film_with_its_next_steps(
    view: ImageView, qtbot: QtBot
) -> None:
    view.set_ai_status(
        "refused",
        "Not analysed: lateral view",
        "The model reads frontal films.",
        [("See models", "models"), ("Why", "why")],
    )
    assert view.band.isVisible()
    said = view.band.accessibleDescription()
    assert said.startswith("Not analysed: lateral view")
    buttons = view.band.findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["See models", "Why"]
    with qtbot.waitSignal(view.status_action) as told:
        qtbot.mouseClick(buttons[1], LEFT)
    assert told.args == ["why"]


def test_that_a_state_is_restored_as_it_was(view: ImageView) -> None:
    view.canvas.set_view(view.canvas.view.centred(123.0, 45.0, 2.5))
    view.set_voi(Window(100.0, 50.0))
    view.invert()
    view.set_map_mode("contour")
    view.set_opacity(0.3)
    state = view.state()
    assert state is not None
    view.reset()
    view.set_map_mode("off")
    view.restore_state(state)
    again = view.state()
    assert again is not None
    assert again.voi == Window(100.0, 50.0)
    assert (again.scale, again.inverted) == (2.5, True)
    assert (again.map_mode, again.opacity) == ("contour", 0.3)
    assert np.abs(np.subtract(again.center, state.center)).max() < 0.5


def test_that_a_screen_reader_hears_film_corners_and_outlines(view: ImageView) -> None:
    view.set_findings([finding(box=Box(1, 1, 50, 50))])
    said = view.accessibleDescription()
    assert view.accessibleName() == "Film"
    for part in ("DOE, JO", "R at the left edge", "Finding 1, Mass: Added by you"):
        assert part in said
