"""NIfTI volumes: images that are not DICOM and say nothing of a patient.

The third axis gives the slices, frames of one series; each volume of a fourth axis
is a series of its own. Slices are turned, never transposed, so that they lie as a
radiologist expects where the axes allow it: patient's left and feet, or back, at
the right and lower edge.

References
----------
nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from studies.errors import UnreadableFileError, UnsupportedImageError
from studies.identity import StudyFacts, derived_uid
from studies.model import (
    GrayscaleParameters,
    ImageHeader,
    Patient,
    SpacingSource,
    Window,
)
from studies.nifti_head import HEADER_BYTES
from studies.nifti_place import ODD_HEADER, NiftiPlace
from studies.nifti_source import header_bytes, payload_size
from studies.record import ImageRecord
from studies.source import size_of

NOT_DICOM = "not DICOM: no patient known"
MAX_VOLUME_BYTES = 1 << 30
MAX_SLICES = 10_000
_LONGEST_SIDE = 65_535
_SAMPLED_BYTES = 1 << 16
_ALLOWED = "whole or real numbers of up to 64 bits, or RGB"


@dataclass(frozen=True, slots=True)
class Volume:
    """What the header of a NIfTI file says of its values.

    Attributes
    ----------
    shape
        Columns, rows, slices, volumes: as the values follow each other.
    kind
        NumPy's type of a value, byte order included; three of them in colour.
    data_offset
        Where the values begin, in the unpacked file.
    slope, intercept
        From stored values to those that are meant.
    flip_rows, flip_columns
        Whether slices are turned to lie as they are expected.
    """

    shape: tuple[int, int, int, int]
    kind: np.dtype[Any]
    is_colour: bool
    data_offset: int
    slope: float
    intercept: float
    flip_rows: bool
    flip_columns: bool

    @property
    def slice_bytes(self) -> int:
        """Bytes of one slice."""
        samples = 3 if self.is_colour else 1
        return self.shape[0] * self.shape[1] * samples * self.kind.itemsize

    @property
    def data_bytes(self) -> int:
        """Bytes of all values."""
        return self.slice_bytes * self.shape[2] * self.shape[3]

    @property
    def is_exact(self) -> bool:
        """Whether the values fit into 16 bits as they are."""
        return self.kind.kind in "iu" and self.kind.itemsize <= 2


def read_nifti_record(path: Path, stream: BinaryIO) -> ImageRecord:
    """Read the header of a NIfTI file; UIDs are derived from its bytes.

    Raises
    ------
    UnreadableFileError
        If it is damaged or shorter than it says.
    UnsupportedImageError
        If its size, its kind of values or its dimensions cannot be shown.
    """
    header = _parsed(path, header_bytes(path, stream))
    notices = [NOT_DICOM]
    place = NiftiPlace(header, notices)
    volume = _volume(header, place)
    _check_length(path, stream, volume)
    digest = _digest(stream)
    return _record(path, volume, place, header, digest, tuple(notices))


def read_volume(path: Path, stream: BinaryIO) -> Volume:
    """Read what a NIfTI file says of its values; errors as `read_nifti_record`."""
    header = _parsed(path, header_bytes(path, stream))
    return _volume(header, NiftiPlace(header, []))


def _parsed(path: Path, content: bytes) -> Any:
    """Return nibabel's header of the bytes of one."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    kind: Any = Nifti1Header if len(content) == HEADER_BYTES[0] else Nifti2Header
    try:
        header = kind(content, check=False)
        dimensions = int(header["dim"][0])
    except ODD_HEADER as error:
        raise UnreadableFileError(path, "its header is damaged") from error
    magic = header["magic"].item()
    if magic[:2] == b"ni":
        raise UnreadableFileError(
            path, "its values lie in another file (.img); save it as one .nii file"
        )
    if magic[:2] != b"n+":
        raise UnreadableFileError(path, "it begins like a NIfTI file but is none")
    if not 2 <= dimensions <= 7:
        raise UnsupportedImageError("dim", f"{dimensions} dimensions", "2 to 4")
    return header


def _shape(header: Any) -> tuple[int, int, int, int]:
    """Return columns, rows, slices, volumes."""
    count = int(header["dim"][0])
    sides = [int(side) for side in header["dim"][1 : count + 1]]
    if any(side != 1 for side in sides[4:]):
        raise UnsupportedImageError("dim", f"{count} dimensions", "2 to 4")
    columns, rows, slices, volumes = (*sides[:4], 1, 1)[:4]
    for name, side, most in (
        ("columns", columns, _LONGEST_SIDE),
        ("rows", rows, _LONGEST_SIDE),
        ("slices", slices, MAX_SLICES),
        ("volumes", volumes, MAX_SLICES),
        ("slices of all volumes", slices * volumes, MAX_SLICES),
    ):
        if not 1 <= side <= most:
            raise UnsupportedImageError(name, str(side), f"1 to {most}")
    return columns, rows, slices, volumes


def _volume(header: Any, place: NiftiPlace) -> Volume:
    shape = _shape(header)
    kind, is_colour = _kind(header)
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not math.isfinite(slope) or not math.isfinite(intercept):
        slope, intercept = 1.0, 0.0  # nifti1.h: then there is no scaling
    offset = float(header["vox_offset"])
    least = HEADER_BYTES[0] if header["sizeof_hdr"] == HEADER_BYTES[0] else 540
    if not least <= offset <= MAX_VOLUME_BYTES:
        raise UnsupportedImageError("vox_offset", f"{offset:g}", f"{least} or more")
    volume = Volume(
        shape,
        kind,
        is_colour,
        int(offset),
        slope,
        intercept,
        place.flip_rows,
        place.flip_columns,
    )
    if volume.data_bytes > MAX_VOLUME_BYTES:
        raise UnsupportedImageError(
            "dim",
            f"{volume.data_bytes >> 20} MB",
            f"at most {MAX_VOLUME_BYTES >> 20} MB",
        )
    return volume


def _kind(header: Any) -> tuple[np.dtype[Any], bool]:
    """Return NumPy's type of a value or sample, and whether there are three."""
    from nibabel.spatialimages import HeaderDataError

    try:
        kind = header.get_data_dtype()
    except (HeaderDataError, *ODD_HEADER) as error:
        code = str(int(header["datatype"]))
        raise UnsupportedImageError("datatype", code, _ALLOWED) from error
    if kind.fields is not None and list(kind.fields) == ["R", "G", "B"]:
        return np.dtype(np.uint8), True
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise UnsupportedImageError("datatype", str(kind), _ALLOWED)
    return kind, False


def _check_length(path: Path, stream: BinaryIO, volume: Volume) -> None:
    there = payload_size(stream)
    needed = volume.data_offset + volume.data_bytes
    if there is not None and there < needed:
        raise UnreadableFileError(path, f"it has {there} bytes but needs {needed}")


def _digest(stream: BinaryIO) -> str:
    """Return a digest of both ends: enough to tell files apart."""
    end = size_of(stream)
    stream.seek(0)
    digest = hashlib.sha256(stream.read(_SAMPLED_BYTES))
    stream.seek(max(0, end - _SAMPLED_BYTES))
    digest.update(stream.read(_SAMPLED_BYTES))
    digest.update(str(end).encode())
    return digest.hexdigest()


def _record(
    path: Path,
    volume: Volume,
    place: NiftiPlace,
    header: Any,
    digest: str,
    notices: tuple[str, ...],
) -> ImageRecord:
    columns, rows, slices, volumes = volume.shape
    study = derived_uid(digest, "nifti study")
    frames = slices * volumes
    if not (volume.is_exact or volume.is_colour):
        notices = (*notices, "Values are rounded to 16 bits")
    headers = tuple(
        ImageHeader(
            path=path,
            frame=number,
            sop_instance_uid=derived_uid(digest, "nifti"),
            sop_class_uid="",
            series_instance_uid=derived_uid(digest, f"nifti {number // slices}"),
            study_instance_uid=study,
            modality="",
            rows=rows,
            columns=columns,
            grayscale=_grayscale(volume, header),
            patient_orientation=place.orientation,
            spacing_mm=place.spacing_mm,
            spacing_source=SpacingSource.PIXEL_SPACING
            if place.spacing_mm
            else SpacingSource.NONE,
            frames=frames,
            series_description=_description(path, number // slices, volumes),
            is_dicom=False,
            notices=notices,
            plane=place.plane(number % slices),
            slice_thickness_mm=place.thickness_mm,
        )
        for number in range(frames)
    )
    nobody = Patient("", "", None, "")
    return ImageRecord(
        nobody, StudyFacts(study, path.name, None, ""), None, headers, None
    )


def _description(path: Path, number: int, volumes: int) -> str:
    return path.name if volumes == 1 else f"{path.name}, volume {number + 1}"


def _grayscale(volume: Volume, header: Any) -> GrayscaleParameters:
    if volume.is_colour:
        return GrayscaleParameters("RGB", 8, 0)
    low, high = float(header["cal_min"]), float(header["cal_max"])
    window: tuple[Window, ...] = ()
    if math.isfinite(low) and math.isfinite(high) and high - low >= 1:
        window = (Window((low + high) / 2, high - low, "of the file"),)
    if volume.is_exact:
        bits, signed = volume.kind.itemsize * 8, int(volume.kind.kind == "i")
        return GrayscaleParameters(
            "MONOCHROME2",
            bits,
            signed,
            volume.slope,
            volume.intercept,
            windows=window,
        )
    return GrayscaleParameters(
        "MONOCHROME2", 16, 0, volume.slope, volume.intercept, windows=window
    )
