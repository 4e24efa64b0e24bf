from __future__ import annotations

import importlib.util

import pytest

from studies.errors import UnreadableFileError
from studies.samples import sample_films, sample_studies


def test_that_the_sample_films_are_there() -> None:
    assert [path.name for path in sample_films()] == ["RG1_UNCI.dcm", "RG3_UNCI.dcm"]


def test_that_the_sample_studies_hold_a_film_each() -> None:
    chest, leg = sample_studies()
    assert chest.images[0].body_part == "CHEST"
    assert leg.images[0].body_part == "EXTREMITY"


def test_that_a_missing_package_is_named(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnreadableFileError, match="pydicom-data is not installed"):
        sample_films()
