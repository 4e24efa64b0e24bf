"""A folder of DICOM files made from the samples of pydicom and pydicom-data.

Each file keeps its sample's header byte for byte, but for its UIDs, which are
replaced by others of the same length; its pixels are a hole in the file, so that
a folder of several gigabytes takes some megabytes of disk.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pydicom

# Headers of 0.4 to 16 KB; explicit and implicit, compressed and not; each
# modality that the samples have. No enhanced multi-frame and no palette.
SAMPLES = (
    "CT_small.dcm",
    "MR_small_implicit.dcm",
    "693_UNCI.dcm",
    "JPEG2000_UNC.dcm",
    "MR-SIEMENS-DICOM-WithOverlays.dcm",
    "MR2_UNCI.dcm",
    "RG1_UNCI.dcm",
    "RG3_J2KI.dcm",
    "US1_UNCI.dcm",
    "JPGLosslessP14SV1_1s_1f_8b.dcm",
)
_FILES_A_SERIES = 100
_UID_TAGS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


def make_folder(folder: Path, files: int) -> list[Path]:
    """Write the files below the folder, one folder a series; return their paths."""
    made = []
    for number in range(files):
        sample = SAMPLES[number * len(SAMPLES) // files]
        series = number // _FILES_A_SERIES
        path = folder / f"series{series:04}" / f"{number:06}.dcm"
        path.parent.mkdir(exist_ok=True)
        _write(path, _sample(sample), (number, series, series))
        made.append(path)
    return made


_cache: dict[str, tuple[bytes, int, list[bytes]]] = {}


def _sample(name: str) -> tuple[bytes, int, list[bytes]]:
    """Return a sample's header, the size of its file, and its three UIDs."""
    if name not in _cache:
        path = _find(name)
        with path.open("rb") as stream:
            dataset = pydicom.dcmread(stream, stop_before_pixels=True)
            end = stream.tell()
        head = path.read_bytes()[: end + 64]  # with what begins the pixels
        uids = [str(dataset[tag].value).encode() for tag in _UID_TAGS]
        _cache[name] = head, path.stat().st_size, uids
    return _cache[name]


def _find(name: str) -> Path:
    for package, inside in (("pydicom", "data/test_files"), ("data_store", "data")):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / inside / name
            if path.is_file():
                return path
    raise FileNotFoundError(name)


def _write(
    path: Path, sample: tuple[bytes, int, list[bytes]], numbers: tuple[int, ...]
) -> None:
    head, size, uids = sample
    for kind, (uid, number) in enumerate(zip(uids, numbers, strict=True)):
        other = f"1.2.{kind + 3}.9{number:0{len(uid) - 7}}".encode()
        head = head.replace(uid, other)
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(size)
