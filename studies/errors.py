"""What can be wrong with a file, each error with its own sentence."""

from pathlib import Path


class OverreadError(Exception):
    """Any error Overread foresees; its text names what, where and what is allowed.

    No child puts a patient's name into its text: the text goes to logs.
    """


class UnreadableFileError(OverreadError):
    """A file that cannot be read as a DICOM file or an image."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path.name} cannot be read: {reason}")


class UnsupportedImageError(OverreadError):
    """An object that was read but cannot be shown rightly."""

    def __init__(self, where: str, found: str, allowed: str) -> None:
        self.where = where
        self.found = found
        self.allowed = allowed
        super().__init__(f"{where}: found {found}; allowed: {allowed}")


class ForeignObjectError(OverreadError):
    """An object that is not the patient's whose study it should be drawn over."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path.name} is not drawn: {reason}")
