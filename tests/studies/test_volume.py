"""Slices -> a volume: memory, affine, one rescale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studies.model import GrayscaleParameters, Image, ImageHeader, LookupTable, Plane
from studies.volume import NoVolumeError, build_volume, volume_of_images


def header(number: int, z: float, **grayscale) -> ImageHeader:
    """An axial slice of 2 x 3 pixels of 0.5 x 0.25 mm."""
    params = GrayscaleParameters("MONOCHROME2", 16, 1)
    return ImageHeader(
        path=Path(f"{number}.dcm"),
        frame=0,
        sop_instance_uid=f"1.2.{number}",
        sop_class_uid="",
        series_instance_uid="1.2",
        study_instance_uid="1",
        modality="CT",
        rows=2,
        columns=3,
        grayscale=replace(params, **grayscale),
        spacing_mm=(0.5, 0.25),
        instance_number=number,
        plane=Plane((10.0, 20.0, z), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    )


HEADERS = [header(1, 8.0), header(2, 4.0), header(3, 0.0)]
STORED = np.arange(18, dtype=np.int16).reshape(3, 2, 3)


def test_that_a_volume_is_a_view_of_the_given_memory() -> None:
    stored = STORED.copy()
    volume = build_volume(HEADERS, stored)
    assert np.shares_memory(volume.stored, stored)
    assert not volume.stored.flags.writeable


def test_that_the_affine_takes_slice_row_and_column_to_the_patient() -> None:
    affine = build_volume(HEADERS, STORED.copy()).affine
    place = affine @ [2, 1, 2, 1]
    # Two slices down, one row of 0.5 mm towards posterior, two columns to the left.
    assert place.tolist() == [10.5, 20.5, 0.0, 1.0]


def test_that_reversed_slices_stay_where_they_are_in_memory() -> None:
    stored = STORED[::-1].copy()
    volume = build_volume(HEADERS[::-1], stored)
    assert np.shares_memory(volume.stored, stored)
    assert (volume.affine @ [0, 0, 0, 1])[2] == 0.0
    assert (volume.affine @ [2, 0, 0, 1])[2] == 8.0


def test_that_mixed_up_slices_are_put_in_order() -> None:
    order = [1, 0, 2]
    volume = build_volume([HEADERS[i] for i in order], STORED[order])
    assert np.array_equal(volume.stored, STORED)


def test_that_images_in_any_order_make_the_same_volume() -> None:
    images = [Image(HEADERS[i], STORED[i].copy()) for i in (2, 0, 1)]
    volume = volume_of_images(images)
    assert np.array_equal(volume.stored, STORED)
    assert volume.header.sop_instance_uid == "1.2.2"


def test_that_slices_that_make_no_volume_are_refused_with_the_reason() -> None:
    uneven = [HEADERS[0], HEADERS[1], header(3, 1.0)]
    with pytest.raises(NoVolumeError) as refused:
        build_volume(uneven, STORED.copy())
    assert refused.value.reasons == ("Slices are unevenly spaced: 3.00 to 4.00 mm",)


def test_that_pixels_that_do_not_fit_the_headers_are_refused() -> None:
    with pytest.raises(NoVolumeError, match=r"\(3, 2, 2\), not \(3, 2, 3\)"):
        build_volume(HEADERS, STORED[:, :, :2].copy())


def test_that_intercepts_that_differ_are_made_one_exactly() -> None:
    headers = [
        header(1, 8.0, rescale_intercept=-1024.0),
        header(2, 4.0, rescale_intercept=0.0),
        header(3, 0.0, rescale_intercept=-1000.0),
    ]
    volume = build_volume(headers, STORED.copy())
    params = volume.header.grayscale
    modality = volume.stored * params.rescale_slope + params.rescale_intercept
    wanted = STORED + np.array([-1024.0, 0.0, -1000.0])[:, None, None]
    assert np.array_equal(modality, wanted)
    assert "The rescale differs from slice to slice: made one" in volume.notices


def test_that_slopes_that_differ_are_made_one_within_a_step() -> None:
    slopes = np.array([0.5, 1.7, 3.1])
    headers = [header(n, 8.0 - 4 * n, rescale_slope=s) for n, s in enumerate(slopes)]
    volume = build_volume(headers, STORED.copy())
    params = volume.header.grayscale
    modality = volume.stored * params.rescale_slope + params.rescale_intercept
    wanted = STORED * slopes[:, None, None]
    assert np.abs(modality - wanted).max() <= params.rescale_slope / 2 + 1e-9


def test_that_padding_stays_padding_when_the_rescale_is_made_one() -> None:
    headers = [
        header(n, 8.0 - 4 * n, rescale_intercept=float(n), padding=(0, 0))
        for n in range(3)
    ]
    volume = build_volume(headers, STORED.copy())
    assert volume.header.grayscale.padding == (0, 0)
    assert np.argwhere(volume.stored == 0).tolist() == [[0, 0, 0]]


def test_that_modality_tables_and_differing_rescales_are_refused() -> None:
    table = LookupTable((0, 1), 0, 8)
    headers = [
        header(n, 8.0 - 4 * n, rescale_intercept=float(n), modality_lut=table)
        for n in range(3)
    ]
    with pytest.raises(NoVolumeError, match="rescale differs"):
        build_volume(headers, STORED.copy())
