"""Films of all kinds for the input gate, at one small size.

What is only ever measured, never trained on: the `test` split of each
collection, the photographs and brain slices of the out-of-distribution set,
half of its patients with lateral views and CT slices, the chest CT series and
both brain series.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import resources
from inference.film_gate import KINDS
from learning.fingerprint import of_files, of_listing
from learning.labelled_folder import LabelledFilm, LabelledFolder, read_labelled_folder
from studies.errors import OverreadError
from studies.grayscale import to_display
from studies.model import UInt8Array, Window
from studies.reader import read_film

STORED_SIDE = 168
"""Side of the stored square; augmentation zooms into it."""

_COLLECTIONS = ("cxr", "fracture", "brain_mri", "dicom")
_LIMB_KINDS = "training/limb_kinds.csv"
_CT_WINDOWS = ((-600.0, 1500.0), (40.0, 400.0), (400.0, 1800.0))
_OOD_KINDS = {"lateral": "lateral chest", "ct": "CT slice", "mri": "brain MR"}
_CT_FOLDERS = ("ct_liver_3slice_with_seg", "ct_prior_current_A002304")
_BRAIN_FOLDERS = ("mr_brain_fse_pd_20", "mr_brain_t1_prone_hfp")
_CT_TEST = "ct_chest_ricord_jpegll"
_OTHER_MR = ("mr_adc_slice", "mr_transfer_syntaxes")


@dataclass(frozen=True, slots=True, eq=False)
class GateFilms:
    """All arrays aligned.

    Attributes
    ----------
    films : (n, STORED_SIDE, STORED_SIDE) uint8
        Squeezed to a square.
    kinds : (n,) int
        Into `KINDS`.
    sources, patients, files : (n,)
    test : (n,) bool
        Never trained on.
    """

    films: UInt8Array
    kinds: NDArray[np.int64]
    sources: NDArray[np.str_]
    patients: NDArray[np.str_]
    files: NDArray[np.str_]
    test: NDArray[np.bool_]

    def where(self, mask: NDArray[Any]) -> GateFilms:
        """Return the films of a mask or at indices."""
        return GateFilms(
            self.films[mask], self.kinds[mask], self.sources[mask],
            self.patients[mask], self.files[mask], self.test[mask],
        )  # fmt: skip


_NAMES = tuple(part.name for part in fields(GateFilms))


@dataclass(frozen=True, slots=True, eq=False)
class _Film:
    film: UInt8Array
    kind: str
    source: str
    patient: str
    file: str
    test: bool


def read_gate_films(data: Path, photographs: Path) -> GateFilms:
    """Read every collection of the development data, and a folder of photographs.

    Parameters
    ----------
    data
        Holds the folders cxr, fracture, brain_mri and dicom.
    photographs
        JPEG and PNG files, in any depth.
    """
    found = [
        *_chest(data / "cxr"),
        *_limbs(data / "fracture"),
        *_brains(data / "brain_mri"),
        *_dicom(data / "dicom"),
        *_photographs(photographs),
    ]
    return GateFilms(
        films=np.stack([item.film for item in found]),
        kinds=np.array([KINDS.index(item.kind) for item in found]),
        sources=np.array([item.source for item in found]),
        patients=np.array([item.patient for item in found]),
        files=np.array([item.file for item in found]),
        test=np.array([item.test for item in found]),
    )


def cached_gate_films(data: Path, photographs: Path, cache: Path) -> GateFilms:
    """Return the films, from `cache` (an .npz file) if it holds the same ones.

    The cache is of the same films if both folders lie where they lay and list the
    same files, and this module and the kinds of limb films are as they were.
    """
    made_of = films_fingerprint(data, photographs)
    films = _from_cache(cache, made_of)
    if films is None:
        films = read_gate_films(data, photographs)
        arrays = {name: getattr(films, name) for name in _NAMES}
        # Whole or not at all: a run may be stopped while it writes.
        part = cache.with_name(f"part-{cache.name}")
        np.savez(part, made_of=np.array(made_of), **arrays)
        part.replace(cache)
    return films


def films_fingerprint(data: Path, photographs: Path) -> str:
    """Return what `read_gate_films` would read, as one hexadecimal string."""
    folders = [*(data / name for name in _COLLECTIONS), photographs]
    code = of_files([Path(__file__), resources.path(_LIMB_KINDS)])
    return f"{of_listing(folders)}-{code}"


def _from_cache(cache: Path, made_of: str) -> GateFilms | None:
    if not cache.exists():
        return None
    with np.load(cache, allow_pickle=False) as arrays:
        if "made_of" not in arrays or str(arrays["made_of"]) != made_of:
            return None
        return GateFilms(**{name: arrays[name] for name in _NAMES})


def square(film: UInt8Array) -> UInt8Array:
    """Squeeze a film, (rows, columns), to the stored square."""
    size = (STORED_SIDE, STORED_SIDE)
    return np.asarray(cv2.resize(film, size, interpolation=cv2.INTER_AREA), np.uint8)


def _item(folder: LabelledFolder, item: LabelledFilm, kind: str, test: bool) -> _Film:
    patient = item.patient_id or item.file
    film = square(folder.read_gray(item))
    return _Film(film, kind, item.source, patient, item.file, test)


def trained_patients(folder: LabelledFolder) -> frozenset[str]:
    """Return the half of the out-of-distribution set's patients to learn from."""
    patients = sorted({i.patient_id for i in folder.items if i.source == "ood"})
    return frozenset(patients[::2]) - {""}


def _chest(path: Path) -> Iterator[_Film]:
    with read_labelled_folder(path) as folder:
        trained = trained_patients(folder)
        for item in folder.items:
            what = item.extra.get("kind", "cxr")
            if what == "cxr":
                yield _item(folder, item, "frontal chest", item.split == "test")
                continue
            kind = _OOD_KINDS.get(what, "photograph")
            yield _item(folder, item, kind, item.patient_id not in trained)


def _limbs(path: Path) -> Iterator[_Film]:
    table = resources.path(_LIMB_KINDS)
    with table.open(newline="", encoding="utf-8") as stream:
        kinds = {row["file"]: row["kind"] for row in csv.DictReader(stream)}
    with read_labelled_folder(path) as folder:
        for item in folder.items:
            kind = "upper limb" if item.source == "mura_roboflow" else ""
            kind = kind or kinds.get(item.file, "")
            if kind:
                yield _item(folder, item, kind, item.split == "test")


def _brains(path: Path) -> Iterator[_Film]:
    with read_labelled_folder(path) as folder:
        for item in folder.items:
            yield _item(folder, item, "brain MR", item.split != "train")


def _dicom(path: Path) -> Iterator[_Film]:
    for name in _CT_FOLDERS:
        yield from _series(path / name, "CT slice", test=False)
    yield from _series(path / _CT_TEST, "CT slice", test=True)
    for name in _BRAIN_FOLDERS:
        yield from _series(path / name, "brain MR", test=True)
    for name in _OTHER_MR:
        yield from _series(path / name, "other", test=False)


def _series(path: Path, kind: str, *, test: bool) -> Iterator[_Film]:
    """Read a series; CT in three windows, since nobody knows which one comes."""
    for file in sorted(path.rglob("*.dcm")):
        image = read_film(file)
        if image.header.modality not in ("CT", "MR"):
            continue
        windows: list[Window | None] = [None]
        if image.header.modality == "CT":
            windows = [Window(center, width) for center, width in _CT_WINDOWS]
        for window in windows:
            display = to_display(image, window)
            film = square(np.rint(display * 255.0).astype(np.uint8))
            yield _Film(film, kind, path.name, path.name, file.name, test)


def _photographs(path: Path) -> Iterator[_Film]:
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in (".jpg", ".png"))
    if not files:
        raise OverreadError(f"{path} holds no JPEG or PNG photograph")
    for number, file in enumerate(files):
        photo = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if photo is None:
            continue
        yield from _parts(np.asarray(photo, np.uint8), file.name, number % 5 == 4)


def _parts(photo: UInt8Array, name: str, test: bool) -> Iterator[_Film]:
    """Yield a photograph whole, and eight parts of it as photographs of their own."""
    rng = np.random.default_rng(len(name))
    yield _Film(square(photo), "photograph", "photographs", name, name, test)
    for _ in range(8):
        side = int(min(photo.shape) * rng.uniform(0.25, 0.9))
        row = int(rng.integers(0, photo.shape[0] - side + 1))
        column = int(rng.integers(0, photo.shape[1] - side + 1))
        part = photo[row : row + side, column : column + side]
        if part.std() > 8.0:
            yield _Film(square(part), "photograph", "photographs", name, name, test)
