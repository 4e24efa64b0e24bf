from __future__ import annotations

import json
import subprocess
import sys

import cli.inspect


def test_that_each_file_is_one_json_object_and_a_summary_comes_last(
    rg1, tmp_path, capsys
) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(b"x" * 300)
    assert cli.inspect.run([rg1, bad], as_json=True) == 1
    out, err = capsys.readouterr()
    film, refused, summary = (json.loads(line) for line in out.splitlines())
    assert film == {
        "path": str(rg1),
        "status": "notice",
        "messages": ["PixelSpacing is 0, 0 mm: not used"],
        "study_uid": "1.3.6.1.4.1.5962.1.2.9.20040826185059.5457",
        "series_uid": "1.3.6.1.4.1.5962.1.3.9.1.20040826185059.5457",
        "sop_uid": "1.3.6.1.4.1.5962.1.1.9.1.3.20040826185059.5457",
        "modality": "CR",
        "rows": 1955,
        "columns": 1841,
        "frames": 1,
    }
    assert (refused["status"], refused["rows"]) == ("refused", None)
    assert summary == {"summary": {"files": 2, "ok": 0, "notice": 1, "refused": 1}}
    (line,) = err.splitlines()
    assert line.startswith(str(bad))


def test_that_sound_files_exit_with_0_and_say_nothing_on_stderr(rg3, capsys) -> None:
    assert cli.inspect.run([rg3], as_json=True) == 0
    assert capsys.readouterr().err == ""


def test_that_a_table_is_printed_for_people(rg1, capsys) -> None:
    assert cli.inspect.run([rg1], as_json=False) == 0
    out = capsys.readouterr().out
    assert "RG1_UNCI.dcm" in out
    assert "CR 1955 x 1841" in out
    assert "1 files: 0 ok, 1 notice, 0 refused" in out


def test_that_nothing_named_is_wrong_usage(capsys) -> None:
    assert cli.inspect.run([], as_json=True) == 2
    assert "name at least one" in capsys.readouterr().err


def test_that_a_files_words_are_not_read_as_markup(tmp_path, capsys) -> None:
    bad = tmp_path / "[red]x[bold].dcm"
    bad.write_bytes(b"x" * 300)
    assert cli.inspect.run([bad], as_json=False) == 1
    assert "[red]x[bold]" in capsys.readouterr().out.replace("\n", "")


def test_that_a_missing_path_is_one_line_on_stderr(tmp_path, capsys) -> None:
    gone = tmp_path / "gone"
    assert cli.inspect.run([gone], as_json=True) == 1
    assert capsys.readouterr().err.startswith(str(gone))


def test_that_inspect_imports_no_qt_and_no_torch(rg1) -> None:
    code = (
        "import sys; from pathlib import Path; import cli.inspect;"
        f"cli.inspect.run([Path({str(rg1)!r})], True);"
        "print(sorted({'PySide6', 'torch', 'highdicom'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
