"""What ``overread evaluate`` may be asked for beside model, data and output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; as `cli.main` has it by default.

    Attributes
    ----------
    calibrate
        Where to write the local calibration; None for none.
    site, validated_by
        Stand in it.
    sensitivity
        What its thresholds are chosen for.
    local
        Measure the model with the local calibration that is in force.
    """

    split: str | None = None
    device: str = "auto"
    calibrate: Path | None = None
    site: str = ""
    validated_by: str = ""
    sensitivity: float = 0.80
    local: bool = False
