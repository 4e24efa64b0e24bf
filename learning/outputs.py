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
    "normal": Output(
        "No finding",
        Code("DCM", "111286", "No abnormality"),
        can_be_flagged=False,
        note="The complement of what the reports mention; not a normal report.",
    ),
}
