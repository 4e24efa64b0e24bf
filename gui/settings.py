"""What the window remembers between starts: reader, text size, its own state."""

from __future__ import annotations

import getpass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

_NAME_LENGTH = 64
"""A component group of a DICOM person name holds 64 characters (PS3.5 6.2)."""


class Settings:
    """Settings of one user on one machine, in one INI file.

    Holds nothing of any patient.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.folder_of_settings = path.parent
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def reader(self) -> str:
        """Name of the reader; the login name until one is given."""
        stored = str(self._store.value("reader", "") or "")
        return stored or _login_name()

    @reader.setter
    def reader(self, name: str) -> None:
        self._store.setValue("reader", clean_name(name))
        self._store.sync()

    @property
    def text_scale(self) -> float:
        """Text size, 1.0 to 2.0."""
        try:
            scale = float(str(self._store.value("text_scale", 1.0)))
        except ValueError:
            return 1.0
        return min(max(scale, 1.0), 2.0) if scale == scale else 1.0  # NaN != NaN

    @text_scale.setter
    def text_scale(self, scale: float) -> None:
        self._store.setValue("text_scale", scale)

    @property
    def geometry(self) -> QByteArray | None:
        """Saved geometry of the window."""
        return self._bytes("geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    @property
    def folder(self) -> str:
        """The folder opened last, for the file dialog."""
        return str(self._store.value("folder", "") or "")

    @folder.setter
    def folder(self, value: str) -> None:
        self._store.setValue("folder", value)

    @property
    def export_folder(self) -> str:
        """The folder exported to last, or ""."""
        return str(self._store.value("export_folder", "") or "")

    @export_folder.setter
    def export_folder(self, value: str) -> None:
        self._store.setValue("export_folder", value)

    @property
    def labelled_folder(self) -> str:
        """The folder of labelled films chosen last, or ""."""
        return str(self._store.value("labelled_folder", "") or "")

    @labelled_folder.setter
    def labelled_folder(self, value: str) -> None:
        self._store.setValue("labelled_folder", value)

    @property
    def site(self) -> str:
        """Name of this site, for what is measured here; "" until one is given."""
        return str(self._store.value("site", "") or "")

    @site.setter
    def site(self, value: str) -> None:
        self._store.setValue("site", value)

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _bytes(self, key: str) -> QByteArray | None:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else None


def default_settings_path() -> Path:
    """Return where the settings stand for this user."""
    import platformdirs

    return Path(platformdirs.user_config_dir("overread", appauthor=False)) / (
        "settings.ini"
    )


def clean_name(name: str) -> str:
    r"""Return a reader's name fit for a DICOM person name: no ``^ = \``."""
    kept = "".join(c for c in name if c.isprintable() and c not in "^=\\")
    return " ".join(kept.split())[:_NAME_LENGTH]


def _login_name() -> str:
    try:
        return clean_name(getpass.getuser()) or "Reader"
    except (OSError, KeyError, ImportError):
        # No user database, as in some containers.
        return "Reader"
