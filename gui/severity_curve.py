"""A severity over time, with its error bands; and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme, tokens, widgets
from gui.list_look import text_scale
from inference.severities import SeverityValue
from review.severity_history import SeverityPoint

_HEIGHT = 150
_HEADINGS = ("Film of", "Value", "Between")


class SeverityCurve(QWidget):
    """Values on the scale's full height, so that a small change looks small."""

    def __init__(
        self, severity: SeverityValue, points: Sequence[SeverityPoint]
    ) -> None:
        super().__init__()
        scale = text_scale()
        name = f"{severity.name} over time, {severity.minimum:g} to"
        caption = f"{name} {severity.maximum:g}. Bars: the error band."
        self.plot = _plot(severity, points, scale)
        self.table = _table(points)
        self.twin = QPushButton("Show as table")
        self.twin.setCheckable(True)
        self.twin.toggled.connect(self._on_toggled)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.table)
        self._stack.setFixedHeight(round(_HEIGHT * (1.0 + (scale - 1.0) / 2.0)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(widgets.label(caption, "small", wrap=True))
        layout.addWidget(self._stack)
        layout.addWidget(self.twin, 0, Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(f"{severity.name} over time")
        self.setAccessibleDescription(_in_words(points))

    def _on_toggled(self, as_table: bool) -> None:
        self._stack.setCurrentIndex(int(as_table))
        self.twin.setText("Show as curve" if as_table else "Show as table")


def _plot(
    severity: SeverityValue, points: Sequence[SeverityPoint], scale: float
) -> pg.PlotWidget:
    axis = pg.DateAxisItem(orientation="bottom")
    plot = pg.PlotWidget(background=tokens.PANEL, axisItems={"bottom": axis})
    # The panel gives it its width: pyqtgraph's own hint would push others out.
    plot.setMinimumWidth(0)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(x=False, y=False)
    plot.hideButtons()
    plot.setYRange(severity.minimum, severity.maximum, padding=0.05)
    plot.showGrid(y=True, alpha=0.2)
    font = theme.font(round(tokens.SMALL * scale))
    for side in ("bottom", "left"):
        plot.getAxis(side).setTickFont(font)
        plot.getAxis(side).setTextPen(tokens.TEXT_2)
    times = np.array([point.at.timestamp() for point in points])
    values = np.array([point.value for point in points])
    low = np.array([point.interval[0] for point in points])
    high = np.array([point.interval[1] for point in points])
    pen = pg.mkPen(tokens.AI, width=1.6)
    plot.addItem(
        pg.ErrorBarItem(
            x=times, y=values, top=high - values, bottom=values - low, pen=pen
        )
    )
    # Dashed is AI.
    line = pg.mkPen(tokens.AI, width=1.6, style=Qt.PenStyle.DashLine)
    brush = pg.mkBrush(tokens.AI_ON_IMAGE)
    plot.plot(times, values, pen=line, symbol="o", symbolSize=7, symbolBrush=brush)
    plot.setAccessibleName(f"{severity.name} over time, a curve")
    return plot


def _table(points: Sequence[SeverityPoint]) -> QTableWidget:
    table = QTableWidget(len(points), len(_HEADINGS))
    table.setHorizontalHeaderLabels(list(_HEADINGS))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    for place, point in enumerate(points):
        for column, words in enumerate(_cells(point)):
            table.setItem(place, column, QTableWidgetItem(words))
    table.setAccessibleName("Severity over time, a table")
    return table


def _cells(point: SeverityPoint) -> tuple[str, str, str]:
    low, high = point.interval
    return (
        f"{point.at:%Y-%m-%d %H:%M}",
        f"{point.value:.1f}",
        f"{low:.1f} and {high:.1f}",
    )


def _in_words(points: Sequence[SeverityPoint]) -> str:
    return "; ".join(
        f"{at}: {value}, between {between}"
        for at, value, between in map(_cells, points)
    )
