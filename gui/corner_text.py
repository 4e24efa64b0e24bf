"""What stands in the corners of a film: facts from the header, nothing guessed.

No painting here; `gui.corner_item` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from gui.orientation import UPRIGHT, Orientation
from gui.study_words import age_text
from gui.view_geometry import ViewGeometry
from studies.grayscale import Voi
from studies.model import (
    Image,
    ImageHeader,
    Patient,
    SpacingSource,
    Study,
    VoiFunction,
    Window,
)

_WORDS = (("right", "left"), ("anterior", "posterior"), ("feet", "head"))
"""Below and above 0 along the patient's x, y and z."""

_NO_SPACING = "No pixel spacing: px only"
_OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}


@dataclass(frozen=True, slots=True)
class Sides:
    """Letters at the edges of the screen, and where they come from.

    `left` is what lies towards the left edge, e.g. "R" for a frontal film.
    Empty letters, with `known` False, where the header does not say.
    """

    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""
    known: bool = False

    @property
    def source(self) -> str:
        """The line beside the letters."""
        return "from header" if self.known else "No side known"


def sides(header: ImageHeader, orientation: Orientation = UPRIGHT) -> Sides:
    r"""Return the side letters from Patient Orientation (0020,0020).

    The first value is the direction of the rows, towards the right edge of the
    screen; the second that of the columns, towards the bottom edge. So L\F
    puts R at the left edge and L at the right (PS3.3 C.7.6.1.1.1). The letters
    move with the pixels where the image is flipped or turned.
    """
    directions = header.patient_orientation
    # A volume that is no DICOM may say how it lies; a picture file cannot.
    has_place = header.is_dicom or header.plane is not None
    if not has_place or len(directions) != 2:
        return Sides()
    right, bottom = directions
    left, top = opposite(right), opposite(bottom)
    if not left or not top:
        return Sides()
    return turned(Sides(left, right, top, bottom, known=True), orientation)


def turned(sides: Sides, orientation: Orientation) -> Sides:
    """Return the letters where they lie once the image is flipped and turned."""
    left, top, right, bottom = sides.left, sides.top, sides.right, sides.bottom
    if orientation.mirrored:
        left, right = right, left
    for _ in range(orientation.turns):
        # A quarter turn clockwise carries the left edge to the top.
        left, top, right, bottom = bottom, left, top, right
    return replace(sides, left=left, top=top, right=right, bottom=bottom)


def opposite(direction: str) -> str:
    """Return the opposite direction, e.g. "LA" -> "RP"; "" if it is none."""
    letters = [_OPPOSITE.get(letter, "") for letter in direction]
    return "".join(letters) if letters and all(letters) else ""


def patient_lines(patient: Patient, header: ImageHeader) -> tuple[str, ...]:
    """Name, ID, sex and age, birth date; for a PNG or JPEG film, its file."""
    if not header.is_dicom:
        return ("Not DICOM: no patient known", header.path.name)
    lines = [patient.name or "No name"]
    lines.append(f"ID {patient.patient_id}" if patient.patient_id else "No ID")
    facts = [patient.sex]
    if header.age_years is not None:
        facts.append(age_text(header.age_years))
    lines.append("  ".join(fact for fact in facts if fact))
    if patient.birth_date is not None:
        lines.append(f"Born {patient.birth_date.isoformat()}")
    return tuple(line for line in lines if line)


def study_lines(
    study: Study, header: ImageHeader, *, counted: bool = True
) -> tuple[str, ...]:
    """Return description, date and time, accession, and image n of m if counted."""
    view = " ".join(
        part
        for part in (header.body_part, header.view_position, header.laterality)
        if part
    )
    title = study.description or header.series_description or view or header.modality
    lines = [title]
    if view and view.casefold() not in title.casefold():
        lines.append(view)
    started, acquired = study.started_at, header.acquired_at
    if started is not None:
        lines.append(moment_text(started))
    if acquired is not None and (started is None or acquired.date() != started.date()):
        lines.append(f"Acquired {moment_text(acquired, with_time=False)}")
    if study.accession_number:
        lines.append(f"Acc. {study.accession_number}")
    if counted:
        lines.append(position_text(study, header))
    return tuple(lines)


def slice_lines(
    number: int,
    count: int,
    header: ImageHeader,
    *,
    slab_mm: float | None = None,
    slab: str = "",
) -> tuple[str, ...]:
    """Return "Slice 109 of 189", where it lies, and how thick it is.

    What has no place in the patient, a frame of a cine for one, is no slice.

    Parameters
    ----------
    number, count
        Place in the stack, counted from 1.
    slab_mm, slab
        Thickness of a slab and what is shown of it, e.g. ``"MIP"``; without
        them the header's own Slice Thickness is told.
    """
    noun = "Image" if header.plane is None else "Slice"
    lines = [f"{noun} {number} of {count}", place_text(header)]
    thickness = header.slice_thickness_mm if slab_mm is None else slab_mm
    if thickness is not None:
        lines.append(f"{thickness:.3g} mm {slab or 'thick'}")
    return tuple(line for line in lines if line)


def place_text(header: ImageHeader) -> str:
    """Return where a slice lies along its normal's main axis, e.g. "X 35.0 mm, left".

    DICOM's axes grow to the patient's left, to posterior and to the head. Of an
    oblique slice the position of its middle is told; "" without a plane.
    """
    plane, spacing = header.plane, header.spacing_mm
    if plane is None:
        return ""
    normal = [abs(part) for part in plane.normal]
    axis = normal.index(max(normal))
    at = plane.position[axis]
    if spacing is not None:
        down = spacing[0] * (header.rows - 1) / 2
        along = spacing[1] * (header.columns - 1) / 2
        at += down * plane.column[axis] + along * plane.row[axis]
    name, (below, above) = "XYZ"[axis], _WORDS[axis]
    return f"{name} {abs(at):.1f} mm, {above if at >= 0 else below}"


def moment_text(moment: datetime, *, with_time: bool = True) -> str:
    """Return a date in the reader's language, and the time where it is known."""
    date = QDate(moment.year, moment.month, moment.day)
    time = QTime(moment.hour, moment.minute)
    has_time = (moment.hour, moment.minute, moment.second) != (0, 0, 0)
    pattern = "d MMM yyyy  HH:mm" if with_time and has_time else "d MMM yyyy"
    return QLocale().toString(QDateTime(date, time), pattern)


def position_text(study: Study, header: ImageHeader) -> str:
    """Return "Image 1 of 2", counted over the study."""
    uids = [(image.sop_instance_uid, image.frame) for image in study.images]
    here = (header.sop_instance_uid, header.frame)
    number = uids.index(here) + 1 if here in uids else 1
    return f"Image {number} of {max(len(uids), 1)}"


def display_lines(
    image: Image, voi: Voi, geometry: ViewGeometry, *, inverted: bool
) -> tuple[str, ...]:
    """Window, zoom, matrix and bits, photometric note, spacing, loss."""
    header = image.header
    bits = "colour" if image.stored.ndim == 3 else f"{header.grayscale.bits_stored} bit"
    lines = [
        voi_text(voi),
        f"Zoom {round(geometry.scale * 100)} %",
        f"{header.columns} × {header.rows}  {bits}",  # noqa: RUF001 (a times sign)
        *photometric_lines(header, inverted=inverted),
        geometry.orientation.words,
        spacing_text(header, geometry.aspect),
    ]
    if header.lossy_ratio is not None:
        lines.append(f"Lossy, {header.lossy_ratio:.3g}:1")
    return tuple(line for line in lines if line)


def kept_lines(
    header: ImageHeader, geometry: ViewGeometry, *, inverted: bool
) -> tuple[str, ...]:
    """Return those of `display_lines` that the smallest pane still shows.

    Whoever does not know of them reads the image wrongly.
    """
    turned_over = photometric_lines(header, inverted=inverted) if inverted else ()
    lines = (*turned_over, geometry.orientation.words)
    return tuple(line for line in lines if line)


def notice_lines(header: ImageHeader) -> tuple[str, ...]:
    """Return what is wrong with the file or its series, for the reader to know.

    What `spacing_text` says already is left out.
    """
    return tuple(line for line in header.notices if line != _NO_SPACING)


def voi_text(voi: Voi) -> str:
    """Return "W 30000  L 15000", or the name of the look-up table."""
    if not isinstance(voi, Window):
        return f"VOI LUT {voi.explanation}".strip()
    text = f"W {number_text(voi.width)}  L {number_text(voi.center)}"
    return text if voi.function is not VoiFunction.SIGMOID else f"{text}  sigmoid"


def number_text(value: float) -> str:
    """Return a whole number, or three digits where the value is small."""
    return str(round(value)) if abs(value) >= 10 else f"{value:.3g}"


def photometric_lines(header: ImageHeader, *, inverted: bool) -> tuple[str, ...]:
    """Say how the grey scale was turned for display."""
    if header.grayscale.photometric_interpretation == "MONOCHROME1":
        shown = "negative" if inverted else "positive"
        return (f"MONOCHROME1, shown as {shown}",)
    return ("Inverted",) if inverted else ()


def spacing_text(header: ImageHeader, aspect: float = 1.0) -> str:
    """Return the size of a pixel, or that there are no millimetres."""
    if header.spacing_mm is None:
        shape = "" if aspect == 1.0 else f", {aspect:.3g} times as high as wide"
        return f"{_NO_SPACING}{shape}"
    rows, columns = header.spacing_mm
    size = f"{rows:.3g}" if rows == columns else f"{rows:.3g} × {columns:.3g}"  # noqa: RUF001 (a times sign)
    at = (
        " at detector"
        if header.spacing_source is SpacingSource.IMAGER_PIXEL_SPACING
        else ""
    )
    return f"{size} mm per px{at}"
