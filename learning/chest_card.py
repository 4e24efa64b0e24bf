"""What the chest model's manifest says in words, and what does not change."""

from __future__ import annotations

from typing import Any

from inference.model_card import ExplainSpec, InclusionRules
from learning.network import ARCHITECTURE

INTENDED_USE = (
    "To show a reader what such a model claims, with its evidence, on frontal chest"
    " radiographs of adults. Research use only."
)
DO_NOT_USE = (
    "Not for diagnosis, triage or any decision on a patient; not on children, lateral"
    " films, CT or other anatomy; not to rule anything out; not to tell COVID-19 from"
    " another pneumonia."
)
LABEL_ORIGIN = (
    "COVID-19: laboratory test or statement of the source. Pneumonia, no finding and"
    " the other findings of nih: mined from reports by software (noisy). No finding of"
    " rsna_normal: read by radiologists. Tuberculosis: statement of its collection."
)
MISSING = (
    "Tuberculosis on a source that was not trained on: all positive films come from one"
    " collection. The findings of nih on another hospital's films. Prevalence of a"
    " clinic. Age, sex and view of bimcv_covid, rsna_normal and tb_rahman. The share of"
    " heatmaps that lie on the finding."
)
COMMANDS = (
    "python -m learning.chest_features --data DATA/cxr"
    " --gate resources/models/input-gate/weights.safetensors --output FEATURES.npz",
    "python -m learning.leave_one_out --features FEATURES.npz --output UNSEEN.json",
    "python -m learning.publish --data DATA/cxr --features FEATURES.npz"
    " --gate resources/models/input-gate/weights.safetensors"
    " --output resources/models/chest-findings",
    "overread evaluate --model chest-findings --data DATA/cxr --split test"
    " --output REPORT",
)
ATTRIBUTIONS = {
    "nih": "NIH ChestX-ray14, NIH Clinical Center; Wang et al. 2017",
    "rsna_normal": "RSNA Pneumonia Challenge normals; Shih et al. 2019, by the"
    " COVID-19 Radiography Database, Chowdhury et al. 2020",
    "bimcv_covid": "BIMCV-COVID19, Vaya et al. 2020, by the COVID-19 Radiography"
    " Database, Chowdhury et al. 2020, Rahman et al. 2021",
    "cohen": "COVID-19 image data collection, Cohen et al. 2020",
    "covid_cxnet": "COVID-CXNet, Haghanifar et al. 2020",
    "tb_rahman": "TB Chest Radiography Database, Rahman et al. 2020",
}
METHODS = ("grad-cam", "hirescam", "grad-cam++", "layercam", "eigen-cam")
INCLUSION = InclusionRules(
    modalities=("CR", "DX", "PX", "DR"),
    body_parts=("CHEST", "THORAX", "LUNG"),
    views=("PA", "AP"),
    minimum_age_years=18.0,
    minimum_side_px=200,
    kind="frontal chest",
)
SAME: dict[str, Any] = {
    "name": "Chest findings",
    "summary": "COVID-19 pattern, pneumonia, tuberculosis, findings of reports and no"
    " finding on frontal chest radiographs of adults. Research use only.",
    "manufacturer": "Overread",
    "licence": "Apache-2.0 (weights); see card.md for the terms of the training films",
    "architecture": ARCHITECTURE,
    "weights": "weights.safetensors",
    "explain": ExplainSpec("bn2", "classifier", METHODS),
    "inclusion": INCLUSION,
}
