"""The brain model's manifest, filled with its figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from inference.model_card import (
    ExplainSpec,
    FindingSpec,
    GateSpec,
    InclusionRules,
    Measured,
    ModelCard,
)
from inference.model_facts import KnownFailure, ModelFacts, TrainingSource
from learning.brain_measures import segment_spec
from learning.manifest_file import file_sha256
from learning.measures import Gate
from learning.train_brain import INPUT, SOURCE

METHODS = ("grad-cam", "hirescam", "grad-cam++", "layercam", "eigen-cam")


def to_card(
    folder: Path, specs: list[FindingSpec], gate: Gate, measured: dict[str, Any]
) -> ModelCard:
    """Return the manifest of the model."""
    masks = measured["masks"]
    crossed = masks["cross_fitted"]["all"]
    segment = replace(
        segment_spec(masks["threshold"]),
        dice=Measured(**crossed["dice"]),
        box_hit_rate=Measured(**crossed["box_hit_rate"]),
        note="Dice on the slices with a mask, which are easier than the others.",
    )
    return ModelCard(
        folder=folder,
        model_id="brain-tumour",
        version=measured["version"],
        name="Brain tumour on contrast-enhanced T1",
        summary=(
            "Marks the tumour on a contrast-enhanced T1 slice and tells glioma,"
            " meningioma and pituitary tumour apart. Research use only."
        ),
        manufacturer="Overread",
        licence="Apache-2.0 (weights); training slices CC BY 4.0, see card.md",
        architecture="overread:unet-lite0",
        weights="weights.safetensors",
        sha256=measured["sha256"],
        input=INPUT,
        explain=ExplainSpec(
            "attended",
            "head",
            METHODS,
        ),
        inclusion=InclusionRules(
            modalities=("MR",),
            body_parts=("BRAIN", "HEAD", "SKULL", "PITUITARY", "SELLA"),
            views=(),
            minimum_side_px=128,
            kind="brain MR",
            sequences=("T1",),
            contrast=True,
        ),
        findings=tuple(specs),
        gate=GateSpec(
            "gate.safetensors", file_sha256(folder / "gate.safetensors"), gate.scale
        ),
        task="segmentation",
        segments=(segment,),
        facts=_facts(measured),
    )


def _facts(measured: dict[str, Any]) -> ModelFacts:
    normals, films = measured["normals"], measured["slices"]
    return ModelFacts(
        intended_use=(
            "To show a reader what such a model claims on contrast-enhanced T1"
            " slices that hold a tumour, with its outline, area and type."
        ),
        do_not_use=(
            "To find or rule out a tumour; on other sequences, without contrast"
            " agent, after surgery; for metastases, lymphoma, abscess, which it"
            " never saw; for planning or follow-up."
        ),
        label_origin=(
            "Types and boxes as published with the collection; masks in part"
            " recovered from published figures, on easier slices."
        ),
        missing=(
            "No patient identifiers: split by blocks of file numbers. No normal"
            " slice of the same hospitals. No second collection. Planes, age and"
            " sex are unknown. Grades are mixed under glioma."
        ),
        training_sources=(
            TrainingSource(
                SOURCE,
                films["train"]["slices"],
                "CC BY 4.0",
                "J. Cheng, figshare 10.6084/m9.figshare.1512427",
            ),
        ),
        known_failures=(
            KnownFailure(
                "Marks something on a slice without a tumour",
                normals["falsely_marked"]["value"],
                normals["normal"],
                "Web collection of mixed sequences, never trained on.",
            ),
        ),
        commands=tuple(measured["commands"]),
    )
