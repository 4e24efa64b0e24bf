"""Segmentations of others over their images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies.discovery import discover
from studies.errors import ForeignObjectError, UnreadableFileError
from studies.marks import MadeBy, MarkKind, read_marks
from studies.model import OtherObject, Patient
from studies.reader import read_image

ONE, TWO, THREE = (("1.2.3.1", 0), ("1.2.3.2", 0), ("1.2.3.3", 0))


def pixels(mask: np.ndarray) -> list[tuple[int, int]]:
    return [(int(r), int(c)) for r, c in np.argwhere(mask == 255)]


def test_that_a_binary_segment_lies_on_the_image_it_was_made_from(
    folder: Any, build: Any
) -> None:
    folder.segmentation(
        [build.mask_of((1, 2), (3, 5)), build.mask_of((0, 0))],
        heights=(3.0, 0.0),
        sources=["1.2.3.2", "1.2.3.1"],
    )
    _, found = folder.open()
    assert set(found.by_image) == {ONE, TWO}
    (mark,) = found.by_image[TWO]
    assert (mark.label, mark.kind) == ("Liver", MarkKind.SEGMENT)
    assert mark.made_by is MadeBy.AUTOMATIC
    assert pixels(mark.region.mask) == [(1, 2), (3, 5)]
    assert mark.region.patch.shape == (3, 4)
    assert found.not_drawn == ()


def test_that_a_segment_without_references_is_placed_by_its_geometry(
    folder: Any, build: Any
) -> None:
    folder.segmentation([build.mask_of((2, 4))], heights=(6.0,))
    _, found = folder.open()
    assert set(found.by_image) == {THREE}
    assert pixels(found.by_image[THREE][0].region.mask) == [(2, 4)]


def test_that_the_place_in_the_patient_outweighs_a_list_of_all_source_images(
    folder: Any, build: Any
) -> None:
    # Some writers name all images for all frames; then geometry decides.
    named = [build.image_reference(f"1.2.3.{n}") for n in (1, 2, 3)]
    folder.segmentation(
        [build.mask_of((2, 4))], heights=(3.0,), SourceImageSequence=named
    )
    assert set(folder.open()[1].by_image) == {TWO}


def test_that_a_frame_between_two_slices_is_not_drawn_and_said(
    folder: Any, build: Any
) -> None:
    # Slices are 3 mm apart: 9 mm is 3 mm beyond the last, half a slice is 1.5.
    folder.segmentation([build.mask_of((2, 4))] * 2, heights=(9.0, 7.4))
    _, found = folder.open()
    assert set(found.by_image) == {THREE}
    assert found.not_drawn == ("Liver, frames: 1 lie on no image of this study.",)


def test_that_missing_source_images_are_said(folder: Any, build: Any) -> None:
    folder.segmentation([build.mask_of((2, 4))], heights=None, sources=["1.2.3.4.5"])
    _, found = folder.open()
    assert found.by_image == {}
    assert found.not_drawn == (
        "Liver, frames: 1 are of images that are not in this study.",
    )


def test_that_a_frame_without_a_place_is_drawn_over_its_one_source_image(
    folder: Any, build: Any
) -> None:
    folder.segmentation([build.mask_of((2, 4))], heights=None, sources=["1.2.3.2"])
    assert set(folder.open()[1].by_image) == {TWO}


def test_that_another_grid_without_a_place_is_not_drawn(folder: Any) -> None:
    mask = np.ones((3, 3), np.uint8)
    folder.segmentation([mask], heights=None, sources=["1.2.3.2"])
    _, found = folder.open()
    assert found.by_image == {}
    assert "another grid" in found.not_drawn[0]


def test_that_a_coarser_grid_is_resampled_by_geometry(folder: Any) -> None:
    # 2 x 3 pixels of 4 x 2 mm over 4 x 6 of 2 x 1: each covers two by two. Its first
    # centre is 1 mm below and 0.5 mm beside the first centre of the image.
    mask = np.array([[0, 1, 0], [0, 0, 0]], np.uint8)
    folder.segmentation([mask], heights=(0.0,), spacing=(4.0, 2.0),
                        position=(10.5, 21.0))  # fmt: skip
    found = folder.open()[1].by_image[ONE][0]
    assert pixels(found.region.mask) == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_that_a_grid_turned_about_is_turned_back(folder: Any, build: Any) -> None:
    # Rows run from left to right and columns upwards: pixel (0, 0) of the mask is
    # the image's last, (3, 5), at (15, 26).
    folder.segmentation(
        [build.mask_of((0, 0), (0, 2))],
        heights=(0.0,),
        position=(15.0, 26.0),
        orientation=[-1.0, 0.0, 0.0, 0.0, -1.0, 0.0],
    )
    found = folder.open()[1].by_image[ONE][0]
    assert pixels(found.region.mask) == [(3, 3), (3, 5)]


def test_that_a_fractional_segment_is_scaled_by_its_maximum(folder: Any) -> None:
    mask = np.zeros((4, 6), np.uint8)
    mask[1, 1:4] = (20, 50, 100)
    folder.segmentation(
        [mask], heights=(0.0,), kind="FRACTIONAL", MaximumFractionalValue=100,
        SegmentationFractionalType="PROBABILITY",
    )  # fmt: skip
    region = folder.open()[1].by_image[ONE][0].region
    assert region.fractional
    # 0.2, 0.5 and 1 of 255: 51, 127.5 (to even) and 255.
    assert region.patch.tolist() == [[51, 128, 255]]


@pytest.mark.parametrize("palette", [False, True])
def test_that_the_values_of_a_label_map_are_segment_numbers(
    folder: Any, build: Any, palette: bool
) -> None:
    values = np.zeros((4, 6), np.uint8)
    values[0, 0], values[1, 1], values[2, 2] = 1, 2, 7
    table = np.zeros(256, np.uint16).tobytes()
    colours: dict[str, object] = {}
    if palette:
        colours = {"PhotometricInterpretation": "PALETTE COLOR"}
        for name in ("Red", "Green", "Blue"):
            colours[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
            colours[f"{name}PaletteColorLookupTableData"] = table
    folder.segmentation(
        [values],
        heights=(0.0,),
        kind="LABELMAP",
        segments=[build.segment(1, "Liver"), build.segment(2, "Spleen")],
        **colours,
    )
    _, found = folder.open()
    drawn = {mark.label: pixels(mark.region.mask) for mark in found.by_image[ONE]}
    assert drawn == {"Liver": [(0, 0)], "Spleen": [(1, 1)]}
    assert found.not_drawn == (
        "Frames: 1 hold values that are no segment of the list.",
    )


def test_that_two_frames_of_a_segment_on_one_image_are_joined(
    folder: Any, build: Any
) -> None:
    masks = [build.mask_of((0, 0)), build.mask_of((3, 5))]
    folder.segmentation(masks, heights=(0.0, 0.5))
    (mark,) = folder.open()[1].by_image[ONE]
    assert pixels(mark.region.mask) == [(0, 0), (3, 5)]


def test_that_a_frame_of_an_unknown_segment_is_said(folder: Any, build: Any) -> None:
    folder.segmentation([build.mask_of((0, 0))], heights=(0.0,), numbers=[4])
    _, found = folder.open()
    assert found.by_image == {}
    assert found.not_drawn == ("Frames: 1 belong to no segment of the list.",)


def test_that_a_segment_is_called_by_its_coded_type(folder: Any, build: Any) -> None:
    coded = build.segment(
        1,
        "seg1",
        SegmentedPropertyTypeCodeSequence=build.code("64033007", "SCT", "Kidney"),
        SegmentedPropertyTypeModifierCodeSequence=build.code(
            "24028007", "SCT", "Right"
        ),
        SegmentAlgorithmName="Net 3",
    )
    folder.segmentation([build.mask_of((0, 0))], heights=(0.0,), segments=[coded])
    (mark,) = folder.open()[1].by_image[ONE]
    assert (mark.label, mark.detail) == ("Kidney, right", "seg1")
    assert mark.algorithm == "Net 3"


def test_that_up_to_three_segments_wear_the_designs_colours(
    folder: Any, build: Any
) -> None:
    segments = [build.segment(n, f"S{n}") for n in (1, 2)]
    masks = [build.mask_of((0, 0)), build.mask_of((1, 1))]
    folder.segmentation(masks, heights=(0.0, 0.0), numbers=[1, 2], segments=segments)
    marks = folder.open()[1].marks
    assert [m.colour for m in marks] == [(0x56, 0xB4, 0xE9), (0xF0, 0xE4, 0x42)]


def test_that_more_segments_wear_their_own_colours(folder: Any, build: Any) -> None:
    white = [65535, 32896, 32896]
    segments = [
        build.segment(n, f"S{n}", RecommendedDisplayCIELabValue=white)
        for n in (1, 2, 3, 4)
    ]
    masks = [build.mask_of((0, n)) for n in range(4)]
    folder.segmentation(
        masks, heights=(0.0,) * 4, numbers=[1, 2, 3, 4], segments=segments
    )
    assert {m.colour for m in folder.open()[1].marks} == {(255, 255, 255)}


def test_that_another_patients_object_is_refused(folder: Any, build: Any) -> None:
    path = folder.segmentation([build.mask_of((0, 0))], PatientID="P2")
    study = folder.study()
    mine = OtherObject(path, "Segmentation", patient=study.patient)
    with pytest.raises(ForeignObjectError, match="another patient"):
        read_marks(mine, study)
    listed = OtherObject(path, "Segmentation", patient=Patient("P2", "", None, ""))
    with pytest.raises(ForeignObjectError, match="another patient"):
        read_marks(listed, study)


def test_that_a_file_exchanged_since_it_was_listed_is_refused(
    folder: Any, build: Any
) -> None:
    folder.segmentation([build.mask_of((0, 0))])
    study = folder.study()
    folder.segmentation([build.mask_of((0, 0))], SOPInstanceUID="1.2.3.71")
    with pytest.raises(ForeignObjectError, match="changed"):
        read_marks(study.objects[0], study)


def test_that_a_file_that_is_gone_is_an_error_with_its_name(
    folder: Any, build: Any
) -> None:
    path = folder.segmentation([build.mask_of((0, 0))])
    study = folder.study()
    path.unlink()
    with pytest.raises(UnreadableFileError, match=r"seg\.dcm"):
        read_marks(study.objects[0], study)


def test_that_the_liver_of_the_development_data_lies_on_the_liver(
    development_data: Path,
) -> None:
    study = discover([development_data / "dicom/ct_liver_3slice_with_seg"]).studies[0]
    found = read_marks(study.objects[0], study)
    assert len(found.by_image) == 3
    assert found.not_drawn == ()
    for header in study.images:
        key = (header.sop_instance_uid, header.frame)
        for mark in found.by_image.get(key, ()):
            inside = mark.region.mask == 255
            hounsfield = read_image(header).stored.astype(float)
            hounsfield += header.grayscale.rescale_intercept
            liver = np.median(hounsfield[inside])
            # Liver without contrast; beside it are muscle, fat (-100) and lung.
            assert 40 < liver < 60
            shifted = np.roll(inside, 150, axis=1)
            assert np.median(hounsfield[shifted]) < liver - 80
