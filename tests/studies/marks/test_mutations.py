"""Damaged objects of others: an error of ours or marks, never anything else."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies.errors import OverreadError
from studies.marks import MarkSet, read_marks
from studies.model import OtherObject

COPIES = 60


def mutated(content: bytes, dice: random.Random) -> bytes:
    """Change, cut out or double some bytes behind the preamble."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        place = dice.randrange(132, len(changed))
        kind = dice.randrange(4)
        if kind == 0:
            changed[place] = dice.randrange(256)
        elif kind == 1:
            changed[place : place + 4] = dice.choice(
                (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f")
            )
        elif kind == 2:
            del changed[place : place + dice.randint(1, 40)]
        else:
            changed[place:place] = changed[place : place + dice.randint(1, 40)]
    return bytes(changed[: dice.randrange(140, len(changed) + 1)]
                 if dice.random() < 0.2 else changed)  # fmt: skip


def outcomes(folder: Any, path: Path, seed: int) -> tuple[int, int]:
    """Read mutated copies; return how many gave marks and how many an error."""
    study, content = folder.study(), path.read_bytes()
    dice = random.Random(seed)
    marks = errors = 0
    for _ in range(COPIES):
        path.write_bytes(mutated(content, dice))
        try:
            found = read_marks(OtherObject(path, "object"), study)
        except OverreadError:
            errors += 1
        else:
            assert isinstance(found, MarkSet)
            assert all(len(line) < 400 for line in found.not_drawn)
            marks += 1
    return marks, errors


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_that_a_damaged_segmentation_ends_in_marks_or_an_error(
    folder: Any, build: Any, kind: str
) -> None:
    path = folder.segmentation(
        [np.ones((4, 6), np.uint8)] * 3,
        kind=kind,
        sources=["1.2.3.1", "1.2.3.2", "1.2.3.3"],
    )
    marks, errors = outcomes(folder, path, 3)
    assert marks
    assert errors


def test_that_a_damaged_report_ends_in_marks_or_an_error(
    folder: Any, build: Any
) -> None:
    image = build.item(
        RelationshipType="SELECTED FROM", ValueType="IMAGE",
        ReferencedSOPSequence=[build.image_reference("1.2.3.1")],
    )  # fmt: skip
    region = build.item(
        RelationshipType="CONTAINS", ValueType="SCOORD", GraphicType="POLYLINE",
        GraphicData=[1, 1, 2, 2, 3, 1], ContentSequence=[image],
        ConceptNameCodeSequence=build.code("1", "DCM", "Region"),
    )  # fmt: skip
    path = folder.write(
        "sr.dcm", "1.2.840.10008.5.1.4.1.1.88.34", "1.2.3.80", Modality="SR",
        ValueType="CONTAINER", ContentSequence=[region] * 4,
    )  # fmt: skip
    marks, errors = outcomes(folder, path, 5)
    assert marks
    assert errors


def test_that_a_damaged_presentation_state_ends_in_marks_or_an_error(
    folder: Any, build: Any
) -> None:
    one = build.item(
        GraphicType="INTERPOLATED", GraphicData=[0, 0, 2, 2, 4, 0, 3, 3],
        GraphicAnnotationUnits="PIXEL",
    )  # fmt: skip
    text = build.item(
        UnformattedTextValue="text", AnchorPoint=[1, 1],
        AnchorPointAnnotationUnits="DISPLAY",
    )  # fmt: skip
    layer = build.item(
        GraphicLayer="L", GraphicObjectSequence=[one], TextObjectSequence=[text]
    )
    series = build.item(ReferencedImageSequence=[build.image_reference("1.2.3.1")])
    path = folder.write(
        "pr.dcm", "1.2.840.10008.5.1.4.1.1.11.1", "1.2.3.90", Modality="PR",
        ReferencedSeriesSequence=[series], GraphicAnnotationSequence=[layer] * 3,
        ShutterShape="CIRCULAR", CenterOfCircularShutter=[2, 2],
        RadiusOfCircularShutter=2,
        SoftcopyVOILUTSequence=[build.item(WindowCenter=1, WindowWidth=4)],
    )  # fmt: skip
    marks, errors = outcomes(folder, path, 7)
    assert marks
    assert errors


def test_that_a_damaged_structure_set_ends_in_marks_or_an_error(
    folder: Any, build: Any
) -> None:
    data = [10.0, 20.0, 3.0, 13.0, 20.0, 3.0, 13.0, 26.0, 3.0]
    contour = build.item(ContourGeometricType="CLOSED_PLANAR", ContourData=data)
    path = folder.write(
        "rs.dcm", "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3.85", Modality="RTSTRUCT",
        StructureSetROISequence=[
            build.item(ROINumber=5, ReferencedFrameOfReferenceUID="1.2.3.99")
        ],
        ROIContourSequence=[
            build.item(ReferencedROINumber=5, ContourSequence=[contour] * 5)
        ],
    )  # fmt: skip
    marks, errors = outcomes(folder, path, 11)
    assert marks
    assert errors
