import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from learning.brain_slices import (
    NEGATIVE,
    POSITIVE,
    UNKNOWN,
    BrainSlice,
    box_target,
    load_slices,
    mirrored,
    overlap,
    paste_mirrored,
)
from studies.errors import UnreadableFileError


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two slices of one collection in a zip of its name, one of another."""
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    mask = np.zeros((8, 8), np.uint8)
    mask[2:4, 3:6] = 255
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/1.png", png(image))
        archive.writestr("a/2.png", png(image))
        archive.writestr("a/1_mask.png", png(mask))
    (tmp_path / "labels.csv").write_text(
        "file,source,patient_id,diagnosis,tumour,split,mask_file,mask_note\n"
        "a/1.png,a,block00,meningioma,1,train,a/1_mask.png,drawn\n"
        "a/2.png,a,block01,no tumour,0,val,,\n"
        "b/1.png,b,,glioma,1,train,,\n"
    )
    (tmp_path / "boxes.csv").write_text("file,x,y,w,h\na/1.png,3.0,2.0,3.0,2.0\n")
    return tmp_path


def test_that_slices_are_read_with_type_box_mask_and_block(folder: Path) -> None:
    one, two = load_slices(folder, "a")
    assert (one.kind, one.block, one.mask_note) == (1, "block00", "drawn")
    assert one.box == (2.0, 3.0, 2.0, 3.0)
    assert one.mask is not None
    assert one.mask.sum() == 6
    assert (two.kind, two.box, two.mask) == (-1, None, None)
    assert one.image.shape == (8, 8)


def test_that_one_split_is_read_alone(folder: Path) -> None:
    assert [item.file for item in load_slices(folder, "a", "val")] == ["a/2.png"]


def test_that_a_slice_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"b\.zip"):
        load_slices(folder, "b")


def test_that_a_boxes_file_without_numbers_is_refused(folder: Path) -> None:
    (folder / "boxes.csv").write_text("file,x,y,w,h\na/1.png,left,2,3,2\n")
    with pytest.raises(UnreadableFileError, match=r"boxes\.csv"):
        load_slices(folder, "a")


def test_that_a_mask_says_all_of_a_slice(folder: Path) -> None:
    target = load_slices(folder, "a")[0].target
    assert (target == POSITIVE).sum() == 6
    assert (target == NEGATIVE).sum() == 58


def test_that_a_slice_without_box_holds_nothing(folder: Path) -> None:
    assert (load_slices(folder, "a")[1].target == NEGATIVE).all()


def test_that_a_box_says_its_core_its_outside_and_nothing_between() -> None:
    # Box of 10 x 10 at (0, 0): half axes 5, centre (5, 5).
    target = box_target((12, 12), (0.0, 0.0, 10.0, 10.0))
    assert target[5, 5] == POSITIVE
    # Pixel (0, 5) is at (0.5, 5.5): radius 0.9 of the half axis, not the core.
    assert target[0, 5] == UNKNOWN
    # Corner pixel: radius 0.9 * sqrt(2) = 1.27, beyond the rim.
    assert target[0, 0] == NEGATIVE
    assert target[5, 11] == NEGATIVE


def test_that_a_box_has_its_like_on_the_other_side() -> None:
    assert mirrored((2.0, 1.0, 3.0, 4.0), 20) == (2.0, 15.0, 3.0, 4.0)


def test_that_boxes_that_touch_do_not_overlap() -> None:
    assert overlap((0, 0, 2, 2), (1, 1, 2, 2))
    assert not overlap((0, 0, 2, 2), (0, 2, 2, 2))


def test_that_a_region_is_painted_over_with_the_other_side() -> None:
    image = np.zeros((40, 40), np.uint8)
    image[15:20, 5:10] = 200
    painted = paste_mirrored(image, (15.0, 5.0, 5.0, 5.0))
    assert painted.max() == 0
    assert image.max() == 200


def test_that_a_slice_keeps_its_own_image_when_targets_are_made() -> None:
    image = np.zeros((8, 8), np.uint8)
    item = BrainSlice("f", "a", "train", "b", image, 0, (1.0, 1.0, 4.0, 4.0))
    assert item.target.shape == image.shape
    assert image.max() == 0
