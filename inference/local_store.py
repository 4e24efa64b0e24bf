"""Signs, keeps and checks local calibrations: one file a model, for this user.

The key pair is made at the first use and never leaves the user's folder. A good
signature proves that the file was written by a holder of this key and not
changed since; not that the films were labelled rightly, nor who sat at the
keyboard. A file of another key is refused, also a sound one: what was measured
at another site says nothing of this one.
"""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import LocalCalibrationError
from inference.local_calibration import (
    SCHEMA,
    LocalCalibration,
    Signature,
    local_faults,
)
from inference.local_keys import SiteKey
from inference.logit_digest import logit_digest
from inference.model_card import ModelCard

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAXIMUM_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LocalState:
    """What there is for a model: a sound calibration, or why it is refused.

    Both empty: the model was never validated here.
    """

    calibration: LocalCalibration | None = None
    refusal: str = ""


class LocalStore:
    """The local calibrations in one folder, and the site's key beside them.

    Parameters
    ----------
    folder
        Made when the first calibration is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = SiteKey(folder / "site-key")

    def path(self, model_id: str) -> Path:
        """Return where a model's calibration is kept, whether it is there or not."""
        return self._folder / f"{model_id}.json"

    def write(self, calibration: LocalCalibration) -> LocalCalibration:
        """Sign a calibration and put it into force, in place of an earlier one.

        Returns
        -------
        The calibration with its signature.

        Raises
        ------
        OSError
            If it cannot be written; the earlier one stays.
        """
        signed = self.sign(calibration)
        write_file(self.path(calibration.model_id), signed)
        return signed

    def sign(self, calibration: LocalCalibration) -> LocalCalibration:
        """Return a calibration with this site's signature."""
        content = _content(calibration)
        return replace(calibration, signature=Signature(*self._key.sign(content)))

    def read(self, card: ModelCard) -> LocalCalibration | None:
        """Return the calibration of a model; None if it was never validated.

        Raises
        ------
        LocalCalibrationError
            If it was changed, is for other weights or logits or from another
            site's key, or cannot be read.
        """
        path = self.path(card.model_id)
        if not path.exists():
            return None
        return self.check(read_file(path), card)

    def state(self, card: ModelCard) -> LocalState:
        """Return what there is for a model, a refusal in words."""
        try:
            return LocalState(self.read(card))
        except LocalCalibrationError as error:
            return LocalState(None, error.reason)

    def check(self, calibration: LocalCalibration, card: ModelCard) -> LocalCalibration:
        """Return a calibration that is this site's and for these logits.

        Raises
        ------
        LocalCalibrationError
            If it is not.
        """
        refuse = _refuser(card.model_id)
        if calibration.model_id != card.model_id:
            raise refuse(f"it is for the model {calibration.model_id}")
        if calibration.signature is None:
            raise refuse("it is not signed")
        public = self._key.public()
        if calibration.signature.public_key != public:
            raise refuse("it was signed with another site's key")
        if not self._key.verifies(_content(calibration), calibration.signature.value):
            raise refuse("it was changed after it was signed")
        if calibration.weights_sha256 != card.sha256:
            raise refuse(
                "it is for other weights (version"
                f" {calibration.model_version}); this is {card.version}"
            )
        if calibration.logit_sha256 != logit_digest(card):
            raise refuse(
                "the model's manifest changed what its numbers mean (how a film is"
                " prepared, how the output is read, the order of its findings, or a"
                " file beside the weights)"
            )
        return calibration

    def remove(self, model_id: str) -> bool:
        """Delete a model's calibration; whether there was one."""
        path = self.path(model_id)
        if not path.exists():
            return False
        path.unlink()
        return True


def nothing_local(_: ModelCard) -> LocalState:
    """Say of every model that it was never validated here."""
    return LocalState()


def default_store() -> LocalStore:
    """Return the store of this user."""
    from platformdirs import user_data_path

    return LocalStore(user_data_path("overread", appauthor=False) / "calibrations")


def read_file(path: Path) -> LocalCalibration:
    """Read a calibration file without a look at its signature.

    Raises
    ------
    LocalCalibrationError
        If it cannot be read or has another form.
    """
    from pydantic import ValidationError

    refuse = _refuser(path.stem)
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise refuse(f"{path.name} is larger than {MAXIMUM_BYTES} bytes")
        table = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        raise refuse(f"{path.name} cannot be read ({error})") from error
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        raise refuse(f"{path.name} is not of schema {SCHEMA}")
    try:
        found = _adapter().validate_python(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise refuse(f"{path.name}: {place}: {first['msg']}") from None
    for fault in local_faults(found):
        raise refuse(f"{path.name}: {fault}")
    return found


@functools.cache
def _adapter() -> TypeAdapter[LocalCalibration]:
    from pydantic import TypeAdapter

    return TypeAdapter(LocalCalibration)


def write_file(path: Path, calibration: LocalCalibration) -> None:
    """Write a calibration whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written; then `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(calibration), indent=2, allow_nan=False) + "\n"
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _content(calibration: LocalCalibration) -> bytes:
    """Return what is signed: all but the signature, in one spelling."""
    table: dict[str, Any] = asdict(calibration)
    del table["signature"]
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _refuser(model_id: str) -> Callable[[str], LocalCalibrationError]:
    def refuse(reason: str) -> LocalCalibrationError:
        return LocalCalibrationError(model_id, reason)

    return refuse
