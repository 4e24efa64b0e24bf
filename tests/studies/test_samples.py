from __future__ import annotations

import importlib.util

import pytest

from studies.discovery import discover
from studies.errors import UnreadableFileError
from studies.samples import sample_films


def test_that_the_sample_films_are_there() -> None:
    assert [path.name for path in sample_films()] == ["RG1_UNCI.dcm", "RG3_UNCI.dcm"]


def test_that_the_sample_films_are_studies_of_their_own() -> None:
    chest, leg = discover(sample_films()).studies
    assert chest.images[0].body_part == "CHEST"
    assert leg.images[0].body_part == "EXTREMITY"


def test_that_a_missing_package_is_named(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnreadableFileError, match="pydicom-data is not installed"):
        sample_films()
