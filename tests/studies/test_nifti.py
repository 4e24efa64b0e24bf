from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from studies import nifti
from studies.discovery import discover
from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.model import ImageHeader, Patient, Plane, Severity, SpacingSource
from studies.reader import read_header, read_image

# Steps of 2, 3 and 4 mm to the right, front and head, from (10, 20, 30) mm.
_RAS = [[2, 0, 0, 10], [0, 3, 0, 20], [0, 0, 4, 30], [0, 0, 0, 1]]


def _values(kind: type = np.int16, shape: tuple[int, ...] = (4, 3, 2)) -> np.ndarray:
    """Values 0, 1, 2 ... in the order of the last axis first."""
    return np.arange(np.prod(shape)).reshape(shape).astype(kind)


def _write(
    path: Path,
    values: np.ndarray,
    affine: object = _RAS,
    *,
    unit: str = "mm",
    second: bool = False,
    **fields: object,
) -> Path:
    import nibabel

    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    image = kind(values, np.array(affine, float))
    image.header.set_xyzt_units(unit)
    for name, value in fields.items():
        image.header[name] = value
    nibabel.save(image, path)
    return path


def _first(path: Path) -> ImageHeader:
    return read_header(path)[0]


def test_that_slices_of_the_third_axis_are_frames_of_one_series(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values())
    (study,) = discover([path]).studies
    (series,) = study.series
    # From the head to the feet: the file's k grows to the head.
    assert [image.frame for image in series.images] == [1, 0]
    assert {(i.rows, i.columns, i.frames) for i in series.images} == {(3, 4, 2)}
    assert study.patient == Patient("", "", None, "")
    assert study.description == series.description == "a.nii"


def test_that_a_volume_is_labelled_as_not_dicom(tmp_path) -> None:
    header = _first(_write(tmp_path / "a.nii", _values()))
    assert not header.is_dicom
    assert header.notices == ("not DICOM: no patient known",)


def test_that_slices_are_turned_to_left_and_back(tmp_path) -> None:
    # Voxel (3, 2, k) is the first pixel: x = 10 + 3 * 2 to the right is -16 to the
    # left, y = 20 + 2 * 3 to the front is -26 to the back.
    path = _write(tmp_path / "a.nii", _values())
    first, second = read_header(path)
    assert first.plane == Plane((-16, -26, 30), (1, 0, 0), (0, 1, 0))
    assert second.plane == Plane((-16, -26, 34), (1, 0, 0), (0, 1, 0))
    assert first.patient_orientation == ("L", "P")
    assert first.spacing_mm == (3, 2)
    assert first.spacing_source is SpacingSource.PIXEL_SPACING
    assert first.slice_thickness_mm == 4
    # Value of voxel (i, j, k) is 6 i + 2 j + k.
    assert read_image(first).stored.tolist() == [
        [22, 16, 10, 4],
        [20, 14, 8, 2],
        [18, 12, 6, 0],
    ]


def test_that_slices_that_lie_as_expected_are_not_turned(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values(), np.diag([-2.0, -3, 4, 1]))
    header = _first(path)
    assert header.plane == Plane((0, 0, 0), (1, 0, 0), (0, 1, 0))
    assert read_image(header).stored.tolist()[0] == [0, 6, 12, 18]


def test_that_a_coronal_volume_has_its_feet_below(tmp_path) -> None:
    # Columns to the left, rows to the head, slices to the front.
    affine = [[-1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    header = _first(_write(tmp_path / "a.nii", _values(), affine))
    assert header.patient_orientation == ("L", "F")
    assert header.plane == Plane((0, 0, 2), (1, 0, 0), (0, 0, -1))


def test_that_an_oblique_volume_keeps_its_directions(tmp_path) -> None:
    turned = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turned @ np.diag([-2, -2, 5])
    plane = _first(_write(tmp_path / "a.nii", _values(), affine)).plane
    assert plane is not None
    assert plane.row == pytest.approx((0.8, 0.6, 0), abs=1e-6)
    assert plane.column == pytest.approx((-0.6, 0.8, 0), abs=1e-6)


def test_that_every_volume_of_four_axes_is_a_series(tmp_path) -> None:
    path = _write(tmp_path / "a.nii.gz", _values(shape=(4, 3, 2, 3)))
    (study,) = discover([path]).studies
    assert [len(series.images) for series in study.series] == [2, 2, 2]
    assert [series.description[-8:] for series in study.series] == [
        "volume 1",
        "volume 2",
        "volume 3",
    ]
    assert len({series.series_instance_uid for series in study.series}) == 3
    # Value of voxel (i, j, k, t) is 18 i + 6 j + 3 k + t; (0, 0) is last.
    last = study.series[2].images[0]
    assert last.frame == 5
    assert read_image(last).stored[-1, -1] == 5


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("second", [False, True])
def test_that_both_versions_are_read_packed_or_not(
    tmp_path, name: str, second: bool
) -> None:
    header = _first(_write(tmp_path / name, _values(), second=second))
    assert read_image(header).stored[0, 0] == 22


def test_that_big_endian_values_are_read(tmp_path) -> None:
    import nibabel

    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    image = nibabel.Nifti1Image(_values(), np.array(_RAS, float), header)
    nibabel.save(image, tmp_path / "a.nii")
    assert (tmp_path / "a.nii").read_bytes()[:4] == struct.pack(">i", 348)
    stored = read_image(_first(tmp_path / "a.nii")).stored
    assert stored.dtype == np.int16
    assert stored[0, 0] == 22


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int16])
def test_that_whole_numbers_stay_as_they_are(tmp_path, kind: type) -> None:
    path = _write(tmp_path / "a.nii", _values(kind), scl_slope=0.5, scl_inter=-3)
    image = read_image(_first(path))
    params = image.header.grayscale
    assert image.stored.dtype == kind
    assert image.stored[0, 0] == 22
    assert (params.rescale_slope, params.rescale_intercept) == (0.5, -3)
    assert params.bits_stored == 8 * np.dtype(kind).itemsize
    assert params.pixel_representation == int(np.dtype(kind).kind == "i")


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, np.uint32])
def test_that_other_numbers_become_steps_of_their_volume(tmp_path, kind: type) -> None:
    path = _write(tmp_path / "a.nii", (_values(kind) * 1000))
    headers = read_header(path)
    assert "Values are rounded to 16 bits" in headers[0].notices
    for header in headers:
        image = read_image(header)
        params = image.header.grayscale
        meant = image.stored * params.rescale_slope + params.rescale_intercept
        # 23,000 in 65,535 steps: a third of a unit each.
        assert meant[0, 0] == pytest.approx(22_000 + 1000 * header.frame, abs=0.2)
        assert image.stored.dtype == np.uint16


def test_that_values_that_are_no_numbers_are_told(tmp_path) -> None:
    values = _values(np.float32)
    values[0, 0, 0], values[1, 0, 0] = np.nan, np.inf
    image = read_image(_first(_write(tmp_path / "a.nii", values)))
    assert "Values that are no numbers are shown as the lowest" in image.header.notices
    assert image.stored[-1, -1] == 0
    assert image.stored[0, 0] == round(21 / 22 * 65_535)  # from 1 to 23


def test_that_a_volume_of_one_value_is_shown(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", np.full((2, 2, 2), 7.5, np.float32))
    image = read_image(_first(path))
    assert image.stored.tolist() == [[0, 0], [0, 0]]
    assert image.header.grayscale.rescale_intercept == 7.5


def test_that_colour_is_read(tmp_path) -> None:
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    values = np.zeros((2, 2, 1), kind)
    values[0, 0, 0] = (10, 20, 30)
    path = _write(tmp_path / "a.nii", values, np.diag([-1.0, -1, 1, 1]))
    image = read_image(_first(path))
    assert image.stored.shape == (2, 2, 3)
    assert image.stored[0, 0].tolist() == [10, 20, 30]
    assert image.header.grayscale.photometric_interpretation == "RGB"


def test_that_the_display_range_of_the_file_is_a_window(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values(), cal_min=10, cal_max=110)
    (window,) = _first(path).grayscale.windows
    assert (window.center, window.width) == (60, 100)


@pytest.mark.parametrize(
    ("unit", "spacing"), [("meter", (3000, 2000)), ("micron", (0.003, 0.002))]
)
def test_that_units_become_millimetres(tmp_path, unit: str, spacing) -> None:
    header = _first(_write(tmp_path / "a.nii", _values(), unit=unit))
    told = "The pixel spacing cannot be used: px only"
    assert header.spacing_mm == (None if unit == "meter" else pytest.approx(spacing))
    assert (told in header.notices) is (unit == "meter")


def test_that_a_volume_without_a_place_has_none(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values())
    patched = bytearray(path.read_bytes())
    patched[252:256] = bytes(4)  # qform_code and sform_code
    path.write_bytes(patched)
    header = _first(path)
    assert header.plane is None
    assert header.patient_orientation == ()
    assert header.spacing_mm == (3, 2)
    assert "The header does not say how the volume lies" in header.notices


def test_that_slanted_axes_give_no_millimetres(tmp_path) -> None:
    affine = [[2, 1, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]
    header = _first(_write(tmp_path / "a.nii", _values(), affine))
    assert (header.spacing_mm, header.plane) == (None, None)
    assert "The axes are not at right angles: no millimetres" in header.notices


@pytest.mark.parametrize(
    ("offset", "content", "told"),
    [
        (40, struct.pack("<h", 8), "no DICOM file, NIfTI"),  # eight dimensions
        (40, struct.pack("<hhhhhh", 5, 4, 3, 2, 1, 9), "5 dimensions"),
        (42, struct.pack("<h", 0), "columns"),
        (42, struct.pack("<h", -4), "columns"),
        (42, struct.pack("<hhh", 32767, 32767, 32767), "slices"),
        (42, struct.pack("<hhh", 32767, 32767, 9), "at most 1024 MB"),
        (46, struct.pack("<h", 9), "bytes but needs"),
        (70, struct.pack("<h", 32), "datatype"),  # complex
        (70, struct.pack("<h", 9999), "datatype"),
        (108, struct.pack("<f", 4), "vox_offset"),
        (108, struct.pack("<f", float("nan")), "vox_offset"),
        (344, b"ni1\0", "another file"),
        (344, b"xxx\0", "is none"),
    ],
)
def test_that_a_bad_header_is_told(
    tmp_path, offset: int, content: bytes, told: str
) -> None:
    path = _write(tmp_path / "a.nii", _values())
    patched = bytearray(path.read_bytes())
    patched[offset : offset + len(content)] = content
    path.write_bytes(patched)
    (problem,) = discover([path]).problems
    assert problem.severity is Severity.REFUSED
    assert told in problem.what


def test_that_places_that_are_no_numbers_are_told(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values())
    patched = bytearray(path.read_bytes())
    patched[280:284] = struct.pack("<f", float("nan"))  # srow_x
    path.write_bytes(patched)
    header = _first(path)
    assert (header.plane, header.spacing_mm) == (None, None)
    assert any("where the volume lies" in notice for notice in header.notices)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_that_a_file_cut_short_is_told(tmp_path, name: str) -> None:
    path = _write(tmp_path / name, _values())
    whole = path.read_bytes()
    for length in (1, 100, 200, len(whole) - 12):
        path.write_bytes(whole[: min(length, len(whole) - 12)])
        try:
            header = _first(path)
        except UnreadableFileError:
            continue
        with pytest.raises(UnreadableFileError, match=r"needs|packing|shorter"):
            read_image(header)


def test_that_no_more_is_unpacked_than_the_header_says(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values())
    with gzip.open(tmp_path / "bomb.nii.gz", "wb") as packed:
        packed.write(path.read_bytes())
        for _ in range(64):
            packed.write(bytes(1 << 20))
    from studies.nifti_source import unpacked

    with (tmp_path / "bomb.nii.gz").open("rb") as stream:
        assert len(unpacked(path, stream, 400)) == 400
    assert read_image(_first(tmp_path / "bomb.nii.gz")).stored[0, 0] == 22


def test_that_a_volume_beyond_the_limit_is_refused_before_it_is_unpacked(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(nifti, "MAX_VOLUME_BYTES", 1000)
    path = _write(tmp_path / "a.nii.gz", _values(shape=(10, 10, 10)))
    with pytest.raises(UnsupportedImageError, match="dim"):
        read_header(path)


def test_that_a_volume_in_a_zip_is_read(tmp_path) -> None:
    path = _write(tmp_path / "a.nii", _values())
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as packed:
        packed.write(path, "a.nii")
    (study,) = discover([tmp_path / "case.zip"]).studies
    assert read_image(study.images[0]).stored[0, 0] == 23


def test_that_a_file_that_changed_since_is_not_shown(tmp_path) -> None:
    header = _first(_write(tmp_path / "a.nii", _values()))
    _write(tmp_path / "a.nii", _values(shape=(5, 3, 2)))
    with pytest.raises(UnreadableFileError, match="changed"):
        read_image(header)


def test_that_another_gzip_file_is_still_refused(tmp_path) -> None:
    with gzip.open(tmp_path / "a.gz", "wb") as packed:
        packed.write(b"words" * 100)
    (problem,) = discover([tmp_path / "a.gz"]).problems
    assert "unpack it first" in problem.what
