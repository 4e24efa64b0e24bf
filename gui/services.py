"""What the workstation works with; tests and the demo put in their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gui.settings import Settings

if TYPE_CHECKING:
    from gui.ai_services import Models
    from gui.analysis_controller import AnalysisController
    from gui.protocol_file import ProtocolFile
    from inference.local_store import LocalStore


def now() -> datetime:
    """Return the time with its zone."""
    return datetime.now().astimezone()


def new_uid() -> str:
    """Return a new DICOM UID."""
    from pydicom.uid import generate_uid

    return str(generate_uid(prefix=None))


def bundled_and_own_models() -> Models:
    """Return the registry of this installation and this user."""
    from inference.registry import default_registry

    return default_registry()


def local_calibrations() -> LocalStore:
    """Return what this site measured of its models."""
    from inference.local_store import default_store

    return default_store()


def inference_process() -> AnalysisController:
    """Return a controller over the usual inference process, not yet started."""
    from gui.analysis_controller import AnalysisController

    return AnalysisController()


def decoder_processes() -> None:
    """Start the processes that decode; called off the main thread."""
    from studies.decoder import shared_decoder

    shared_decoder().warm_up()


@dataclass(slots=True)
class Services:
    """Paths, time, and makers of the heavy parts.

    The makers are called after the window shows. The index of studies and the
    reader's hanging protocols stand in the folders of decisions and settings.
    """

    settings: Settings
    store_path: Path
    log_folder: Path
    models: Callable[[], Models] = bundled_and_own_models
    controller: Callable[[], AnalysisController] = inference_process
    decoders: Callable[[], None] = decoder_processes
    calibrations: Callable[[], LocalStore] = local_calibrations
    clock: Callable[[], datetime] = field(default=now)
    new_uid: Callable[[], str] = field(default=new_uid)

    @property
    def index_path(self) -> Path:
        """The file that remembers which studies lie where."""
        return self.store_path.parent / "index.sqlite"

    @property
    def protocol_file(self) -> ProtocolFile:
        """The reader's hanging protocols, else the shipped ones."""
        from gui.protocol_file import ProtocolFile

        return ProtocolFile(self.settings.folder_of_settings / "hanging.toml")


def default_services() -> Services:
    """Return the services of this user on this machine."""
    from gui.logs import default_folder
    from gui.settings import default_settings_path
    from review.store import default_path

    return Services(
        settings=Settings(default_settings_path()),
        store_path=default_path(),
        log_folder=default_folder(),
    )
