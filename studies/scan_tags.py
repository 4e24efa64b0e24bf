"""What the scan knows of VRs, and which VR it expects of each element it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from studies.errors import OverreadError
from studies.wanted_tags import wanted_tags

# What the dictionary leaves to other elements (PS3.6 6): US where unsigned.
US_OR_SS = "US or SS"


class UnusualFileError(OverreadError):
    """A file that the scan does not know how to read; the full reader may."""


def vr_code(vr: str) -> int:
    """Return a VR as the number that its two bytes are, little endian."""
    return int.from_bytes(vr.encode("ascii"), "little")


_SHORT = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US"
_LONG = "OB OD OF OL OV OW SQ SV UC UN UR UT UV"
SHORT = frozenset(map(vr_code, _SHORT.split()))
"""VRs with a length of two bytes (PS3.5 7.1.2)."""

LONG = frozenset(map(vr_code, _LONG.split()))
"""VRs with a length of four bytes."""

SQ = vr_code("SQ")


@lru_cache(maxsize=1)
def explicit_vrs() -> Mapping[int, Mapping[int, str]]:
    """Return the VRs that each wanted element may state: code to name, by tag."""
    return {
        tag: {vr_code(vr): vr for vr in stated.split(" or ")}
        for tag, stated in implicit_vrs().items()
    }


@lru_cache(maxsize=1)
def implicit_vrs() -> Mapping[int, str]:
    """Return the dictionary's VR of each wanted element, by tag."""
    from pydicom.datadict import dictionary_VR

    return {tag: dictionary_VR(tag) for tag in wanted_tags()}


def is_sequence(tag: int) -> bool:
    """Return whether the dictionary knows the element and says it is a sequence."""
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False
