"""The site's key pair: Ed25519, made at the first use, kept in the user's folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inference.errors import LocalCalibrationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SiteKey:
    """A private key in a file that its owner alone may read.

    The file holds the 64 hexadecimal digits of the key. It has no password: it
    guards against a file that was changed or copied from elsewhere, not against
    somebody who works under the same account.

    Parameters
    ----------
    path
        Made by the first `sign`.

    References
    ----------
    RFC 8032, Edwards-Curve Digital Signature Algorithm.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def public(self) -> str:
        """Return the public key, hexadecimal; "" before the first signature.

        Raises
        ------
        LocalCalibrationError
            If the key's file cannot be read.
        """
        if not self._path.exists():
            return ""
        return self._load().public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> tuple[str, str]:
        """Return the public key and the signature, both hexadecimal."""
        if not self._path.exists():
            self._make()
        key = self._load()
        public = key.public_key().public_bytes_raw().hex()
        return public, key.sign(content).hex()

    def verifies(self, content: bytes, signature: str) -> bool:
        """Whether a signature, hexadecimal, was made of `content` with this key."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._load().public_key().verify(bytes.fromhex(signature), content)
        except (InvalidSignature, ValueError):  # ValueError: not hexadecimal
            return False
        return True

    def _load(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        try:
            raw = bytes.fromhex(self._path.read_text(encoding="ascii").strip())
            return Ed25519PrivateKey.from_private_bytes(raw)
        except (OSError, ValueError) as error:
            raise LocalCalibrationError(
                self._path.name,
                f"the site's key cannot be read ({error}). Restore it from a backup,"
                " or delete it and validate again",
            ) from error

    def _make(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        raw = Ed25519PrivateKey.generate().private_bytes_raw()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two programs that begin at once must not have two keys.
        try:
            descriptor = os.open(
                self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )
        except FileExistsError:
            return
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(raw.hex() + "\n")
