"""Cards and answers of models of every kind, made by hand: no network runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from explain.analysis import (
    Analysis,
    AnalysisRequest,
    AnalysisStatus,
    CheckResult,
    ModelIdentity,
    TrustCheck,
)
from inference.boxes import FoundBox
from inference.eligibility import exclusion_reasons
from inference.findings import Finding
from inference.model_card import (
    BoxSpec,
    Calibration,
    Code,
    ExplainSpec,
    FindingSpec,
    InclusionRules,
    InputSpec,
    ModelCard,
    SegmentSpec,
    SeveritySpec,
)
from inference.segments import Segment
from inference.severities import to_severities

EXTENT = SeveritySpec(
    "extent", "Geographic extent", "severity_extent",
    Code("99TEST", "S1", "Geographic extent"), 0.0, 8.0, 1.8, 1.6, 0.9, 200,
)  # fmt: skip
OPACITY = replace(EXTENT, key="opacity", name="Opacity", maximum=6.0)
TUMOUR = SegmentSpec(
    "tumour", "Tumour", Code("SCT", "126952004", "Neoplasm of brain"), 0.5
)
FRACTURE = FindingSpec(
    "fracture", "Fracture", "fracture", Code("SCT", "125605004", "Fracture"), 0.5,
    Calibration(), 2.0, calibrated=False,
)  # fmt: skip


def card(folder: Path, model_id: str, name: str, **more: object) -> ModelCard:
    """Return a manifest without files."""
    return ModelCard(
        folder=folder / model_id,
        model_id=model_id,
        version="1.0.0",
        name=name,
        summary="For tests.",
        manufacturer="Tests",
        licence="Apache-2.0",
        architecture="overread:tiny",
        weights="weights.safetensors",
        sha256=f"{abs(hash(model_id)) % 16**8:08x}" * 8,
        input=InputSpec(64, 64, 1),
        explain=ExplainSpec("", "", ()),
        inclusion=InclusionRules(("CR", "DX"), (), ()),
        **more,  # type: ignore[arg-type]  # fields by name
    )


def severity_card(folder: Path) -> ModelCard:
    """Return a model of two severities, for films."""
    return card(
        folder,
        "covid-severity",
        "COVID severity",
        task="severity",
        severities=(EXTENT, OPACITY),
    )


def limb_card(folder: Path) -> ModelCard:
    """Return a model of boxes whose number is no probability."""
    return card(
        folder,
        "limb-fracture",
        "Limb fracture",
        findings=(FRACTURE,),
        boxes=(BoxSpec("fracture", 0.5),),
    )


def brain_card(folder: Path) -> ModelCard:
    """Return a model that marks a segment on MR slices."""
    made = card(
        folder, "brain-tumour", "Brain tumour", task="segmentation", segments=(TUMOUR,)
    )
    return replace(made, inclusion=InclusionRules(("MR",), (), ()))


def answer(request: AnalysisRequest, cards: tuple[ModelCard, ...]) -> Analysis:
    """Answer as each model does: values, a box, or a disc in the image's middle."""
    asked = next(one for one in cards if str(one.folder) == request.model_folder)
    header = request.image.header
    made = Analysis(
        request.request_id,
        header.sop_instance_uid,
        header.frame,
        ModelIdentity(
            asked.model_id, asked.version, asked.sha256, asked.name, asked.manufacturer
        ),
        AnalysisStatus.SUCCEEDED,
        trust=(
            TrustCheck("gate", "Looks like training films", CheckResult.PASSED, "0.3"),
        ),
        device="cpu",
        acquired_at=header.acquired_at,
    )
    reasons = exclusion_reasons(header, asked)
    if reasons:
        return replace(
            made, status=AnalysisStatus.INELIGIBLE, reasons=reasons, trust=()
        )
    if asked.severities:
        return replace(made, severities=to_severities([3.2, 1.1], asked))
    if asked.segments:
        return replace(made, segments=(disc(header.rows, header.columns, header),))
    return replace(made, findings=(_fracture(header.rows, header.columns),))


def disc(rows: int, columns: int, header: object = None) -> Segment:
    """Return a disc of an eighth of the image's height around its middle."""
    down, across = np.ogrid[:rows, :columns]
    mask = (down - rows / 2) ** 2 + (across - columns / 2) ** 2 < (rows / 8) ** 2
    pixels = int(mask.sum())
    spacing = getattr(header, "spacing_mm", None)
    area = None if spacing is None else pixels * spacing[0] * spacing[1]
    return Segment("tumour", "Tumour", TUMOUR.code, mask, pixels, area, 0.5)


def _fracture(rows: int, columns: int) -> Finding:
    boxes = (
        FoundBox(rows * 0.2, columns * 0.3, rows * 0.15, columns * 0.2, 0.91),
        FoundBox(rows * 0.6, columns * 0.55, rows * 0.1, columns * 0.1, 0.62),
    )
    return Finding(
        "fracture", "Fracture", FRACTURE.code, 0.9, 0.71, None, 0.5, True, False,
        "", boxes,
    )  # fmt: skip
