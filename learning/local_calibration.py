"""What labelled films of one site say of a model: the types, in one place."""

from inference.local_calibration import (
    LocalBin,
    LocalCalibration,
    LocalFinding,
    localised,
)

__all__ = ["LocalBin", "LocalCalibration", "LocalFinding", "localised"]
