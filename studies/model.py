"""Studies, series and images, frozen: nothing changes them once read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from studies.shutter import Shutter

IntArray: TypeAlias = NDArray[np.integer]
Float32Array: TypeAlias = NDArray[np.float32]
UInt8Array: TypeAlias = NDArray[np.uint8]


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056), PS3.3 C.11.2.1.3."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """One pair of Window Center (0028,1050) and Window Width (0028,1051).

    Both are in modality values (after rescale). `width` is at least 1 for
    LINEAR and above 0 for the others.
    """

    center: float
    width: float
    explanation: str = ""
    function: VoiFunction = VoiFunction.LINEAR


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A Modality LUT (0028,3000) or VOI LUT (0028,3010) item.

    `first_mapped` is the input value of entry 0; `bits` the depth of an entry
    (third value of LUT Descriptor (0028,3002), corrected where the entries
    need more).
    """

    entries: tuple[int, ...]
    first_mapped: int
    bits: int
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class GrayscaleParameters:
    """All that stands between stored and display values (PS3.3 C.11, C.7.6.3).

    `padding` is the inclusive range of Pixel Padding Value (0028,0120) and
    Pixel Padding Range Limit (0028,0121) in stored values.
    """

    photometric_interpretation: str
    bits_stored: int
    pixel_representation: int
    rescale_slope: float = 1.0
    rescale_intercept: float = 0.0
    rescale_type: str = ""
    modality_lut: LookupTable | None = None
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    padding: tuple[int, int] | None = None


class SpacingSource(StrEnum):
    """Where the millimetres of a pixel come from."""

    PIXEL_SPACING = "pixel spacing"
    IMAGER_PIXEL_SPACING = "at detector"
    NONE = "none"


Vector: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plane:
    """Where an image lies in the patient (DICOM PS3.3 C.7.6.2), in mm.

    Axes as DICOM has them: x towards the patient's left, y towards posterior, z
    towards the head.

    Attributes
    ----------
    position
        Image Position (Patient) (0020,0032): the *centre* of the first pixel.
    row, column
        Image Orientation (Patient) (0020,0037): direction of a row (towards the
        right edge of the image) and of a column (towards its bottom edge).
    """

    position: Vector
    row: Vector
    column: Vector

    @property
    def normal(self) -> Vector:
        """The cross product of row and column."""
        (a, b, c), (d, e, f) = self.row, self.column
        return (b * f - c * e, c * d - a * f, a * e - b * d)


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose study it is; two patients are the same only if all of this agrees.

    `name` is the display form; it never enters a log.
    """

    patient_id: str
    name: str
    birth_date: date | None
    sex: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the header says of one image (one frame), pixels apart.

    Attributes
    ----------
    spacing_mm
        (row spacing, column spacing), or None where the header gives none that
        can be trusted: then there are no millimetres.
    patient_orientation
        Patient Orientation (0020,0020): direction of the rows (towards the
        right edge) and of the columns (towards the bottom edge), e.g.
        ("L", "F"); empty if absent.
    laterality
        Image Laterality (0020,0062), else Laterality (0020,0060); may be "".
    age_years
        From Patient's Age (0010,1010), else birth date at the study date.
    notices
        What is odd about this image, in words for the radiologist.
    is_dicom
        False for a PNG or JPEG film: then all UIDs are derived from its bytes
        and nothing is known of the patient.
    plane
        Where it lies in the patient, or None where the header does not say.
    frame_of_reference_uid
        (0020,0052): images that share it lie in one coordinate system.
    frame_time_ms
        Frame Time (0018,1063) of a cine loop, else None.
    slice_thickness_mm
        Slice Thickness (0018,0050), else None.
    sequence
        Words that tell MR sequences apart: Sequence Name, Protocol Name and
        Scanning Sequence, as far as they are there.
    pixel_aspect
        Height of a pixel divided by its width, from Pixel Aspect Ratio
        (0028,0034); 1 where `spacing_mm` says it, or nothing does.
    shutter
        Its display shutter: what lies outside is shown black; None without one.
    has_overlays
        Whether overlay planes (60xx) are there, see `overlay_planes.read_overlays`.
    contrast
        Contrast/Bolus Agent (0018,0010), in the header's own words; may be "".
    """

    path: Path
    frame: int
    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    modality: str
    rows: int
    columns: int
    grayscale: GrayscaleParameters
    body_part: str = ""
    view_position: str = ""
    patient_orientation: tuple[str, ...] = ()
    laterality: str = ""
    age_years: float | None = None
    spacing_mm: tuple[float, float] | None = None
    spacing_source: SpacingSource = SpacingSource.NONE
    lossy_ratio: float | None = None
    instance_number: int | None = None
    frames: int = 1
    transfer_syntax_uid: str = ""
    series_description: str = ""
    acquired_at: datetime | None = None
    is_dicom: bool = True
    notices: tuple[str, ...] = ()
    plane: Plane | None = None
    frame_of_reference_uid: str = ""
    frame_time_ms: float | None = None
    slice_thickness_mm: float | None = None
    sequence: str = ""
    pixel_aspect: float = 1.0
    shutter: Shutter | None = None
    has_overlays: bool = False
    contrast: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One image: its header and its stored values, read-only.

    `stored` is (rows, columns), integer, or (rows, columns, 3) uint8 RGB for a
    colour image.
    """

    header: ImageHeader
    stored: IntArray

    def __post_init__(self) -> None:
        self.stored.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Series:
    """Images of one Series Instance UID (0020,000E), in viewing order."""

    series_instance_uid: str
    modality: str
    description: str
    number: int | None
    body_part: str
    images: tuple[ImageHeader, ...]


@dataclass(frozen=True, slots=True)
class OtherObject:
    """A DICOM object that is no image, or is drawn over images.

    Reports, presentation states, structure sets; segmentations are listed here
    and among the series, for they have pixels too. `what` is a word for it.
    """

    path: Path
    what: str
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    patient: Patient | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """Series of one Study Instance UID (0020,000D) of one patient.

    `objects` are what others wrote about the study: see `OtherObject`.
    """

    study_instance_uid: str
    patient: Patient
    description: str
    started_at: datetime | None
    accession_number: str
    series: tuple[Series, ...]
    objects: tuple[OtherObject, ...] = ()

    @property
    def images(self) -> tuple[ImageHeader, ...]:
        """All images, in the order of the series."""
        return tuple(image for series in self.series for image in series.images)


class Severity(StrEnum):
    """How bad a problem is: a notice is shown and the file opens."""

    NOTICE = "notice"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the problem list: which file, what is wrong, what to do next."""

    path: Path
    severity: Severity
    what: str
    next_step: str


class Doubt(StrEnum):
    """Why somebody must be asked before anything is shown."""

    PATIENTS = "several patients"
    STUDY = "one study UID, several patients"
    IMAGE = "one SOP Instance UID, other content"


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that claims to be an image which another file claims to be too.

    Attributes
    ----------
    study
        What the file makes up alone: its patient, its study, its one image.
    size
        In bytes.
    written_at
        When the file was written, in local time; None for a member of an archive.
    """

    path: Path
    study: Study
    size: int
    written_at: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """Whose images these are, or which of them is right: not for us to decide.

    Attributes
    ----------
    uid
        The Study or SOP Instance UID that is in doubt; "" for PATIENTS.
    patients
        Those that it may be; one alone if two files of one patient disagree.
    paths
        PATIENTS, STUDY: a file of each patient, in their order. IMAGE: the file
        that is shown, then those that are not.
    claims
        IMAGE: what each of the `paths` would be, so that an answer needs no
        reading (`studies.answers`).
    """

    doubt: Doubt
    uid: str
    patients: tuple[Patient, ...]
    paths: tuple[Path, ...]
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a folder, a file or an archive holds.

    `studies` may belong to several patients; whoever opens them must ask which
    one (`patients` has more than one entry) and never shows two at once.
    `others` are DICOM objects without pixels (reports and the like), of all
    patients; those of a study stand in its `objects` too. `questions` are to be
    answered before anything is shown.
    """

    studies: tuple[Study, ...] = ()
    problems: tuple[Problem, ...] = ()
    others: tuple[OtherObject, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def patients(self) -> tuple[Patient, ...]:
        """The patients, each once, in the order they were met."""
        return tuple(dict.fromkeys(study.patient for study in self.studies))
