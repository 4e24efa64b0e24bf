"""The objects of the export sheet: a check box each, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui import tokens, widgets
from gui.tick_box import TickBox
from review.counting import counted
from review.export import KINDS, TITLES, ExportedObject

_NOT_DICOM = "A PNG or JPEG film has no patient and no study; choose CSV or JSON."


@dataclass(frozen=True, slots=True)
class _State:
    """A glyph, its colour, one or two words, and what there is to say of it."""

    icon: str
    color: str
    words: str
    detail: str = ""


_READY = _State("not-tested", tokens.TEXT_3, "Not written yet")
_WRITING = _State("queue", tokens.TEXT_2, "Writing…")
_UNSELECTED = _State("", tokens.TEXT_3, "Not selected")
_REFUSED_FILM = _State("refused", tokens.TEXT_3, "Not possible", _NOT_DICOM)


class ObjectList(QWidget):
    """One row per kind of object; `changed` when a box is ticked or cleared."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Objects to export")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.rows: dict[str, ObjectRow] = {}
        self._lines: dict[str, QWidget] = {}
        for kind in KINDS:
            row = ObjectRow(kind)
            row.box.toggled.connect(self._on_toggled)
            self.rows[kind] = row
            layout.addWidget(row)
            self._lines[kind] = widgets.line()
            layout.addWidget(self._lines[kind])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are ticked and possible."""
        return tuple(kind for kind, row in self.rows.items() if row.wanted)

    def describe(
        self,
        findings: int,
        measurements: int = 0,
        key_images: int = 0,
        *,
        is_dicom: bool,
    ) -> None:
        """Say what each object holds; DICOM objects need DICOM images.

        Parameters
        ----------
        measurements
            Those that lie on images; those on reformatted planes are told apart.
        key_images
            Where there are none, no object of them is offered.
        """
        count = counted(findings, "finding") or "0 findings"
        figures = counted(measurements, "measurement")
        marks = counted(key_images, "key image")
        told = ", ".join(filter(None, (count, figures)))
        texts = {
            "sr": f"{told}, both observers, UNVERIFIED",
            "sc": "Film, overlay and legend, notice burned in",
            "ko": f"{marks}, entitled Of Interest",
            "csv": "One row per finding, figure and key image",
            "json": "Findings, marks, and what each model did",
        }
        for kind, row in self.rows.items():
            row.describe(texts[kind])
            row.allow(on=is_dicom or kind in ("csv", "json"))
        self.rows["ko"].offer(on=bool(marks))
        self._lines["ko"].setVisible(bool(marks))

    def set_busy(self, *, busy: bool) -> None:
        """Lock the boxes while an export runs; ticked ones say so."""
        for row in self.rows.values():
            row.set_busy(busy=busy)

    def show_outcome(self, objects: tuple[ExportedObject, ...]) -> None:
        """Say of each kind what became of its objects."""
        for kind, row in self.rows.items():
            row.show_outcome([item for item in objects if item.kind == kind])

    def forget_outcome(self) -> None:
        """Go back to "not written yet", e.g. when a decision changed."""
        for row in self.rows.values():
            row.show_outcome([])

    def _on_toggled(self) -> None:
        self.changed.emit()


class ObjectRow(QWidget):
    """Check box with the object's name, what it holds, its state and detail."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._possible = True
        self._offered = True
        self._holds = ""
        self._outcome: _State | None = None
        self.box = TickBox(TITLES[kind])
        self.box.setChecked(True)
        self.box.setFixedWidth(190)
        self._text = widgets.label("", "small", wrap=True)
        self._icon = widgets.icon_label("not-tested", tokens.TEXT_3)
        self._words = widgets.label("", "small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(8)
        layout.addWidget(self.box)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._icon)
        layout.addWidget(self._words)
        self.setMinimumHeight(36)
        self.box.toggled.connect(self._show)
        self._show()

    @property
    def wanted(self) -> bool:
        """Whether the object is ticked, and possible for this study."""
        return self.box.isChecked() and self._possible and self._offered

    @property
    def state(self) -> str:
        """The state as it is shown, e.g. "Saved here"."""
        return self._words.text()

    @property
    def detail(self) -> str:
        """What the object holds, or what was checked, or why it is not there."""
        return self._text.text()

    def describe(self, text: str) -> None:
        """Say what the object holds."""
        self._holds = text
        self._show()

    def allow(self, *, on: bool) -> None:
        """Allow or refuse the object for this study."""
        self._possible = on
        self.box.setEnabled(on)
        self._show()

    def offer(self, *, on: bool) -> None:
        """Show the row, or hide it where there is nothing of its kind."""
        self._offered = on
        self.setVisible(on)

    def set_busy(self, *, busy: bool) -> None:
        """Lock the box while an export runs."""
        self.box.setEnabled(self._possible and not busy)
        if busy and self.wanted:
            self._outcome = _WRITING
        elif not busy and self._outcome is _WRITING:
            self._outcome = None
        self._show()

    def show_outcome(self, objects: list[ExportedObject]) -> None:
        """Say what became of the objects of this kind; none forgets it."""
        self._outcome = _outcome(objects)
        self._show()

    def _show(self) -> None:
        state = self._outcome or (_READY if self.box.isChecked() else _UNSELECTED)
        if not self._possible:
            state = _REFUSED_FILM
        self._words.setText(state.words)
        self._text.setText(state.detail or self._holds)
        self._icon.setVisible(bool(state.icon))
        if state.icon:
            widgets.show_icon(self._icon, state.icon, state.color)
        self.box.setAccessibleDescription(f"{state.words}. {self._text.text()}")


def _outcome(objects: list[ExportedObject]) -> _State | None:
    """Return one state for all objects of a kind: a refused one stands for all."""
    if not objects:
        return None
    refused = [item for item in objects if item.state == "refused"]
    if refused:
        return _State("failed", tokens.FAILED, "Blocked", refused[0].message)
    words = objects[0].message
    if len(objects) > 1:
        words = f"{len(objects)} images. {words}"
    return _State("passed", tokens.CONFIRMED, "Saved here", words)
