"""Names and value representations of tags, private ones where they are known."""

from __future__ import annotations

from functools import lru_cache

_GROUP_LENGTH = "Group Length"
_PRIVATE_CREATOR = "Private Creator"
_PRIVATE = "Private"


def tag_text(tag: int) -> str:
    """Return a tag as it is written in the standard: ``(0028,0010)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def is_private(tag: int) -> bool:
    """Return whether a tag's group is odd (PS3.5 7.8)."""
    return bool(tag >> 16 & 1)


def is_private_creator(tag: int) -> bool:
    """Return whether a tag reserves a block of private elements (PS3.5 7.8.1)."""
    return is_private(tag) and 0x10 <= tag & 0xFFFF <= 0xFF


@lru_cache(maxsize=4096)
def keyword_of(tag: int) -> str:
    """Return the keyword of the data dictionary (``Rows``), or ""."""
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag)


@lru_cache(maxsize=4096)
def name_of(tag: int, creator: str = "") -> str:
    """Return what an element is called.

    Parameters
    ----------
    creator
        Who reserved the block of a private element, "" if nobody did.
    """
    from pydicom.datadict import dictionary_description, private_dictionary_description

    if tag & 0xFFFF == 0:
        return _GROUP_LENGTH
    if is_private_creator(tag):
        return _PRIVATE_CREATOR
    try:
        if not is_private(tag):
            return str(dictionary_description(tag))
        known = private_dictionary_description(tag, creator) if creator else ""
    except KeyError:
        known = ""
    if is_private(tag):
        said = ", ".join(part for part in (creator, known) if part)
        return f"{_PRIVATE}: {said}" if said else _PRIVATE
    return "Not in the data dictionary"


@lru_cache(maxsize=4096)
def vr_of(tag: int, creator: str = "") -> str:
    """Return the VR that the dictionary gives, ``UN`` where it knows none.

    Where it leaves a choice the answer is ``"US or SS"`` or one of the kinds of
    bytes, ``OW``.
    """
    from pydicom.datadict import dictionary_VR, private_dictionary_VR

    if tag & 0xFFFF == 0:
        return "UL"
    if is_private_creator(tag):
        return "LO"
    try:
        if is_private(tag):
            return str(private_dictionary_VR(tag, creator)) if creator else "UN"
        found = str(dictionary_VR(tag))
    except KeyError:
        return "UN"
    if "OW" in found:
        return "OW"
    return "US or SS" if " or " in found else found
