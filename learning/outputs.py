"""What each output of the bundled chest model means: name, code, note."""

from __future__ import annotations

from dataclasses import dataclass

from inference.model_card import Code


@dataclass(frozen=True, slots=True)
class Output:
    """One label of `learning.films.LABELS`, as the manifest will name it."""

    name: str
    code: Code
    can_be_flagged: bool = True
    note: str = ""


_ONE = (
    "Labels mined from the reports of one hospital; how well it does at another was"
    " not measured."
)

OUTPUTS = {
    "covid": Output(
        "COVID-19 pattern",
        # SNOMED CT codes the disease, not a pattern on a film: claiming the
        # disease from a film alone would say more than the model can.
        Code("99OVERREAD", "COVID19-PATTERN", "COVID-19 pattern on radiograph"),
        note="A pattern on a film, not a diagnosis: a laboratory test makes that.",
    ),
    "pneumonia": Output("Pneumonia", Code("SCT", "233604007", "Pneumonia")),
    "tuberculosis": Output(
        "Tuberculosis",
        Code("SCT", "154283005", "Pulmonary tuberculosis"),
        note="All positive training films come from one collection; how well it"
        " does on another was not measured.",
    ),
    "effusion": Output(
        "Pleural effusion", Code("SCT", "60046008", "Pleural effusion"), note=_ONE
    ),
    "edema": Output(
        "Pulmonary oedema", Code("SCT", "19242006", "Pulmonary edema"), note=_ONE
    ),
    "infiltration": Output(
        "Infiltration", Code("SCT", "409609008", "Radiologic infiltrate"), note=_ONE
    ),
    "atelectasis": Output(
        "Atelectasis", Code("SCT", "46621007", "Atelectasis"), note=_ONE
    ),
    "consolidation": Output(
        "Consolidation", Code("SCT", "95436008", "Lung consolidation"), note=_ONE
    ),
    "mass_nodule": Output(
        "Mass or nodule", Code("SCT", "309529002", "Lung mass"), note=_ONE
    ),
    "normal": Output(
        "No finding",
        Code("DCM", "111286", "No abnormality"),
        can_be_flagged=False,
        note="The complement of what the reports mention; not a normal report.",
    ),
}
