import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from gui import layout_rule

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize(
    ("width", "height", "dock"), [(1920, 1080, 400), (1366, 768, 322)]
)
def test_that_the_film_keeps_65_percent_of_the_window(
    make_stage, rg1, width, height, dock
):
    stage = make_stage(size=(width, height))
    stage.analysed(rg1)
    view = stage.station.view
    assert stage.window.size().toTuple() == (width, height)
    assert view.width() * view.height() / (width * height) >= 0.65
    assert stage.window.dock.width() == dock


def test_that_the_dock_collapses_before_the_film_gives_way(make_stage, rg1):
    stage = make_stage(size=(1200, 700))
    stage.analysed(rg1)
    view = stage.station.view
    assert not stage.window.dock.isVisible()
    assert view.width() * view.height() / (1200 * 700) >= 0.65


def test_that_f8_brings_a_collapsed_dock_back_at_its_smallest(make_stage, rg1):
    stage = make_stage(size=(1200, 700))
    stage.analysed(rg1)
    stage.press(Qt.Key.Key_F8)
    assert stage.window.dock.isVisible()
    assert stage.window.dock.width() == 320


def test_that_f8_hides_the_dock_and_shows_it_again(reading):
    stage = reading
    stage.press(Qt.Key.Key_F8)
    assert not stage.window.dock.isVisible()
    stage.press(Qt.Key.Key_F8)
    assert stage.window.dock.isVisible()


def test_that_a_window_keeps_the_share_at_every_common_size():
    for width, height in (
        (1280, 720),
        (1366, 768),
        (1440, 900),
        (1600, 900),
        (1920, 1080),
        (1920, 1200),
        (2560, 1440),
        (3840, 2160),
    ):
        plan = layout_rule.plan(width, height)
        dock = plan.dock_width + (1 if plan.dock_width else 0)
        film = (width - plan.rail_width - dock) * (height - plan.rows_height)
        assert film >= 0.65 * width * height, (width, height)
        assert plan.dock_width == 0 or plan.dock_width >= 320


def test_that_trust_is_a_tab_on_a_low_screen_and_t_turns_to_it(make_stage, rg1):
    stage = make_stage(size=(1366, 768))
    stage.analysed(rg1)
    dock = stage.window.dock
    assert not dock.trust.isVisible()
    stage.press(Qt.Key.Key_T)
    assert dock.trust.isVisible()
    assert not dock.findings.isVisible()
    stage.press(Qt.Key.Key_T)
    assert dock.findings.isVisible()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_that_no_label_of_the_bars_and_the_decision_bar_is_cut_off(
    make_stage, rg1, size
):
    stage = make_stage(size=size)
    stage.analysed(rg1)
    stage.press(Qt.Key.Key_X)
    window = stage.window
    stage.qtbot.waitUntil(lambda: not _cut_off(window.status))  # laid out late
    for part in (window.top, window.banner, window.dock.bar):
        assert _cut_off(part) == []


def _cut_off(part):
    """Plain labels of a part that get less room than their text needs."""
    return [
        shown.text()
        for shown in part.findChildren(QLabel)
        if shown.isVisible()
        and type(shown) is QLabel
        and not shown.wordWrap()
        and (
            shown.width() < shown.sizeHint().width()
            or shown.mapTo(part, shown.rect().topRight()).x() >= part.width()
        )
    ]


def test_that_the_research_banner_is_on_every_page(stage, rg1, two_patients):
    def shown():
        words = " ".join(x.text() for x in stage.window.banner.findChildren(QLabel))
        return stage.window.banner.isVisible() and words.strip() == (
            "RESEARCH USE ONLY"
            " Not for diagnosis. Every exported object carries this notice."
        )

    assert shown()
    stage.analysed(rg1)
    assert shown()
    stage.press(Qt.Key.Key_F11)
    assert shown()
    stage.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert shown()


def test_that_f6_goes_round_all_regions(reading):
    stage = reading
    window = stage.window
    regions = (
        window.dock.findings,
        window.dock.trust,
        window.dock.bar,
        window.rail,
        window.top,
        stage.station.view,
    )
    for region in regions:
        stage.press(Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is region or region.isAncestorOf(focused)


def test_that_space_shows_what_lies_beneath_while_it_is_held(reading):
    stage = reading
    heat = stage.station.view.canvas.heat
    for where in (stage.station.view, stage.window.dock.findings.table):
        where.setFocus()
        assert heat.isVisible()
        stage.qtbot.keyPress(where, Qt.Key.Key_Space)
        assert not heat.isVisible()
        stage.qtbot.keyRelease(where, Qt.Key.Key_Space)
        assert heat.isVisible()


def test_that_letters_are_off_while_a_text_field_has_focus(reading):
    stage = reading
    stage.click(stage.window.dock.bar.comment)
    stage.type("cxuh")
    assert stage.window.dock.bar.comment.text() == "cxuh"
    assert all(f.decision is None for f in stage.model.findings)
    assert not stage.station.desk.ai_hidden


def test_that_larger_text_widens_the_dock_and_cuts_nothing(reading):
    stage = reading
    control = Qt.KeyboardModifier.ControlModifier
    stage.press(Qt.Key.Key_Plus, control)
    stage.press(Qt.Key.Key_Plus, control)
    assert stage.services.settings.text_scale == 1.25
    assert stage.window.dock.width() == 500
    table = stage.window.dock.findings.table
    assert table.rowHeight(0) == 55
    stage.press(Qt.Key.Key_Minus, control)
    stage.press(Qt.Key.Key_Minus, control)
    assert stage.window.dock.width() == 400


def test_that_f1_lists_every_key_of_the_registry(reading):
    from gui.action_specs import SPECS
    from gui.actions import key_text

    stage = reading
    stage.press(Qt.Key.Key_F1)
    shown = {label.text() for label in stage.window.sheet.findChildren(QLabel)}
    unused = {f"preset-{n}" for n in range(6, 10)}
    for spec in SPECS:
        if spec.keys and spec.id not in unused:
            assert key_text(spec.keys[0]) in shown, spec.id
    stage.press(Qt.Key.Key_Escape)
    assert stage.window.sheet is None


def test_that_files_dropped_on_the_window_open(stage, rg1):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(rg1))])
    event = QDropEvent(
        QPointF(400, 400),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with stage.qtbot.waitSignal(stage.station.image_shown, timeout=30_000):
        stage.window.dropEvent(event)


def test_that_every_button_has_an_accessible_name(reading):
    from PySide6.QtWidgets import QAbstractButton

    for button in reading.window.findChildren(QAbstractButton):
        if not button.objectName().startswith("qt_"):  # Qt's own, never seen
            assert button.accessibleName() or button.text(), button
