"""Marks and shutters painted over a film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem
from pytestqt.qtbot import QtBot

from gui.canvas import Canvas
from gui.mark_looks import MarkLook
from gui.mark_paths import image_to_view
from gui.marks_item import DASHES, LARGEST_ALPHA, MarksItem
from gui.screen_item import ScreenItem
from gui.shutter_item import ShutterItem
from gui.view_geometry import ViewGeometry
from studies.mark_model import MadeBy, Mark, MarkKind, Region, Shape
from studies.model import OtherObject
from studies.reader import read_film
from studies.shutter import Shutter

SOURCE = OtherObject(Path("a.dcm"), "Segmentation")
# Ten screen pixels for each image pixel; the image begins at (30, 20).
GEOMETRY = ViewGeometry(10, 20, 150, 300, 1.0, 10.0, 30, 20)


def region_mark(key: str = "u/1", **changes: object) -> Mark:
    region = Region(10, 20, 4, 5, np.full((2, 3), 255, np.uint8))
    mark = Mark(key, "Liver", (86, 180, 233), MarkKind.SEGMENT, SOURCE, region=region)
    return replace(mark, **changes)


def painted(item: ScreenItem, geometry: ViewGeometry = GEOMETRY) -> QImage:
    """Paint an item onto grey."""
    item.set_geometry(geometry)
    image = QImage(geometry.width, geometry.height, QImage.Format.Format_RGB32)
    image.fill(QColor(100, 100, 100))
    painter = QPainter(image)
    item.paint(painter, QStyleOptionGraphicsItem(), None)
    painter.end()
    return image


def changed(image: QImage, x: int, y: int) -> bool:
    return image.pixelColor(x, y) != QColor(100, 100, 100)


@pytest.fixture
def item(qtbot: QtBot) -> MarksItem:
    return MarksItem()


def test_that_a_region_is_filled_on_its_pixels_and_nowhere_else(
    item: MarksItem,
) -> None:
    item.set_marks([region_mark()])
    image = painted(item)
    # Rows 4 and 5, columns 5 to 7: x 80 to 110, y 60 to 80.
    assert changed(image, 95, 70)
    for x, y in ((72, 70), (118, 70), (95, 52), (95, 88)):
        assert not changed(image, x, y)


def test_that_the_fill_never_exceeds_its_cap(item: MarksItem) -> None:
    item.set_marks([region_mark()])
    item.set_fill(5.0)
    found = painted(item).pixelColor(95, 70)
    wanted = 100 + LARGEST_ALPHA * (86 - 100)
    assert found.red() == pytest.approx(wanted, abs=1)
    item.set_fill(0.0)
    assert not changed(painted(item), 95, 70)


def test_that_only_visible_keys_are_drawn(item: MarksItem) -> None:
    item.set_marks([region_mark("u/1"), region_mark("u/2")], {"u/2"})
    assert [mark.key for mark in item.marks] == ["u/2"]
    item.set_marks([region_mark("u/1")], frozenset())
    assert not changed(painted(item), 95, 70)


def test_that_machines_are_dashed_and_persons_solid(item: MarksItem) -> None:
    assert DASHES[MadeBy.AUTOMATIC]
    assert DASHES[MadeBy.UNKNOWN] not in ((), DASHES[MadeBy.AUTOMATIC])
    assert DASHES[MadeBy.MANUAL] == DASHES[MadeBy.SEMIAUTOMATIC] == ()
    line = Shape(np.array([[5.0, 1.0], [5.0, 19.0]]))
    seen = {}
    for made_by in (MadeBy.AUTOMATIC, MadeBy.MANUAL):
        item.set_marks([region_mark(region=None, shapes=(line,), made_by=made_by)])
        image = painted(item)
        row = [image.pixelColor(x, 70).blue() > 180 for x in range(45, 215)]
        seen[made_by] = sum(row) / len(row)
    assert seen[MadeBy.MANUAL] == 1.0
    assert 0.5 < seen[MadeBy.AUTOMATIC] < 0.8  # 8 of 12 pixels


def test_that_a_line_has_a_dark_casing(item: MarksItem) -> None:
    line = Shape(np.array([[5.0, 1.0], [5.0, 19.0]]))
    item.set_marks([region_mark(region=None, shapes=(line,), made_by=MadeBy.MANUAL)])
    image = painted(item)
    assert image.pixelColor(100, 71).lightness() < 60


def test_that_marks_follow_a_geometry_that_turns_and_mirrors(
    item: MarksItem,
) -> None:
    class Turned(ViewGeometry):
        """Quarter turn: rows run to the left, columns down."""

        __slots__ = ()

        def to_view(self, row: float, column: float) -> tuple[float, float]:
            return 200 - 10 * row, 10 + 5 * column

    geometry = Turned(10, 20, 150, 300)
    transform = image_to_view(geometry)
    at = transform.map(QPointF(6, 5))
    assert (at.x(), at.y()) == (150, 40)
    item.set_marks([region_mark()])
    image = painted(item, geometry)
    # Rows 4 and 5: x 140 to 160; columns 5 to 7: y 35 to 50.
    assert changed(image, 150, 42)
    assert not changed(image, 130, 42)
    assert not changed(image, 150, 60)


def test_that_points_are_crosses_and_texts_are_written(item: MarksItem) -> None:
    point = Shape(np.array([[5.0, 10.0]]))
    item.set_marks([region_mark(region=None, shapes=(point,))])
    image = painted(item)
    assert changed(image, 125, 70)
    assert changed(image, 130, 75)
    text = Shape(np.array([[5.0, 10.0]]), text="12 mm")
    item.set_marks([region_mark(region=None, shapes=(text,))])
    assert changed(painted(item), 135, 75)


def test_that_an_overlay_plane_is_drawn_whole(item: MarksItem) -> None:
    item.set_marks([region_mark(kind=MarkKind.OVERLAY)])
    item.set_fill(0.0)
    assert painted(item).pixelColor(95, 70) == QColor(86, 180, 233)


def test_that_a_mark_with_a_look_wears_its_colour_and_tag(item: MarksItem) -> None:
    look = MarkLook("L", (255, 0, 0))
    item.set_marks([region_mark()], None, {"u/1": look})
    image = painted(item)
    assert image.pixelColor(95, 70).red() > image.pixelColor(95, 70).blue()
    assert item.words() == ("L Liver, segment, maker not stated",)
    # The tag stands left of the mark, inside the view: x 60 to 80.
    assert changed(image, 70, 70)
    item.set_marks([region_mark()])
    assert not changed(painted(item), 70, 70)


def test_that_nothing_is_painted_before_there_is_a_view(
    item: MarksItem, qtbot: QtBot, rg1: Path
) -> None:
    item.set_marks([region_mark()])
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.add_layer(item)
    canvas.grab()
    canvas.set_image(read_film(rg1))
    canvas.grab()
    assert item.geometry == canvas.view


@pytest.mark.parametrize(
    ("shutter", "seen", "hidden"),
    [
        (Shutter(rectangle=(2, 3, 8, 17)), (40, 130), (25, 130)),
        (Shutter(circle=(5, 10, 3, 3)), (70, 130), (70, 170)),
        (Shutter(polygon=((0, 0), (0, 20), (10, 0))), (30, 60), (100, 200)),
    ],
)
def test_that_what_the_shutter_hides_is_black(
    qtbot: QtBot, shutter: Shutter, seen: tuple[int, int], hidden: tuple[int, int]
) -> None:
    item = ShutterItem()
    item.set_shutter(shutter)
    image = painted(item)
    assert image.pixelColor(seen[1], seen[0]) == QColor(100, 100, 100)
    assert image.pixelColor(hidden[1], hidden[0]) == QColor(0, 0, 0)
    item.set_shutter(None)
    assert not changed(painted(item), hidden[1], hidden[0])


@pytest.mark.parametrize(
    "shutter",
    [
        Shutter(rectangle=(1, 2, 9, 11)),
        Shutter(circle=(4.5, 9.5, 3.2, 6.3)),
        Shutter(rectangle=(1, 1, 9, 19), polygon=((0.2, 0.1), (1.3, 19), (9.6, 7))),
    ],
)
def test_that_shutter_mask_and_paint_agree(qtbot: QtBot, shutter: Shutter) -> None:
    item = ShutterItem()
    item.set_shutter(shutter)
    image = painted(item)
    painted_seen = np.array(
        [
            [image.pixelColor(35 + 10 * c, 25 + 10 * r).red() for c in range(20)]
            for r in range(10)
        ]
    )
    decided = (painted_seen == 0) | (painted_seen == 100)  # not on an edge
    assert decided.mean() > 0.95
    assert ((painted_seen == 100) == shutter.mask(10, 20))[decided].all()
