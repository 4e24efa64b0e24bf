"""Reads the exported objects again, as another program would."""

from __future__ import annotations

import csv
import json
from pathlib import Path


def objects_in(folder: Path) -> list[str]:
    """Return what each exported file in a folder is, in words.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read again.
    """
    found = [_dicom(path) for path in sorted(folder.rglob("*.dcm"))]
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found.append(f"CSV with {len(list(csv.DictReader(stream)))} rows")
    for path in sorted(folder.rglob("*.json")):
        json.loads(path.read_text(encoding="utf-8"))
        found.append("JSON")
    return found


def _dicom(path: Path) -> str:
    import pydicom

    dataset = pydicom.dcmread(path)
    if "ContentSequence" in dataset:
        return f"SR with {len(dataset.ContentSequence)} content items"
    return f"{dataset.SOPClassUID.name} of {dataset.Rows} x {dataset.Columns} px"
