"""Elements of a data set read tolerantly: a bad value is told, not raised."""

from __future__ import annotations

import hashlib
import math
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from studies.dicom_file import foreseen
from studies.wanted_tags import tag_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_LONGEST_TEXT = 256
_ESCAPE = re.compile(r"\x1b[\x20-\x2f]+[\x30-\x7e]")
"""A switch of the character set (ISO 2022), which is no text."""

_MAX_ITEMS = 10_000


class Elements:
    """A data set whose bad elements become notices and read as absent.

    Parameters
    ----------
    dataset
        The data set, or an item of a sequence.
    notices
        Where what is odd is told; shared with the items of its sequences.
    big_endian
        Whether values of several bytes that come as bytes are big endian.
    """

    def __init__(
        self, dataset: Dataset, notices: list[str], *, big_endian: bool = False
    ) -> None:
        self.dataset = dataset
        self.notices = notices
        self.big_endian = big_endian
        # pydicom looks slowly for what is not there, and most of what we ask is not.
        self._present = frozenset(int(tag) for tag in dataset.keys())  # noqa: SIM118 - iterating a Dataset parses every value

    def has(self, keyword: str) -> bool:
        """Return whether the element is there with a value, good or bad."""
        tag = tag_of(keyword)
        if tag not in self._present:
            return False
        try:
            return not self.dataset[tag].is_empty
        except foreseen():
            return True

    def value(self, keyword: str) -> object:
        """Return the value as pydicom gives it, None if absent or unreadable."""
        tag = tag_of(keyword)
        if tag not in self._present:
            return None
        try:
            value: object = self.dataset[tag].value
            return value
        except foreseen():
            self.note(f"{keyword} cannot be read")
            return None

    def values(self, keyword: str) -> tuple[object, ...]:
        """Return the values of a multi-valued element; empty if absent."""
        found = self.value(keyword)
        if found is None or found == "":
            return ()
        if isinstance(found, str | bytes) or not hasattr(found, "__iter__"):
            return (found,)
        try:
            return tuple(found)
        except foreseen():
            self.note(f"{keyword} cannot be read")
            return ()

    def text(self, keyword: str) -> str:
        """Return the text on one line, control characters out, at most 256 long.

        A longer text is cut and ends in a digest of the whole, so that two long
        texts that differ stay different.
        """
        found = self.value(keyword)
        if found is None:
            return ""
        words = found.decode("latin-1") if isinstance(found, bytes) else _words(found)
        if not words.isprintable():
            words = _ESCAPE.sub("", words)  # pydicom leaves some of ISO 2022 IR 58
            words = "".join(c if c.isprintable() else " " for c in words)
        words = " ".join(words.split())
        if "\N{REPLACEMENT CHARACTER}" in words:
            self.note(f"{keyword} could not be decoded in its character set")
        if len(words) > _LONGEST_TEXT:
            self.note(f"{keyword} is {len(words)} characters long; shown cut")
            digest = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
            words = f"{words[: _LONGEST_TEXT - 14]}… {digest[:12]}"
        return words

    def texts(self, keyword: str) -> tuple[str, ...]:
        """Return the texts of a multi-valued element, stripped."""
        return tuple(_words(value).strip() for value in self.values(keyword))

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return the numbers; one that is none makes them all absent."""
        found = self.values(keyword)
        try:
            return tuple(float(value) for value in found)  # type: ignore[arg-type]  # any type may stand in a bad file; what float() refuses is told
        except foreseen():
            self.note(f"{keyword} holds no number")
            return ()

    def number(self, keyword: str) -> float | None:
        """Return the first number if it is finite, else None."""
        found = self.numbers(keyword)
        return found[0] if found and math.isfinite(found[0]) else None

    def integer(self, keyword: str) -> int | None:
        """Return the first number if it is whole, else None."""
        found = self.number(keyword)
        return int(found) if found is not None and found == int(found) else None

    def items(self, keyword: str) -> tuple[Elements, ...]:
        """Return the items of a sequence; empty if absent or no sequence."""
        from pydicom.dataset import Dataset

        found = self.values(keyword)
        if len(found) > _MAX_ITEMS:
            self.note(f"{keyword} holds {len(found)} items; {_MAX_ITEMS} are read")
        return tuple(
            Elements(item, self.notices, big_endian=self.big_endian)
            for item in found[:_MAX_ITEMS]
            if isinstance(item, Dataset)
        )

    def day(self, keyword: str) -> date | None:
        """Return a date (VR DA); also the old form 1995.09.26."""
        digits = self.text(keyword).replace(".", "").replace("-", "")[:8]
        try:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        except ValueError:
            if digits:
                self.note(f"{keyword} holds no date")
            return None

    def moment(self, day_keyword: str, time_keyword: str) -> datetime | None:
        """Return date and time of day in the device's local time, or None."""
        day = self.day(day_keyword)
        if day is None:
            return None
        return datetime.combine(day, self._clock(time_keyword))

    def note(self, notice: str) -> None:
        """Tell what is odd, once."""
        if notice not in self.notices:
            self.notices.append(notice)

    def _clock(self, keyword: str) -> time:
        digits = self.text(keyword).replace(":", "").partition(".")[0]
        padded = f"{digits:0<6}"
        try:
            return time(int(padded[:2]), int(padded[2:4]), min(int(padded[4:6]), 59))
        except ValueError:
            if digits:
                self.note(f"{keyword} holds no time of day")
            return time()


def _words(value: object) -> str:
    """Return a value as text; several values are joined by backslashes."""
    if type(value) is str:  # most are: the rest of the questions cost time
        return value
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return str(value)
    if hasattr(value, "alphabetic"):  # a person's name also iterates
        return str(value)
    return "\\".join(str(part) for part in value)
