"""The panel beside a captured film: legend, findings, what the AI did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image as PillowImage
from PIL import ImageDraw

from explain.analysis import Analysis, AnalysisStatus
from explain.heatmap import FLOOR, Heatmap
from explain.rendering import START_OPACITY, color_table
from review import capture_style
from review.decision import ReviewedFinding
from review.states import claim_figure, is_reported, state_words

_METHODS = {
    "grad-cam": "Grad-CAM",
    "grad-cam++": "Grad-CAM++",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "eigen-cam": "Eigen-CAM",
    "fine-map": "The model's own map",
}
_OPPOSITE = str.maketrans("RLAPHF", "LRPAFH")


@dataclass(frozen=True, slots=True, eq=False)
class PanelContent:
    """What a panel says.

    `mapped` is the finding whose heatmap lies over the film and `heatmap` that
    map; both None where there is none, and `map_note` says why.
    """

    findings: Sequence[ReviewedFinding]
    analyses: Sequence[Analysis]
    mapped: ReviewedFinding | None
    heatmap: Heatmap | None
    map_note: str
    grayscale: str
    patient_orientation: tuple[str, ...]
    reader: str
    signed: str


class Pen:
    """Writes lines from the top of a panel downwards, wrapped to its width."""

    def __init__(self, picture: PillowImage.Image, size: int) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._width = picture.width
        self.size = size
        self.margin = size
        self.top = size

    def write(
        self,
        text: str,
        color: tuple[int, int, int] = capture_style.TEXT,
        indent: int = 0,
    ) -> None:
        """Write a text, in as many lines as it takes."""
        face = capture_style.font(self.size)
        left = self.margin + indent
        for line in self._wrapped(text, self._width - left - self.margin):
            self._draw.text((left, self.top), line, fill=color, font=face)
            self.top += round(self.size * 1.35)

    def gap(self) -> None:
        """Leave a blank of one line."""
        self.top += self.size

    def swatch(self, style: capture_style.LineStyle) -> None:
        """Draw a sample of a line style with its word."""
        middle = self.top + self.size // 2
        width = max(2, self.size // 8)
        on, off = style.dashes or (1.0, 0.0)
        left, right = self.margin, self.margin + 3 * self.size
        at = float(left)
        while at < right:
            end = right if style.dashes is None else min(at + on * width, right)
            self._draw.line([(at, middle), (end, middle)], style.color, width)
            at = right if style.dashes is None else at + (on + off) * width
        self.write(style.word, capture_style.QUIET, indent=4 * self.size)

    def bar(self) -> None:
        """Draw the colour bar with its absolute scale and its floor."""
        width, height = round(1.4 * self.size), 12 * self.size
        colors = color_table()
        face = capture_style.font(self.size)
        for offset in range(height):
            heat = 1.0 - offset / (height - 1)
            index = round(heat * 255.0)
            color = tuple(int(c) for c in colors[index]) if heat > FLOOR else (0, 0, 0)
            y = self.top + offset
            self._draw.line([(self.margin, y), (self.margin + width, y)], color)
        frame = [self.margin, self.top, self.margin + width, self.top + height]
        self._draw.rectangle(frame, outline=capture_style.QUIET)
        marks = (1.0, 0.75, 0.5, 0.25, FLOOR, 0.0)
        for mark in marks:
            word = f"{mark:.2f} clear below" if mark == FLOOR else f"{mark:.2f}"
            y = self.top + round((1.0 - mark) * height) - self.size // 2
            self._draw.text(
                (self.margin + 2 * self.size, y),
                word,
                fill=capture_style.QUIET,
                font=face,
            )
        self.top += height + self.size

    def _wrapped(self, text: str, width: int) -> list[str]:
        face = capture_style.font(self.size)
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if face.getlength(longer) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


def write_panel(pen: Pen, content: PanelContent) -> None:
    """Write a panel; nothing in it names the patient."""
    _write_legend(pen, content)
    pen.gap()
    pen.write("Findings")
    shown = [row for row in content.findings if is_reported(row)]
    for number, row in enumerate(shown, 1):
        _write_finding(pen, number, row)
    if not shown:
        pen.write("None flagged. This is not a normal report.", capture_style.QUIET)
    pen.gap()
    for analysis in content.analyses:
        _write_status(pen, analysis)
    if not content.analyses:
        pen.write("AI: not attempted", capture_style.QUIET)
    pen.gap()
    for style in _styles(shown):
        pen.swatch(style)
    pen.gap()
    pen.write(content.grayscale, capture_style.QUIET)
    pen.write(_sides(content.patient_orientation), capture_style.QUIET)
    pen.write(f"Reviewed by {content.reader}, {content.signed}", capture_style.QUIET)


def _write_legend(pen: Pen, content: PanelContent) -> None:
    if content.heatmap is None or content.mapped is None:
        pen.write("No AI heat map")
        pen.write(content.map_note, capture_style.QUIET)
        return
    pen.write("AI heat map", capture_style.AI)
    method = _METHODS.get(content.heatmap.method, content.heatmap.method)
    pen.write(f"{method} for {content.mapped.name}")
    if content.map_note:
        pen.write(content.map_note, capture_style.QUIET)
    pen.gap()
    pen.bar()
    pen.write("Absolute scale, same for every study", capture_style.QUIET)
    pen.write(f"Opacity {START_OPACITY:.0%}", capture_style.QUIET)


def _write_finding(pen: Pen, number: int, row: ReviewedFinding) -> None:
    color = capture_style.line_style(row).color
    pen.write(f"{number}  {row.name}", color)
    pen.write(state_words(row), indent=2 * pen.size)
    figure = claim_figure(row)
    if figure:
        pen.write(f"AI {figure}", capture_style.QUIET, indent=2 * pen.size)


def _write_status(pen: Pen, analysis: Analysis) -> None:
    model = f"{analysis.model.name} {analysis.model.version}"
    pen.write(f"{model}, weights {analysis.model.sha256[:12]}", capture_style.QUIET)
    pen.write(f"AI status: {analysis.status.value.replace('_', ' ')}")
    if analysis.status is not AnalysisStatus.SUCCEEDED:
        for reason in analysis.reasons:
            pen.write(reason, capture_style.QUIET, indent=2 * pen.size)


def _styles(shown: Sequence[ReviewedFinding]) -> list[capture_style.LineStyle]:
    return list(dict.fromkeys(capture_style.line_style(row) for row in shown))


def _sides(patient_orientation: tuple[str, ...]) -> str:
    if len(patient_orientation) != 2 or not patient_orientation[0]:
        return "Side of the film's edges: not in the header"
    right = patient_orientation[0]
    left = right.translate(_OPPOSITE)
    return f"Left edge {left}, right edge {right}, from header"
