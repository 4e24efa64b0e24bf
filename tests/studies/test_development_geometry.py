"""Geometry of the development data, as its README and index.csv say it is."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from studies.discovery import discover
from studies.geometry import orientation_letters
from studies.model import Discovery, Series
from studies.places import passes
from studies.reader import read_image
from studies.reslice import PlaneKind, Reslicer
from studies.stack import describe_stack
from studies.volume import volume_of_images


def series_of(folder: Path, modality: str = "") -> list[Series]:
    if not folder.is_dir():
        pytest.skip(f"the development data hold no {folder.name}")
    studies = discover([folder]).studies
    found = [series for study in studies for series in study.series]
    return [s for s in found if not modality or s.modality == modality]


def test_that_the_chest_ct_is_a_volume_of_125_hundredths(development_data) -> None:
    (series,) = series_of(development_data / "dicom" / "ct_chest_ricord_jpegll")
    stack = describe_stack(series.images)
    assert stack.is_volume
    assert stack.spacing_mm == pytest.approx(1.25)
    heights = [header.plane.position[2] for header in series.images]
    assert heights == sorted(heights, reverse=True)


def test_that_the_prone_sagittal_series_has_its_letters(development_data) -> None:
    (series,) = series_of(development_data / "dicom" / "mr_brain_t1_prone_hfp")
    # Sagittal slices: front at the left, head at the top, prone or not.
    assert {header.patient_orientation for header in series.images} == {("P", "F")}
    sides = [header.plane.position[0] for header in series.images]
    assert sides == sorted(sides)  # from the right to the left
    stack = describe_stack(series.images)
    assert stack.spacing_mm == pytest.approx(4.8, abs=1e-4)


def test_that_the_oblique_axial_series_has_its_letters(development_data) -> None:
    (series,) = series_of(development_data / "dicom" / "mr_brain_fse_pd_20")
    # Axial, turned about the left-right axis by 7.7 degrees. Patient Orientation
    # (0020,0020) of the files says L, PH; the cosines say the same.
    letters = {header.patient_orientation for header in series.images}
    assert letters == {("L", "PH")}
    plane = series.images[0].plane
    assert plane.row == (1.0, 0.0, 0.0)
    assert plane.column == pytest.approx((0.0, 0.99096, 0.134158))
    assert orientation_letters(plane.column) == "P"
    stack = describe_stack(series.images)
    assert stack.is_volume
    assert stack.spacing_mm == pytest.approx(7.0, abs=0.01)


def test_that_the_tiny_ct_is_the_same_in_one_frame_and_in_many(
    development_data,
) -> None:
    single, multi = series_of(development_data / "dicom" / "ct_tiny_24x38x3")
    volumes = [
        volume_of_images([read_image(header) for header in series.images])
        for series in (single, multi)
    ]
    assert np.array_equal(volumes[0].stored, volumes[1].stored)
    assert volumes[0].affine == pytest.approx(volumes[1].affine)
    for kind in PlaneKind:
        one, other = (Reslicer(volume).image(kind, 1) for volume in volumes)
        assert np.array_equal(one.stored, other.stored)


def test_that_the_enhanced_mr_is_four_passes_of_six_slices(development_data) -> None:
    (series,) = series_of(development_data / "dicom" / "mr_enhanced_siemens_xa10")
    stack = describe_stack(series.images)
    assert stack.passes == 4
    assert stack.spacing_mm == pytest.approx(2.4, abs=1e-3)
    for number, one in enumerate(passes(series.images), 1):
        assert [header.frame for header in one] == [5, 4, 3, 2, 1, 0]
        assert {header.instance_number for header in one} == {number}
        assert describe_stack(one).is_volume


def test_that_awkward_geometry_is_told_and_makes_no_volume(development_data) -> None:
    folder = development_data / "awkward"
    if not (folder / "index.csv").is_file():
        pytest.skip("the development data hold no awkward/index.csv")
    with (folder / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] == "geometry"]
    groups: dict[str, list[Path]] = {}
    for row in rows:
        groups.setdefault(row["set"] or row["file"], []).append(folder / row["file"])
    assert len(groups) == 5
    for name, paths in groups.items():
        found = discover(paths)
        assert found.problems or told(found), name
        for series in (s for study in found.studies for s in study.series):
            assert not describe_stack(series.images).is_volume, name


def told(found: Discovery) -> bool:
    images = [image for study in found.studies for image in study.images]
    return any(image.notices for image in images)
