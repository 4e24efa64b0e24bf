"""Finding an image, or a frame of one, among headers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from studies.model import ImageHeader


def image_of(
    headers: Iterable[ImageHeader], sop_instance_uid: str, frame: int
) -> ImageHeader | None:
    """Return the header of one image, or of one frame; None if it is not there.

    A multi-frame object has one header among a study's images; that of a frame
    is made of it.
    """
    for header in headers:
        if header.sop_instance_uid != sop_instance_uid:
            continue
        if header.frame == frame:
            return header
        if 0 <= frame < header.frames:
            return replace(header, frame=frame)
    return None
