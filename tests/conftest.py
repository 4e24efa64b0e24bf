"""Fixtures for every layer; nothing here imports torch or Qt."""

import os
from pathlib import Path

import pytest

# Before any test imports Qt: no window appears, with or without a screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Converting a network takes seconds; the tests of the backends ask for it.
os.environ.setdefault("OVERREAD_BACKEND", "torch")

ROOT = Path(__file__).resolve().parent.parent

# What platformdirs and Qt read, by system, and where it points in the test's home.
_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_DATA_HOME": "data",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA": "local",
    "WIN_PD_OVERRIDE_APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "APPDATA": "roaming",
}


@pytest.fixture(scope="session", autouse=True)
def _font_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One a run: matplotlib would build it anew in every test's empty home."""
    os.environ.setdefault("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give every test an empty home, so that none touches the user's files."""
    folder = tmp_path_factory.mktemp("home")
    for name, inside in _HOMES.items():
        place = folder / inside
        place.mkdir(exist_ok=True)
        monkeypatch.setenv(name, str(place))
    return folder


@pytest.fixture
def rg1() -> Path:
    """The sample chest film: MONOCHROME1, 15 bits, no pixel spacing."""
    from studies.samples import sample_films

    return sample_films()[0]


@pytest.fixture
def rg3() -> Path:
    """The sample tibia film: MONOCHROME1, 10 bits, right side."""
    from studies.samples import sample_films

    return sample_films()[1]


@pytest.fixture
def development_data() -> Path:
    """Folder of the development data: OVERREAD_DATA, else beside the repository."""
    folder = ROOT / os.environ.get("OVERREAD_DATA", "../shared/data")
    if not folder.is_dir():
        pytest.skip("the development data are not here (set OVERREAD_DATA)")
    return folder.resolve()
