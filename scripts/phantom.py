"""A made-up chest: a CT volume and films cut from it. No patient, no third party."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

SLICES, SIDE = 180, 288
SPACING_MM, STEP_MM = 1.3, 1.9
_CT = "1.2.840.10008.5.1.4.1.1.2"
_DX = "1.2.840.10008.5.1.4.1.1.1.1"
Float32Array = NDArray[np.float32]


def chest(seed: int = 7, *, nodules: int = 3) -> Float32Array:
    """Return a chest in Hounsfield units, (slices, rows, columns), head first."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(
        np.linspace(1, -1, SLICES),
        np.linspace(-0.8, 0.8, SIDE),
        np.linspace(-1, 1, SIDE),
        indexing="ij",
        sparse=True,
    )
    shell = (x / (0.93 - 0.1 * z**4)) ** 2 + (y / (0.66 - 0.05 * z**2)) ** 2
    volume = np.full((SLICES, SIDE, SIDE), -1000.0, np.float32)
    volume[shell < 1.0] = -95.0
    volume[shell < 0.86] = 45.0
    lungs = _lungs(x, y, z)
    volume[lungs] = -830.0
    _tubes(volume, lungs, rng)
    volume[_ball(x, y, z, (0.14, -0.16, -0.30), (0.36, 0.30, 0.42))] = 42.0
    volume[_ball(x, y, z, (0.02, -0.05, 0.35), (0.13, 0.13, 0.30))] = 48.0
    volume[(x**2 + (y - 0.02) ** 2 < 0.055**2) & (z > 0.12)] = -990.0
    _bones(volume, x, y, z, shell)
    for _ in range(nodules):
        side = rng.choice((-1, 1))
        at = (
            side * rng.uniform(0.3, 0.5),
            rng.uniform(-0.2, 0.3),
            rng.uniform(-0.2, 0.5),
        )
        radius = rng.uniform(0.035, 0.06)
        volume[_ball(x, y, z, at, (radius, radius, radius * 0.9))] = 35.0
    noise = rng.normal(0.0, 14.0, volume.shape).astype(np.float32)
    return np.where(shell < 1.0, volume + noise, volume)


def write_ct(folder: Path, volume: Float32Array, **facts: object) -> None:
    """Write the volume as axial slices of one series."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, plane in enumerate(volume):
        made = _dataset(_CT, f"2.25.7001.{index + 1}", **facts)
        made.Modality, made.InstanceNumber = "CT", index + 1
        made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        edge = -SIDE / 2 * SPACING_MM
        height = (SLICES / 2 - index) * STEP_MM
        made.ImagePositionPatient = [edge, edge, height]
        made.FrameOfReferenceUID = "2.25.7000"
        made.PixelSpacing = [SPACING_MM, SPACING_MM]
        made.SliceThickness = STEP_MM
        made.RescaleIntercept, made.RescaleSlope = -1024, 1
        made.WindowCenter, made.WindowWidth = [40, -600], [400, 1500]
        made.WindowCenterWidthExplanation = ["Soft tissue", "Lung"]
        stored = np.clip(plane + 1024, 0, 4095).astype(np.uint16)
        _save(made, stored, folder / f"ct-{index:03d}.dcm")


def write_film(
    path: Path, volume: Float32Array, view: str, uid: str, **facts: object
) -> None:
    """Write a film that looks through the volume: view PA or LL."""
    made = _dataset(_DX, uid, **facts)
    made.Modality, made.ViewPosition = "DX", view
    made.PatientOrientation = ["L", "F"] if view == "PA" else ["A", "F"]
    made.ImagerPixelSpacing = [0.4, 0.4]
    weakened = np.maximum(volume + 1000.0, 0.0) / 1000.0
    through = weakened.sum(axis=1 if view == "PA" else 2) * SPACING_MM / 400.0
    if view != "PA":
        through = through[:, ::-1]
    film = np.log1p(through * 6.0)
    film = _enlarged(film / film.max(), 6.0 * STEP_MM / SPACING_MM, 6.0)
    made.WindowCenter, made.WindowWidth = 2500, 2600
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(made, (film * 4095).astype(np.uint16), path)


def _enlarged(film: Float32Array, down: float, across: float) -> Float32Array:
    from scipy.ndimage import zoom

    return np.clip(zoom(film, (down, across), order=1), 0.0, 1.0)


def _lungs(x: Float32Array, y: Float32Array, z: Float32Array) -> NDArray[np.bool_]:
    found = np.zeros((SLICES, SIDE, SIDE), bool)
    for side in (-1, 1):
        found |= _ball(x, y, z, (side * 0.43, 0.03, 0.08), (0.33, 0.50, 0.86))
        lift = 0.10 if side < 0 else 0.0  # the liver stands higher
        dome = (
            -0.62
            + lift
            + 0.32 * np.exp(-((x - side * 0.42) ** 2 + (y + 0.05) ** 2) / 0.10)
        )
        found &= ~((side * x > 0) & (z < dome))
    return found


def _tubes(
    volume: Float32Array, lungs: NDArray[np.bool_], rng: np.random.Generator
) -> None:
    """Let vessels branch from the middle into the lungs."""
    for _ in range(420):
        side = rng.choice((-1, 1))
        start = np.array([side * 0.14, 0.02, 0.05])
        way = rng.normal(0, 1, 3) * (0.6, 0.7, 1.0)
        way[0] = side * abs(way[0]) + side * 0.25
        way /= np.linalg.norm(way)
        bend = rng.normal(0, 0.12, 3)
        for step in np.linspace(0, rng.uniform(0.4, 0.85), 150):
            at = start + way * step + bend * step**2
            radius = max(2.6 * (0.85 - step), 0.7)
            _dot(volume, lungs, at, radius)


def _dot(
    volume: Float32Array,
    lungs: NDArray[np.bool_],
    at: NDArray[np.float64],
    radius: float,
) -> None:
    column = int((at[0] + 1) / 2 * SIDE)
    row = int((at[1] + 0.8) / 1.6 * SIDE)
    index = int((1 - at[2]) / 2 * SLICES)
    reach = int(np.ceil(radius))
    place = np.s_[
        max(index - reach, 0) : index + reach + 1,
        max(row - reach, 0) : row + reach + 1,
        max(column - reach, 0) : column + reach + 1,
    ]
    inside = lungs[place]
    volume[place][inside] = np.maximum(volume[place][inside], 20.0 - 130.0 / radius)


def _bones(
    volume: Float32Array,
    x: Float32Array,
    y: Float32Array,
    z: Float32Array,
    shell: Float32Array,
) -> None:
    disc = np.abs((z * 11) % 1.0 - 0.5) < 0.40
    spine = (x / 0.12) ** 2 + ((y - 0.40) / 0.10) ** 2 < 1
    volume[spine & disc] = 320.0
    volume[spine & ~disc] = 90.0
    volume[((np.abs(x) / 0.05) ** 2 + ((y - 0.55) / 0.07) ** 2 < 1) & disc] = 420.0
    volume[((x / 0.09) ** 2 + ((y + 0.545) / 0.03) ** 2 < 1) & (z > -0.35)] = 380.0
    # Ribs fall from the back to the front.
    slope = (z + 0.34 * (y + 0.5)) * 9.0
    rib = (np.abs(slope % 1.0 - 0.5) < 0.13) & (shell > 0.70) & (shell < 0.80)
    volume[rib & (z < 0.9) & (z > -0.75)] = 460.0


def _ball(
    x: Float32Array,
    y: Float32Array,
    z: Float32Array,
    at: tuple[float, float, float],
    radii: tuple[float, float, float],
) -> NDArray[np.bool_]:
    parts = zip((x, y, z), at, radii, strict=True)
    return np.asarray(sum(((axis - c) / r) ** 2 for axis, c, r in parts) < 1.0)


def _dataset(sop_class: str, uid: str, **facts: object) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = sop_class
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = uid
    made.PatientName, made.PatientID = "PHANTOM^CHEST", "OVR-0200"
    made.PatientBirthDate, made.PatientSex = "19710802", "F"
    made.StudyDate, made.StudyTime = f"{date(2026, 3, 12):%Y%m%d}", "073100"
    made.BodyPartExamined = "CHEST"
    for keyword, value in facts.items():
        setattr(made, keyword, value)
    return made


def _save(made: Dataset, stored: NDArray[np.uint16], path: Path) -> None:
    made.Rows, made.Columns = stored.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.PixelRepresentation = 0
    made.PixelData = stored.tobytes()
    made.save_as(path, enforce_file_format=True)
