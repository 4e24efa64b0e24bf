from dataclasses import replace
from pathlib import Path

import pytest

from inference.eligibility import exclusion_reasons, parts_in_words
from inference.model_card import InclusionRules, read_manifest
from studies.model import GrayscaleParameters, ImageHeader

CHEST = ImageHeader(
    path=Path("film.dcm"),
    frame=0,
    sop_instance_uid="1.2.3",
    sop_class_uid="",
    series_instance_uid="1.2",
    study_instance_uid="1",
    modality="CR",
    rows=2000,
    columns=1800,
    grayscale=GrayscaleParameters("MONOCHROME2", 12, 0),
    body_part="CHEST",
    view_position="PA",
    age_years=54.0,
)


@pytest.fixture
def card(model_folder):
    return read_manifest(model_folder)


def test_that_a_frontal_chest_film_of_an_adult_may_run(card):
    assert exclusion_reasons(CHEST, card) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"view_position": "LL"}, "lateral view"),
        ({"view_position": "lateral"}, "lateral view"),
        ({"view_position": "LLO"}, "view is LLO; the model reads PA, AP"),
        ({"age_years": 12.4}, "patient is 12 years old"),
        ({"age_years": 1.9}, "patient is 1 year old"),
        ({"age_years": 0.4}, "patient is under 1 year old"),
        ({"modality": "CT"}, "modality is CT; the model reads CR, DX"),
        (
            {"body_part": "EXTREMITY"},
            "body part is extremity; the model reads chest, thorax",
        ),
        ({"columns": 200}, "image is 200 x 2000 px; the model needs 224 px a side"),
        ({"frames": 3}, "3 frames; the model reads single films"),
    ],
)
def test_that_an_excluded_film_is_told_why(card, change, reason):
    assert exclusion_reasons(replace(CHEST, **change), card) == (reason,)


def test_that_every_reason_is_told(card):
    header = replace(CHEST, view_position="LL", age_years=12.0)
    assert exclusion_reasons(header, card) == (
        "lateral view",
        "patient is 12 years old",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"view_position": ""},
        {"age_years": None},
        {"age_years": 16.0},
        {"body_part": ""},
        {"body_part": "chest"},
        {"modality": ""},
        {"modality": "OT", "is_dicom": False},
        {"rows": 224, "columns": 224},
    ],
)
def test_that_what_the_header_does_not_say_excludes_nothing(card, change):
    assert exclusion_reasons(replace(CHEST, **change), card) == ()


PICTURE = replace(CHEST, is_dicom=False, modality="OT")


def test_that_a_picture_without_a_header_needs_a_model_that_names_its_kind(card):
    silent = replace(card, inclusion=replace(card.inclusion, any_image=False))
    assert exclusion_reasons(PICTURE, silent) == (
        "not a DICOM image; the model does not say what kind of image it reads",
    )
    assert exclusion_reasons(CHEST, silent) == ()
    named = replace(silent, inclusion=replace(silent.inclusion, kind="frontal chest"))
    assert exclusion_reasons(PICTURE, named) == ()
    assert exclusion_reasons(PICTURE, replace(silent, task="gate")) == ()


def test_that_a_model_that_reads_any_image_gets_a_picture_too(card):
    assert card.inclusion.any_image
    assert exclusion_reasons(PICTURE, card) == ()


def test_that_empty_rules_allow_all(card):
    free = replace(card, inclusion=InclusionRules((), (), (), None, 0))
    header = replace(CHEST, modality="MR", body_part="KNEE", view_position="LL")
    assert exclusion_reasons(header, free) == ()


@pytest.mark.parametrize("part", ["ANKLE", "FOOT", "KNEE", "LEG"])
def test_that_a_limb_that_was_not_trained_on_is_told_so(card, part):
    rules = replace(card.inclusion, kind="limb", body_parts=("WRIST", "HAND"))
    header = replace(CHEST, body_part=part, view_position="")
    assert exclusion_reasons(header, replace(card, inclusion=rules)) == (
        f"outside what it was trained on: body part is {part.lower()}",
    )


BRAIN = replace(CHEST, modality="MR", body_part="BRAIN", view_position="")
BRAIN_RULES = InclusionRules(
    ("MR",), ("BRAIN", "HEAD"), (), kind="brain MR", sequences=("T1",), contrast=True
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"series_description": "AX T2 FLAIR"}, "sequence is FLAIR"),
        ({"series_description": "t2_tse_tra"}, "sequence is T2"),
        ({"sequence": "ep2d_diff DWI"}, "sequence is diffusion"),
        ({"series_description": "AX SWI"}, "sequence is SWI"),
        ({"series_description": "T2*_GRE"}, "sequence is SWI"),
        ({"series_description": "TOF 3D"}, "sequence is angiography"),
        ({"series_description": "AX PD"}, "sequence is PD"),
    ],
)
def test_that_another_mr_sequence_is_not_analysed(card, change, reason):
    model = replace(card, inclusion=BRAIN_RULES)
    assert exclusion_reasons(replace(BRAIN, **change), model) == (
        f"{reason}; the model reads T1",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"contrast": "NO"},
        {"contrast": "None"},
        {"series_description": "T1 without contrast"},
        {"series_description": "SAG T1 W/O"},
        {"series_description": "T1_pre_contrast"},
        {"series_description": "t1 nativ"},
        {"series_description": "T1 W/O GD"},
        {"series_description": "T1 WO CONTRAST POST OP"},
        {"contrast": "NO CONTRAST GIVEN"},
        {"contrast": "Gadovist: not given"},
    ],
)
def test_that_slices_without_contrast_agent_are_not_analysed(card, change):
    model = replace(card, inclusion=BRAIN_RULES)
    assert exclusion_reasons(replace(BRAIN, **change), model) == (
        "no contrast agent; the model reads contrast-enhanced images",
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"series_description": "AX T1 POST", "contrast": "GADAVIST"},
        {"series_description": "t1_mprage_sag_km"},
        {"series_description": "T1 FLAIR +C"},
        {"series_description": "AX T1 W/WO CONTRAST"},
        {"series_description": "AX T1 POST W & WO"},
        {"series_description": "T1 W W/O CONTRAST"},
        {"series_description": "T1 WITH AND WITHOUT CONTRAST"},
        {"series_description": "T1 POST W/O FS"},
        {"series_description": "T1 W/O FS +C"},
        {"series_description": "T1_Gd_wo_fs"},
        {"contrast": "GADAVIST, no contrast reaction"},
        {"sequence": "*tfl3d1_16ns"},
        {"frames": 20},
    ],
)
def test_that_t1_slices_and_those_that_do_not_say_may_run(card, change):
    model = replace(card, inclusion=BRAIN_RULES)
    assert exclusion_reasons(replace(BRAIN, **change), model) == ()


def test_that_a_film_is_not_asked_for_its_mr_sequence(card):
    header = replace(CHEST, series_description="T2 without contrast")
    assert exclusion_reasons(header, card) == ()


def test_that_the_many_names_of_an_arm_are_one_in_words():
    rules = InclusionRules(
        (), ("HAND", "WRIST", "ELBOW", "UPPERARM", "SHOULDER", "UPPERLIMB", "SKULL"), ()
    )
    assert parts_in_words(rules) == ("upper limb", "skull")
    assert parts_in_words(InclusionRules((), ("HAND", "WRIST"), ())) == (
        "hand",
        "wrist",
    )
