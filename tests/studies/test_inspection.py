from __future__ import annotations

from studies.inspection import inspect_paths


def test_that_a_sound_file_is_ok(write_film) -> None:
    (report,) = inspect_paths([write_film()])
    assert (report.status, report.messages) == ("ok", ())
    assert report.header is not None


def test_that_an_odd_file_is_a_notice(rg1) -> None:
    (report,) = inspect_paths([rg1])
    assert report.status == "notice"
    assert report.messages == ("PixelSpacing is 0, 0 mm: not used",)


def test_that_a_file_whose_pixels_cannot_be_decoded_is_refused(write_film) -> None:
    from pydicom.encaps import encapsulate

    path = write_film(syntax="1.2.840.10008.1.2.4.80", pixels=encapsulate([b"x" * 64]))
    (report,) = inspect_paths([path])
    assert report.status == "refused"
    assert any("code stream" in message for message in report.messages)


def test_that_a_bad_file_is_refused_with_its_next_step(tmp_path) -> None:
    path = tmp_path / "bad.dcm"
    path.write_bytes(b"x" * 300)
    (report,) = inspect_paths([path])
    assert (report.path, report.status) == (path, "refused")
    assert "Open DICOM files" in report.messages[0]


def test_that_an_object_without_pixels_is_listed(write_film) -> None:
    path = write_film(
        pixels=None,
        Rows=None,
        Columns=None,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1",
    )
    (report,) = inspect_paths([path])
    assert (report.status, report.other) == ("ok", "Encapsulated PDF")


def test_that_progress_is_told(write_film, tmp_path) -> None:
    write_film()
    told: list[tuple[int, int]] = []
    list(inspect_paths([tmp_path], progress=lambda a, b: told.append((a, b))))
    assert told == [(0, 1)]
