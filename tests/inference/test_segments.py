from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.model_card import Code, read_manifest
from inference.model_outputs import SegmentSpec
from inference.preprocess import Placement
from inference.segments import (
    Segment,
    image_mask,
    series_volume,
    to_segments,
    volume_ml,
)
from studies.model import GrayscaleParameters, ImageHeader, Plane

CODE = Code("SCT", "108369006", "Neoplasm")
TUMOUR = SegmentSpec("tumour", "Tumour", CODE, 0.5)
# Cells of 2 x 2 pixels.
WHOLE = Placement(8, 8, (0, 0, 8, 8), (4, 4))


def plane(*cells: tuple[int, int]) -> np.ndarray:
    logits = np.full((4, 4), -9.0, np.float32)
    for row, column in cells:
        logits[row, column] = 9.0
    return logits


def header(z: float, number: int = 1) -> ImageHeader:
    return ImageHeader(
        path=Path("slice.dcm"),
        frame=0,
        sop_instance_uid=f"1.2.{number}",
        sop_class_uid="",
        series_instance_uid="1.2",
        study_instance_uid="1",
        modality="MR",
        rows=8,
        columns=8,
        grayscale=GrayscaleParameters("MONOCHROME2", 16, 0),
        spacing_mm=(0.5, 0.5),
        instance_number=number,
        plane=Plane((0.0, 0.0, z), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    )


def segment(pixels: int) -> tuple[Segment, ...]:
    mask = np.zeros((8, 8), np.bool_)
    mask.flat[:pixels] = True
    return (Segment("tumour", "Tumour", CODE, mask, pixels, None, 0.5),)


@pytest.fixture
def card(model_folder: Path):
    return replace(read_manifest(model_folder), segments=(TUMOUR,))


def test_that_a_pixel_belongs_to_the_segment_from_the_threshold_on():
    # Cells of one value: sigmoid(0) = 0.5 is enough, anything below is not.
    flat = np.zeros((4, 4), np.float32)
    assert image_mask(flat, TUMOUR, WHOLE).all()
    assert not image_mask(flat, replace(TUMOUR, threshold=0.51), WHOLE).any()


def test_that_the_edge_is_interpolated_between_cells():
    # Columns of cells -9, -9, 9, 9 have their centres at pixels 2.0 and 4.0 of
    # the edge: the zero lies at pixel 4.0, so that half of the 8 columns are in.
    mask = image_mask(plane(*((r, c) for r in range(4) for c in (2, 3))), TUMOUR, WHOLE)
    assert mask.sum() == 32
    assert mask[:, 4:].all()


def test_that_parts_of_too_few_cells_are_left_out():
    logits = plane((0, 0), (0, 1), (3, 3))
    mask = image_mask(logits, replace(TUMOUR, minimum_pixels=2), WHOLE)
    assert mask[:2, :4].any()
    assert not mask[4:, 4:].any()


def test_that_nothing_is_marked_on_the_padding_of_a_letterboxed_image():
    # An image of 4 x 8 in a square that begins two rows above it.
    placement = Placement(4, 8, (-2, 0, 8, 8), (4, 4))
    # Cell row 1 covers rows 2 and 3 of the square, rows 0 and 1 of the image.
    mask = image_mask(plane(*((1, c) for c in range(4))), TUMOUR, placement)
    assert mask.shape == (4, 8)
    assert mask[0].all()
    assert not mask[3].any()


def test_that_nothing_is_marked_outside_a_cut_out_region():
    placement = Placement(16, 16, (4, 4, 8, 8), (4, 4))
    mask = image_mask(np.full((4, 4), 9.0, np.float32), TUMOUR, placement)
    assert mask.sum() == 64
    assert mask[4:12, 4:12].all()


def test_that_the_area_is_pixels_times_spacing(card):
    logits = np.full((1, 4, 4), 9.0, np.float32)
    (found,) = to_segments(logits, card, WHOLE, (0.5, 0.25))
    assert found.pixels == 64
    assert found.area_mm2 == 8.0
    assert not found.mask.flags.writeable


def test_that_there_is_no_area_without_spacing(card):
    (found,) = to_segments(np.zeros((1, 4, 4), np.float32), card, WHOLE, None)
    assert found.area_mm2 is None


def test_that_another_number_of_planes_is_refused(card):
    with pytest.raises(ValueError, match="2 mask planes for 1 segments"):
        to_segments(np.zeros((2, 4, 4), np.float32), card, WHOLE, None)


def test_that_a_volume_is_count_times_voxel_volume():
    # 1000 voxels of 0.5 x 0.5 x 4 mm = 1 mm3 each: 1 mL.
    assert volume_ml(1000, (0.5, 0.5, 4.0)) == 1.0


def test_that_the_slices_of_a_series_are_summed_to_a_volume():
    # 10 + 0 + 30 pixels of 0.5 x 0.5 mm, slices 5 mm apart: 40 x 1.25 mm3.
    headers = [header(0, 1), header(5, 2), header(10, 3)]
    volume = series_volume("tumour", headers, [segment(10), segment(0), segment(30)])
    assert volume.pixels == 40
    assert volume.millilitres == 0.05
    assert volume.reason == ""


def test_that_slices_unevenly_apart_give_no_volume():
    headers = [header(z, n) for n, z in enumerate((0, 5, 10, 15, 30))]
    volume = series_volume("tumour", headers, [segment(1)] * 5)
    assert volume.millilitres is None
    assert volume.reason == "Slices are missing: 2 in 1 gap"


def test_that_a_slice_without_a_place_gives_no_volume():
    headers = [header(0), replace(header(5), plane=None), header(10)]
    volume = series_volume("tumour", headers, [segment(1)] * 3)
    assert (volume.millilitres, volume.reason) == (None, "No position in the patient")


def test_that_slices_without_spacing_give_no_volume():
    headers = [replace(header(z), spacing_mm=None) for z in (0, 5, 10)]
    volume = series_volume("tumour", headers, [segment(1)] * 3)
    assert (volume.millilitres, volume.reason) == (None, "No pixel spacing")


def test_that_a_slice_that_was_not_analysed_leaves_no_volume():
    headers = [header(0, 1), header(5, 2), header(10, 3)]
    volume = series_volume("tumour", headers, [segment(10), None, segment(30)])
    assert volume.millilitres is None
    assert volume.reason == "1 of 3 slices were not analysed"
    assert volume.pixels == 40


def test_that_results_and_slices_must_be_as_many():
    with pytest.raises(ValueError, match="1 results for 2 slices"):
        series_volume("tumour", [header(0), header(5)], [segment(1)])
