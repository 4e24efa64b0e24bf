"""Measuring on the film, as a reader does it: by mouse and by keys."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.image_view import ImageView
from gui.keys_of_film import image_way
from gui.measure_desk import MeasureDesk
from gui.measure_edit import Points
from gui.measure_list import MeasureList
from gui.measure_place import Rect, crosses, place_text
from gui.measure_shape import shape_path, spot_of
from gui.view_geometry import ViewGeometry
from review.decision import Box
from review.measurement import MeasuredValue, Measurement, MeasurementKind
from studies.model import (
    GrayscaleParameters,
    Image,
    ImageHeader,
    Patient,
    Series,
    SpacingSource,
    Study,
    Window,
)

K = MeasurementKind
ROWS, COLUMNS = 400, 300
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.MouseButton.NoButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
READER = (0x7C, 0xC4, 0xF5)


class FakeReview(QObject):
    """Keeps measurements in memory, as the review model does in its journal."""

    marks_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.measurements: tuple[Measurement, ...] = ()
        self.made = 0
        self.allows = True

    def measure(self, measurement: Measurement) -> Measurement | None:
        if not self.allows:
            return None
        self.made += 1
        kept = replace(measurement, uid=f"measure/{self.made}", reader="K. Lind")
        return self._set((*self.measurements, kept), kept)

    def move_measurement(
        self, uid: str, points: Points, values: tuple[MeasuredValue, ...]
    ) -> bool:
        return self._replace(uid, points=points, values=values)

    def label_measurement(self, uid: str, label: str) -> bool:
        return self._replace(uid, label=label)

    def remove_measurement(self, uid: str) -> bool:
        left = tuple(item for item in self.measurements if item.uid != uid)
        return self.allows and bool(self._set(left, True))

    def _replace(self, uid: str, **changes: object) -> bool:
        if not self.allows:
            return False
        items = (
            replace(item, **changes) if item.uid == uid else item
            for item in self.measurements
        )
        return bool(self._set(tuple(items), True))

    def _set(self, items, result):  # type: ignore[no-untyped-def]
        self.measurements = items
        self.marks_changed.emit()
        return result


def image_of(
    uid: str = "1.1", spacing: tuple[float, float] | None = (0.5, 0.5)
) -> Image:
    stored = np.zeros((ROWS, COLUMNS), np.uint16)
    stored[:, 150:] = 100
    header = ImageHeader(
        path=Path("slice.dcm"),
        frame=0,
        sop_instance_uid=uid,
        sop_class_uid="1.2",
        series_instance_uid="1.3",
        study_instance_uid="1.4",
        modality="CT",
        rows=ROWS,
        columns=COLUMNS,
        grayscale=GrayscaleParameters(
            "MONOCHROME2",
            12,
            0,
            rescale_intercept=-1000.0,
            windows=(Window(1048.0, 4096.0),),
        ),
        patient_orientation=("L", "F"),
        spacing_mm=spacing,
        spacing_source=(
            SpacingSource.NONE if spacing is None else SpacingSource.PIXEL_SPACING
        ),
    )
    return Image(header, stored)


@dataclass
class Bench:
    """A film with a desk, a list and a review, and what was told."""

    qtbot: QtBot
    view: ImageView
    desk: MeasureDesk
    panel: MeasureList
    review: FakeReview
    refused: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def canvas(self):  # type: ignore[no-untyped-def]
        return self.view.canvas

    @property
    def only(self) -> Measurement:
        (found,) = self.review.measurements
        return found

    def show(self, image: Image) -> None:
        patient = Patient("1", "DOE, JO", date(1960, 1, 1), "F")
        series = Series("1.3", "CT", "", 1, "CHEST", (image.header,))
        now = datetime(2026, 11, 23, tzinfo=UTC)
        self.view.set_image(
            image, patient, Study("1.4", patient, "", now, "", (series,))
        )
        self.desk.show_image(self.canvas, image)

    def at(self, row: float, column: float) -> QPointF:
        return self.view.image_to_view(row, column)

    def mouse(self, kind: QEvent.Type, at: QPointF, button=LEFT, down=LEFT) -> None:  # type: ignore[no-untyped-def]
        port = self.canvas.viewport()
        where = QPointF(port.mapToGlobal(at.toPoint()))
        modifiers = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(
            port, QMouseEvent(kind, at, where, button, down, modifiers)
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        first, last = self.at(*start), self.at(*end)
        self.mouse(QEvent.Type.MouseButtonPress, first)
        self.mouse(QEvent.Type.MouseMove, (first + last) / 2, NONE)
        self.mouse(QEvent.Type.MouseMove, last, NONE)
        self.mouse(QEvent.Type.MouseButtonRelease, last, LEFT, NONE)

    def click(self, row: float, column: float) -> None:
        self.hover(row, column)
        self.mouse(QEvent.Type.MouseButtonPress, self.at(row, column))
        self.mouse(QEvent.Type.MouseButtonRelease, self.at(row, column), LEFT, NONE)

    def hover(self, row: float, column: float) -> None:
        self.mouse(QEvent.Type.MouseMove, self.at(row, column), NONE, NONE)

    def key(self, key: Qt.Key, held=Qt.KeyboardModifier.NoModifier) -> None:  # type: ignore[no-untyped-def]
        self.qtbot.keyClick(self.view, key, held)

    def paint(self) -> NDArray[np.uint8]:
        picture = self.view.grab_film().convertToFormat(QImage.Format.Format_RGB888)
        raw = np.frombuffer(picture.constBits(), np.uint8).copy()
        rows = raw.reshape(picture.height(), picture.bytesPerLine())
        return rows[:, : picture.width() * 3].reshape(picture.height(), -1, 3)

    def is_drawn(self, row: float, column: float) -> bool:
        """Whether the reader's colour is within 2 px of an image point."""
        at = self.at(row, column).toPoint()
        part = self.paint()[at.y() - 2 : at.y() + 3, at.x() - 2 : at.x() + 3]
        return bool((np.abs(part.astype(int) - READER).max(axis=2) < 40).any())


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    view, panel = ImageView(), MeasureList()
    for widget in (view, panel):
        qtbot.addWidget(widget)
    view.resize(900, 600)
    view.show()
    panel.show()
    desk, review = MeasureDesk(), FakeReview()
    made = Bench(qtbot, view, desk, panel, review)
    desk.refused.connect(made.refused.append)
    desk.said.connect(made.said.append)
    desk.attach(view.canvas)
    desk.attach_list(panel)
    desk.work_on(review)
    made.show(image_of())
    yield made
    desk.work_on(None)


def plain(rect: QRectF) -> Rect:
    return Rect(rect.left(), rect.top(), rect.right(), rect.bottom())


def rounded(points: Points) -> Points:
    return tuple((round(row, 1), round(column, 1)) for row, column in points)


# By mouse


def test_that_a_length_drawn_on_screen_is_kept_in_image_pixels(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    assert bench.only.kind is K.LENGTH
    assert rounded(bench.only.points) == ((100, 50), (100, 150))
    assert bench.only.values == (MeasuredValue("length", 50.0, "mm"),)
    assert (bench.only.sop_instance_uid, bench.only.frame) == ("1.1", 0)
    assert bench.desk.selected_uid == "measure/1"
    assert bench.view.tool() == "length"


def test_that_a_length_is_drawn_solid_in_the_readers_colour(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 250))
    for column in range(55, 250, 15):
        assert bench.is_drawn(100, column)
    assert not bench.is_drawn(120, 100)


def test_that_an_angle_is_drawn_by_a_drag_and_a_click(bench: Bench) -> None:
    bench.view.set_tool("angle")
    bench.drag((200, 250), (200, 100))
    assert bench.review.measurements == ()
    bench.hover(150, 100)
    assert bench.canvas.hands.draft.points[-1] == pytest.approx((150, 100), abs=0.4)
    bench.click(100, 100)
    assert rounded(bench.only.points) == ((200, 250), (200, 100), (100, 100))
    assert bench.only.values[0].value == pytest.approx(90.0, abs=0.1)


def test_that_a_cobb_angle_and_a_heart_width_take_two_drags(bench: Bench) -> None:
    bench.view.set_tool("cobb")
    bench.drag((100, 50), (100, 250))
    bench.drag((200, 50), (300, 250))
    bench.view.set_tool("cardiothoracic")
    bench.drag((320, 100), (320, 200))
    bench.drag((350, 50), (350, 250))
    cobb, ratio = bench.review.measurements
    assert cobb.values[0].value == pytest.approx(26.565, abs=0.2)
    assert ratio.values[0].value == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("tool", ["ellipse", "rectangle"])
def test_that_a_region_tells_the_values_under_it(bench: Bench, tool: str) -> None:
    bench.view.set_tool(tool)
    bench.drag((100, 200), (200, 280))
    by_name = {value.name: value for value in bench.only.values}
    assert by_name["mean"] == MeasuredValue("mean", -900.0, "HU")
    assert bench.canvas.measures.marks[0].lines[0] == "Mean -900 HU  SD 0.00"


def test_that_two_clicks_measure_and_a_live_value_follows(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.click(100, 50)
    bench.hover(100, 110)
    item = bench.canvas.measures
    assert item.gauge(K.LENGTH, item.draft.points)[0] == ("30.0 mm",)
    bench.paint()
    assert not item.text_rects()[""].isEmpty()
    bench.click(100, 150)
    assert bench.only.values[0].value == pytest.approx(50.0)


def test_that_a_double_click_on_one_place_leaves_the_line_open(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.click(100, 50)
    at = bench.at(100, 50)
    bench.mouse(QEvent.Type.MouseButtonDblClick, at)
    bench.mouse(QEvent.Type.MouseButtonRelease, at, LEFT, NONE)
    assert bench.review.measurements == ()
    assert bench.canvas.view.is_fit
    bench.click(100, 150)
    assert bench.only.values[0].value == pytest.approx(50.0)


def test_that_points_stay_on_the_image(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 100), (100, 500))
    assert rounded(bench.only.points)[1] == (100, 300)


def test_that_escape_drops_what_is_drawn_then_lets_go_then_leaves_it(
    bench: Bench,
) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.click(200, 50)
    assert bench.canvas.hands.draft is not None
    bench.key(Qt.Key.Key_Escape)
    assert bench.canvas.hands.draft is None
    bench.click(100, 100)
    assert bench.desk.selected_uid == "measure/1"
    assert bench.view.cancel_box()
    assert bench.desk.selected_uid is None
    assert not bench.view.cancel_box()
    assert len(bench.review.measurements) == 1


def test_that_another_tool_drops_what_was_begun(bench: Bench) -> None:
    bench.view.set_tool("angle")
    bench.drag((100, 50), (100, 150))
    bench.view.set_tool("window")
    assert bench.canvas.hands.draft is None
    assert bench.review.measurements == ()


def test_that_another_image_drops_what_was_begun(bench: Bench) -> None:
    bench.view.set_tool("angle")
    bench.drag((100, 50), (100, 150))
    bench.show(image_of("1.9"))
    assert bench.canvas.hands.draft is None


def test_that_a_click_chooses_and_a_click_beside_lets_go(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.view.set_tool("window")
    bench.click(300, 250)
    assert bench.desk.selected_uid is None
    with bench.qtbot.assertNotEmitted(bench.canvas.clicked):
        bench.click(101, 90)
    assert bench.desk.selected_uid == "measure/1"
    with bench.qtbot.waitSignal(bench.canvas.clicked):
        bench.click(300, 250)
    assert bench.desk.selected_uid is None


def test_that_a_click_on_an_old_line_with_the_tool_in_hand_chooses_it(
    bench: Bench,
) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.desk.select(None)
    bench.click(100, 100)
    assert bench.desk.selected_uid == "measure/1"
    assert bench.canvas.hands.draft is None


def test_that_the_chosen_line_moves_whole_and_is_measured_again_once(
    bench: Bench,
) -> None:
    bench.view.set_tool("ellipse")
    bench.drag((100, 20), (160, 80))
    bench.view.set_tool("window")
    bench.click(130, 20)
    told: list[object] = []
    bench.canvas.measurement_moved.connect(lambda *to: told.append(to))
    bench.drag((130, 50), (140, 230))
    assert len(told) == 1
    assert rounded(bench.only.points) == ((110, 200), (170, 260))
    assert bench.only.values[0] == MeasuredValue("mean", -900.0, "HU")


def test_that_a_handle_moves_its_point(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.drag((100, 150), (100, 250))
    assert rounded(bench.only.points) == ((100, 50), (100, 250))
    assert bench.only.values[0].value == pytest.approx(100.0)


def test_that_a_line_that_is_not_chosen_stays_under_the_window_tool(
    bench: Bench,
) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.view.set_tool("window")
    bench.desk.select(None)
    before = bench.only.points
    bench.drag((100, 100), (200, 120))
    assert bench.only.points == before


def test_that_a_press_that_trembles_moves_nothing(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    with bench.qtbot.assertNotEmitted(bench.canvas.measurement_moved):
        bench.drag((100, 100), (101, 101))


def test_that_a_move_that_the_review_refuses_is_not_shown(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.review.allows = False
    bench.drag((100, 150), (100, 250))
    assert rounded(bench.canvas.measures.marks[0].points) == ((100, 50), (100, 150))
    assert not bench.is_drawn(100, 200)


# Refusals


def test_that_nothing_is_measured_where_it_is_blocked(bench: Bench) -> None:
    bench.desk.blocked_reason = lambda image: "A gap in the slices"
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    assert bench.refused == ["A gap in the slices"]
    assert bench.review.measurements == ()
    bench.key(Qt.Key.Key_Return)
    assert bench.canvas.hands.draft is None


def test_that_nothing_is_measured_without_a_review(bench: Bench) -> None:
    bench.desk.work_on(None)
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    assert bench.refused == ["Not measured: there is no review to keep it in"]


def test_that_an_empty_region_is_refused_in_words(bench: Bench) -> None:
    bench.canvas.measured.emit(K.ELLIPSE, ((10.6, 10.6), (11.4, 11.4)))
    assert bench.review.measurements == ()
    assert "no pixel inside" in bench.refused[0]


# By keys


def test_that_a_length_is_measured_without_the_mouse(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.key(Qt.Key.Key_Return)
    # 600 / 1.5 / 8 = 50 px to each side of the middle (200, 150).
    bench.key(Qt.Key.Key_Left, SHIFT)
    bench.key(Qt.Key.Key_Tab)
    bench.key(Qt.Key.Key_Down)
    bench.key(Qt.Key.Key_Tab)
    bench.key(Qt.Key.Key_Right)
    bench.key(Qt.Key.Key_Return)
    assert bench.only.points == ((200, 91), (201, 201))
    assert bench.said[:3] == [
        "Length: arrows move point 1 of 2",
        "Length: arrows move point 2 of 2",
        "Length: arrows move all of it",
    ]


@pytest.mark.parametrize("kind", list(K))
def test_that_every_kind_is_placed_by_enter_twice(
    bench: Bench, kind: MeasurementKind
) -> None:
    bench.view.set_tool(kind.value)
    bench.key(Qt.Key.Key_Return)
    bench.key(Qt.Key.Key_Enter)
    assert bench.only.kind is kind


def test_that_enter_completes_what_the_mouse_began(bench: Bench) -> None:
    bench.view.set_tool("angle")
    bench.drag((100, 50), (100, 150))
    bench.key(Qt.Key.Key_Return)
    bench.key(Qt.Key.Key_Return)
    assert rounded(bench.only.points)[:2] == ((100, 50), (100, 150))


def test_that_arrows_move_the_chosen_one_and_tell_when_let_go(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    told: list[object] = []
    bench.canvas.measurement_moved.connect(lambda *to: told.append(to))
    bench.qtbot.keyPress(bench.view, Qt.Key.Key_Down, SHIFT)
    bench.qtbot.keyPress(bench.view, Qt.Key.Key_Down)
    assert told == []
    bench.qtbot.keyRelease(bench.view, Qt.Key.Key_Down)
    assert len(told) == 1
    assert rounded(bench.only.points) == ((111, 50), (111, 150))


def test_that_enter_takes_the_points_of_the_chosen_one_in_hand(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.key(Qt.Key.Key_Return)
    bench.key(Qt.Key.Key_Backtab)
    bench.key(Qt.Key.Key_Tab)
    bench.key(Qt.Key.Key_Tab)
    bench.key(Qt.Key.Key_Right, SHIFT)
    bench.key(Qt.Key.Key_Return)
    assert rounded(bench.only.points) == ((100, 50), (100, 160))


def test_that_escape_puts_back_what_keys_have_changed(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.key(Qt.Key.Key_Return)
    bench.key(Qt.Key.Key_Right, SHIFT)
    bench.key(Qt.Key.Key_Escape)
    assert rounded(bench.only.points) == ((100, 50), (100, 150))
    assert bench.desk.selected_uid == "measure/1"


def test_that_delete_removes_the_chosen_one(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    bench.key(Qt.Key.Key_Delete)
    assert bench.review.measurements == ()
    assert bench.desk.selected_uid is None
    assert bench.said[-1] == "Deleted: Length  50.0 mm"


def test_that_tab_leaves_the_film_when_nothing_is_drawn(bench: Bench) -> None:
    wanted = bench.view.keys.boxes.tab
    tab = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier
    )
    bench.view.set_tool("length")
    assert not wanted(tab)
    bench.key(Qt.Key.Key_Return)
    assert wanted(tab)


def test_that_ctrl_and_alt_arrows_are_left_to_others(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.drag((100, 50), (100, 150))
    before = bench.only.points
    bench.key(Qt.Key.Key_Left, CONTROL)
    bench.key(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert bench.only.points == before


def test_that_a_box_is_still_drawn_by_keys_with_a_measuring_tool(bench: Bench) -> None:
    bench.view.set_tool("length")
    bench.view.start_box()
    bench.key(Qt.Key.Key_Return)
    with bench.qtbot.waitSignal(bench.view.box_drawn) as told:
        bench.key(Qt.Key.Key_Return)
    assert isinstance(told.args[0], Box)


# The text


def test_that_the_text_stays_inside_and_off_what_is_measured(bench: Bench) -> None:
    shapes = [
        (K.LENGTH, ((2.0, 2.0), (2.0, 298.0))),
        (K.LENGTH, ((398.0, 2.0), (2.0, 298.0))),
        (K.ELLIPSE, ((200.0, 200.0), (300.0, 299.0))),
        (K.RECTANGLE, ((300.0, 0.0), (400.0, 100.0))),
        (K.ANGLE, ((100.0, 250.0), (200.0, 200.0), (300.0, 299.0))),
    ]
    for kind, points in shapes:
        bench.canvas.measured.emit(kind, points)
    bench.paint()
    item, view = bench.canvas.measures, bench.canvas.view
    rects = item.text_rects()
    assert len(rects) == len(shapes)
    for mark in item.marks:
        rect = rects[mark.uid]
        assert QRectF(0, 0, 900, 600).contains(rect)
        for other in item.marks:
            spot = spot_of(other.kind, other.points, view)
            assert spot.covered(plain(rect)) == 0
        others = [other for uid, other in rects.items() if uid != mark.uid]
        assert not any(rect.intersects(other) for other in others)


def test_that_a_region_that_fills_the_view_has_its_text_at_the_edge() -> None:
    view = ViewGeometry(100, 100, 600, 600, scale=20.0, x=-700, y=-700)
    points = ((0.0, 0.0), (100.0, 100.0))
    spot = spot_of(K.RECTANGLE, points, view)
    left, top, right, bottom = place_text((150, 60), spot, Rect(0, 0, 600, 600))
    assert (right - left, bottom - top) == (150, 60)
    assert min(left, top, 600 - right, 600 - bottom) == 4


@pytest.mark.parametrize(
    ("start", "end", "through"),
    [
        ((0, 0), (30, 30), True),
        ((0, 0), (9, 9), False),
        ((0, 15), (30, 15), True),
        ((0, 25), (30, 25), False),
        ((15, 0), (15, 30), True),
        ((5, 12), (12, 5), False),
        ((15, 15), (15, 15), True),
    ],
)
def test_that_a_line_through_a_text_is_noticed(
    start: tuple[float, float], end: tuple[float, float], through: bool
) -> None:
    assert crosses(Rect(10, 10, 20, 20), start, end) is through


def test_that_a_measurement_out_of_view_has_no_text(bench: Bench) -> None:
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 30.0)))
    bench.canvas.set_view(bench.canvas.view.centred(390.0, 290.0, 20.0))
    bench.paint()
    assert bench.canvas.measures.text_rects()["measure/1"].isEmpty()


def test_that_a_doubtful_ratio_says_why_on_the_film(bench: Bench) -> None:
    bench.canvas.measured.emit(
        K.CARDIOTHORACIC,
        ((100.0, 100.0), (140.0, 200.0), (300.0, 20.0), (300.0, 280.0)),
    )
    mark = bench.canvas.measures.marks[0]
    assert mark.doubts == ("The two lines are not parallel: 22 degrees apart",)


@dataclass(frozen=True)
class Turned(ViewGeometry):
    """A view turned by 90 degrees and mirrored: rows run along x."""

    def to_view(self, row: float, column: float) -> tuple[float, float]:
        return row * 2.0, column * 3.0

    def view_to_image(self, x: float, y: float) -> tuple[float, float]:
        return x / 2.0, y / 3.0


def test_that_an_arrow_goes_where_it_points_on_a_turned_image() -> None:
    turned, upright = Turned(100, 100, 400, 400), ViewGeometry(100, 100, 400, 400)
    assert image_way(upright, 1, 0) == (1, 0)
    assert image_way(turned, 1, 0) == (0, 1)
    assert image_way(turned, 0, -1) == (-1, 0)


def test_that_shapes_follow_a_turned_view_with_pixels_that_are_not_square() -> None:
    turned = Turned(100, 100, 400, 400)
    frame = shape_path(K.ELLIPSE, ((10.0, 20.0), (30.0, 60.0)), turned).boundingRect()
    assert (frame.left(), frame.right()) == pytest.approx((20, 60), abs=0.2)
    assert (frame.top(), frame.bottom()) == pytest.approx((60, 180), abs=0.2)


# The desk


def test_that_measurements_are_drawn_on_their_own_image_alone(bench: Bench) -> None:
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    assert bench.is_drawn(10, 50)
    bench.show(image_of("1.9"))
    assert bench.canvas.measures.marks == ()
    assert not bench.is_drawn(10, 50)


def test_that_two_canvases_show_and_choose_the_same(bench: Bench) -> None:
    other = ImageView()
    bench.qtbot.addWidget(other)
    bench.desk.attach(other.canvas)
    other.canvas.set_image(image_of())
    bench.desk.show_image(other.canvas, image_of())
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    assert other.canvas.measures.selected is not None
    other.canvas.hands.choose(None)
    assert bench.canvas.measures.selected is None
    bench.desk.detach(other.canvas)
    bench.canvas.measured.emit(K.LENGTH, ((20.0, 10.0), (20.0, 90.0)))
    assert len(other.canvas.measures.marks) == 1


def test_that_without_spacing_the_film_says_so(bench: Bench) -> None:
    bench.show(image_of("1.9", spacing=None))
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    assert bench.canvas.measures.marks[0].lines == ("80.0 px (no spacing)",)


def test_that_a_screen_reader_hears_the_measurements(bench: Bench) -> None:
    bench.show(image_of("1.9", spacing=None))
    bench.canvas.measured.emit(K.ANGLE, ((10.0, 90.0), (10.0, 10.0), (90.0, 10.0)))
    assert bench.desk.spoken_on(bench.canvas) == (
        "Angle: 90.0 deg. No pixel spacing: pixels taken as square",
    )


def test_that_what_another_takes_away_is_chosen_no_more(bench: Bench) -> None:
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    bench.review.remove_measurement("measure/1")
    assert bench.desk.selected_uid is None
    assert bench.panel.rows() == ()


# The list


def test_that_the_list_names_figure_image_and_label(bench: Bench) -> None:
    bench.desk.where = lambda item: "Image 12"
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    bench.review.label_measurement("measure/1", "Nodule")
    (row,) = bench.panel.rows()
    assert row.text == "Length  40.0 mm\nNodule  \u00b7  Image 12"
    assert row.spoken == "Length, Nodule: 40.0 mm. Image 12"
    assert bench.panel.selected() == "measure/1"


def test_that_enter_and_click_in_the_list_lead_to_the_image(bench: Bench) -> None:
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    bench.desk.select(None)
    bench.show(image_of("1.9"))
    bench.panel.select("measure/1")
    with bench.qtbot.waitSignal(bench.desk.image_wanted) as told:
        bench.qtbot.keyClick(bench.panel.view, Qt.Key.Key_Return)
    assert told.args == ["1.1", 0]
    bench.show(image_of())
    assert bench.canvas.measures.selected is not None
    with bench.qtbot.assertNotEmitted(bench.desk.image_wanted):
        bench.panel.view.clicked.emit(bench.panel.view.currentIndex())


def test_that_the_list_deletes_by_key_and_by_button(bench: Bench) -> None:
    for row in (10.0, 20.0):
        bench.canvas.measured.emit(K.LENGTH, ((row, 10.0), (row, 90.0)))
    bench.panel.select("measure/1")
    bench.qtbot.keyClick(bench.panel.view, Qt.Key.Key_Delete)
    assert [item.uid for item in bench.review.measurements] == ["measure/2"]
    bench.panel.select("measure/2")
    bench.qtbot.mouseClick(bench.panel.remove_button, LEFT)
    assert bench.review.measurements == ()
    assert not bench.panel.remove_button.isEnabled()


def test_that_a_measurement_is_named_in_its_row(bench: Bench) -> None:
    bench.canvas.measured.emit(K.LENGTH, ((10.0, 10.0), (10.0, 90.0)))
    bench.qtbot.mouseClick(bench.panel.label_button, LEFT)
    editor = bench.panel.view.findChild(QLineEdit)
    bench.qtbot.keyClicks(editor, "Nodule ")
    bench.qtbot.keyClick(editor, Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: bench.only.label == "Nodule")
    bench.qtbot.waitUntil(lambda: bench.panel.rows()[0].label == "Nodule")
    assert bench.canvas.measures.marks[0].lines == ("Nodule", "40.0 mm")


def test_that_an_empty_list_says_how_to_begin(bench: Bench) -> None:
    assert bench.panel.findChildren(QWidget)
    assert "Press L" in bench.panel._note.text()
    assert bench.panel._note.isVisible()
    assert not bench.panel.view.isVisible()


# The other tools


def test_that_the_crosshair_tells_from_the_press_on_where_it_is(bench: Bench) -> None:
    bench.view.set_tool("crosshair")
    told: list[tuple[float, float]] = []
    bench.canvas.crosshair_moved.connect(lambda *at: told.append(at))
    bench.drag((100, 50), (200, 900))
    assert told[0] == pytest.approx((100, 50), abs=0.4)
    assert told[-1] == pytest.approx((200, 300), abs=0.4)


def test_that_the_magnifier_is_there_while_the_button_is_down(bench: Bench) -> None:
    bench.view.set_tool("magnifier")
    told: list[QPointF | None] = []
    bench.canvas.magnifier_at.connect(told.append)
    bench.drag((100, 50), (200, 100))
    assert told[0] == bench.at(100, 50)
    assert told[-2] == bench.at(200, 100)
    assert told[-1] is None


def test_that_a_scroll_drag_leads_down_to_later_slices(bench: Bench) -> None:
    bench.view.set_tool("scroll")
    told: list[int] = []
    bench.canvas.scrolled.connect(told.append)
    start = QPointF(400, 300)
    bench.mouse(QEvent.Type.MouseButtonPress, start)
    for y in (305, 310, 330, 290):
        bench.mouse(QEvent.Type.MouseMove, QPointF(400, y), NONE)
    bench.mouse(QEvent.Type.MouseButtonRelease, QPointF(400, 290), LEFT, NONE)
    assert told == [1, 2, -4]


def wheel(bench: Bench, angle: int, held=Qt.KeyboardModifier.NoModifier) -> None:  # type: ignore[no-untyped-def]
    at = QPointF(500, 200)
    event = QWheelEvent(
        at,
        QPointF(bench.view.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, angle),
        NONE,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(bench.canvas.viewport(), event)


def test_that_the_wheel_scrolls_where_there_are_slices(bench: Bench) -> None:
    bench.canvas.wheel_scrolls = True
    told: list[int] = []
    bench.canvas.slice_wheel.connect(told.append)
    for angle in (-120, -60, -60, 240):
        wheel(bench, angle)
    assert told == [1, 1, -2]
    assert bench.canvas.view.is_fit


def test_that_ctrl_and_wheel_always_zoom_at_the_pointer(bench: Bench) -> None:
    bench.canvas.wheel_scrolls = True
    with bench.qtbot.assertNotEmitted(bench.canvas.slice_wheel):
        wheel(bench, 120, CONTROL)
    assert bench.canvas.view.scale == pytest.approx(1.5 * 1.2)


def test_that_a_double_click_enlarges_where_there_are_several_panes(
    bench: Bench,
) -> None:
    bench.canvas.double_click_enlarges = True
    with bench.qtbot.waitSignal(bench.canvas.enlarge_requested):
        bench.mouse(QEvent.Type.MouseButtonDblClick, QPointF(450, 300))
    assert bench.canvas.view.is_fit
