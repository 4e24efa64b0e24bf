"""Words and codes of a review: rejection reasons, missed findings, states.

Standard codes are those found in pydicom 3.0.2's dictionaries of DICOM content
items (a test looks each of them up again); where these have none, the code is
of our own scheme `SCHEME`, which every exported object declares.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.model_card import Code
from review.decision import RejectionReason, Verdict

SCHEME = "99OVERREAD"
SCHEME_NAME = "Overread concepts for the review of model findings"
SCHEME_VERSION = "1"
RESPONSIBLE = "Overread, a research project"


def own_code(value: str, meaning: str) -> Code:
    """Return a code of our own scheme."""
    return Code(SCHEME, value, meaning)


REJECTION_REASONS: tuple[RejectionReason, ...] = (
    RejectionReason(
        "overlap", "Overlap", own_code("R01", "Overlapping normal structures")
    ),
    RejectionReason("artefact", "Artefact", Code("DCM", "111207", "Image artifact(s)")),
    RejectionReason(
        "device", "Device", own_code("R03", "Device or foreign material, not disease")
    ),
    RejectionReason(
        "old_change", "Old change", own_code("R04", "Known or healed change")
    ),
    RejectionReason("wrong_place", "Wrong place", own_code("R05", "Wrong location")),
    RejectionReason("other", "Other", own_code("R06", "Other reason for rejection")),
)
"""The six reasons of ``Alt+1`` to ``Alt+6``, in this order."""


def rejection_reason(key: str) -> RejectionReason | None:
    """Return the reason named `key`; None for "" (none was given).

    Raises
    ------
    KeyError
        If there is no such reason.
    """
    if not key:
        return None
    for reason in REJECTION_REASONS:
        if reason.key == key:
            return reason
    raise KeyError(key)


@dataclass(frozen=True, slots=True)
class MissedFinding:
    """A finding offered when the reader adds one that the model missed."""

    name: str
    code: Code
    region: str


_CHEST: tuple[tuple[str, Code], ...] = (
    ("Pneumothorax", Code("SCT", "36118008", "Pneumothorax")),
    ("Pleural effusion", Code("SCT", "60046008", "Pleural effusion")),
    ("Pulmonary oedema", Code("SCT", "19242006", "Pulmonary edema")),
    ("Nodule", Code("SCT", "27925004", "Nodule")),
    ("Mass", Code("SCT", "4147007", "Mass")),
    ("Opacity", Code("DCM", "112001", "Opacity")),
    ("Infiltrate", Code("DCM", "112121", "Infiltrate")),
    ("Ground glass opacity", Code("DCM", "112120", "Ground glass opacity")),
    ("Miliary pattern", Code("DCM", "112129", "Miliary pattern")),
    ("Plate-like atelectasis", Code("SCT", "40779009", "Plate-like atelectasis")),
    ("Pneumomediastinum", Code("SCT", "16838000", "Pneumomediastinum")),
    ("Foreign body", Code("SCT", "19227008", "Foreign body")),
    ("Pneumonia", own_code("M01", "Pneumonia")),
    ("Tuberculosis pattern", own_code("M02", "Tuberculosis pattern")),
    ("COVID-19 pattern", own_code("M03", "COVID-19 pattern")),
    ("Consolidation", own_code("M04", "Consolidation")),
    ("Lobar collapse", own_code("M05", "Lobar collapse")),
    ("Cardiac enlargement", own_code("M06", "Cardiac enlargement")),
    ("Hilar enlargement", own_code("M07", "Hilar enlargement")),
    ("Free air under the diaphragm", own_code("M08", "Free subdiaphragmatic air")),
    ("Misplaced tube or line", own_code("M09", "Misplaced tube or line")),
)
_BONE: tuple[tuple[str, Code], ...] = (
    ("Fracture", own_code("F01", "Fracture")),
    ("Rib fracture", own_code("F02", "Fracture of rib")),
    ("Clavicle fracture", own_code("F03", "Fracture of clavicle")),
    ("Vertebral fracture", own_code("F04", "Fracture of vertebra")),
    ("Tibia fracture", own_code("F05", "Fracture of tibia")),
    ("Wrist fracture", own_code("F06", "Fracture at wrist")),
    ("Dislocation", own_code("F07", "Dislocation of joint")),
    ("Joint effusion", own_code("F08", "Joint effusion")),
    ("Bone lesion", own_code("F09", "Focal bone lesion")),
)
OTHER_FINDING = MissedFinding("Other finding", own_code("M99", "Other finding"), "any")

MISSED_FINDINGS: tuple[MissedFinding, ...] = (
    *(MissedFinding(name, code, "chest") for name, code in _CHEST),
    *(MissedFinding(name, code, "bone") for name, code in _BONE),
    OTHER_FINDING,
)
"""Offered when adding a finding; a free name goes with `OTHER_FINDING`'s code."""


def missed_findings(body_part: str) -> tuple[MissedFinding, ...]:
    """Return the findings to offer, those of the body part first.

    Parameters
    ----------
    body_part
        Body Part Examined (0018,0015); may be "".
    """
    region = "chest" if body_part.upper() in ("", "CHEST", "THORAX") else "bone"
    return tuple(
        sorted(MISSED_FINDINGS, key=lambda item: item.region not in (region, "any"))
    )


DECISION = own_code("D00", "Reader's decision on the finding")
CONFIRMED = own_code("D01", "Confirmed by reader")
REJECTED = own_code("D02", "Rejected by reader")
UNSURE = own_code("D03", "Reader is unsure")
MISSED = own_code("D04", "Missed by AI, added by reader")
NOT_DECIDED = own_code("D05", "AI result, not decided by a reader")
REJECTION_REASON = own_code("D10", "Reason for rejection")
REASON_NOT_GIVEN = own_code("R00", "Reason not given")
MEASURED_BY = own_code("L01", "Measured or marked by")
MEASURED_AT = own_code("L02", "Measured or marked at")
CARDIOTHORACIC_RATIO = own_code("L10", "Cardiothoracic ratio")
HEART_WIDTH = own_code("L11", "Transverse diameter of heart")
CHEST_WIDTH = own_code("L12", "Transverse diameter of chest")
OTHER_FIGURE = own_code("L19", "Other figure measured")
AT_DETECTOR = own_code("L20", "At detector, not corrected for magnification")

AI_STATUS = own_code("S00", "AI analysis status")

VERDICT_CODES: dict[Verdict, Code] = {
    Verdict.CONFIRMED: CONFIRMED,
    Verdict.REJECTED: REJECTED,
    Verdict.UNSURE: UNSURE,
}
