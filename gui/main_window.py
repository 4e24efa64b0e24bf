"""The window: bars, rail, film, dock, sheet. It lays out; it decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui import layout_rule, regions, status_bar, theme, tokens, widgets
from gui.actions import ActionRegistry
from gui.banner import Banner
from gui.docks import SheetBox, docked
from gui.dropped import local_paths
from gui.empty_page import EmptyPage
from gui.notice import Notice
from gui.patient_choice import PatientChoice
from gui.tool_rail import ToolRail
from gui.top_bar import TopBar

if TYPE_CHECKING:
    from gui.dock import Dock

TITLE = "Overread"
SHEET_WIDTH = 784


class MainWindow(QMainWindow):
    """Top bar 40, banner 24, rail 48, film, dock 400, status bar 28."""

    paths_dropped = Signal(list)
    closing = Signal()
    beneath_held = Signal(bool)
    sheet_changed = Signal()
    painted = Signal()
    page_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.commands = ActionRegistry(self)
        self.top = TopBar(self.commands)
        self.banner = Banner()
        self.rail = ToolRail(self.commands)
        self.status = status_bar.StatusBar()
        self.notice = Notice()
        self.empty = EmptyPage()
        self.choice = PatientChoice()
        self.view: QWidget | None = None
        self._dock: Dock | None = None
        self._sheet: QWidget | None = None
        self._dock_wish: bool | None = None
        self._strip: QWidget | None = None
        self._facts: QWidget | None = None
        self._bar: QWidget | None = None
        self._strip_wanted = False
        self._strip_wish: bool | None = None
        self._text_scale = 1.0
        self._plan = layout_rule.plan(1920, 1080)
        self._has_painted = False
        self._lay_out()
        self.resize(1600, 900)
        self.setMinimumSize(960, 600)

    # --- pages ---------------------------------------------------------------

    def install(
        self,
        view: QWidget,
        dock: Dock,
        strip: QWidget | None = None,
        bar: QWidget | None = None,
    ) -> None:
        """Put film and dock into their places; once, after the window shows.

        `strip` stands at the film's left where there is room, `bar` above it.

        They are built then, because what they import (NumPy, OpenCV, pyqtgraph)
        takes longer than all the rest of the window.
        """
        self.view, self._dock, self._strip = view, dock, strip
        self._bar = bar
        if bar is not None:
            self._film_layout.addWidget(bar)
            bar.installEventFilter(self)
        beside = QHBoxLayout()
        beside.setSpacing(0)
        if strip is not None:
            strip.hide()
            beside.addWidget(strip)
        beside.addWidget(view, 1)
        self._film_layout.addLayout(beside, 1)
        self._findings_dock.setWidget(dock)
        dock.set_text_scale(self._text_scale)
        self.setTabOrder(view, dock.findings.table)

    @property
    def dock(self) -> Dock:
        """The dock beside the film; there once the window shows."""
        assert self._dock is not None
        return self._dock

    def show_film(self) -> None:
        """Show the film's page."""
        self._pages.setCurrentWidget(self._film_page)
        self._settle()

    def show_empty(self) -> None:
        """Show the page without a film; it holds its own words."""
        self._pages.setCurrentWidget(self.empty)
        self._settle()

    def show_choice(self) -> None:
        """Show the question which patient; nothing of any study stays on screen."""
        self._pages.setCurrentWidget(self.choice)
        self.choice.take_focus()
        self._settle()

    def show_facts(self, page: QWidget) -> None:
        """Show what is known of the models in the film's place, without the rail."""
        self._facts = page
        if self._pages.indexOf(page) < 0:
            self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        self._settle()

    @property
    def page(self) -> str:
        """Which page is on screen: ``film``, ``empty``, ``choice`` or ``facts``."""
        current = self._pages.currentWidget()
        if current is self._film_page:
            return "film"
        if current is self._facts:
            return "facts"
        return "choice" if current is self.choice else "empty"

    def start_reading(self) -> None:
        """Show film and findings: another study is on screen."""
        self.show_film()
        self.dock.show_findings()

    # --- sheet ---------------------------------------------------------------

    @property
    def sheet(self) -> QWidget | None:
        """The sheet on screen, or None."""
        return self._sheet

    def open_sheet(self, sheet: QWidget, width: int = SHEET_WIDTH) -> None:
        """Show a sheet at the right edge; the film stays visible and live."""
        self.close_sheet()
        self._sheet = sheet
        self._sheets.put(sheet)
        self._sheet_dock.setFixedWidth(min(width, round(self.width() * 0.56)))
        sheet.show()
        self._settle()
        sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sheet_changed.emit()

    def close_sheet(self) -> None:
        """Close the sheet, if one is open, and give the film the focus."""
        if self._sheet is None:
            return
        sheet, self._sheet = self._sheet, None
        self._sheets.take(sheet)
        self._settle()
        self.focus_film()
        self.sheet_changed.emit()

    # --- what the reader may change ------------------------------------------

    def toggle_dock(self) -> None:
        """F8: show or hide the dock, against the rule if need be."""
        self._dock_wish = self._findings_dock.isHidden()
        self._settle()

    def toggle_strip(self) -> None:
        """F7: show or hide the series beside the film, against the rule if need be."""
        self._strip_wish = self._strip is None or self._strip.isHidden()
        self._settle()

    def offer_strip(self, *, wanted: bool) -> None:
        """There are several series to choose from, or no longer."""
        self._strip_wanted = wanted
        self._settle()

    def set_text_scale(self, scale: float) -> None:
        """Grow the panels with the text."""
        self._text_scale = scale
        if self._dock is not None:
            self._dock.set_text_scale(scale)
        self.top.setFixedHeight(theme.grown(tokens.TOP_BAR_HEIGHT, scale))
        self.banner.setFixedHeight(theme.grown(tokens.BANNER_HEIGHT, scale))
        self._settle()

    def next_region(self) -> None:
        """F6: film, findings, trust, decision bar, rail, top bar."""
        regions.focus_next(self._regions(), self.focusWidget())

    def focus_film(self) -> None:
        """Put the focus where reading starts."""
        if self.view is not None and self.page == "film":
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- Qt ------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Keep the film's share of the window."""
        super().resizeEvent(event)
        self._settle()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Tell, once, that the window stands on the screen."""
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """Let what works in the background end first."""
        self.closing.emit()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Space shows what lies beneath the map, as long as it is held."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.beneath_held.emit(True)
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Bring the map back."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.beneath_held.emit(False)
            return
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        """Take files and folders."""
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        """Open what was dropped."""
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.paths_dropped.emit(paths)

    # --- layout --------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QWidget()
        head.setLayout(widgets.column(self.top, self.banner, spacing=0))
        self.setMenuWidget(head)
        self.setStatusBar(self.status)
        self._film_page = QWidget()
        self._film_page.setObjectName("reading")
        self._film_page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._film_layout = QVBoxLayout(self._film_page)
        self._film_layout.setContentsMargins(0, 0, 0, 0)
        self._film_layout.setSpacing(0)
        self._pages = QStackedWidget()
        # Else the widest page, on screen or not, would crowd the sheet out.
        self._pages.setMinimumSize(320, 240)
        for page in (self.empty, self.choice, self._film_page):
            self._pages.addWidget(page)
        self._pages.currentChanged.connect(self._on_page)
        right = widgets.column(self.notice, spacing=0)
        right.addWidget(self._pages, 1)
        center = QWidget()
        layout = QHBoxLayout(center)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addLayout(right, 1)
        self.setCentralWidget(center)
        self._findings_dock = docked(self, "findings-dock")
        self._sheets = SheetBox()
        self._sheet_dock = docked(self, "sheet-dock")
        self._sheet_dock.setWidget(self._sheets)

    def _settle(self) -> None:
        """Apply the layout rule to what is on screen."""
        self._plan = layout_rule.plan(
            self.width(),
            self.height(),
            self._text_scale,
            forced=self._dock_wish is True,
            taken=self._bar_height(),
            strip=self._strip_wanted and self._strip_wish is not False,
            strip_forced=self._strip_wish is True,
        )
        if self._strip is not None:
            self._strip.setVisible(self._plan.strip)
            self.commands["thumbnails"].setChecked(self._plan.strip)
        self.rail.setVisible(self.page != "facts")
        self.rail.set_compact(compact=self._plan.compact)
        self.status.set_compact(compact=self._plan.compact, text_scale=self._text_scale)
        if self._dock is not None:
            self._dock.set_low(low=self._plan.low)
            self._dock.set_dense(dense=self._plan.dock_width < tokens.DOCK_WIDTH)
        if self._plan.dock_width:
            self._findings_dock.setFixedWidth(self._plan.dock_width)
        wanted = self._dock_wish is not False and self._plan.dock_width > 0
        reading = self.page == "film" and self._dock is not None
        self._findings_dock.setVisible(wanted and reading and self._sheet is None)
        self._sheet_dock.setVisible(self._sheet is not None)

    def _on_page(self, _: int) -> None:
        self.page_changed.emit()

    def _bar_height(self) -> int:
        """Return what the bar over the film takes of its height."""
        there = self._bar is not None and not self._bar.isHidden()
        return self._bar.sizeHint().height() if there and self._bar is not None else 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Settle anew when the bar over the film comes or goes."""
        shown = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)
        if watched is self._bar and event.type() in shown:
            QTimer.singleShot(0, self, self._settle)
        return False

    def _regions(self) -> list[QWidget]:
        first = self.view if self.page == "film" else self._pages.currentWidget()
        parts: list[QWidget] = [first] if first is not None else []
        if self._sheet is not None:
            parts.append(self._sheet)
        if self._dock is not None:
            parts += [self._dock.findings, self._dock.trust, self._dock.bar]
        return [*parts, self.rail, self.top]

    def place_over_film(self, popover: QWidget) -> None:
        """Put a popover at the film's top left, clear of the rail."""
        page = self._pages
        popover.setParent(self)
        popover.adjustSize()
        popover.move(page.mapTo(self, QPoint(16, 16)))
        popover.show()
        popover.raise_()
