"""Fixtures of the inference layer: fake handlers and a tiny model folder."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.process import WorkerProcess

SUPPORT = Path(__file__).parent / "support"


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    """A worker process that does what its payload says."""
    # The child takes the parent's sys.path over.
    monkeypatch.syspath_prepend(SUPPORT)
    process = WorkerProcess("fake_handlers:behave", name="test")
    yield process
    process.close()


@pytest.fixture
def doubler(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    """A worker process that doubles the arrays it is given."""
    monkeypatch.syspath_prepend(SUPPORT)
    process = WorkerProcess("fake_handlers:double", name="test")
    yield process
    process.close()


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    # Small networks are no faster on two threads, and far slower on a busy machine.
    torch.set_num_threads(1)
    sys.path.append(str(SUPPORT))
    tiny_models = importlib.import_module("tiny_models")
    folder: Path = tiny_models.write_model(
        tmp_path_factory.mktemp("models") / "tiny-chest"
    )
    return folder


@pytest.fixture
def model_folder(_template: Path, tmp_path: Path) -> Path:
    """A tiny model's folder that the test may spoil."""
    folder = tmp_path / "models" / "tiny-chest"
    shutil.copytree(_template, folder)
    return folder
