"""Every command of the window, once: id, text, keys, context. No Qt.

Menus, tooltips, the tool rail and the key sheet (F1) are built from `SPECS`, so
that a key stands in one place only; `gui.actions` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Context(StrEnum):
    """Where a key counts (interface design, section 4)."""

    EVERYWHERE = "everywhere"
    FILM = "film"
    FINDINGS = "findings"


class Group(StrEnum):
    """Headings of the menu and of the key sheet."""

    FILE = "File"
    STUDY = "Study"
    DECIDE = "Decide"
    AI = "AI"
    FILM = "Film"
    LAYOUT = "Layout"
    MEASURE = "Measure"
    WINDOW = "Window"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command.

    `keys` are in Qt's portable notation, the first is the one shown. `held`
    marks a key that counts while it is down: it gets no shortcut.
    """

    id: str
    text: str
    keys: tuple[str, ...]
    context: Context
    group: Group
    icon: str = ""
    checkable: bool = False
    held: bool = False


_G, _V, _F = Context.EVERYWHERE, Context.FILM, Context.FINDINGS

REASON_COUNT = 6
PRESET_COUNT = 9

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec("open", "Open files", ("Ctrl+O",), _G, Group.FILE, "folder"),
    ActionSpec("open-folder", "Open a folder", (), _G, Group.FILE, "folder"),
    ActionSpec("close-study", "Close study", ("Ctrl+W",), _G, Group.STUDY, "cross"),
    ActionSpec("previous-study", "Previous study", ("PgUp",), _G, Group.STUDY),
    ActionSpec("next-study", "Next study", ("PgDown",), _G, Group.STUDY),
    ActionSpec("studies", "All studies", ("Ctrl+1",), _G, Group.STUDY, "list"),
    ActionSpec("reading", "Reading", ("Ctrl+2",), _G, Group.STUDY, "image"),
    ActionSpec("header", "Header of this image", ("Ctrl+I",), _V, Group.STUDY, "list"),
    ActionSpec("save", "Save now", ("Ctrl+S",), _G, Group.FILE, "save"),
    ActionSpec(
        "export",
        "Export",
        ("Ctrl+Return", "Ctrl+Enter"),
        _G,
        Group.FILE,
        "export",
    ),
    ActionSpec("validate", "Validate a model", ("Ctrl+Shift+V",), _G, Group.FILE),
    ActionSpec("problems", "Files that could not be opened", (), _G, Group.FILE),
    ActionSpec("confirm", "Confirm", ("C",), _F, Group.DECIDE, "confirmed"),
    ActionSpec("reject", "Reject", ("X",), _F, Group.DECIDE, "rejected"),
    ActionSpec("unsure", "Unsure", ("U",), _F, Group.DECIDE, "unsure"),
    *(
        ActionSpec(
            f"reason-{n}", f"Reason {n} of a rejection", (f"Alt+{n}",), _F, Group.DECIDE
        )
        for n in range(1, REASON_COUNT + 1)
    ),
    ActionSpec(
        "clear-decision", "Clear decision", ("Backspace",), _F, Group.DECIDE, "cross"
    ),
    ActionSpec("add-finding", "Add missed finding", ("A",), _F, Group.DECIDE, "plus"),
    ActionSpec("edit-region", "Edit region", ("E",), _F, Group.DECIDE, "pencil"),
    ActionSpec("comment", "Comment", (), _F, Group.DECIDE, "comment"),
    ActionSpec("next-finding", "Next finding", ("J",), _F, Group.DECIDE),
    ActionSpec("previous-finding", "Previous finding", ("K",), _F, Group.DECIDE),
    ActionSpec("advance", "Go on after deciding", (), _F, Group.DECIDE, "", True),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), _G, Group.DECIDE, "undo"),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z",), _G, Group.DECIDE, "redo"),
    ActionSpec("hide-ai", "Hide all AI", ("H",), _G, Group.AI, "eye-off", True),
    ActionSpec("map", "Map: colour, contour, off", ("M",), _V, Group.AI, "layers"),
    ActionSpec("opacity-down", "Map opacity, 10 less", ("[",), _V, Group.AI),
    ActionSpec("opacity-up", "Map opacity, 10 more", ("]",), _V, Group.AI),
    ActionSpec(
        "beneath", "Hold to see beneath", ("Space",), _V, Group.AI, "eye", held=True
    ),
    ActionSpec("trust", "Trust", ("T",), _F, Group.AI, "trust"),
    ActionSpec("model-facts", "Facts of this model", ("G",), _F, Group.AI, "list"),
    ActionSpec("models", "All models", ("Ctrl+3",), _G, Group.AI, "layers"),
    ActionSpec("run-ai", "Run AI on this image", (), _G, Group.AI, "reset"),
    ActionSpec("run-series", "Analyse the whole series", (), _G, Group.AI, "layers"),
    ActionSpec("cancel-ai", "Cancel the analysis", ("Del",), _G, Group.AI, "cross"),
    ActionSpec("tool-window", "Window", ("W",), _V, Group.FILM, "window", True),
    ActionSpec("tool-zoom", "Zoom", ("Z",), _V, Group.FILM, "zoom", True),
    ActionSpec("tool-pan", "Pan", ("P",), _V, Group.FILM, "pan", True),
    ActionSpec("tool-scroll", "Scroll", ("Shift+W",), _V, Group.FILM, "scroll", True),
    ActionSpec(
        "tool-crosshair", "Cross-hair", ("Q",), _V, Group.FILM, "crosshair", True
    ),
    ActionSpec(
        "tool-magnifier", "Magnifier", ("Shift+Z",), _V, Group.FILM, "magnifier", True
    ),
    ActionSpec("invert", "Invert", ("I",), _V, Group.FILM, "invert"),
    ActionSpec("fit", "Fit", ("F",), _V, Group.FILM, "fit"),
    ActionSpec("one-to-one", "One pixel to one", ("0",), _V, Group.FILM, "one-to-one"),
    ActionSpec("reset", "Reset view", ("Shift+R",), _V, Group.FILM, "reset"),
    ActionSpec("rotate-right", "Turn right", ("Shift+Right",), _V, Group.FILM),
    ActionSpec("rotate-left", "Turn left", ("Shift+Left",), _V, Group.FILM),
    ActionSpec("flip", "Flip left and right", ("Shift+F",), _V, Group.FILM),
    ActionSpec("shutter", "Black out what is shuttered", (), _V, Group.FILM, "", True),
    *(
        ActionSpec(f"preset-{n}", f"Window preset {n}", (f"{n}",), _V, Group.FILM)
        for n in range(1, PRESET_COUNT + 1)
    ),
    ActionSpec("wider", "Wider window", ("Alt+Right",), _V, Group.FILM),
    ActionSpec("narrower", "Narrower window", ("Alt+Left",), _V, Group.FILM),
    ActionSpec("brighter", "Brighter", ("Alt+Up",), _V, Group.FILM),
    ActionSpec("darker", "Darker", ("Alt+Down",), _V, Group.FILM),
    ActionSpec("tool-length", "Length", ("L",), _V, Group.MEASURE, "ruler", True),
    ActionSpec("tool-angle", "Angle", ("N",), _V, Group.MEASURE, "angle", True),
    ActionSpec(
        "tool-ellipse", "Ellipse", ("Shift+L",), _V, Group.MEASURE, "ellipse", True
    ),
    ActionSpec(
        "tool-rectangle",
        "Rectangle",
        ("Shift+N",),
        _V,
        Group.MEASURE,
        "rectangle",
        True,
    ),
    ActionSpec("tool-cobb", "Cobb angle", ("Alt+N",), _V, Group.MEASURE, "cobb", True),
    ActionSpec(
        "tool-cardiothoracic",
        "Cardiothoracic ratio",
        ("Alt+L",),
        _V,
        Group.MEASURE,
        "ratio",
        True,
    ),
    ActionSpec(
        "remove-measurement",
        "Remove the measurement",
        ("Alt+Backspace",),
        _V,
        Group.MEASURE,
    ),
    ActionSpec("key-image", "Key image", ("B",), _V, Group.MEASURE, "star", True),
    ActionSpec("layout", "Next layout", ("O",), _V, Group.LAYOUT, "layout"),
    ActionSpec("layout-1x1", "One pane", ("Ctrl+Alt+1",), _V, Group.LAYOUT),
    ActionSpec("layout-1x2", "Two panes", ("Ctrl+Alt+2",), _V, Group.LAYOUT),
    ActionSpec("layout-2x2", "Four panes", ("Ctrl+Alt+3",), _V, Group.LAYOUT),
    ActionSpec("layout-mpr", "Planes (MPR)", ("Ctrl+Alt+4",), _V, Group.LAYOUT),
    ActionSpec("enlarge", "Enlarge the pane", ("D",), _V, Group.LAYOUT, "enlarge"),
    ActionSpec("next-pane", "Next pane", ("Tab",), _V, Group.LAYOUT, "", held=True),
    ActionSpec("slices", "Slice by slice", ("Up", "Down"), _V, Group.LAYOUT, held=True),
    ActionSpec("previous-series", "Previous series", ("Ctrl+Left",), _V, Group.LAYOUT),
    ActionSpec("next-series", "Next series", ("Ctrl+Right",), _V, Group.LAYOUT),
    ActionSpec("cine", "Play slices", ("R",), _V, Group.LAYOUT, "play", True),
    ActionSpec("cine-faster", "Play faster", ("Alt+.",), _V, Group.LAYOUT),
    ActionSpec("cine-slower", "Play slower", ("Alt+,",), _V, Group.LAYOUT),
    ActionSpec("link", "Link the panes", ("Shift+K",), _V, Group.LAYOUT, "link", True),
    ActionSpec("prior", "Prior beside current", ("Y",), _V, Group.LAYOUT, "prior"),
    ActionSpec("hang", "Hang anew by protocol", ("Ctrl+H",), _V, Group.LAYOUT),
    ActionSpec("slab-thicker", "Thicker slab", ("Ctrl+Up",), _V, Group.LAYOUT),
    ActionSpec("slab-thinner", "Thinner slab", ("Ctrl+Down",), _V, Group.LAYOUT),
    ActionSpec(
        "slab-projection", "Slab: maximum, minimum, mean", ("Alt+M",), _V, Group.LAYOUT
    ),
    ActionSpec("slab-turn", "Slab in the next plane", ("Alt+O",), _V, Group.LAYOUT),
    ActionSpec(
        "marks", "Show or hide others' marks", ("V",), _V, Group.LAYOUT, "segments"
    ),
    ActionSpec(
        "thumbnails", "Series beside the film", ("F7",), _G, Group.WINDOW, "", True
    ),
    ActionSpec("protocols", "Edit hanging protocols", (), _G, Group.WINDOW),
    ActionSpec("dock", "Findings beside the film", ("F8",), _G, Group.WINDOW, "dock"),
    ActionSpec("next-region", "Next region", ("F6",), _G, Group.WINDOW),
    ActionSpec("back", "Step back once", ("Esc",), _G, Group.WINDOW),
    ActionSpec("full-screen", "Full screen", ("F11",), _G, Group.WINDOW),
    ActionSpec("text-larger", "Larger text", ("Ctrl++", "Ctrl+="), _G, Group.WINDOW),
    ActionSpec("text-smaller", "Smaller text", ("Ctrl+-",), _G, Group.WINDOW),
    ActionSpec("reader", "Reader's name", (), _G, Group.WINDOW, "user"),
    ActionSpec("menu", "Menu", ("F10",), _G, Group.WINDOW, "menu"),
    ActionSpec("keys", "Keys", ("F1",), _G, Group.WINDOW, "keyboard"),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), _G, Group.FILE),
)

RAIL: tuple[tuple[str, ...], ...] = (
    ("tool-window", "tool-zoom", "tool-pan", "tool-crosshair"),
    ("tool-length", "tool-angle", "tool-ellipse"),
    ("invert", "fit", "layout", "enlarge", "cine"),
    ("add-finding", "edit-region", "key-image"),
    ("map", "marks", "hide-ai", "trust"),
    ("undo", "redo"),
)
"""The tool rail, in groups."""

STUDY_ACTIONS = frozenset(
    spec.id
    for spec in SPECS
    if spec.context is not Context.EVERYWHERE
    or spec.id
    in {
        "close-study",
        "export",
        "undo",
        "redo",
        "hide-ai",
        "run-ai",
        "run-series",
        "save",
    }
)
"""Commands that mean nothing without a study on screen."""

ONCE = frozenset(
    {
        "confirm",
        "reject",
        "unsure",
        "add-finding",
        "hide-ai",
        "export",
        "clear-decision",
        "invert",
        "map",
        "layout",
        "enlarge",
        "cine",
        "key-image",
        "prior",
        "marks",
        "model-facts",
        "models",
        "validate",
    }
)
"""Commands that a key held down must not repeat."""
