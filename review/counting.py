"""Numbers with their nouns, as reports and sheets say them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return "1 finding", "3 findings", or "" for none."""
    if number == 0:
        return ""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def on_planes(number: int) -> str:
    """Say that so many measurements lie on planes no DICOM object tells; or ""."""
    if number == 0:
        return ""
    where = "a reformatted plane" if number == 1 else "reformatted planes"
    return f"{counted(number, 'measurement')} on {where}: in CSV and JSON only"
