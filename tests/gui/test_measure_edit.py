"""Drawing a measurement and moving its points; words of figures."""

import math

import pytest

from gui import measure_words
from gui.measure_edit import (
    Draft,
    first_shape,
    handles,
    lines,
    outline,
    shifted,
    with_handle,
)
from review.measurement import POINTS, MeasuredValue, Measurement, MeasurementKind

K = MeasurementKind
SQUARE = ((20.0, 30.0), (60.0, 80.0))

# Drawing


def test_that_a_drag_makes_a_length() -> None:
    draft = Draft(K.LENGTH).pressed((1, 2)).moved((3, 4))
    assert draft.points == ((1, 2), (3, 4))
    assert not draft.complete
    done = draft.released((5, 6), click=False)
    assert done.complete
    assert done.placed == ((1, 2), (5, 6))


def test_that_two_clicks_make_a_length_too() -> None:
    draft = Draft(K.LENGTH).pressed((1, 2)).released((1, 2), click=True)
    assert draft.placed == ((1, 2),)
    draft = draft.moved((9, 9))
    assert draft.points == ((1, 2), (9, 9))
    assert draft.pressed((9, 9)).released((9, 9), click=True).placed == (
        (1, 2),
        (9, 9),
    )


def test_that_an_angle_is_a_drag_and_then_a_click() -> None:
    draft = Draft(K.ANGLE).pressed((0, 9)).released((0, 0), click=False)
    assert draft.placed == ((0, 9), (0, 0))
    assert draft.moved((5, 5)).points[-1] == (5, 5)
    done = draft.pressed((7, 7)).released((7, 7), click=True)
    assert done.placed == ((0, 9), (0, 0), (7, 7))


@pytest.mark.parametrize("kind", [K.COBB, K.CARDIOTHORACIC])
def test_that_two_drags_make_two_lines(kind: MeasurementKind) -> None:
    draft = Draft(kind).pressed((0, 0)).released((0, 9), click=False)
    assert draft.moved((4, 4)).points == ((0, 0), (0, 9))
    done = draft.pressed((5, 0)).moved((5, 5)).released((5, 9), click=False)
    assert done.placed == ((0, 0), (0, 9), (5, 0), (5, 9))
    assert done.complete


# Moving


def test_that_a_measurement_moved_over_the_edge_keeps_its_shape() -> None:
    assert shifted(SQUARE, -100, 100, 100, 100) == ((0, 50), (40, 100))


def test_that_a_region_has_eight_handles_and_a_line_its_points() -> None:
    assert len(handles(K.ELLIPSE, SQUARE)) == 8
    assert handles(K.LENGTH, SQUARE) == SQUARE


def test_that_each_handle_of_a_region_goes_where_it_is_led() -> None:
    for index in range(8):
        after = with_handle(K.RECTANGLE, SQUARE, index, (33.0, 44.0))
        row, column = handles(K.RECTANGLE, after)[index]
        if index < 4:
            assert (row, column) == (33, 44)
        else:
            # The middle of a side leads that side alone.
            assert (row == 33) if index < 6 else (column == 44)
        moved = sum(
            a != b
            for one, other in zip(after, SQUARE, strict=True)
            for a, b in zip(one, other, strict=True)
        )
        assert moved == (2 if index < 4 else 1)


def test_that_a_handle_of_a_line_moves_its_own_point() -> None:
    points = ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0))
    assert with_handle(K.ANGLE, points, 1, (9, 9)) == ((0, 0), (9, 9), (2, 2))


def test_that_an_ellipse_is_traced_inside_its_frame() -> None:
    # Centre (40, 55), half axes 20 and 25.
    for row, column in outline(K.ELLIPSE, SQUARE):
        assert ((row - 40) / 20) ** 2 + ((column - 55) / 25) ** 2 == pytest.approx(1)


def test_that_an_angle_has_two_lines_from_its_middle_point() -> None:
    points = ((0.0, 9.0), (0.0, 0.0), (5.0, 5.0))
    assert lines(K.ANGLE, points) == (points[:2], points[1:])
    assert lines(K.COBB, (*SQUARE, (1.0, 1.0))) == (SQUARE,)


@pytest.mark.parametrize("kind", list(K))
def test_that_a_first_shape_has_its_points_on_the_image(kind: MeasurementKind) -> None:
    shape = first_shape(kind, (10.0, 10.0), 30.0, 100, 100)
    assert len(shape) == POINTS[kind]
    assert all(0 <= value <= 100 for point in shape for value in point)


def test_that_tab_leads_through_the_points_then_to_all_and_round() -> None:
    draft = Draft(K.LENGTH, ((1, 1), (2, 2)), active=0)
    assert [draft.turned(by).active for by in (1, 2, 3, -1)] == [1, None, 0, None]
    assert draft.turned(1).nudged(5, 0, 100, 100).placed == ((1, 1), (7, 2))
    assert draft.turned(2).nudged(5, 0, 100, 100).placed == ((6, 1), (7, 2))
    assert draft.nudged(-9, 0, 100, 100).placed == ((0, 1), (2, 2))


# Words


def values(*figures: tuple[str, float, str]) -> tuple[MeasuredValue, ...]:
    return tuple(MeasuredValue(*figure) for figure in figures)


@pytest.mark.parametrize(
    ("kind", "figures", "text"),
    [
        (K.LENGTH, values(("length", 42.34, "mm")), "42.3 mm"),
        (K.LENGTH, values(("length", 118.2, "px")), "118.2 px (no spacing)"),
        (K.LENGTH, values(("length", 12.06, "mm at detector")), "12.1 mm at detector"),
        (K.ANGLE, values(("angle", 63.43, "deg")), "63.4 deg"),
        (K.COBB, values(("cobb", 23.4, "deg")), "Cobb 23.4 deg"),
        (
            K.CARDIOTHORACIC,
            values(
                ("ratio", 0.5209, "1"),
                ("heart", 137.0, "mm at detector"),
                ("chest", 263.0, "mm at detector"),
            ),
            "CTR 0.52 (137.0 / 263.0 mm at detector)",
        ),
        (
            K.CARDIOTHORACIC,
            values(("ratio", 0.5, "1"), ("heart", 35, "px"), ("chest", 70, "px")),
            "CTR 0.50 (35.0 / 70.0 px, no spacing)",
        ),
    ],
)
def test_that_a_figure_is_written_with_what_its_unit_is_worth(
    kind: MeasurementKind, figures: tuple[MeasuredValue, ...], text: str
) -> None:
    assert measure_words.lines(kind, figures) == (text,)


def test_that_a_region_is_written_on_three_lines() -> None:
    figures = values(
        ("mean", -712.4, "HU"),
        ("sd", 34.21, "HU"),
        ("min", -980.0, "HU"),
        ("max", -411.0, "HU"),
        ("area", 314.2, "mm2"),
        ("pixels", 636, "1"),
        ("padding", 3, "1"),
    )
    assert measure_words.lines(K.ELLIPSE, figures, "Nodule") == (
        "Nodule",
        "Mean -712 HU  SD 34.2",
        "Min -980  Max -411",
        "Area 3.14 cm\u00b2, 636 px",
        "3 px of padding left out",
    )


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("stored", "Mean 8.00 (stored)  SD 0.00"),
        ("US", "Mean 8.00 (no unit)  SD 0.00"),
        ("BQML", "Mean 8.00 BQML  SD 0.00"),
    ],
)
def test_that_values_without_a_unit_say_so(unit: str, text: str) -> None:
    figures = values(
        ("mean", 8.0, unit),
        ("sd", 0.0, unit),
        ("min", 8.0, unit),
        ("max", 8.0, unit),
        ("area", 1.0, "px2"),
        ("pixels", 1, "1"),
    )
    assert measure_words.lines(K.RECTANGLE, figures)[0] == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (99.96, "100"),
        (9.996, "10.0"),
        (1234.5, "1234"),
        (0.0123, "0.012"),
        (0.000123, "0.00012"),
        (-0.000001, "0.00000"),
        (0.0, "0.00"),
    ],
)
def test_that_numbers_keep_some_three_digits(value: float, text: str) -> None:
    assert measure_words.plain(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (99.0, "mm2", "99.0 mm\u00b2"),
        (250.0, "mm2 at detector", "2.50 cm\u00b2 at detector"),
        (412.0, "px2", "412 px\u00b2 (no spacing)"),
    ],
)
def test_that_an_area_is_written_in_the_unit_that_suits(
    value: float, unit: str, text: str
) -> None:
    assert measure_words.area(value, unit) == text


def test_that_a_measurement_is_spoken_whole() -> None:
    made = Measurement(
        "measure/1",
        "1.2",
        "1.1",
        0,
        K.LENGTH,
        SQUARE,
        values(("length", math.pi, "mm")),
        label="Nodule",
    )
    assert measure_words.spoken(made, ("A doubt",)) == (
        "Length, Nodule: 3.1 mm. A doubt"
    )
    assert measure_words.headline(made) == "Length  3.1 mm"
