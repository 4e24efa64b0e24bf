"""Draws a review: list, trust, film, last action. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from gui import ai_state, ai_telling, finding_rows, review_words
from gui.change_words import change_words
from gui.finding_rows import Arrangement, FindingRow
from gui.main_window import MainWindow
from gui.segment_lines import SegmentLines
from review.claims import finding_key
from review.decision import Origin

if TYPE_CHECKING:
    from datetime import datetime

    from explain.heatmap import Heatmap
    from gui.ai_desk import AiDesk
    from gui.pane import Pane
    from gui.pane_status import Level
    from gui.review_model import ReviewModel
    from gui.series_analysis import SeriesAnalysis
    from gui.viewport import Viewport
    from review.decision import ReviewedFinding
    from studies.model import ImageHeader

_BANDS: dict[ai_state.Phase, Level] = {
    ai_state.Phase.REFUSED: "refused",
    ai_state.Phase.FAILED: "failed",
    ai_state.Phase.NOT_ATTEMPTED: "quiet",
    ai_state.Phase.CANCELLED: "quiet",
}


class ReviewScreen(QObject):
    """What is on screen of the review: set the attributes, then `draw`.

    Attributes
    ----------
    model, header
        The review, and the active pane's image; None where that is no image of
        the study: a prior's, or a plane cut from a volume.
    selected
        Uid of the selected finding, or "".
    hidden_since
        When the reader hid all AI; None while it is shown.
    rows
        The rows as they are to be shown.
    film_waits
        Draw the film in the next turn of the event loop: a result that arrives
        is kept, listed and mapped, too much for one turn without a stall.
    """

    def __init__(
        self,
        window: MainWindow,
        viewport: Viewport,
        ai: AiDesk,
        series: SeriesAnalysis,
    ) -> None:
        super().__init__(window)
        self._series = series
        self._window = window
        self._viewport = viewport
        self._ai = ai
        self._shown_maps: dict[int, Heatmap | None] = {}
        self._lines = SegmentLines()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw_film_in_turns)
        self.film_waits = False
        self._trust_waits = False
        self.model: ReviewModel | None = None
        self.header: ImageHeader | None = None
        self.selected = ""
        self.hidden_since: datetime | None = None
        self.rows = Arrangement()

    def draw(self) -> None:
        """Bring all in line."""
        self._draw_list()
        self._trust_waits = self.film_waits
        if self.film_waits:
            self._later.start(0)
        else:
            self._later.stop()
            self._draw_trust()
            self._draw_film()
        self.draw_history()

    def draw_history(self) -> None:
        """Bring the last action and the commands in line; it may be a mark's."""
        self._draw_last()
        self._enable()

    def draw_states(self) -> None:
        """Bring in line what AI did; progress comes often, so this alone."""
        self._window.dock.findings.show_states(self._states(), self._headline())
        for pane in self._viewport.panes:
            self._draw_band(pane)

    def new_image(self, pane: Pane) -> None:
        """Note that a pane has dropped its map: it shows another image."""
        self._shown_maps.pop(id(pane), None)

    def draw_pane(self, pane: Pane) -> None:
        """Bring one pane in line: it shows another image."""
        self._lay_map(pane)
        self._draw_outlines(pane)
        self._draw_band(pane)

    @property
    def row(self) -> FindingRow | None:
        """The selected row."""
        for row in (*self.rows.listed, *self.rows.below):
            if row.finding.finding_uid == self.selected:
                return row
        return None

    def is_here(self, finding: ReviewedFinding) -> bool:
        """Return whether a finding lies on the image on screen."""
        return self.header is not None and (
            finding.sop_instance_uid,
            finding.frame,
        ) == (self.header.sop_instance_uid, self.header.frame)

    def _draw_list(self) -> None:
        dock, row = self._window.dock, self.row
        dock.findings.show_findings(self.rows, self.selected)
        dock.show_count(finding_rows.decided_sentence(self.rows.listed))
        dock.findings.show_states(self._states(), self._headline())
        name = f"finding {row.number}, {row.finding.name}" if row is not None else ""
        dock.bar.set_subject(name, row.finding.comment if row is not None else "")

    def _enable(self) -> None:
        """Offer the commands that mean something now."""
        actions, row = self._window.commands, self.row
        free = self._window.sheet is None
        on_row = row is not None and free
        actions.enable(("confirm", "reject", "unsure", "comment"), on=on_row)
        decided = row is not None and row.finding.decision is not None
        actions.enable(("clear-decision",), on=on_row and decided)
        boxed = row is not None and row.finding.box is not None
        actions.enable(("edit-region",), on=on_row and boxed)
        there = self.model is not None and self.header is not None
        actions.enable(("add-finding",), on=there and free)
        # Asked of the session: the stack knows only once its own step is over.
        done, all_changes = 0, 0
        if self.model is not None:
            session = self.model.session
            done, all_changes = session.position, len(session.history)
        actions.enable(("run-series",), on=self._has_series())
        actions.enable(("undo",), on=done > 0)
        actions.enable(("redo",), on=done < all_changes)

    def _has_series(self) -> bool:
        """Whether a model can mark segments on the slices of the active pane."""
        if self.header is None or not review_words.has_slices(self._viewport.active):
            return False
        return bool(self._ai.segmenters(self.header))

    def _draw_trust(self) -> None:
        trust, row = self._window.dock.trust, self.row
        if row is None or self.model is None:
            hidden = self.hidden_since is not None
            trust.show_nothing(review_words.no_trust(self.rows, hidden=hidden))
            return
        analysis = self.model.session.analysis_of(row.finding)
        checks = analysis.trust if analysis is not None else ()
        spec = self._ai.spec_of(row.finding)
        earlier = review_words.history(self.model, row.finding)
        trust.show_finding(row, checks, spec, earlier)
        trust.offer_series(on=self._has_series() and not row.note)

    def _draw_film_in_turns(self) -> None:
        """Show trust in one turn of the event loop, then the maps, the outlines.

        Each is painted before the next is made: together they take more than
        the 25 ms for which the window may stand still.
        """
        if self._trust_waits:
            self._trust_waits = False
            self._draw_trust()
            self._later.start(0)
            return
        laid = [self._lay_map(pane) for pane in self._viewport.panes]
        if any(laid):
            self._later.start(0)
        else:
            self._draw_film()

    def _lay_map(self, pane: Pane) -> bool:
        """Show the selected row's map; returns whether it is another one."""
        heatmap = self._heatmap(self.row, pane)
        if heatmap is self._shown_maps.get(id(pane)):
            return False
        self._shown_maps[id(pane)] = heatmap
        pane.view.set_heatmap(heatmap)
        return True

    def _draw_film(self) -> None:
        for pane in self._viewport.panes:
            self.draw_pane(pane)

    def _draw_outlines(self, pane: Pane) -> None:
        if pane.header is None:
            return
        shown, row = [*self.rows.listed], self.row
        if row is not None and row not in shown:
            shown.append(row)
        numbers = {one.finding.finding_uid: one.number for one in shown}
        findings = [one.finding for one in shown]
        lines = {}
        if self.model is not None:
            here = (pane.header.sop_instance_uid, pane.header.frame)
            lines = self._lines.of(
                self.model.session,
                [f for f in findings if (f.sop_instance_uid, f.frame) == here],
            )
        pane.view.set_findings(findings, self.selected or None, numbers, lines)

    def _heatmap(self, row: FindingRow | None, pane: Pane) -> Heatmap | None:
        header = pane.header
        if row is None or self.model is None or header is None:
            return None
        place = row.finding.sop_instance_uid, row.finding.frame
        if place != (header.sop_instance_uid, header.frame):
            return None
        if row.finding.origin is Origin.READER:
            return None
        analysis = self.model.session.analysis_of(row.finding)
        if analysis is None:
            return None
        return analysis.heatmaps.get(finding_key(row.finding))

    def _draw_band(self, pane: Pane) -> None:
        """Say under a film why there is no result, one state at a time.

        Slices of a series have none: what holds for all is said in the list.
        """
        # What a line is enough for stands in the list.
        told, _ = ai_telling.parted(self._states_of(pane))
        for state in told:
            level = _BANDS.get(state.phase)
            if level is not None:
                actions = (("Run again", "retry"),) if state.can_retry else ()
                pane.view.set_ai_status(level, state.title, state.explained, actions)
                return
        pane.view.set_ai_status("none")

    def _states_of(self, pane: Pane) -> tuple[ai_state.AiState, ...]:
        stack, header = pane.stack, pane.header
        if header is None or stack is None or not stack.is_film:
            return ()
        in_study = self.model is None or stack.study == self.model.session.study
        if not in_study or self.hidden_since is not None:
            return ()
        return self._ai.states(header)

    def _draw_last(self) -> None:
        change = self.model.last_change if self.model is not None else None
        last = self._window.dock.last
        if change is None:
            last.show_last("")
        else:
            last.show_last(change_words(change), f"{change.at.astimezone():%H:%M:%S}")

    def _states(self) -> tuple[ai_state.AiState, ...]:
        if self.header is None:
            aside = review_words.aside(self.model, self._viewport.active)
            return (ai_state.aside(aside),) if aside else ()
        if self.hidden_since is not None:
            return (ai_state.hidden(self.hidden_since),)
        stack = self._viewport.active.stack
        told = () if stack is None else self._series.states(stack.key)
        return (*self._ai.states(self.header), *told)

    def _headline(self) -> str:
        if self.model is None or self.header is None or self.hidden_since is not None:
            return ""
        return review_words.headline(self.model, self.header, self._ai)
