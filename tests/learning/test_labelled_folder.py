import zipfile
from pathlib import Path

import pytest

from learning.labelled_folder import (
    LabelledFilm,
    LabelsError,
    read_labelled_folder,
)
from studies.errors import UnreadableFileError

HEADER = "file,archive,source,opacity\n"


def _write(folder: Path, rows: str, header: str = HEADER) -> Path:
    (folder / "labels.csv").write_text(header + rows, encoding="utf-8")
    return folder


def test_that_an_empty_cell_is_unknown_and_not_absent(labelled_folder: Path) -> None:
    items = read_labelled_folder(labelled_folder).items
    assert items[0].labels == {"opacity": 1, "tuberculosis": 0}
    assert items[1].labels == {"opacity": 0}


def test_that_only_columns_of_ones_and_zeros_are_findings(
    labelled_folder: Path,
) -> None:
    folder = read_labelled_folder(labelled_folder)
    assert folder.columns == ("opacity", "tuberculosis")
    assert [item.extra["view"] for item in folder.items][:3] == ["PA", "AP", ""]


def test_that_source_split_and_patient_are_read(labelled_folder: Path) -> None:
    item = read_labelled_folder(labelled_folder).items[4]
    assert (item.source, item.split, item.patient_id) == ("b", "train", "p3")
    assert item.line == 6


def test_that_one_split_has_its_films_alone(labelled_folder: Path) -> None:
    folder = read_labelled_folder(labelled_folder).of_split("train")
    assert [item.file for item in folder.items] == ["b/1.png", "b/2.png"]


def test_that_an_unknown_split_is_refused_by_naming_the_known_ones(
    labelled_folder: Path,
) -> None:
    with pytest.raises(LabelsError, match=r"'val'.*test, train"):
        read_labelled_folder(labelled_folder).of_split("val")


@pytest.mark.parametrize("number", [0, 3])
def test_that_films_are_read_from_zips_and_from_files(
    labelled_folder: Path, number: int
) -> None:
    with read_labelled_folder(labelled_folder) as folder:
        gray = folder.read_gray(folder.items[number])
    assert gray.shape == (40, 32)
    assert gray.dtype == "uint8"
    assert gray[0, 0] < gray[-1, -1]


def test_that_an_unpacked_film_is_removed_again(labelled_folder: Path) -> None:
    with read_labelled_folder(labelled_folder) as folder:
        with folder.path(folder.items[0]) as path:
            assert path.is_file()
        assert not path.exists()


def test_that_a_dicom_film_is_read(tmp_path: Path, rg3: Path) -> None:
    (tmp_path / "leg.dcm").write_bytes(rg3.read_bytes())
    folder = read_labelled_folder(_write(tmp_path, "leg.dcm,,clinic,0\n"))
    assert folder.read_gray(folder.items[0]).shape == (1760, 1760)


def test_that_labels_without_a_needed_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="line 1: found no column source"):
        read_labelled_folder(_write(tmp_path, "a.png,1\n", "file,opacity\n"))


def test_that_labels_without_a_film_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="no film"):
        read_labelled_folder(_write(tmp_path, "\n"))


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("a.png,,x\n", "labels.csv, line 3: found another number of cells, 3;"),
        ("a.png,,x,1,1\n", "labels.csv, line 3: found another number of cells, 5;"),
        (",,x,1\n", "labels.csv, line 3, column file: found nothing;"),
        ("b.png,,y,1\n", "line 3, column file: found b.png again, after line 2;"),
    ],
)
def test_that_a_faulty_row_is_told_by_line_and_the_others_are_used(
    tmp_path: Path, row: str, word: str
) -> None:
    folder = read_labelled_folder(_write(tmp_path, f"b.png,,x,1\n{row}c.png,,x,0\n"))
    assert [item.file for item in folder.items] == ["b.png", "c.png"]
    assert [word in str(problem) for problem in folder.problems] == [True]


def test_that_the_same_file_of_two_archives_is_two_films(tmp_path: Path) -> None:
    folder = read_labelled_folder(
        _write(tmp_path, "1.png,a.zip,a,1\n1.png,b.zip,b,0\n")
    )
    assert len(folder.items) == 2
    assert folder.problems == ()


def test_that_semicolons_blanks_and_numbers_with_a_point_are_read(
    tmp_path: Path,
) -> None:
    folder = read_labelled_folder(
        _write(tmp_path, "a.png;x; 1.0\nb.png;x;\n", "file;source;opacity\n")
    )
    assert folder.columns == ("opacity",)
    assert [item.labels for item in folder.items] == [{"opacity": 1}, {}]


def test_that_without_a_named_archive_the_zip_of_the_source_is_used(
    labelled_folder: Path,
) -> None:
    (labelled_folder / "labels.csv").write_text(
        "file,source,opacity\na/0.png,a,1\nb/0.png,a,0\n"
    )
    with read_labelled_folder(labelled_folder) as folder:
        # The first is in a.zip alone, the second a plain file.
        assert [folder.read_gray(item).shape for item in folder.items] == [(40, 32)] * 2


def test_that_a_missing_labels_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"labels\.csv"):
        read_labelled_folder(tmp_path)


def test_that_labels_of_another_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"file,source\n\xff\xfe,x\n")
    with pytest.raises(UnreadableFileError, match=r"labels\.csv"):
        read_labelled_folder(tmp_path)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("../secret.png,,x,1\n", "outside the folder"),
        ("gone.png,,x,1\n", "not in the folder"),
        ("gone.png,films.zip,x,1\n", "not in films.zip"),
        ("a.png,../films.zip,x,1\n", "outside the folder"),
        ("a.png,broken.zip,x,1\n", "not a zip"),
    ],
)
def test_that_a_film_outside_or_absent_is_refused(
    tmp_path: Path, row: str, word: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    with zipfile.ZipFile(folder / "films.zip", "w") as archive:
        archive.writestr("a.png", b"x")
    (tmp_path / "films.zip").write_bytes((folder / "films.zip").read_bytes())
    (folder / "broken.zip").write_bytes(b"no archive")
    films = read_labelled_folder(_write(folder, row))
    with (
        pytest.raises(UnreadableFileError, match=word),
        films.path(films.items[0]),
    ):
        pass


def test_that_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (folder / "a.png").symlink_to(tmp_path / "secret.png")
    films = read_labelled_folder(_write(folder, "a.png,,x,1\n"))
    with (
        pytest.raises(UnreadableFileError, match="outside the folder"),
        films.path(films.items[0]),
    ):
        pass


def test_that_a_member_whose_name_leads_outside_stays_in_the_temporary_folder(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        archive.writestr("../../out.png", b"x")
    films = read_labelled_folder(_write(tmp_path, "../../out.png,films.zip,x,1\n"))
    item: LabelledFilm = films.items[0]
    with films.path(item) as path:
        assert path.name == "film.png"
        assert path.read_bytes() == b"x"


def test_that_a_film_of_each_source_of_the_development_data_is_read(
    development_data: Path,
) -> None:
    with read_labelled_folder(development_data / "cxr") as folder:
        firsts = {item.source: item for item in reversed(folder.items)}
        shapes = {name: folder.read_gray(item).shape for name, item in firsts.items()}
    assert {"covid", "pneumonia", "tuberculosis", "normal"} <= set(folder.columns)
    assert len(shapes) == 7
    for name, item in firsts.items():
        expected = (int(item.extra["height"]), int(item.extra["width"]))
        assert shapes[name] == expected
