"""The reliability diagram: what the model says against what was there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme, tokens, widgets
from gui.list_look import text_scale
from inference.local_calibration import LocalBin

_HEIGHT, _COUNTS_HEIGHT = 300, 92
_LEFT = 44
_TICKS = (0, 2, 4, 6, 8, 10)
"""Tenths of the probability that the axes name."""


class ReliabilityPlot(QWidget):
    """Points with their intervals, and below them how many films each rests on.

    Nothing in it moves by mouse: it is a figure, not a tool.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.diagram = _plot("Probability shown", "Share that truly had the finding")
        self.counts = _plot("", "")
        for side in ("bottom", "left"):
            self.counts.getAxis(side).setStyle(showValues=False, tickLength=0)
        self.counts.setXLink(self.diagram)
        self.words = widgets.label("", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(self.diagram, 3)
        layout.addWidget(self.counts)
        layout.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_bins(self, bins: Sequence[LocalBin]) -> None:
        """Draw other bins; empty ones are left out."""
        scale = text_scale()
        self.diagram.setMinimumHeight(round(_HEIGHT * min(scale, 1.5)))
        self.counts.setFixedHeight(round(_COUNTS_HEIGHT * scale))
        for plot in (self.diagram, self.counts):
            plot.clear()
            _dress(plot, scale)
        self.setAccessibleDescription(spoken(bins))
        self._draw_points(bins)
        self._draw_counts(bins, scale)

    def _draw_points(self, bins: Sequence[LocalBin]) -> None:
        dashed = pg.mkPen(tokens.TEXT_3, width=1, style=Qt.PenStyle.DashLine)
        self.diagram.plot([0.0, 1.0], [0.0, 1.0], pen=dashed)
        self.diagram.setXRange(0.0, 1.0, padding=0.06)
        self.diagram.setYRange(0.0, 1.0, padding=0.06)
        if not bins:
            return
        x = np.array([one.mean_probability for one in bins])
        y = np.array([one.rate.value for one in bins])
        low = np.array([one.rate.low for one in bins])
        high = np.array([one.rate.high for one in bins])
        pen = pg.mkPen(tokens.AI, width=1.5)
        self.diagram.addItem(
            pg.ErrorBarItem(x=x, y=y, top=high - y, bottom=y - low, beam=0.02, pen=pen)
        )
        self.diagram.plot(
            x,
            y,
            pen=pg.mkPen(tokens.AI, width=2),
            symbol="o",
            symbolSize=9,
            symbolBrush=tokens.AI,
            symbolPen=pg.mkPen(tokens.PANEL),
        )

    def _draw_counts(self, bins: Sequence[LocalBin], scale: float) -> None:
        in_all = sum(one.films for one in bins)
        self.words.setText(
            f"Films per bin, {in_all:,} in all. Dashed line: perfect calibration."
        )
        if not bins:
            return
        middles = [(one.low + one.high) / 2.0 for one in bins]
        films = [one.films for one in bins]
        bars = pg.BarGraphItem(
            x=middles, height=films, width=0.08, brush=tokens.CONTROL_EDGE, pen=None
        )
        self.counts.addItem(bars)
        self.counts.setYRange(0, 1.35 * max(films), padding=0)
        for middle, count in zip(middles, films, strict=True):
            text = pg.TextItem(f"{count:,}", color=tokens.TEXT_2, anchor=(0.5, 1.0))
            text.setFont(theme.font(round(tokens.SMALL * scale)))
            text.setPos(middle, count)
            self.counts.addItem(text)


def spoken(bins: Sequence[LocalBin]) -> str:
    """Return the diagram in words, bin by bin."""
    if not bins:
        return "No film has a known label."
    return " ".join(
        f"Where it says {one.low:.1f} to {one.high:.1f}: {one.with_finding} of"
        f" {one.films} films had the finding, {one.rate.value:.2f},"
        f" between {one.rate.low:.2f} and {one.rate.high:.2f}."
        for one in bins
    )


def _plot(bottom: str, left: str) -> pg.PlotWidget:
    made = pg.PlotWidget(background=QColor(tokens.PANEL), enableMenu=False)
    made.setMouseEnabled(x=False, y=False)
    made.hideButtons()
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    made.showGrid(x=True, y=bool(bottom), alpha=0.15)
    made.setProperty("axis-words", (bottom, left))
    return made


def _dress(plot: pg.PlotWidget, scale: float) -> None:
    """Give the axes the text's size and colour."""
    bottom, left = plot.property("axis-words")
    font = theme.font(round(tokens.SMALL * scale))
    size = {"color": tokens.TEXT_2, "font-size": f"{round(tokens.SMALL * scale)}px"}
    for side, words in (("bottom", bottom), ("left", left)):
        axis = plot.getAxis(side)
        axis.setTickFont(font)
        axis.setTicks([[(tenth / 10, f"{tenth / 10:.1f}") for tenth in _TICKS]])
        axis.setStyle(hideOverlappingLabels=False)
        axis.setTextPen(tokens.TEXT_2)
        axis.setPen(tokens.BORDER)
        if words:
            axis.setLabel(words, **size)
    plot.getAxis("left").setWidth(round((_LEFT + 18) * scale))
