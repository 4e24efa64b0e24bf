"""Hanging protocols: which fits, what hangs where, what a bad file says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from studies.hanging_protocol import (
    Hanging,
    HangingProtocolError,
    LayoutName,
    hang,
    read_protocols,
    shipped_protocols,
)
from studies.model import (
    GrayscaleParameters,
    ImageHeader,
    Patient,
    Plane,
    Series,
    Study,
)

SEG = "1.2.840.10008.5.1.4.1.1.66.4"
JANE = Patient("P1", "Doe, Jane", None, "F")


def image(modality: str, uid: str, **changes) -> ImageHeader:
    header = ImageHeader(
        path=Path(f"{uid}.dcm"),
        frame=0,
        sop_instance_uid=uid,
        sop_class_uid="",
        series_instance_uid="",
        study_instance_uid="",
        modality=modality,
        rows=4,
        columns=4,
        grayscale=GrayscaleParameters("MONOCHROME2", 16, 1),
        spacing_mm=(1.0, 1.0),
    )
    return replace(header, **changes)


def series(*images: ImageHeader, description: str = "") -> Series:
    first = images[0]
    uid = f"s{first.sop_instance_uid}"
    return Series(uid, first.modality, description, 1, first.body_part, images)


def film(view: str = "", body_part: str = "CHEST", uid: str = "", **changes) -> Series:
    uid = uid or f"film-{view}"
    one = image("DX", uid, view_position=view, body_part=body_part, **changes)
    return series(one)


def slices(
    modality: str, description: str = "", count: int = 12, step: float = 2.0, **changes
) -> Series:
    axes = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
    images = [
        image(
            modality,
            f"{description}-{n}",
            instance_number=n,
            plane=Plane((0.0, 0.0, -step * n), *axes),
            **changes,
        )
        for n in range(count)
    ]
    return series(*images, description=description)


def study(*members: Series, year: int = 2026, patient: Patient = JANE) -> Study:
    began = datetime(year, 3, 1)  # noqa: DTZ001 - DICOM times have no zone
    return Study(f"1.{year}", patient, "", began, "", members)


def hung(current: Study, *priors: Study) -> Hanging:
    return hang(current, priors, shipped_protocols())


def descriptions(hanging: Hanging) -> list[str | None]:
    return [slot and slot.series.description for slot in hanging.slots]


def views(hanging: Hanging) -> list[str | None]:
    return [
        slot and slot.series.images[slot.index].view_position for slot in hanging.slots
    ]


# Films


def test_that_chest_pa_and_lateral_hang_side_by_side_the_frontal_one_first() -> None:
    found = hung(study(film("LL"), film("PA")))
    assert (found.protocol, found.layout) == ("Chest PA and lateral", LayoutName.TWO)
    assert views(found) == ["PA", "LL"]


def test_that_views_are_read_from_descriptions_where_the_header_is_silent() -> None:
    lateral = series(image("CR", "1", body_part="CHEST"), description="Thorax lat.")
    frontal = series(image("CR", "2", body_part="CHEST"), description="Chest PA")
    lateral = replace(lateral, description="Chest LAT")
    found = hung(study(lateral, frontal))
    assert found.protocol == "Chest PA and lateral"
    assert descriptions(found) == ["Chest PA", "Chest LAT"]


def test_that_two_images_of_one_series_are_two_films() -> None:
    both = series(
        image("DX", "1", view_position="LATERAL", body_part="CHEST"),
        image("DX", "2", view_position="AP", body_part="CHEST"),
    )
    found = hung(study(both))
    assert [slot.index for slot in found.slots] == [1, 0]


def test_that_a_film_hangs_beside_the_newest_prior_of_the_same_view() -> None:
    old = study(film("PA", uid="old"), year=2020)
    newer = study(film("LL", uid="n1"), film("AP", uid="n2"), year=2024)
    found = hung(study(film("PA")), old, newer)
    assert (found.protocol, found.linked) == ("Film with prior", True)
    assert [slot.study.study_instance_uid for slot in found.slots] == [
        "1.2026",
        "1.2024",
    ]
    assert views(found) == ["PA", "AP"]


def test_that_pa_and_lateral_hang_with_their_priors() -> None:
    prior = study(film("LL", uid="p1"), film("PA", uid="p2"), year=2024)
    found = hung(study(film("PA"), film("LL")), prior)
    assert found.layout is LayoutName.FOUR
    assert views(found) == ["PA", "PA", "LL", "LL"]
    years = [slot.study.study_instance_uid for slot in found.slots]
    assert years == ["1.2026", "1.2024", "1.2026", "1.2024"]


def test_that_a_prior_of_another_body_part_is_not_hung_beside() -> None:
    prior = study(film("PA", body_part="HAND", uid="hand"), year=2024)
    assert hung(study(film("PA")), prior).protocol == "One film"


@pytest.mark.parametrize(
    ("count", "layout"),
    [
        (1, LayoutName.ONE),
        (2, LayoutName.TWO),
        (3, LayoutName.FOUR),
        (6, LayoutName.FOUR),
    ],
)
def test_that_films_share_the_screen_by_their_number(count, layout) -> None:
    films = [film(body_part="HAND", uid=str(n)) for n in range(count)]
    found = hung(study(*films))
    assert found.layout is layout
    assert len(found.slots) == layout.places
    assert [s.series for s in found.slots if s] == films[: min(count, 4)]


def test_that_a_film_that_is_no_dicom_is_a_film() -> None:
    found = hung(study(series(image("", "png", is_dicom=False))))
    assert found.protocol == "One film"


# CT and MR


def test_that_a_ct_that_is_a_volume_hangs_in_three_planes() -> None:
    found = hung(study(slices("CT", "chest")))
    assert found.layout is LayoutName.MPR
    planes = [slot.plane for slot in found.slots]
    assert planes == ["axial", "sagittal", "coronal", "mip"]
    assert {slot.series.description for slot in found.slots} == {"chest"}


def test_that_a_ct_that_is_no_volume_hangs_as_it_was_acquired() -> None:
    gappy = slices("CT", "chest")
    gappy = replace(gappy, images=gappy.images[:4] + gappy.images[7:])
    found = hung(study(gappy))
    assert (found.protocol, found.layout) == ("CT", LayoutName.ONE)
    assert found.slots[0].plane == ""


def test_that_a_localiser_is_hung_after_what_it_localises() -> None:
    found = hung(study(slices("CT", "Topogram 0.6"), slices("CT", "chest")))
    assert {slot.series.description for slot in found.slots} == {"chest"}


def test_that_a_ct_hangs_beside_the_prior_that_is_most_alike() -> None:
    prior = study(slices("CT", "chest bone"), slices("CT", "chest lung"), year=2024)
    found = hung(study(slices("CT", "CHEST LUNG")), prior)
    assert (found.protocol, found.linked) == ("CT with prior", True)
    assert descriptions(found) == ["CHEST LUNG", "chest lung"]


def test_that_a_prior_without_a_ct_leaves_the_ct_its_three_planes() -> None:
    found = hung(study(slices("CT", "chest")), study(film("PA"), year=2024))
    assert found.layout is LayoutName.MPR


def test_that_mr_hangs_by_sequence() -> None:
    names = ["AX FLAIR", "T2_TSE_TRA", "T1 AX POST GD", "Localizer", "AX T1"]
    found = hung(study(*(slices("MR", name) for name in names)))
    assert found.protocol == "MR by sequence"
    wanted = ["AX T1", "T1 AX POST GD", "T2_TSE_TRA", "AX FLAIR"]
    assert descriptions(found) == wanted


def test_that_a_sequence_that_is_missing_leaves_its_place_empty() -> None:
    found = hung(study(slices("MR", "T2 tirm dark-fluid"), slices("MR", "t1_se")))
    assert descriptions(found) == ["t1_se", None, None, "T2 tirm dark-fluid"]


def test_that_sequences_are_read_from_the_header_too() -> None:
    one = slices("MR", "a", sequence="*se2d1 t1_se_tra SE")
    other = slices("MR", "b", sequence="*tse t2_tse_sag SE")
    assert descriptions(hung(study(one, other))) == ["a", None, "b", None]


def test_that_other_mr_hangs_its_first_four_series() -> None:
    names = ["one", "two", "three", "four", "five"]
    found = hung(study(*(slices("MR", name) for name in names)))
    assert descriptions(found) == ["one", "two", "three", "four"]


# Whatever else


def test_that_ultrasound_hangs_alone() -> None:
    clip = series(image("US", "1"), image("US", "2"))
    assert hung(study(clip)).layout is LayoutName.ONE


def test_that_segmentations_are_not_hung() -> None:
    drawn = series(image("SEG", "1", sop_class_uid=SEG))
    found = hung(study(drawn, film("PA")))
    assert [slot.series.modality for slot in found.slots] == ["DX"]


def test_that_a_study_of_a_segmentation_alone_is_shown() -> None:
    drawn = series(image("SEG", "1", sop_class_uid=SEG))
    assert hung(study(drawn)).slots[0].series is drawn


def test_that_a_prior_of_another_patient_is_refused() -> None:
    other = study(film("PA"), year=2024, patient=replace(JANE, patient_id="P2"))
    with pytest.raises(ValueError, match="another patient") as refused:
        hung(study(film("PA")), other)
    assert "Doe" not in str(refused.value)


def test_that_a_study_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="no image"):
        hung(study())


def test_that_a_study_that_no_protocol_fits_is_shown_all_the_same() -> None:
    only_us = '[[protocol]]\nname = "US"\nlayout = "1x1"\nslot = [{modality = ["US"]}]'
    found = hang(study(film("PA")), (), read_protocols(only_us, "site.toml"))
    assert (found.protocol, found.layout) == ("", LayoutName.ONE)
    assert found.slots[0].series.modality == "DX"


def test_that_a_slot_keeps_the_preset_of_the_file() -> None:
    text = '[[protocol]]\nname="A"\nlayout="1x1"\nslot=[{preset="lung"}]'
    found = hang(study(slices("CT")), (), read_protocols(text, "site.toml"))
    assert found.slots[0].preset == "lung"


# The file

HEAD = '[[protocol]]\nname = "A"\nlayout = "1x2"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[protocol]]\nname = "A"\nlayout = "3x3"',
            'line 1: layout is "3x3"; allowed: 1x1, 1x2, 2x2, mpr',
        ),
        ('\n\n[[protocol]]\nname = "A"', "line 3: layout is missing"),
        (HEAD, '"A" has 0 slots; allowed: 1 to 2 in 1x2'),
        (HEAD + "slot = [{}, {}, {}]", '"A" has 3 slots; allowed: 1 to 2 in 1x2'),
        (
            HEAD + "slot = [{}, {veiw = ['PA']}]",
            'slot 2: unknown key "veiw"; allowed: study',
        ),
        (HEAD + "slot = [{like = 1}]", "slot 1: like is 1; allowed: 0 to 0"),
        (HEAD + "slot = [{plane = 'oblique'}]", 'plane is "oblique"; allowed: axial'),
        (HEAD + "slot = [{preset = 'lnug'}]", 'preset is "lnug"; allowed: lung'),
        (
            HEAD + "slot = [{study = 'next'}]",
            'study is "next"; allowed: current, prior',
        ),
        (HEAD + "slot = [{modality = 'CT'}]", "modality is 'CT'; allowed: a list of"),
        (
            HEAD + "slot = [{}]\nwhen = {prior = 1}",
            "when: prior is 1; allowed: true or",
        ),
        (HEAD + "slot = [{}]\nwhen = {images = -1}", "images is -1; allowed: 0 to"),
        (HEAD + "slot = [{}]\nat_least = 2", "at_least is 2; allowed: 0 to 1"),
        (HEAD + "slot = 3", "slot is 3; allowed: a list of tables"),
        (HEAD + "slot = [{}]\nlinkd = true", 'unknown key "linkd"; allowed: name'),
        ("layout = '1x1'", 'unknown key "layout"; allowed: [[protocol]]'),
        ("[[protocol]\n", "it is no TOML: Expected"),
    ],
)
def test_that_a_file_that_cannot_be_used_says_where_and_what(text, message) -> None:
    with pytest.raises(HangingProtocolError) as refused:
        read_protocols(text, "site.toml")
    assert str(refused.value).startswith("site.toml")
    assert message in str(refused.value)


def test_that_the_second_protocol_is_named_by_its_own_line() -> None:
    good = '[[protocol]]\nname = "A"\nlayout = "1x1"\nslot = [{}]\n'
    with pytest.raises(HangingProtocolError, match=r"site.toml, line 6: name is"):
        read_protocols(good + '\n[[protocol]]\nlayout = "1x1"\n', "site.toml")
