"""Writes CT slices and what others say of them; all numbers can be worked out.

The slices are 4 rows x 6 columns, 2 mm from row to row and 1 mm from column to
column; the centre of the first pixel lies at (10, 20, z), z = 0, 3 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items

from studies.discovery import discover
from studies.marks import MarkSet, read_marks
from studies.model import Study

CT = "1.2.840.10008.5.1.4.1.1.2"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"
ROWS, COLUMNS = 4, 6
HEIGHTS = (0.0, 3.0, 6.0)
AXIAL = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
FRAME = "1.2.3.99"


def item(**elements: object) -> Dataset:
    """An item of a sequence; lists of data sets become sequences."""
    made = Dataset()
    for keyword, value in elements.items():
        is_items = isinstance(value, list) and all(
            isinstance(v, Dataset) for v in value
        )
        setattr(made, keyword, Items(value) if is_items else value)
    return made


def code(value: str, scheme: str, meaning: str) -> list[Dataset]:
    return [item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)]


def image_reference(uid: str, *frames: int) -> Dataset:
    made = item(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=uid)
    if frames:
        made.ReferencedFrameNumber = list(frames)
    return made


class Folder:
    """A folder of one study; its CT slices are 1.2.3.1, 1.2.3.2 and 1.2.3.3."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, sop_class: str, uid: str, **elements: object) -> Path:
        pixels = elements.pop("pixels", None)
        values: dict[str, object] = {
            "SOPClassUID": sop_class,
            "SOPInstanceUID": uid,
            "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": f"{uid}.9",
            "PatientName": "Doe^Jane",
            "PatientID": "P1",
        }
        dataset = item(**(values | elements))
        if pixels is not None:
            dataset.PixelData = pixels
            dataset["PixelData"].VR = "OW"
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        dataset.file_meta.MediaStorageSOPClassUID = sop_class
        dataset.file_meta.MediaStorageSOPInstanceUID = uid
        path = self.path / name
        dataset.save_as(path, enforce_file_format=True)
        return path

    def slices(self, **elements: object) -> None:
        for number, z in enumerate(HEIGHTS, start=1):
            values = {
                "Modality": "CT",
                "SeriesInstanceUID": "1.2.3.50",
                "FrameOfReferenceUID": FRAME,
                "InstanceNumber": number,
                "SliceThickness": 3.0,
                "PixelSpacing": [2.0, 1.0],
                "ImagePositionPatient": [10.0, 20.0, z],
                "ImageOrientationPatient": AXIAL,
                "pixels": np.zeros((ROWS, COLUMNS), np.uint16).tobytes(),
                **pixel_elements(ROWS, COLUMNS, 16),
            }
            uid = f"1.2.3.{number}"
            self.write(f"ct{number}.dcm", CT, uid, **(values | elements))

    def segmentation(
        self,
        masks: Sequence[np.ndarray],
        *,
        heights: Sequence[float] | None = HEIGHTS,
        sources: Sequence[str] = (),
        numbers: Sequence[int] | None = None,
        spacing: tuple[float, float] = (2.0, 1.0),
        position: tuple[float, float] = (10.0, 20.0),
        orientation: Sequence[float] = AXIAL,
        segments: Sequence[Dataset] = (),
        kind: str = "BINARY",
        **elements: object,
    ) -> Path:
        """Write a segmentation of a frame for each mask."""
        rows, columns = masks[0].shape
        bits = 1 if kind == "BINARY" else 8
        stacked = np.stack(masks).astype(np.uint8)
        content = (
            np.packbits(stacked.reshape(-1), bitorder="little")
            if bits == 1
            else stacked
        ).tobytes()
        groups = []
        for frame in range(len(masks)):
            group = item()
            if numbers is not None:
                number = item(ReferencedSegmentNumber=numbers[frame])
                group.SegmentIdentificationSequence = Items([number])
            if heights is not None:
                place = item(ImagePositionPatient=[*position, heights[frame]])
                group.PlanePositionSequence = Items([place])
            if sources:
                reference = item(SourceImageSequence=[image_reference(sources[frame])])
                group.DerivationImageSequence = Items([reference])
            groups.append(group)
        shared = item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(orientation))],
            PixelMeasuresSequence=[item(PixelSpacing=list(spacing))],
        )
        if numbers is None:
            number = item(ReferencedSegmentNumber=1)
            shared.SegmentIdentificationSequence = Items([number])
        if heights is None:
            shared = item(
                SegmentIdentificationSequence=shared.SegmentIdentificationSequence
            )
        values = {
            "Modality": "SEG",
            "FrameOfReferenceUID": FRAME,
            "NumberOfFrames": len(masks),
            "SegmentationType": kind,
            "SegmentSequence": list(segments) or [segment(1, "Liver")],
            "SharedFunctionalGroupsSequence": [shared],
            "PerFrameFunctionalGroupsSequence": groups,
            "pixels": content + b"\0" * (len(content) % 2),
            **pixel_elements(rows, columns, bits),
        }
        sop_class = LABEL_MAP if kind == "LABELMAP" else SEG
        return self.write("seg.dcm", sop_class, "1.2.3.70", **(values | elements))

    def open(self) -> tuple[Study, MarkSet]:
        """Discover the folder and read its one object."""
        study = discover([self.path]).studies[0]
        (obj,) = study.objects
        return study, read_marks(obj, study)

    def study(self) -> Study:
        return discover([self.path]).studies[0]


def pixel_elements(rows: int, columns: int, bits: int) -> dict[str, object]:
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
    }


def segment(number: int, label: str, **elements: object) -> Dataset:
    return item(
        SegmentNumber=number,
        SegmentLabel=label,
        **({"SegmentAlgorithmType": "AUTOMATIC"} | elements),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with three CT slices."""
    path = tmp_path / "study"
    path.mkdir()
    made = Folder(path)
    made.slices()
    return made


def mask_of(*pixels: tuple[int, int]) -> np.ndarray:
    made = np.zeros((ROWS, COLUMNS), np.uint8)
    for row, column in pixels:
        made[row, column] = 1
    return made


class Build:
    """The builders above: tests cannot import them from here."""

    item = staticmethod(item)
    code = staticmethod(code)
    image_reference = staticmethod(image_reference)
    segment = staticmethod(segment)
    pixel_elements = staticmethod(pixel_elements)
    mask_of = staticmethod(mask_of)


@pytest.fixture
def build() -> type[Build]:
    return Build
