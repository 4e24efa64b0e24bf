"""Fixtures of the explain layer: tiny models with random weights, and films."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studies.model import GrayscaleParameters, Image, ImageHeader

SUPPORT = Path(__file__).parent.parent / "inference" / "support"


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Small networks are no faster on two threads, and far slower on a busy machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def write_model() -> Callable[..., Path]:
    """Write a model's folder: see tests/inference/support/tiny_models.py."""
    sys.path.append(str(SUPPORT))
    found: Callable[..., Path] = importlib.import_module("tiny_models").write_model
    return found


@pytest.fixture(scope="session")
def model_folder(
    write_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A tiny model with an open gate; not to be changed."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny-chest")


@pytest.fixture
def make_film() -> Callable[..., Image]:
    """Make a film of 300 x 260 stored values; keywords change its header."""
    return _make_film


def _make_film(**header: object) -> Image:
    rows, columns = 300, 260
    generator = np.random.default_rng(7)
    stored = generator.integers(0, 4096, (rows, columns)).astype(np.uint16)
    stated: dict[str, object] = {
        "path": Path("film.dcm"),
        "frame": 0,
        "sop_instance_uid": "1.2.3.4",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.1",
        "series_instance_uid": "1.2.3",
        "study_instance_uid": "1.2",
        "modality": "CR",
        "rows": rows,
        "columns": columns,
        "grayscale": GrayscaleParameters("MONOCHROME2", 12, 0),
        "body_part": "CHEST",
        "view_position": "PA",
    }
    return Image(ImageHeader(**{**stated, **header}), stored)  # type: ignore[arg-type]  # keywords of a test
