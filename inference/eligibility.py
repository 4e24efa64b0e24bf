"""Whether a model may run on an image, by the inclusion rules of its manifest."""

from __future__ import annotations

from inference.model_card import InclusionRules, ModelCard
from inference.mr_rules import mr_reasons
from studies.model import ImageHeader

_LATERAL = frozenset({"LL", "RL", "LATERAL", "LAT", "LLD", "RLD"})

_ARMS = frozenset(
    {
        *("SHOULDER", "CLAVICLE", "SCAPULA", "HUMERUS", "ARM", "UPPER ARM", "ELBOW"),
        *("FOREARM", "RADIUS", "ULNA", "WRIST", "HAND", "FINGER", "THUMB"),
        *("UPPERARM", "RADIUS AND ULNA", "UPPER LIMB", "UPPERLIMB"),
        *("UPPER EXTREMITY", "UPPEREXTREMITY"),
    }
)
_LIMBS = _ARMS | frozenset(
    {
        *("HIP", "FEMUR", "THIGH", "LEG", "UPPER LEG", "LOWER LEG", "KNEE", "PATELLA"),
        *("TIBIA", "FIBULA", "ANKLE", "FOOT", "CALCANEUS", "HEEL", "TOE"),
        *("EXTREMITY", "LOWER EXTREMITY"),
    }
)
"""Body Part Examined (0018,0015) of limbs, PS3.16 annex L without blanks removed."""


def exclusion_reasons(header: ImageHeader, card: ModelCard) -> tuple[str, ...]:
    """Say why the model must not run on this image.

    A rule about something that the header does not state excludes nothing.

    Returns
    -------
    Reasons in words that follow "Not analysed: ", for example
    ``"lateral view"`` and ``"patient is 12 years old"``; empty if it may run.
    """
    rules = card.inclusion
    found = (
        _picture(header, card),
        _modality(header, rules),
        _body_part(header, rules),
        _view(header, rules),
        *mr_reasons(header, rules),
        _age(header, rules),
        _size(header, rules),
        _frames(header, rules),
    )
    return tuple(reason for reason in found if reason is not None)


def _picture(header: ImageHeader, card: ModelCard) -> str | None:
    # Without a kind no input gate looks at the picture, and it has no header.
    rules = card.inclusion
    if header.is_dicom or rules.kind or rules.any_image or card.task == "gate":
        return None
    return "not a DICOM image; the model does not say what kind of image it reads"


def made_for_others(header: ImageHeader, card: ModelCard) -> bool:
    """Whether modality or body part tell that a model was made for other images.

    False for a limb that a model for limbs was not trained on: the reader who asks
    that model has to be told why it is silent.
    """
    rules = card.inclusion
    part = header.body_part.upper()
    own_limb = rules.kind == "limb" and part in _LIMBS
    other_part = _body_part(header, rules) is not None and not own_limb
    return other_part or _modality(header, rules) is not None


def parts_in_words(rules: InclusionRules) -> tuple[str, ...]:
    """Return the body parts that a model reads; an arm's many names are one."""
    arms = [part for part in rules.body_parts if part.upper() in _ARMS]
    several = len(arms) > 4
    named = [part for part in rules.body_parts if not (several and part in arms)]
    return (*(["upper limb"] if several else []), *(part.lower() for part in named))


def _modality(header: ImageHeader, rules: InclusionRules) -> str | None:
    modality = header.modality.upper()
    if not header.is_dicom or not modality or not rules.modalities:
        return None
    if modality in rules.modalities:
        return None
    return f"modality is {modality}; the model reads {', '.join(rules.modalities)}"


def _body_part(header: ImageHeader, rules: InclusionRules) -> str | None:
    part = header.body_part.upper()
    if not part or not rules.body_parts or part in rules.body_parts:
        return None
    if rules.kind == "limb" and part in _LIMBS:
        return f"outside what it was trained on: body part is {part.lower()}"
    wanted = ", ".join(parts_in_words(rules))
    return f"body part is {part.lower()}; the model reads {wanted}"


def _view(header: ImageHeader, rules: InclusionRules) -> str | None:
    view = header.view_position.upper()
    if not view or not rules.views or view in rules.views:
        return None
    if view in _LATERAL:
        return "lateral view"
    return f"view is {view}; the model reads {', '.join(rules.views)}"


def _age(header: ImageHeader, rules: InclusionRules) -> str | None:
    age, minimum = header.age_years, rules.minimum_age_years
    if age is None or minimum is None or age >= minimum:
        return None
    if age < 1.0:
        return "patient is under 1 year old"
    years = int(age)
    return f"patient is {years} year{'s' if years > 1 else ''} old"


def _size(header: ImageHeader, rules: InclusionRules) -> str | None:
    if min(header.rows, header.columns) >= rules.minimum_side_px:
        return None
    return (
        f"image is {header.columns} x {header.rows} px;"
        f" the model needs {rules.minimum_side_px} px a side"
    )


def _frames(header: ImageHeader, rules: InclusionRules) -> str | None:
    # The frames of an Enhanced MR Image are the slices that a brain model reads.
    if header.frames <= 1 or rules.kind == "brain MR":
        return None
    return f"{header.frames} frames; the model reads single films"
