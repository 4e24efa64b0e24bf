"""Where the texts around a film stand."""

import itertools

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.corner_layout import Block, Room, lay_out
from gui.corner_text import Sides
from gui.corners import Corners, Fold, PaneTag
from gui.legend import Legend
from gui.text_block import block_width

FILM = Corners(
    top_left=("DEMO, RG1", "ID OVR-0001", "F  64 y", "Born 1940-03-05"),
    top_right=("CHEST PA", "26 Aug 2004  07:31", "Acc. A-1", "Image 1 of 2"),
    bottom_left=("W 30000  L 15000", "Zoom 51 %", "1841 x 1955  15 bit", "Flipped"),
    sides=Sides("R", "L", "H", "F", known=True),
    kept=("Flipped",),
)
SLICE = Corners(
    top_left=FILM.top_left,
    top_right=("Chest CT", "26 Aug 2004"),
    bottom_left=FILM.bottom_left,
    sides=Sides("R", "L", "A", "P", known=True),
    slice=("Slice 109 of 189", "Z 36.0 mm, head", "5 mm MIP"),
    tag=PaneTag("A", "#F2935C", "Axial"),
    kept=("Flipped",),
)
SIZES = [(1472, 988), (732, 490), (480, 360), (360, 260)]
pytestmark = pytest.mark.usefixtures("qapp")


def room(size: tuple[int, int], film: QRect | None = None, scale: float = 1.0) -> Room:
    """A pane; the film fills it unless said otherwise."""
    view = QRect(0, 0, *size)
    return Room(view, view if film is None else film, QRect(), scale)


def texts(blocks: tuple[Block, ...]) -> list[str]:
    return [line for block in blocks for line in block.lines]


@pytest.mark.parametrize("corners", [FILM, SLICE], ids=["film", "slice"])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("size", SIZES)
def test_that_no_text_covers_another_and_the_patient_is_named(
    corners: Corners, size: tuple[int, int], scale: float
) -> None:
    blocks = lay_out(corners, room(size, scale=scale))
    for one, other in itertools.combinations(blocks, 2):
        assert not one.rect.intersects(other.rect)
    assert "DEMO, RG1" in texts(blocks)
    assert all(QRect(0, 0, *size).contains(block.rect) for block in blocks)


@pytest.mark.parametrize("corners", [FILM, SLICE], ids=["film", "slice"])
@pytest.mark.parametrize("size", SIZES)
def test_that_window_side_and_flip_are_always_told(
    corners: Corners, size: tuple[int, int]
) -> None:
    said = " ".join(texts(lay_out(corners, room(size))))
    for words in ("W 30000  L 15000", "Flipped", "R", "L"):
        assert words in said


def test_that_a_large_pane_tells_everything() -> None:
    said = texts(lay_out(FILM, room((1472, 988))))
    for line in (*FILM.top_left, *FILM.top_right, *FILM.bottom_left, "from header"):
        assert line in said


def test_that_a_black_margin_holds_more_than_the_film() -> None:
    # In the margin of a small pane text covers nothing; over the film it folds.
    size, narrow = (732, 490), QRect(240, 0, 250, 490)
    beside = texts(lay_out(FILM, room(size, narrow)))
    over = texts(lay_out(FILM, room(size)))
    assert "Born 1940-03-05" in beside
    assert "Born 1940-03-05" not in over
    assert "ID OVR-0001  F  64 y" in over


def test_that_text_is_backed_only_where_the_film_lies_under_it() -> None:
    blocks = lay_out(FILM, room((1472, 988), QRect(242, 0, 988, 988)))
    assert not any(block.backed for block in blocks)
    assert all(block.backed for block in lay_out(FILM, room((1472, 988))))


@pytest.mark.parametrize("size", SIZES)
def test_that_a_slice_has_letters_at_all_four_edges(size: tuple[int, int]) -> None:
    blocks = lay_out(SLICE, room(size))
    letters = {b.lines[0]: b.rect.center() for b in blocks if len(b.lines[0]) == 1}
    assert set(letters) == set("RLAP")
    width, height = size
    assert letters["R"].x() < width * 0.1 < width * 0.9 < letters["L"].x()
    assert letters["A"].y() < height * 0.1 < height * 0.9 < letters["P"].y()


def test_that_a_film_tells_head_and_feet_only_if_they_are_unusual() -> None:
    turned = Corners(FILM.top_left, sides=Sides("R", "L", "F", "H", known=True))
    assert "F" in texts(lay_out(turned, room((1472, 988))))
    assert "F" not in texts(lay_out(FILM, room((1472, 988))))


def test_that_an_unknown_side_is_told_in_the_smallest_pane() -> None:
    unknown = Corners(FILM.top_left, FILM.top_right, FILM.bottom_left)
    assert "No side known" in texts(lay_out(unknown, room((360, 260))))


def test_that_a_pane_among_several_has_its_tag_and_the_patient_below() -> None:
    blocks = lay_out(SLICE, room((732, 490)))
    (tag,) = [block for block in blocks if block.tag is not None]
    assert tag.lines == ("Axial",)
    assert tag.rect.left() < 20
    assert tag.rect.top() < 20
    (named,) = [block for block in blocks if "DEMO, RG1" in block.lines]
    assert named.rect.bottom() > 450


def test_that_a_fold_keeps_the_slice_and_the_window() -> None:
    assert SLICE.study(Fold.LINE) == ("Slice 109 of 189",)
    assert SLICE.study(Fold.SHORT) == SLICE.slice
    assert FILM.study(Fold.SHORT) == ("CHEST PA", "Image 1 of 2")
    assert FILM.display(Fold.LINE) == ("W 30000  L 15000", "Flipped")
    assert FILM.display(Fold.SHORT) == ("W 30000  L 15000  Zoom 51 %", "Flipped")
    assert FILM.patient(Fold.LINE) == ("DEMO, RG1",)


def test_that_a_very_long_name_is_broken_and_not_cut() -> None:
    name = "VON UND ZU DER LANGEN GASSE AM FLUSS, MARIA ANNA SOPHIA"
    blocks = lay_out(Corners((name,), sides=FILM.sides), room((360, 260)))
    (block,) = [b for b in blocks if "VON" in b.lines[0]]
    assert " ".join(block.lines) == name
    assert block_width(block.lines, block.style.size) <= 360 - 16


# The legend in a low pane, painted from a picture


def picture(legend: Legend) -> QImage:
    return legend.grab().toImage()


@pytest.fixture
def legend(qtbot: QtBot) -> Legend:
    made = Legend()
    qtbot.addWidget(made)
    made.show_map("grad-cam", "finding 1, Mass", "colour", 0.9)
    made.show()
    return made


def test_that_a_low_pane_has_a_legend_of_scale_and_finding(legend: Legend) -> None:
    tall = legend.heightForWidth(legend.width())
    legend.set_small(True)
    assert legend.heightForWidth(legend.width()) < tall * 0.65
    words = {part.text() for part in legend.findChildren(QLabel) if part.isVisible()}
    assert {"Heat map", "Grad-CAM for finding 1, Mass"} <= words
    legend.set_small(False)
    assert legend.heightForWidth(legend.width()) == tall


def test_that_the_legends_picture_follows_every_change(
    legend: Legend, qtbot: QtBot
) -> None:
    seen = [picture(legend)]
    for change in (
        lambda: legend.set_opacity(0.2),
        lambda: legend.show_map("grad-cam", "finding 2, Mass", "contour", 0.5),
        lambda: legend.set_backed(True),
        lambda: legend.show_problem(),
    ):
        change()
        seen.append(picture(legend))
    for one, other in itertools.pairwise(seen):
        assert one != other


def test_that_a_legend_without_a_change_keeps_its_picture(legend: Legend) -> None:
    assert picture(legend) == picture(legend)
