"""The legend of the heat map: method, finding, absolute scale, floor, opacity."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from explain.heatmap import FLOOR
from explain.rendering import CONTOUR_LEVELS, START_OPACITY, color_table
from gui import theme, tokens
from gui.backing import paint_backing
from gui.heatmap_item import MapMode
from gui.still import Still
from gui.widgets import key_hint, label, row

METHODS = {
    "grad-cam": "Grad-CAM",
    "hirescam": "HiResCAM",
    "grad-cam++": "Grad-CAM++",
    "layercam": "LayerCAM",
    "eigen-cam": "Eigen-CAM",
    "fine-map": "The model's own map",
}
_HEADS: dict[MapMode, str] = {
    "colour": "Heat map",
    "contour": "Heat lines",
    "off": "Heat map off",
}
WIDTH = 150
_BAR_HEIGHT = 200
_TICKS = (1.00, 0.75, 0.50, 0.25, 0.0)
_SMALL_BAR = 90
_SMALL_TICKS = (1.00, 0.50)


class Legend(QWidget):
    """Stands over the right edge of the viewport while a map is on screen.

    Signals
    -------
    opacity_changed(float)
        The slider was moved, 0 to 1.
    """

    opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.backed = False
        self.setFixedWidth(WIDTH)
        self._small = False
        self._mode: MapMode | None = None
        self.setAccessibleName("Heat map legend")
        self._method = label("", "small", wrap=True)
        self._note = label("", "small", wrap=True)
        self._bar = _Bar()
        self._share = label("70 %", "strong")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 100)
        self._slider.setValue(round(START_OPACITY * 100))
        self._slider.setAccessibleName("Heat map opacity")
        self._slider.setMinimumHeight(tokens.MINIMUM_TARGET)
        self._slider.setStyleSheet(_SLIDER)
        self._slider.valueChanged.connect(self._on_slider)
        self._arrange()
        self._still = Still(self)

    def _arrange(self) -> None:
        self._head = label("Heat map", "strong")
        absolute = "Absolute scale, same for every study"
        self._absolute = label(absolute, "small", wrap=True)
        self._opacity = label("Opacity")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 4)
        layout.setSpacing(6)
        layout.addLayout(row(label("AI", "ai-tag"), self._head, None, spacing=6))
        for part in (self._method, self._bar, self._note, self._absolute):
            layout.addWidget(part)
        keys = (key_hint("["), key_hint("]"))
        self._fade = QWidget()
        fade = QVBoxLayout(self._fade)
        fade.setContentsMargins(0, 0, 0, 0)
        fade.setSpacing(0)
        fade.addLayout(row(self._opacity, self._share, None, *keys, spacing=6))
        fade.addWidget(self._slider)
        layout.addWidget(self._fade)

    def show_map(self, method: str, finding: str, mode: MapMode, peak: float) -> None:
        """Say what is drawn.

        Parameters
        ----------
        method
            As in the model's manifest, e.g. ``"grad-cam"``.
        finding
            Which finding, in words, e.g. ``"finding 2, Pneumonia"``.
        peak
            The map's largest heat, 0 to 1.
        """
        name = METHODS.get(method, method)
        text = f"{name} for {finding}"
        self._method.setText(text)
        clear = peak <= FLOOR
        self._note.setText(
            f"Peak {peak:.2f}: below {FLOOR:.2f}, so nothing is drawn"
            if clear
            else f"Peak {peak:.2f}"
        )
        self._mode = mode
        self._bar.set_mode(mode)
        self._show_parts()
        self._head.setText(_HEADS[mode])
        if mode == "off":
            self._note.setText("Press M to show it")
        self.setAccessibleDescription(
            f"{text}. {self._note.text()}. Absolute scale from 0 to 1, "
            f"clear below {FLOOR:.2f}."
        )
        self.adjustSize()
        self._still.renew()

    def show_problem(self) -> None:
        """Say that a map was withheld because its placement failed its check."""
        self._head.setText("Map hidden")
        self._method.setText("Map hidden: failed its check")
        self._mode = None
        self._show_parts()
        self.setAccessibleDescription(self._method.text())
        self.adjustSize()
        self._still.renew()

    def set_small(self, small: bool) -> None:
        """Leave out, in a low pane, what is no scale: note, sentence, slider."""
        if small != self._small:
            self._small = small
            self._bar.set_small(small)
            self._show_parts()
            self.adjustSize()
            self._still.renew()

    def _show_parts(self) -> None:
        shown, large = self._mode not in (None, "off"), not self._small
        self._note.setVisible(self._mode is not None and (large or not shown))
        self._bar.setVisible(shown)
        self._absolute.setVisible(shown and large)
        self._fade.setVisible(self._mode == "colour" and large)

    def set_text_scale(self, scale: float) -> None:
        """Grow with the text, 1.0 to 2.0."""
        self.setFixedWidth(round(WIDTH * scale))
        self._bar.set_text_scale(scale)
        self._still.renew()

    def set_opacity(self, share: float) -> None:
        """Move the slider without a signal."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(share * 100))
        self._slider.blockSignals(False)
        self._share.setText(f"{self._slider.value()} %")
        self._still.renew()

    def set_backed(self, backed: bool) -> None:
        """Darken what lies behind, where the film reaches under the legend."""
        if backed != self.backed:
            self.backed = backed
            self._still.renew()

    def _on_slider(self, value: int) -> None:
        self._share.setText(f"{value} %")
        self._still.renew()
        self.opacity_changed.emit(value / 100)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the backing."""
        super().paintEvent(event)
        if self.backed:
            paint_backing(self)


class _Bar(QWidget):
    """The colour bar, 1 at the top, with ticks and the floor."""

    def __init__(self) -> None:
        super().__init__()
        self._mode: MapMode = "colour"
        self._scale, self._height = 1.0, _BAR_HEIGHT
        self.setFixedHeight(_BAR_HEIGHT + 14)
        self.setAccessibleName("Colour scale from 0 to 1, clear below 0.10")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return the bar with its ticks."""
        return QSize(WIDTH - 16, self._height + 14)

    def set_mode(self, mode: MapMode) -> None:
        """Show the colours or the contour levels."""
        self._mode = mode
        self.update()

    def set_text_scale(self, scale: float) -> None:
        """Write the ticks larger; the bar grows so that they stay apart."""
        self._scale = scale
        self._fix_height()

    def set_small(self, small: bool) -> None:
        """Be half as high, with every other tick."""
        self._height = _SMALL_BAR if small else _BAR_HEIGHT
        self._fix_height()

    def _fix_height(self) -> None:
        self.setFixedHeight(round((self._height + 14) * self._scale))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint bar, ticks and floor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self._scale
        frame = QRectF(0.5, round(7 * scale) + 0.5, 13, round(self._height * scale))
        if self._mode == "colour":
            floor = frame.top() + frame.height() * (1 - FLOOR)
            painter.drawImage(
                QRectF(frame.left(), frame.top(), frame.width(), floor - frame.top()),
                _ramp(),
            )
        painter.setPen(QColor(tokens.TEXT_3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 2, 2)
        painter.setFont(theme.font(round(tokens.SMALL * self._scale)))
        small = self._height < _BAR_HEIGHT
        for value in _SMALL_TICKS if small else _TICKS:
            self._tick(painter, frame, value, f"{value:.2f}" if value else "0")
        self._tick(painter, frame, FLOOR, f"{FLOOR:.2f} clear below")
        self._mark_levels(painter, frame)
        painter.end()

    def _tick(self, painter: QPainter, frame: QRectF, value: float, text: str) -> None:
        y = frame.top() + frame.height() * (1 - value)
        # 0.10 and 0 stand 20 px apart; both texts stay whole.
        painter.setPen(QColor(tokens.TEXT_1 if value >= 0.25 else tokens.TEXT_2))
        row_rect = QRectF(frame.right() + 9, y - 20, self.width(), 40)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row_rect, flags, text)
        painter.setPen(QColor(tokens.TEXT_3))
        y = round(y) + 0.5
        painter.drawLine(QPointF(frame.right(), y), QPointF(frame.right() + 4, y))

    def _mark_levels(self, painter: QPainter, frame: QRectF) -> None:
        """In contour mode mark the drawn levels in the lines' own colour."""
        levels = CONTOUR_LEVELS if self._mode == "contour" else ()
        painter.setPen(QColor(tokens.AI_ON_IMAGE))
        for level in levels:
            y = round(frame.top() + frame.height() * (1 - level)) + 0.5
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))


@lru_cache(maxsize=1)
def _ramp() -> QImage:
    """Return the colours from 1 (top) down to the floor, one column."""
    table = color_table()
    first = round(FLOOR * 255)
    image = QImage(1, 256 - first, QImage.Format.Format_RGB32)
    for index, (red, green, blue) in enumerate(table[: first - 1 : -1].tolist()):
        image.setPixelColor(0, index, QColor(red, green, blue))
    return image


_SLIDER = f"""
QSlider {{ background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {tokens.CONTROL};
  border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {tokens.TEXT_2}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -4px 0;
  border-radius: 6px; background: {tokens.TEXT_1}; }}
QSlider:focus {{ border: 2px solid {tokens.FOCUS}; border-radius: 6px; }}
"""
