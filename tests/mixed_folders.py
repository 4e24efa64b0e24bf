"""Random folders of several patients' files, and whose each file is.

The files are made of pydicom's MR_small, its pixels cut to four. Identities, UIDs
and what else lies in a folder are drawn with a seed: equal, doubled and missing
ones, copies, zips, reports and files that are none.
"""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from studies.model import Patient

PIXELS_OF = 100
"""The last pixel of an image is this and the place of its owner in `PEOPLE`."""

_KEPT = (
    "SOPClassUID Modality SamplesPerPixel PhotometricInterpretation BitsAllocated"
    " BitsStored HighBit PixelRepresentation StudyDate ImageType"
)
_SR = "1.2.840.10008.5.1.4.1.1.88.33"
# Name, ID, date of birth, sex, issuer: several people who are easily mixed up, and
# some of whom too little is known.
PEOPLE = (
    ("Doe^Jane", "P1", "19700102", "F", ""),
    ("Doe^Jane", "P1", "19700103", "F", ""),
    ("Doe^Jane", "P2", "19700102", "F", ""),
    ("Doe^John", "P1", "19700102", "M", ""),
    ("DOE^JANE", "P1", "19700102", "F", ""),
    ("Doe^Jane", "P1", "19700102", "F", "Clinic A"),
    ("Doe^Jane", "P1", "19700102", "F", "Clinic B"),
    ("Doe^Jane", "", "19700102", "F", ""),
    ("", "P1", "", "", ""),
    ("", "", "", "", ""),
    ("Roe^Richard", "P9", "19450607", "M", ""),
)
Person = tuple[str, str, str, str, str]


@dataclass
class Folder:
    """What was written, by the path under which it is found again."""

    place: Path
    images: dict[Path, Person] = field(default_factory=dict)
    reports: dict[Path, Person] = field(default_factory=dict)
    foreign: set[Path] = field(default_factory=set)
    zipped: dict[str, bytes] = field(default_factory=dict)

    @property
    def paths(self) -> set[Path]:
        """All files."""
        return {*self.images, *self.reports, *self.foreign}


@cache
def _sample() -> Dataset:
    sample = dcmread(get_testdata_file("MR_small.dcm", download=False))
    small = Dataset()
    for keyword in _KEPT.split():
        small[keyword] = sample[keyword]
    small.Rows = small.Columns = 2
    small.file_meta = sample.file_meta
    return small


@cache
def file_of(
    person: Person,
    study: str = "1.2.1",
    series: str = "1.3.1",
    sop: str = "1.4.1",
    shade: int = 0,
    is_report: bool = False,
) -> bytes:
    """Return a file; an empty UID or part of the person is left out."""
    dataset = Dataset()
    dataset.update(_sample())
    dataset.file_meta = _sample().file_meta
    keywords = (
        ("PatientName", person[0]),
        ("PatientID", person[1]),
        ("PatientBirthDate", person[2]),
        ("PatientSex", person[3]),
        ("IssuerOfPatientID", person[4]),
        ("StudyInstanceUID", study),
        ("SeriesInstanceUID", series),
        ("SOPInstanceUID", sop),
    )
    for keyword, value in keywords:
        if value:
            setattr(dataset, keyword, value)
    if is_report:
        del dataset.Rows, dataset.Columns
        dataset.SOPClassUID = _SR
    else:
        # Pixels alone say whose they are, whatever a header says.
        mark = PIXELS_OF + PEOPLE.index(person)
        dataset.PixelData = bytes([shade, 0] * 3 + [mark, 0])
    written = io.BytesIO()
    dataset.save_as(written)
    return written.getvalue()


def written(place: Path, draw: random.Random) -> Folder:
    """Write one folder: one to four people, two to ten files."""
    folder = Folder(place)
    place.mkdir()
    people = draw.sample(PEOPLE, draw.randint(1, 4))
    for number in range(draw.randint(2, 10)):
        name = draw.choice(("", "a/", "a/b/")) + f"{number}.dcm"
        if draw.random() < 0.08:
            _put(folder, name, draw.choice((b"", b"words", draw.randbytes(300))), draw)
            continue
        person, is_report = draw.choice(people), draw.random() < 0.1
        study = draw.choice(("1.2.1", "1.2.2", "1.2.3", ""))
        series = draw.choice(("1.3.1", "1.3.2", ""))
        sop = draw.choice((f"1.4.{number}", f"1.4.{draw.randint(0, 9)}", ""))
        shade = draw.randint(0, 2)
        content = file_of(person, study, series, sop, shade, is_report)
        path = _put(folder, name, content, draw)
        (folder.reports if is_report else folder.images)[path] = person
        folder.foreign.discard(path)
    if folder.zipped:
        with zipfile.ZipFile(place / "case.zip", "w") as packed:
            for name, content in folder.zipped.items():
                packed.writestr(name, content)
    return folder


def _put(folder: Folder, name: str, content: bytes, draw: random.Random) -> Path:
    """Write a file into the folder or its zip; foreign until somebody knows it."""
    if draw.random() < 0.15:
        folder.zipped[name] = content
        path = folder.place / "case.zip" / name
    else:
        path = folder.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.foreign.add(path)
    return path


def patient_of(person: Person) -> tuple[str, ...]:
    """Return a person as the patient whom Overread should read in a file."""
    return (person[0].replace("^", ", "), *person[1:])


def said_of(patient: Patient) -> tuple[str, ...]:
    """Return a patient as `patient_of` does."""
    born = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    return patient.name, patient.patient_id, born, patient.sex, patient.issuer


def identity_in(content: bytes) -> tuple[str, ...]:
    """Return whose file this is by pydicom, as `patient_of` does."""
    dataset = dcmread(io.BytesIO(content), stop_before_pixels=True, force=True)
    keywords = ["PatientID", "PatientBirthDate", "PatientSex", "IssuerOfPatientID"]
    name = str(dataset.get("PatientName", "")).replace("^", ", ")
    return (name, *(str(dataset.get(keyword, "")) for keyword in keywords))


def content_of(path: Path) -> bytes:
    """Return what a file holds on disk now; also a member of a zip."""
    for packed in path.parents:
        if packed.suffix == ".zip":
            with zipfile.ZipFile(packed) as opened:
                return opened.read(path.relative_to(packed).as_posix())
    return path.read_bytes()


def identity_on_disk(path: Path) -> tuple[str, ...]:
    """Return whose file this is, read from the disk anew."""
    return identity_in(content_of(path))
