"""What lies over the film: map, outlines and legend, kept in line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explain.heatmap import Heatmap
from gui import heat_raster
from gui.canvas import Canvas
from gui.legend import Legend
from gui.outlines import outlines_of
from review.decision import ReviewedFinding
from studies.model import Float32Array, ImageHeader


class Overlay:
    """Map and findings of the image on screen, and what of them may be seen."""

    def __init__(self, canvas: Canvas, legend: Legend) -> None:
        self._canvas = canvas
        self._legend = legend
        self._header: ImageHeader | None = None
        self._heatmap: Heatmap | None = None
        self._problem = ""
        self._findings: tuple[ReviewedFinding, ...] = ()
        self._numbers: Mapping[str, int] = {}
        self._segments: Mapping[str, Sequence[Float32Array]] = {}
        self.selected: str | None = None
        self.ai_hidden = False
        self.beneath = False

    def set_header(self, header: ImageHeader | None) -> None:
        """Begin anew with another image, or with none."""
        self._header = header
        self._findings, self._numbers, self.selected = (), {}, None
        self._segments = {}
        self.set_heatmap(None)

    def set_heatmap(self, heatmap: Heatmap | None) -> None:
        """Take a map; one that fails its placement check is not drawn."""
        self._heatmap, self._problem = heatmap, ""
        if heatmap is not None and self._header is not None:
            self._problem = heat_raster.placement_problem(
                heatmap, self._header.rows, self._header.columns
            )
        self._canvas.heat.set_heatmap(None if self._problem else heatmap)

    def set_findings(
        self,
        findings: Sequence[ReviewedFinding],
        selected_uid: str | None,
        numbers: Mapping[str, int] | None,
        segments: Mapping[str, Sequence[Float32Array]] | None = None,
    ) -> None:
        """Take the rows of the findings list; numbers are else counted from 1.

        Parameters
        ----------
        segments
            Closed lines around segments in image (column, row), by finding_uid.
        """
        self._segments = segments or {}
        self._findings = tuple(findings)
        self._numbers = numbers or {
            finding.finding_uid: place for place, finding in enumerate(findings, 1)
        }
        self.selected = selected_uid

    def refresh(self) -> None:
        """Bring outlines, visibility and legend in line."""
        self._canvas.outlines.set_outlines(
            outlines_of(
                self.findings_here(),
                self._numbers,
                self.selected,
                self._regions(),
                ai_hidden=self.ai_hidden,
            )
        )
        self.show_items()
        self._show_legend()

    def show_items(self) -> None:
        """Show or hide map and outlines."""
        self._canvas.heat.setVisible(not self.ai_hidden and not self.beneath)
        self._canvas.outlines.setVisible(not self.beneath)

    def findings_here(self) -> tuple[ReviewedFinding, ...]:
        """Return the findings that lie on the image."""
        if self._header is None:
            return ()
        here = (self._header.sop_instance_uid, self._header.frame)
        return tuple(
            finding
            for finding in self._findings
            if (finding.sop_instance_uid, finding.frame) == here
        )

    def _mapped_finding(self) -> ReviewedFinding | None:
        """Return the finding that the map explains, if it is among the findings."""
        if self._heatmap is None:
            return None
        ending = f"/{self._heatmap.key}"
        mapped = [f for f in self.findings_here() if f.finding_uid.endswith(ending)]
        selected = [f for f in mapped if f.finding_uid == self.selected]
        return next(iter(selected or mapped), None)

    def _regions(self) -> dict[str, Sequence[Float32Array]]:
        """Return the segments, and the hot region of the selected, mapped finding."""
        regions = dict(self._segments)
        raster, finding = self._canvas.heat.raster, self._mapped_finding()
        if (
            raster is not None
            and finding is not None
            and finding.finding_uid == self.selected
        ):
            regions[finding.finding_uid] = heat_raster.hot_region(raster)
        return regions

    def _show_legend(self) -> None:
        heat = self._canvas.heat
        if self._problem:
            self._legend.show_problem()
        elif self._heatmap is not None and heat.raster is not None:
            method, name = self._heatmap.method, self._mapped_name(self._heatmap)
            self._legend.show_map(method, name, heat.mode, heat.raster.peak)
        self._legend.setVisible(self._heatmap is not None and not self.ai_hidden)

    def _mapped_name(self, heatmap: Heatmap) -> str:
        finding = self._mapped_finding()
        if finding is None:
            return heatmap.key
        number = self._numbers.get(finding.finding_uid)
        return finding.name if number is None else f"finding {number}, {finding.name}"
