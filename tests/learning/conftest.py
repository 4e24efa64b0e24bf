"""Fixtures of the learning layer: a small labelled folder, all made by hand."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest


def _png(level: int) -> bytes:
    """A 40 x 32 ramp from `level` upwards, so that no two films are the same."""
    ramp = np.linspace(level, 255, 40 * 32).reshape(40, 32).astype(np.uint8)
    encoded, data = cv2.imencode(".png", ramp)
    assert encoded
    return data.tobytes()


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Six films of two sources: three in a zip, three as files."""
    folder = tmp_path / "films"
    (folder / "b").mkdir(parents=True)
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"a/{number}.png", _png(number * 10))
    for number in range(3):
        (folder / f"b/{number}.png").write_bytes(_png(100 + number * 10))
    (folder / "labels.csv").write_text(
        "file,archive,source,split,patient_id,opacity,tuberculosis,view\n"
        "a/0.png,a.zip,a,test,p1,1,0,PA\n"
        "a/1.png,a.zip,a,test,p1,0,,AP\n"
        "a/2.png,a.zip,a,test,,1,1,\n"
        "b/0.png,,b,test,p2,0,0,PA\n"
        "b/1.png,,b,train,p3,0,1,PA\n"
        "b/2.png,,b,train,,,0,PA\n",
        encoding="utf-8",
    )
    return folder
