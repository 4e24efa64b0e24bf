"""One case from opening to export, by keys and mouse, for the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from gui import hands, mark_words
from gui.app import App
from gui.demo_check import objects_in

if TYPE_CHECKING:
    from gui.export_dialog import ExportSheet
    from gui.finding_rows import FindingRow
    from gui.review_model import ReviewModel
    from gui.workstation import Workstation
    from review.export import ExportReport

SIZE = (1920, 1080)
_ADDED = "Nodule"


class Walk:
    """One case from opening to export, by keys and mouse, each step checked."""

    def __init__(self, app: App, output: Path, say: Callable[[str], None]) -> None:
        self._app = app
        self._output = output
        self._say = say
        self._number = 0
        self._failed = 0

    def run(self) -> int:
        """Do all steps; after a failure the steps that need it fail too."""
        self._app.window.resize(*SIZE)
        self._app.start()
        for step in (
            self._open,
            self._analyse,
            self._map,
            self._decide,
            self._comment,
            self._add,
            self._undo_and_redo,
            self._measure,
            self._panes,
            self._hide,
            self._small_screen,
            self._export,
            self._read_back,
            self._other_study,
            self._reopen,
        ):
            self._do(step)
        self._app.window.close()
        self._say(
            f"{self._failed} steps failed."
            if self._failed
            else f"All done. Screenshots and exports are in {self._output}."
        )
        return 1 if self._failed else 0

    def _do(self, step: Callable[[], str]) -> None:
        self._number += 1
        try:
            said = step()
        # A step may fail in any way; the walk has to say so and go on.
        except Exception as error:  # noqa: BLE001 - reported, and the exit code is 1
            self._failed += 1
            where = getattr(step, "__name__", "").strip("_").replace("_", " ")
            said = f"FAILED, {where}: {type(error).__name__}: {error}"
        self._say(f"{self._number:2d}  {said}")

    @property
    def _station(self) -> Workstation:
        station = self._app.workstation
        assert station is not None
        return station

    @property
    def _model(self) -> ReviewModel:
        model = self._station.desk.model
        assert model is not None
        return model

    @property
    def _sheet(self) -> ExportSheet:
        sheet = self._station.export.sheet
        assert sheet is not None
        return sheet

    def _press(self, keys: str) -> None:
        hands.press(self._app.window, keys)

    def _shoot(self, name: str) -> None:
        hands.settle()
        path = self._output / f"{self._number:02d}-{name}.png"
        if not self._app.window.grab().save(str(path)):
            raise OSError(f"{path.name} could not be written")

    # --- steps ----------------------------------------------------------------

    def _open(self) -> str:
        hands.wait_until(lambda: self._app.workstation is not None, "the window")
        self._app.window.activateWindow()
        self._app.open_samples()
        hands.wait_until(lambda: self._station.image is not None, "the first film")
        self._shoot("film")
        image = self._station.image
        assert image is not None
        header = image.header
        return f"Opened the sample chest film, {header.columns} x {header.rows} px."

    def _analyse(self) -> str:
        hands.wait_until(self._all_answered, "the analyses")
        self._shoot("analysed")
        used = [a for a in self._model.analyses if a.status.value == "succeeded"]
        _check(bool(used), self._reasons())
        said = ", ".join(
            [f"{f.name} {f.probability:.2f}" for a in used for f in a.findings]
            + [f"{s.name} {s.value:.1f}" for a in used for s in a.severities]
        )
        took = sum(sum(analysis.timing_ms.values()) for analysis in used)
        return f"Analysed on {used[0].device} in {took:.0f} ms: {said}."

    def _all_answered(self) -> bool:
        station = self._station
        asked = len(station.ai.model_ids())
        return asked > 0 and len(self._model.analyses) == asked

    def _reasons(self) -> str:
        return "; ".join(
            f"{a.model.name}: {', '.join(a.reasons)}" for a in self._model.analyses
        )

    def _map(self) -> str:
        station = self._station
        if not station.desk.rows.listed:
            hands.click(self._app.window.dock.findings.fold.button)
            self._press("J")
        _check(bool(station.desk.selected), "no finding to select")
        self._shoot("map-colour")
        self._press("M")
        _check(station.view.map_mode() == "contour", "M did not draw contours")
        self._shoot("map-contour")
        self._press("M")
        self._press("M")
        release = hands.hold(self._app.window, "Space")
        self._shoot("beneath")
        release()
        return "Looked at the map in colour, as contours, and beneath it."

    def _decide(self) -> str:
        uids = [row.finding.finding_uid for row in self._all_rows()][:3]
        for uid, keys in zip(uids, (("C",), ("X", "Alt+1"), ("U",)), strict=False):
            self._go_to(uid)
            for key in keys:
                self._press(key)
        self._shoot("decided")
        said = [
            f"{row.finding.name}: {decision.verdict.value} {decision.reason}".strip()
            for row in self._all_rows()
            if (decision := row.finding.decision) is not None
        ]
        _check(len(said) == len(uids), f"{len(said)} of {len(uids)} decided")
        return f"Decided by keys. {', '.join(said)}."

    def _comment(self) -> str:
        field = self._app.window.dock.bar.comment
        hands.click(field)
        hands.write("Compare with the film of last year")
        self._press("Return")
        texts = [row.finding.comment for row in self._all_rows()]
        _check(any(texts), "the comment was not kept")
        return "Wrote a comment."

    def _add(self) -> str:
        station = self._station
        before = len(self._model.findings)
        self._press("A")
        hands.write(_ADDED)
        self._shoot("name-missed-finding")
        self._press("Return")
        canvas = station.view.canvas.viewport()
        hands.drag(canvas, self._at(1180, 330), self._at(1420, 590))
        self._shoot("missed-finding-added")
        _check(len(self._model.findings) == before + 1, "nothing was added")
        return f"Added a missed finding, {_ADDED}, by drawing its box."

    def _undo_and_redo(self) -> str:
        model = self._model
        before = model.findings
        self._press("Ctrl+Z")
        self._press("Ctrl+Z")
        _check(model.findings != before, "undo changed nothing")
        self._press("Ctrl+Shift+Z")
        self._press("Ctrl+Shift+Z")
        _check(model.findings == before, "redo did not bring it back")
        return "Undid two changes and did them again."

    def _measure(self) -> str:
        model = self._model
        self._press("L")
        canvas = self._station.view.canvas.viewport()
        hands.drag(canvas, self._at(900, 420), self._at(900, 1420))
        self._press("B")
        self._app.window.dock.show_marks()
        self._shoot("measured")
        self._app.window.dock.show_findings()
        self._press("W")
        _check(len(model.measurements) == 1, "nothing was measured")
        _check(len(model.key_images) == 1, "no key image was marked")
        value = mark_words.headline(model.measurements[0])
        return f"Measured {value}, for the header has no spacing; marked a key image."

    def _panes(self) -> str:
        station = self._station
        self._press("O")
        self._shoot("two-panes")
        _check(len(station.viewport.panes) == 2, "O did not give two panes")
        self._press("Ctrl+Z")
        _check(len(station.viewport.panes) == 1, "undo did not bring one pane back")
        self._press("Ctrl+I")
        hands.wait_until(lambda: station.window.sheet is not None, "the header")
        self._shoot("header")
        self._press("Escape")
        return "Laid out two panes and took it back; looked at the header."

    def _hide(self) -> str:
        self._press("H")
        _check(self._station.desk.ai_hidden, "AI is not hidden")
        self._shoot("ai-hidden")
        self._press("H")
        _check(not self._station.desk.ai_hidden, "AI is not back")
        return "Hid all AI with one key, and brought it back."

    def _small_screen(self) -> str:
        window = self._app.window
        window.resize(1366, 768)
        self._shoot("small-screen")
        share = self._station.view.width() * self._station.view.height()
        window.resize(*SIZE)
        hands.settle()
        return f"At 1366 x 768 the film keeps {share / (1366 * 768):.0%} of the window."

    def _export(self) -> str:
        self._press("Ctrl+Return")
        export = self._station.export
        _check(export.sheet is not None, "the export sheet did not open")
        reports: list[ExportReport] = []
        export.exported.connect(reports.append)
        for box in (self._sheet.leave, self._sheet.confirm):
            if box.isVisible() and not box.isChecked():
                box.setFocus()
                self._press("Space")
        self._shoot("export-sheet")
        self._press("Ctrl+Return")
        hands.wait_until(lambda: bool(reports), "the export", 240.0)
        self._shoot("exported")
        written = [one for one in reports[0].objects if one.path is not None]
        refused = [one.message for one in reports[0].objects if one.path is None]
        _check(not refused, "; ".join(refused))
        names = ", ".join(one.path.name for one in written if one.path is not None)
        return f"Exported {names}."

    def _read_back(self) -> str:
        found = objects_in(self._output)
        _check(len(found) >= 4, f"only {len(found)} objects: {', '.join(found)}")
        return f"Read back: {'; '.join(found)}."

    def _other_study(self) -> str:
        self._press("Escape")
        self._press("PageDown")
        station = self._station
        hands.wait_until(
            lambda: (
                station.image is not None
                and station.image.header.body_part == "EXTREMITY"
            ),
            "the second film",
        )
        hands.wait_until(self._all_answered, "its analyses")
        self._shoot("not-analysed")
        given = [a for a in self._model.analyses if a.findings or a.severities]
        _check(not given, "a model gave numbers for a lower leg")
        return f"The lower leg was not analysed: {self._reasons()}."

    def _reopen(self) -> str:
        self._press("PageUp")
        self._press("Ctrl+W")
        self._press("Ctrl+W")
        self._app.open_samples()
        station = self._station
        hands.wait_until(
            lambda: station.image is not None and station.desk.model is not None,
            "the film again",
        )
        decided = [f for f in self._model.findings if f.decision is not None]
        _check(bool(decided), "the decisions are gone")
        self._shoot("opened-again")
        return f"Closed and opened again: {len(decided)} decisions are there."

    def _at(self, row: float, column: float) -> QPoint:
        """Return where a pixel of the film lies in its canvas."""
        view = self._station.view
        place = view.image_to_view(row, column).toPoint()
        return QPoint(view.canvas.viewport().mapFrom(view, place))

    def _all_rows(self) -> tuple[FindingRow, ...]:
        rows = self._station.desk.rows
        return (*rows.listed, *rows.below)

    def _go_to(self, uid: str) -> None:
        for _ in range(len(self._all_rows()) + 1):
            if self._station.desk.selected == uid:
                return
            self._press("J")
        raise LookupError("the finding cannot be reached by J")


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuntimeError(otherwise)
