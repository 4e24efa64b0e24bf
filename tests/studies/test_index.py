from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from studies import search
from studies.discovery import discover
from studies.index import IndexedStudy, IndexUnavailableError, SortKey, StudyIndex
from studies.model import Patient, Severity, Study

DOE = Patient("P1", "Doe, Jane", None, "")
Films = Callable[..., Path]


def _tomorrow() -> int:
    """A clock by which the files that a test makes are long settled."""
    return time.time_ns() + 86_400_000_000_000


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "data" / "index.sqlite"


@pytest.fixture
def index(place) -> Iterator[StudyIndex]:
    opened = StudyIndex(place, now_ns=_tomorrow)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "films"


@pytest.fixture
def film(write_film) -> Films:
    """Write films/NAME; of one name one SOP Instance UID."""

    def write(name: str, **elements: object) -> Path:
        uid = f"1.9.{sum(name.encode())}"
        return write_film(f"films/{name}", **{"SOPInstanceUID": uid} | elements)

    return write


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """The names of the files that are really read from now on."""
    names: list[str] = []
    real = search._record

    def record(candidate, path):
        names.append(path.name)
        return real(candidate, path)

    monkeypatch.setattr(search, "_record", record)
    return names


def test_that_the_index_finds_what_a_search_without_it_finds(
    index, film, folder
) -> None:
    film("a")
    film("b", StudyInstanceUID="1.2.4", PatientID="P2")
    (folder / "readme.txt").write_text("about this disc")
    (folder / "bad.dcm").write_bytes(b"nothing")
    expected = discover([folder])
    assert index.discover([folder]) == expected
    assert index.discover([folder]) == expected


@pytest.mark.parametrize("data", ["dicom", "awkward"])
def test_that_the_index_finds_the_same_in_the_development_data(
    index, development_data, data: str
) -> None:
    expected = discover([development_data / data])
    assert index.discover([development_data / data]) == expected
    assert index.discover([development_data / data]) == expected


def test_that_unchanged_files_are_not_read_again(index, film, folder, reads) -> None:
    for name in "abc":
        film(name)
    index.discover([folder])
    assert sorted(reads) == ["a", "b", "c"]
    reads.clear()
    found = index.discover([folder])
    assert len(found.studies[0].images) == 3
    assert reads == []


def test_that_changed_and_new_files_alone_are_read(index, film, folder, reads) -> None:
    for name in "abc":
        film(name)
    index.discover([folder])
    reads.clear()
    film("b", StudyDescription="Changed")
    film("d")
    found = index.discover([folder])
    assert sorted(reads) == ["b", "d"]
    assert found == discover([folder])


def test_that_a_file_replaced_by_one_of_its_size_and_date_is_read(
    index, film, folder, reads
) -> None:
    path = film("a", PatientID="P1")
    index.discover([folder])
    before = path.stat()
    content = path.read_bytes().replace(b"LO\2\0P1", b"LO\2\0P2")
    reads.clear()
    path.unlink()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    (study,) = index.discover([folder]).studies
    assert study.patient.patient_id == "P2"
    assert reads == ["a"]


def test_that_a_file_changed_a_moment_ago_is_read_again(place, film, folder, reads):
    index = StudyIndex(place)  # by the real clock
    film("a")
    index.discover([folder])
    index.discover([folder])
    assert reads == ["a", "a"]
    assert index.count() == 1
    index.close()


def test_that_files_that_are_gone_are_told_once(index, film, folder) -> None:
    film("a"), film("b")
    index.discover([folder])
    (folder / "b").unlink()
    (problem,) = index.discover([folder]).problems
    assert problem.what == "1 files that were here when last looked at are gone"
    assert index.discover([folder]).problems == ()
    assert [study.images for study in index.search()] == [1]


def test_that_a_file_listed_by_another_name_is_not_gone(index, film, folder) -> None:
    path = film("a")
    link = folder / "b"
    link.symlink_to(path)
    index.discover([link])
    assert index.discover([folder]).problems == ()
    assert index.discover([folder]).problems == ()


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is closed to root"
)
def test_that_a_folder_that_is_closed_today_takes_nothing(index, film, folder) -> None:
    film("a"), film("x/b")
    index.discover([folder])
    (folder / "x").chmod(0)
    index.discover([folder])
    (folder / "x").chmod(0o700)
    assert [study.images for study in index.search()] == [2]


def test_that_an_empty_folder_takes_nothing_from_the_index(index, film, folder):
    film("a")
    index.discover([folder])
    shutil.rmtree(folder)
    folder.mkdir()  # as a drive that is not mounted
    assert index.discover([folder]).problems == ()
    assert index.count() == 1


def test_that_a_zip_is_not_unpacked_again(index, film, folder, reads) -> None:
    path = film("a")
    packed = folder / "case.zip"
    with zipfile.ZipFile(packed, "w") as opened:
        opened.write(path, "x/1.dcm")
        opened.writestr("x/readme.txt", "words")
    path.unlink()
    expected = discover([folder])
    assert index.discover([folder]) == expected
    reads.clear()
    assert index.discover([folder]) == expected
    assert index.discover([packed]).studies == expected.studies
    assert reads == []


def test_that_damaged_rows_are_read_again(index, place, film, folder, reads) -> None:
    film("a")
    expected = index.discover([folder])
    index.close()
    with closing(sqlite3.connect(place)) as file, file:
        changed = file.execute("UPDATE files SET findings = '[[1], 2]'").rowcount
        assert changed == 1
        assert file.execute("UPDATE snapshots SET head = '[1, 2, 3, 4]'").rowcount
    reads.clear()
    again = StudyIndex(place, now_ns=_tomorrow)
    assert again.discover([folder]) == expected
    again.close()
    assert reads == ["a"]


def test_that_paths_are_made_absolute(index, film, folder, monkeypatch) -> None:
    path = film("a")
    monkeypatch.chdir(folder.parent)
    found = index.discover([Path("films")])
    assert found.studies[0].images[0].path == path


def test_that_a_cancelled_search_is_not_taken_for_the_whole(
    index, film, folder
) -> None:
    for name in "abc":
        film(name)
    told: list[int] = []
    cut = index.discover(
        [folder],
        progress=lambda done, _: told.append(done),
        cancelled=lambda: len(told) == 1,
    )
    assert len(cut.studies[0].images) == 1
    assert len(index.discover([folder]).studies[0].images) == 3


def test_that_progress_ends_at_the_number_of_files(index, film, folder) -> None:
    film("a"), film("b")
    for _ in range(2):
        told: list[tuple[int, int]] = []
        index.discover([folder], progress=lambda *both, told=told: told.append(both))
        assert told[-1] == (2, 2)


def test_that_a_dicomdir_named_alone_still_notices_changes(index, film, folder):
    from tests.studies.test_discovery import _dicomdir

    film("ONE")
    path = _dicomdir(folder, ["ONE"])
    assert len(index.discover([path]).studies) == 1
    film("ONE", StudyDescription="Changed")
    assert index.discover([path]).studies[0].description == "Changed"


# What the index tells.


def test_that_an_indexed_study_says_what_its_files_say(index, film, folder) -> None:
    film(
        "a",
        StudyDate="20210304",
        StudyTime="1030",
        StudyDescription="Thorax",
        AccessionNumber="A7",
        BodyPartExamined="CHEST",
        PatientBirthDate="19700102",
        PatientSex="F",
        IssuerOfPatientID="Clinic",
    )
    film("b", SeriesInstanceUID="1.2.3.10", Modality="DX", NumberOfFrames=1)
    film(
        "c",
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
    )
    index.discover([folder])
    first, second = index.search(sort=SortKey.DATE)
    assert first == IndexedStudy(
        "1.2.3",
        Patient("P1", "Doe, Jane", date(1970, 1, 2), "F", "Clinic"),
        "Thorax",
        datetime(2021, 3, 4, 10, 30),  # noqa: DTZ001 - DICOM's times have no zone
        "A7",
        ("CR",),
        ("CHEST",),
        1,
        1,
        (folder,),
        None,
    )
    assert (second.patient, second.modalities, second.images) == (DOE, ("DX",), 1)


def test_that_copies_of_one_image_count_once(index, film, folder) -> None:
    path = film("a")
    shutil.copy(path, folder / "copy")
    index.discover([folder])
    assert [study.images for study in index.search()] == [1]


def test_that_a_study_without_images_is_not_listed(index, film, folder) -> None:
    film(
        "a",
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
    )
    assert len(index.discover([folder]).others) == 1
    assert index.count() == 0
    assert index.search() == ()


def _three(film) -> None:
    film(
        "a",
        StudyInstanceUID="1.1",
        PatientName="Müller^Anna",
        PatientID="X-100",
        SpecificCharacterSet="ISO_IR 192",
        StudyDate="20210304",
        StudyDescription="Chest PA",
    )
    film(
        "b",
        StudyInstanceUID="1.2",
        PatientName="muller^Ben",
        PatientID="X-200",
        StudyDate="20220505",
        StudyDescription="Knee",
        Modality="MR",
    )
    film(
        "c",
        StudyInstanceUID="1.3",
        PatientName="Zander^Carl",
        PatientID="Y-300",
        AccessionNumber="ACC-77/1",
        StudyDescription="ankle",
    )


@pytest.mark.parametrize(
    ("text", "uids"),
    [
        ("", {"1.1", "1.2", "1.3"}),
        ("muller", {"1.1", "1.2"}),
        ("MÜLLER ann", {"1.1"}),
        ("müller,anna", {"1.1"}),
        ("mul mr", {"1.2"}),
        ("x-1", {"1.1"}),
        ("X", {"1.1", "1.2"}),
        ("acc-77/1", {"1.3"}),
        ("acc77", {"1.3"}),
        ("77", {"1.3"}),
        ("2021-03-04", {"1.1"}),
        ("20210304", {"1.1"}),
        ("04.03.2021", {"1.1"}),
        ("2022", {"1.2"}),
        ("uller", set()),  # words are found from their beginning
        ("chest knee", set()),
        ('" OR *', set()),
        ("-- *", {"1.1", "1.2", "1.3"}),  # no word at all
    ],
)
def test_that_every_word_of_a_text_must_begin_a_word(
    index, film, folder, text: str, uids: set[str]
) -> None:
    _three(film)
    index.discover([folder])
    assert {study.study_instance_uid for study in index.search(text)} == uids
    assert index.count(text) == len(uids)


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        (SortKey.NAME, ["1.1", "1.2", "1.3"]),
        (SortKey.PATIENT_ID, ["1.1", "1.2", "1.3"]),
        (SortKey.DATE, ["1.3", "1.1", "1.2"]),
        (SortKey.DESCRIPTION, ["1.3", "1.1", "1.2"]),
        (SortKey.MODALITY, ["1.1", "1.3", "1.2"]),
    ],
)
def test_that_studies_are_sorted_without_regard_to_case_and_accents(
    index, film, folder, sort: SortKey, ascending: list[str]
) -> None:
    _three(film)
    index.discover([folder])
    for descending in (False, True):
        found = index.search(sort=sort, descending=descending)
        uids = [study.study_instance_uid for study in found]
        assert uids == (ascending[::-1] if descending else ascending)


def test_that_a_list_comes_in_pages(index, film, folder) -> None:
    _three(film)
    index.discover([folder])
    pages = [
        index.search("", sort=SortKey.NAME, descending=False, limit=2, offset=offset)
        for offset in (0, 2, 4)
    ]
    uids = [[study.study_instance_uid for study in page] for page in pages]
    assert uids == [["1.1", "1.2"], ["1.3"], []]


def test_that_many_matches_are_sorted_as_few(index, film, folder, monkeypatch) -> None:
    from studies import index_search

    _three(film)
    index.discover([folder])
    few = index.search("mul", sort=SortKey.DATE)
    monkeypatch.setattr(index_search, "_MANY", 1)
    assert index.search("mul", sort=SortKey.DATE) == few


def test_that_the_last_opened_study_comes_first(index, film, folder) -> None:
    _three(film)
    studies = {
        study.study_instance_uid: study for study in index.discover([folder]).studies
    }
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    index.opened(studies["1.2"], at)
    east = timezone(timedelta(hours=2))
    index.opened(studies["1.3"], datetime(2026, 3, 1, 13, 59, tzinfo=east))
    found = index.search()
    assert [study.study_instance_uid for study in found][:2] == ["1.2", "1.3"]
    assert found[0].last_opened == at
    assert found[2].last_opened is None


def test_that_what_is_read_again_stays_opened(index, film, folder) -> None:
    film("a")
    (study,) = index.discover([folder]).studies
    at = datetime(2026, 3, 1, tzinfo=UTC)
    index.opened(study, at)
    film("a", ContentDate="20200101")
    index.discover([folder])
    assert index.search()[0].last_opened == at


# Whose studies.


def test_that_priors_are_of_exactly_the_same_patient(index, film, folder) -> None:
    same = {
        "PatientID": "P1",
        "PatientName": "Doe^Jane",
        "PatientBirthDate": "19700102",
    }
    film("a", StudyInstanceUID="1.1", StudyDate="20200101", **same)
    film("b", StudyInstanceUID="1.2", StudyDate="20210101", **same)
    for number, other in enumerate(
        (
            {"PatientID": "P2"},
            {"PatientName": "Doe^John"},
            {"PatientBirthDate": "19700103"},
            {"PatientSex": "F"},
            {"IssuerOfPatientID": "Elsewhere"},
        )
    ):
        film(f"x{number}", StudyInstanceUID=f"1.9.{number}", **same | other)
    found = index.discover([folder])
    (patient,) = {s.patient for s in found.studies if s.study_instance_uid == "1.1"}
    priors = index.studies_of(patient)
    assert [study.study_instance_uid for study in priors] == ["1.2", "1.1"]
    similar = index.similar_patients(patient)
    assert len(similar) == 4
    assert patient not in similar
    assert {other.patient_id for other in similar} == {"P1"}


@pytest.mark.parametrize(
    "patient",
    [Patient("", "", None, ""), Patient("", "Doe, Jane", None, "")],
)
def test_that_a_patient_that_cannot_be_told_apart_has_no_priors(
    index, film, folder, patient: Patient
) -> None:
    film("a", PatientID="", PatientName=patient.name.replace(", ", "^"))
    (study,) = index.discover([folder]).studies
    assert study.patient == patient
    assert index.studies_of(patient) == ()
    assert index.similar_patients(patient) == ()


# Loading one study.


def _indexed(index: StudyIndex, uid: str) -> IndexedStudy:
    (found,) = (s for s in index.search() if s.study_instance_uid == uid)
    return found


def test_that_a_study_is_loaded_from_all_places_it_was_seen_in(
    index, film, folder, reads
) -> None:
    film("one/a"), film("two/b"), film("two/c", StudyInstanceUID="1.2.4")
    index.discover([folder / "one"])
    index.discover([folder / "two"])
    reads.clear()
    study = _indexed(index, "1.2.3")
    assert study.roots == (folder / "one", folder / "two")
    found = index.load(study)
    assert [one.study_instance_uid for one in found.studies] == ["1.2.3"]
    assert len(found.studies[0].images) == 2
    assert found.problems == ()
    assert reads == []


def test_that_reports_on_a_study_are_loaded_with_it(index, film, folder) -> None:
    film("a")
    film(
        "b",
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33",
    )
    index.discover([folder])
    (study,) = index.load(_indexed(index, "1.2.3")).studies
    assert [other.what for other in study.objects] == ["Comprehensive SR"]


def test_that_a_missing_file_of_a_study_is_a_problem(index, film, folder) -> None:
    film("a")
    gone = film("b")
    index.discover([folder])
    gone.unlink()
    found = index.load(_indexed(index, "1.2.3"))
    assert len(found.studies[0].images) == 1
    (problem,) = found.problems
    assert (problem.path, problem.what) == (gone, "The file is gone")
    assert problem.severity is Severity.REFUSED


def test_that_a_file_that_is_somebody_elses_now_is_not_shown(
    index, film, folder
) -> None:
    film("a")
    path = film("b")
    index.discover([folder])
    film("b", PatientID="P2")
    found = index.load(_indexed(index, "1.2.3"))
    assert {study.patient for study in found.studies} == {DOE}
    assert len(found.studies[0].images) == 1
    (problem,) = found.problems
    assert (problem.path, problem.severity) == (path, Severity.REFUSED)
    assert "another study now" in problem.what


def test_that_only_the_study_is_loaded_from_an_archive_of_several(
    index, film, folder
) -> None:
    packed = folder / "case.zip"
    paths = film("a"), film("b", PatientID="P2", StudyInstanceUID="1.2.4")
    with zipfile.ZipFile(packed, "w") as opened:
        for path in paths:
            opened.write(path, path.name)
            path.unlink()
    index.discover([folder])
    found = index.load(_indexed(index, "1.2.4"))
    assert [study.study_instance_uid for study in found.studies] == ["1.2.4"]
    assert found.problems == ()
    assert found.questions == ()


# Forgetting.


def test_that_a_forgotten_study_comes_back_with_its_folder(index, film, folder) -> None:
    film("a"), film("b", StudyInstanceUID="1.2.4")
    expected = index.discover([folder])
    index.forget(_indexed(index, "1.2.3"))
    assert [study.study_instance_uid for study in index.search()] == ["1.2.4"]
    assert index.count("doe") == 1
    assert index.discover([folder]) == expected
    assert index.count() == 2


def test_that_a_study_of_an_archive_can_be_forgotten(index, film, folder) -> None:
    packed = folder / "case.zip"
    paths = film("a"), film("b", StudyInstanceUID="1.2.4")
    with zipfile.ZipFile(packed, "w") as opened:
        for path in paths:
            opened.write(path, path.name)
            path.unlink()
    index.discover([folder])
    index.forget(_indexed(index, "1.2.3"))
    assert len(index.load(_indexed(index, "1.2.4")).studies) == 1
    index.discover([folder])
    assert index.count() == 2


def test_that_a_forgotten_study_knows_no_file(index, film, folder) -> None:
    film("a")
    index.discover([folder])
    study = _indexed(index, "1.2.3")
    index.forget(study)
    found = index.load(study)
    assert found.studies == ()
    (problem,) = found.problems
    assert "knows no file" in problem.what


# The file itself.


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_that_the_index_is_readable_by_its_owner_only(index, film, folder, place):
    film("a")
    index.discover([folder])
    for path in place.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_that_the_index_is_kept_from_one_run_to_the_next(
    place, film, folder, reads
) -> None:
    film("a")
    for _ in range(2):
        index = StudyIndex(place, now_ns=_tomorrow)
        found = index.discover([folder])
        index.close()
        assert len(found.studies) == 1
    assert reads == ["a"]


def test_that_files_are_read_again_by_another_version_of_the_reader(
    place, film, folder, reads, monkeypatch
) -> None:
    from studies import index_file

    film("a")
    for version in ("one", "two", "two"):
        monkeypatch.setattr(
            index_file, "reader_version", lambda version=version: version
        )
        index = StudyIndex(place, now_ns=_tomorrow)
        assert len(index.discover([folder]).studies) == 1
        assert index.count() == 1
        index.close()
    assert reads == ["a", "a"]


@pytest.mark.parametrize(
    "content", [b"not a database" * 200, b"SQLite format 3\0" * 99]
)
def test_that_a_damaged_file_is_set_aside_and_made_anew(
    place, film, folder, content: bytes
) -> None:
    place.parent.mkdir()
    place.write_bytes(content)
    film("a")
    index = StudyIndex(place, now_ns=_tomorrow)
    assert len(index.discover([folder]).studies) == 1
    assert index.count() == 1
    index.close()
    aside = place.with_name("index.sqlite.aside-1")
    assert aside.read_bytes() == content


def test_that_somebody_elses_database_is_set_aside_unchanged(place) -> None:
    place.parent.mkdir()
    with sqlite3.connect(place) as other:
        other.execute("CREATE TABLE studies (id)")
        other.execute("INSERT INTO studies VALUES (7)")
    other.close()
    StudyIndex(place).close()
    kept = sqlite3.connect(place.with_name("index.sqlite.aside-1"))
    assert kept.execute("SELECT id FROM studies").fetchall() == [(7,)]
    kept.close()


def test_that_an_index_of_another_schema_is_set_aside(place) -> None:
    StudyIndex(place).close()
    changed = sqlite3.connect(place)
    changed.execute("PRAGMA user_version=99")
    changed.close()
    index = StudyIndex(place)
    assert index.count() == 0
    index.close()
    assert place.with_name("index.sqlite.aside-1").exists()


def test_that_damage_found_on_the_way_is_set_aside_too(place, film, folder) -> None:
    film("a")
    index = StudyIndex(place, now_ns=_tomorrow)
    index.discover([folder])
    index.close()
    content = bytearray(place.read_bytes())
    page = 4096
    for start in range(page, len(content), page):  # all but the first page
        content[start : start + 64] = b"\xff" * 64
    place.write_bytes(content)
    index = StudyIndex(place, now_ns=_tomorrow)
    assert index.discover([folder]) == discover([folder])
    assert index.count() == 1
    index.close()


def test_that_an_index_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnavailableError, match="cannot be made"):
        StudyIndex(tmp_path / "file" / "index.sqlite")


def test_that_a_search_goes_on_without_an_index_that_fails(index, film, folder) -> None:
    film("a")
    expected = discover([folder])
    index.close()
    found = index.discover([folder])
    assert found.studies == expected.studies
    (problem,) = found.problems
    assert problem.severity is Severity.NOTICE
    assert "index of studies could not be used" in problem.what
    with pytest.raises(IndexUnavailableError, match="closed"):
        index.count()


def test_that_a_disk_that_fails_today_is_not_remembered(
    index, film, folder, monkeypatch
) -> None:
    film("a")

    def fails(_path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(search, "scan_file", fails)
        patched.setattr(Path, "open", lambda *_: fails(""))
        assert index.discover([folder]).studies == ()
    assert len(index.discover([folder]).studies) == 1


def test_that_threads_may_use_the_index_at_once(index, film, folder) -> None:
    for name in "abcdef":
        film(name)
    failed: list[BaseException] = []

    def use() -> None:
        try:
            for _ in range(5):
                index.discover([folder])
                index.search("doe")
        except BaseException as error:  # told by the main thread
            failed.append(error)
            raise

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [study.images for study in index.search()] == [6]


def test_that_two_windows_share_one_index(place, film, folder) -> None:
    film("a")
    first = StudyIndex(place, now_ns=_tomorrow)
    second = StudyIndex(place, now_ns=_tomorrow)
    first.discover([folder])
    assert second.count("doe") == 1
    assert second.discover([folder]) == first.discover([folder])
    first.close()
    second.close()


def test_that_a_study_the_index_has_not_found_is_not_noted(index) -> None:
    index.opened(
        Study("1.2.3", DOE, "", None, "", ()), datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert index.search() == ()
