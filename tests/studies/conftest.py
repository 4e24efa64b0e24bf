"""Builds small DICOM files, so that every number in a test can be worked out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studies.model import (
    GrayscaleParameters,
    Image,
    ImageHeader,
    IntArray,
    LookupTable,
    Patient,
    Window,
)

MakeImage = Callable[..., Image]
WriteFilm = Callable[..., Path]


@pytest.fixture
def make_image() -> MakeImage:
    """Make an Image without a file: stored values and grayscale parameters."""

    def make(
        stored: list[list[int]] | IntArray,
        *,
        photometric: str = "MONOCHROME2",
        bits: int = 8,
        signed: bool = False,
        slope: float = 1.0,
        intercept: float = 0.0,
        windows: tuple[Window, ...] = (),
        voi_luts: tuple[LookupTable, ...] = (),
        modality_lut: LookupTable | None = None,
        padding: tuple[int, int] | None = None,
        is_dicom: bool = True,
    ) -> Image:
        values = np.array(stored)
        if values.ndim == 2:
            values = values.astype(np.int16 if signed else np.uint16)
        header = ImageHeader(
            path=Path("film.dcm"),
            frame=0,
            sop_instance_uid="1.2.3",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.1",
            series_instance_uid="1.2.4",
            study_instance_uid="1.2.5",
            modality="CR",
            rows=values.shape[0],
            columns=values.shape[1],
            grayscale=GrayscaleParameters(
                photometric,
                bits,
                int(signed),
                slope,
                intercept,
                modality_lut=modality_lut,
                windows=windows,
                voi_luts=voi_luts,
                padding=padding,
            ),
            is_dicom=is_dicom,
        )
        return Image(header, values)

    return make


@pytest.fixture
def write_film(tmp_path: Path) -> WriteFilm:
    """Write a 2x2 CR film as a DICOM file; keywords add, change or drop elements.

    ``pixels`` are the bytes of the pixel data; a keyword given None is left out;
    ``syntax`` is the transfer syntax.
    """

    def write(
        name: str = "film.dcm",
        *,
        pixels: bytes | None = bytes([0, 0, 1, 0, 2, 0, 3, 0]),
        syntax: str = "1.2.840.10008.1.2.1",
        **elements: object,
    ) -> Path:
        from pydicom.dataset import Dataset, FileMetaDataset

        values: dict[str, object] = {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1",
            "SOPInstanceUID": "1.2.3.1",
            "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": "1.2.3.9",
            "PatientName": "Doe^Jane",
            "PatientID": "P1",
            "Modality": "CR",
            "ImagerPixelSpacing": ["0.2", "0.2"],
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 2,
            "Columns": 2,
            "BitsAllocated": 16,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 0,
        }
        dataset = Dataset()
        for keyword, value in (values | elements).items():
            if value is not None:
                setattr(dataset, keyword, value)
        if pixels is not None:
            dataset.PixelData = pixels
            dataset["PixelData"].VR = "OW"
            if syntax not in ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2"):
                dataset["PixelData"].VR = "OB"
                dataset["PixelData"].is_undefined_length = True
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = str(dataset.get("SOPClassUID", ""))
        uid = str(dataset.get("SOPInstanceUID", "1.2.3.1"))
        dataset.file_meta.MediaStorageSOPInstanceUID = uid
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def nobody() -> Patient:
    """A patient of whom nothing is known."""
    return Patient("", "", None, "")
