"""The reader's hanging protocols: a file of their own over the shipped one. No Qt."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import resources
from studies.errors import OverreadError

if TYPE_CHECKING:
    from studies.hanging_rules import Protocol

_log = logging.getLogger(__name__)
_SHIPPED = "hanging/default.toml"


class ProtocolFile:
    """Text and meaning of the hanging protocols in use.

    Parameters
    ----------
    path
        The reader's own file; where it is absent the shipped one counts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        self._read: tuple[str, tuple[Protocol, ...]] | None = None

    def text(self) -> str:
        """Return the text in use, the shipped one if the reader's cannot be read."""
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return self.shipped()
        except (OSError, UnicodeDecodeError) as error:
            self.problem = f"{self.path.name} cannot be read: {type(error).__name__}"
            _log.warning("the hanging protocols cannot be read")
            return self.shipped()

    @staticmethod
    def shipped() -> str:
        """Return the text of the protocols that come with Overread."""
        return resources.path(_SHIPPED).read_text(encoding="utf-8")

    def check(self, text: str) -> str:
        """Return what is wrong with a text, or ""."""
        from studies.hanging_protocol import read_protocols

        try:
            read_protocols(text, self.path.name)
        except OverreadError as error:
            return str(error)
        return ""

    def save(self, text: str) -> None:
        """Use a text from now on: written whole, or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.path)

    def protocols(self) -> tuple[Protocol, ...]:
        """Return the protocols in use; the shipped ones if the reader's are faulty.

        Then `problem` says what is wrong.
        """
        from studies.hanging_protocol import read_protocols

        self.problem = ""
        text = self.text()
        if self._read is not None and self._read[0] == text:
            return self._read[1]
        try:
            self._read = text, read_protocols(text, self.path.name)
            return self._read[1]
        except OverreadError as error:
            self.problem = str(error)
            _log.warning("the reader's hanging protocols are faulty")
            return read_protocols(self.shipped(), "the shipped protocols")
