"""A model with every kind of fact, and what a made-up site measured of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inference.local_calibration import LocalBin, LocalCalibration, LocalFinding
from inference.logit_digest import logit_digest
from inference.model_card import (
    Calibration,
    Code,
    ExplainSpec,
    FindingSpec,
    GateSpec,
    InclusionRules,
    InputSpec,
    Measured,
    ModelCard,
)
from inference.model_facts import (
    ControlFigure,
    KnownFailure,
    ModelFacts,
    SourceFigure,
    SubgroupFigure,
    TrainingSource,
)
from inference.model_outputs import OperatingPoint, SeveritySpec

CODE = Code("99TEST", "1", "A finding")
UNSEEN = (
    SourceFigure("Source A, Spain", 373, 831, Measured(0.76, 0.73, 0.79)),
    SourceFigure("Source B, mixed web", 282, 204, Measured(0.64, 0.58, 0.69)),
    SourceFigure("Source C, USA", 265, 1945, Measured(0.71, 0.68, 0.74)),
    SourceFigure("Source D, Vietnam", 0, 940, None),
)
POINT = OperatingPoint(
    "sensitivity at least 0.25",
    Measured(0.26, 0.16, 0.40),
    Measured(0.981, 0.961, 0.991),
    412,
    50,
)
FACTS = ModelFacts(
    intended_use="Research. Marks mass-like opacity on adult frontal chest films.",
    do_not_use="Children, lateral or portable films, reading alone.",
    label_origin="Reports read by software; 600 checked by two radiologists.",
    missing="Under 18. Chest drains and implants: 2 % of films.",
    training_sources=(
        TrainingSource("Source A", 1204, "CC BY 4.0"),
        TrainingSource("Source C", 2210, "CC0"),
    ),
    subgroups=(
        SubgroupFigure("opacity", "Women", 201, Measured(0.81, 0.71, 0.89)),
        SubgroupFigure("opacity", "Men", 211, Measured(0.60, 0.52, 0.68)),
        SubgroupFigure("opacity", "Portable", 19, Measured(0.9, 0.5, 1.0)),
    ),
    controls=(
        ControlFigure("blackout", "Lungs blacked out", 0.58, 0.65, "AUROC"),
        ControlFigure("source", "Guess the source", 0.83, 0.75, "From the features"),
        ControlFigure("markers", "Markers erased", 0.01, 0.02, "Change of AUROC"),
    ),
    known_failures=(
        KnownFailure("Nodules under 10 mm", 0.22, 41, "Finds 9 of 41"),
        KnownFailure("Behind the heart", 0.18, 38, "Finds 7 of 38"),
    ),
    commands=("overread evaluate --model opacity --data DIR --output OUT",),
)


def sample_card(folder: Path) -> ModelCard:
    """Return a model of two findings and a severity."""
    opacity = FindingSpec(
        key="opacity",
        name="Mass-like opacity",
        column="opacity",
        code=CODE,
        threshold=0.50,
        calibration=Calibration(films=4840, with_finding=920),
        heatmap_reference=2.0,
        unseen_auroc=Measured(0.71, 0.64, 0.77),
        random_split_auroc=Measured(0.95, 0.94, 0.96),
        unseen_sources=UNSEEN,
        operating_point=POINT,
    )
    return ModelCard(
        folder=folder,
        model_id="opacity",
        version="1.2.0",
        name="Opacity",
        summary="For tests.",
        manufacturer="Tests",
        licence="Weights CC BY 4.0, code Apache-2.0",
        architecture="tf_efficientnet_lite0",
        weights="weights.safetensors",
        sha256="9f3c12d077b4e0a158cd4410bb9e" + "0" * 32 + "e41a",
        input=InputSpec(224, 224, 3),
        explain=ExplainSpec("bn2", "classifier", ("grad-cam",)),
        inclusion=InclusionRules(("CR", "DX"), ("CHEST",), ("PA", "AP"), 18.0, 200),
        findings=(
            opacity,
            FindingSpec(
                key="effusion",
                name="Pleural effusion",
                column="effusion",
                code=CODE,
                threshold=0.42,
                calibration=Calibration(),
                heatmap_reference=2.0,
                calibrated=False,
                note="Labels from reports; small effusions are missed.",
            ),
        ),
        severities=(
            SeveritySpec(
                "extent",
                "Geographic extent",
                "severity_extent",
                CODE,
                0.0,
                8.0,
                2.1,
                2.4,
                0.9,
                94,
                Measured(1.21, 1.01, 1.44),
                Measured(2.02, 1.78, 2.3),
            ),
        ),
        gate=GateSpec("gate.safetensors", "00" * 32, 20.0),
        facts=FACTS,
    )


def sample_bins() -> tuple[LocalBin, ...]:
    """Return the bins of the design's picture, their intervals by Wilson."""
    rows = (
        (262, 11, 0.02, 0.07),
        (66, 9, 0.07, 0.24),
        (30, 7, 0.12, 0.41),
        (20, 5, 0.11, 0.47),
        (14, 5, 0.16, 0.61),
        (6, 3, 0.19, 0.81),
        (5, 3, 0.23, 0.88),
        (4, 3, 0.30, 0.95),
        (3, 2, 0.21, 0.94),
        (2, 2, 0.34, 1.0),
    )
    return tuple(
        LocalBin(
            place / 10,
            (place + 1) / 10,
            films,
            ill,
            place / 10 + 0.05,
            Measured(ill / films, low, high),
        )
        for place, (films, ill, low, high) in enumerate(rows)
    )


def sample_finding(**changes: object) -> LocalFinding:
    """Return what 412 films say of the first finding."""
    made = LocalFinding(
        key="opacity",
        name="Mass-like opacity",
        column="opacity",
        films=412,
        with_finding=50,
        patients=377,
        prevalence=Measured(0.121, 0.093, 0.156),
        auroc=Measured(0.79, 0.72, 0.86),
        withheld="",
        calibration=Calibration(slope=0.5, intercept=-1.0, films=412, with_finding=50),
        method="platt",
        why="fewer than 1,000 films",
        threshold=0.31,
        operating_point=replace(POINT, rule="sensitivity at least 0.80"),
        threshold_withheld="",
        conformal=None,
        conformal_withheld="fewer than 100 films with the finding",
        reliability=sample_bins(),
        shipped_reliability=sample_bins(),
        ece=0.022,
        shipped_ece=0.187,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def sample_calibration(card: ModelCard, *findings: LocalFinding) -> LocalCalibration:
    """Return an unsigned calibration of the model."""
    return LocalCalibration(
        model_id=card.model_id,
        model_version=card.version,
        weights_sha256=card.sha256,
        logit_sha256=logit_digest(card),
        site="Sankt Josef",
        validated_on="2026-03-02",
        validated_by="K. Lind",
        data_fingerprint="ab" * 32,
        films=415,
        refused=3,
        findings=findings or (sample_finding(),),
    )
