"""Commands that change how the film is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from gui import status_bar
from gui.action_specs import PRESET_COUNT
from gui.heatmap_item import MapMode
from gui.main_window import MainWindow
from gui.tools import Tool
from studies.presets import Preset, presets_for

if TYPE_CHECKING:
    from gui.image_view import ImageView
    from gui.viewport import Viewport
    from studies.model import Image

_NEXT_MODE: dict[MapMode, MapMode] = {
    "colour": "contour",
    "contour": "off",
    "off": "colour",
}
_TOOLS: dict[str, Tool] = {
    "tool-window": "window",
    "tool-zoom": "zoom",
    "tool-pan": "pan",
    "tool-scroll": "scroll",
    "tool-crosshair": "crosshair",
    "tool-magnifier": "magnifier",
    "tool-length": "length",
    "tool-angle": "angle",
    "tool-ellipse": "ellipse",
    "tool-rectangle": "rectangle",
    "tool-cobb": "cobb",
    "tool-cardiothoracic": "cardiothoracic",
}
_MENU = (
    "tool-window",
    "tool-zoom",
    "tool-pan",
    None,
    "tool-length",
    "tool-angle",
    "tool-ellipse",
    "tool-rectangle",
    "tool-cobb",
    "tool-cardiothoracic",
    None,
    "invert",
    "fit",
    "one-to-one",
    "reset",
    "rotate-right",
    "flip",
    None,
    "key-image",
    "layout",
    "header",
    None,
    "map",
    "hide-ai",
    None,
    "add-finding",
    "confirm",
    "reject",
    "unsure",
)


class FilmDesk(QObject):
    """Connects the registry's film commands with the view."""

    def __init__(self, window: MainWindow, viewport: Viewport) -> None:
        super().__init__(window)
        self._window = window
        self._viewport = viewport
        self._presets: tuple[Preset, ...] = ()
        self._images = 0
        self._drawing = False
        actions = window.commands
        for action_id, slot in {
            "invert": self._on_invert,
            "fit": self._on_fit,
            "one-to-one": self._on_one_to_one,
            "reset": self._on_reset,
            "map": self._on_map,
            "opacity-down": self._on_less,
            "opacity-up": self._on_more,
            "wider": self._on_wider,
            "narrower": self._on_narrower,
            "brighter": self._on_brighter,
            "darker": self._on_darker,
        }.items():
            actions[action_id].triggered.connect(slot)
        for action_id in _TOOLS:
            actions[action_id].triggered.connect(self._on_tool)
        for number in range(1, PRESET_COUNT + 1):
            actions[f"preset-{number}"].triggered.connect(self._on_preset)
        viewport.cursor_moved.connect(self._on_cursor)
        viewport.drawing_changed.connect(self._on_drawing)
        viewport.menu_requested.connect(self._on_menu)
        window.beneath_held.connect(viewport.hold_beneath)
        actions["tool-window"].setChecked(True)
        self.show_image(None, 0)

    @property
    def _view(self) -> ImageView:
        """The active pane's film."""
        return self._viewport.view

    def show_image(self, image: Image | None, images: int) -> None:
        """Offer the windows of another image of a study of `images` images."""
        self._presets = presets_for(image) if image is not None else ()
        self._images = images
        actions = self._window.commands
        for number in range(1, PRESET_COUNT + 1):
            action = actions[f"preset-{number}"]
            there = number <= len(self._presets)
            title = self._presets[number - 1].title if there else "none"
            action.setText(f"Window {number}: {title}")
            action.setEnabled(there)
        self._on_drawing(drawing=False)
        self._on_cursor(-1, -1, "")

    def step_back(self) -> bool:
        """Esc: stop drawing, else go back to the window tool; False if idle."""
        if self._view.cancel_box():
            return True
        if self._viewport.tool() == "window":
            return False
        self._window.commands["tool-window"].setChecked(True)
        self._viewport.set_tool("window")
        return True

    def _on_tool(self) -> None:
        action = self.sender()
        assert action is not None
        self._viewport.set_tool(_TOOLS[action.objectName()])

    def _on_preset(self) -> None:
        action = self.sender()
        assert action is not None
        number = int(action.objectName().rsplit("-", 1)[1])
        preset = self._presets[number - 1]
        self._view.set_voi(preset.voi)
        self._window.status.say(f"Window {number}: {preset.title}")

    def _on_map(self) -> None:
        mode = _NEXT_MODE[self._view.map_mode()]
        self._view.set_map_mode(mode)
        self._window.status.say(f"Map: {mode}")

    def _on_invert(self) -> None:
        self._view.invert()

    def _on_fit(self) -> None:
        self._view.fit()

    def _on_one_to_one(self) -> None:
        self._view.one_to_one()

    def _on_reset(self) -> None:
        self._view.reset()

    def _on_less(self) -> None:
        self._turn_opacity(-0.1)

    def _on_more(self) -> None:
        self._turn_opacity(0.1)

    def _turn_opacity(self, by: float) -> None:
        self._view.set_opacity(min(max(round(self._view.opacity() + by, 2), 0.0), 1.0))
        self._window.status.say(f"Map opacity {round(self._view.opacity() * 100)} %")

    def _on_wider(self) -> None:
        self._view.nudge_window(0.0, 1.0)

    def _on_narrower(self) -> None:
        self._view.nudge_window(0.0, -1.0)

    def _on_brighter(self) -> None:
        self._view.brighten(1.0)

    def _on_darker(self) -> None:
        self._view.brighten(-1.0)

    def _on_cursor(self, row: int, column: int, value: str) -> None:
        words = "" if row < 0 else f"x {column}   y {row}   value {value}"
        self._window.status.pointer.setText(words)

    def _on_drawing(self, drawing: bool) -> None:
        """Ctrl+arrows size a box while it is drawn; else they change the series."""
        actions = self._window.commands
        actions.enable(("previous-series", "next-series"), on=not drawing)
        self._drawing = drawing
        self.show_hints()

    def show_hints(self) -> None:
        """Name the keys that matter now: for drawing, for slices, for a film."""
        reading = status_bar.SLICES if self._images > 1 else status_bar.READING
        hints = status_bar.DRAWING if self._drawing else reading
        self._window.status.show_hints(hints)

    def _on_menu(self, at: QPoint) -> None:
        self._window.commands.short_menu(self._window, _MENU).popup(at)
