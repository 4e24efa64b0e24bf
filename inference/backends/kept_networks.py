"""Converted networks in the user's cache folder; only our own are read back.

One file a network. The first 32 bytes are an HMAC-SHA256 of the rest and of
what the network was made from, with a key that this user's account alone may
read. It guards against a file that was changed or copied from elsewhere, not
against somebody who works under the same account.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import struct
import tempfile
import time
from pathlib import Path

from inference.backends.openvino_files import NetworkFiles

_log = logging.getLogger(__name__)

_SUFFIX = ".network"
_LENGTH = struct.Struct("<Q")
_KEPT = 12
_STALE_S = 3600.0


class KeptNetworks:
    """Keeps the last dozen used, and forgets the others.

    A folder that cannot be written or read is told in the log, and networks
    are converted anew each time.

    Parameters
    ----------
    folder
        Made by the first `keep`, as is the key's file.
    """

    def __init__(self, folder: Path, key: Path) -> None:
        self._folder = folder
        self._key = key

    def find(self, made_from: str) -> NetworkFiles | None:
        """Return a network that was kept, None if there is none that is sound.

        Parameters
        ----------
        made_from
            All that the converted network depends on: weights, manifest and
            versions.
        """
        path = self._path(made_from)
        try:
            data, key = path.read_bytes(), self._key.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s cannot be read (%s)", path.name, error.strerror)
            return None
        if not hmac.compare_digest(data[:32], _seal(key, made_from, data[32:])):
            _log.warning("%s is not as it was written here: deleted", path.name)
            self._delete(path)
            return None
        with contextlib.suppress(OSError):  # its age matters only for tidying up
            os.utime(path)
        return _unpacked(data[32:])

    def keep(self, made_from: str, files: NetworkFiles) -> None:
        """Write a network; it appears under its name when it is whole."""
        body = _packed(files)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            seal = _seal(self._secret(), made_from, body)
            descriptor, draft = tempfile.mkstemp(".part", dir=self._folder)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(seal + body)
            Path(draft).replace(self._path(made_from))
            self._tidy_up()
        except OSError as error:
            _log.warning("the converted network is not kept (%s)", error.strerror)

    def _path(self, made_from: str) -> Path:
        name = hashlib.sha256(made_from.encode()).hexdigest()[:32]
        return self._folder / f"{name}{_SUFFIX}"

    def _secret(self) -> bytes:
        """Return the key; made at the first use."""
        self._key.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: of two programs that begin at once, one makes it.
        with contextlib.suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(self._key, flags, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(32))
        return self._key.read_bytes()

    def _tidy_up(self) -> None:
        """Delete the networks not used for longest, and drafts left by a crash."""
        now = time.time()
        networks = sorted(self._folder.glob(f"*{_SUFFIX}"), key=_age, reverse=True)
        drafts = [
            path for path in self._folder.glob("*.part") if _age(path) < now - _STALE_S
        ]
        for path in (*networks[_KEPT:], *drafts):
            self._delete(path)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be deleted (%s)", path.name, error.strerror)


def default_networks() -> KeptNetworks:
    """Return those of this user."""
    from platformdirs import user_cache_path, user_data_path

    return KeptNetworks(
        user_cache_path("overread", appauthor=False) / "networks",
        user_data_path("overread", appauthor=False) / "networks.key",
    )


def _age(path: Path) -> float:
    """Return when a file was last used; 0 for one that has gone meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _seal(key: bytes, made_from: str, body: bytes) -> bytes:
    name = made_from.encode()
    # The length keeps name and body apart: "ab" + "c" is not "a" + "bc".
    message = _LENGTH.pack(len(name)) + name + body
    return hmac.new(key, message, hashlib.sha256).digest()


def _packed(files: NetworkFiles) -> bytes:
    return _LENGTH.pack(len(files.graph)) + files.graph + files.weights


def _unpacked(body: bytes) -> NetworkFiles:
    (length,) = _LENGTH.unpack_from(body)
    graph = body[_LENGTH.size : _LENGTH.size + length]
    return NetworkFiles(graph, body[_LENGTH.size + length :])
