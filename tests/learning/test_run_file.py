from pathlib import Path

import pytest

from learning.run_file import RunFileError, read_run


def write(folder: Path, text: str) -> Path:
    (folder / "run.json").write_text(text, encoding="utf-8")
    return folder


def test_that_the_facts_of_a_run_are_read(tmp_path: Path) -> None:
    run = write(tmp_path, '{"steps": 300, "held_out": []}')
    assert read_run(run, "learning.train_gate", ("steps",))["steps"] == 300


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "cannot be read"),
        ("[300]", "holds no JSON object"),
        ('{"held_out": []}', "says nothing of steps"),
    ],
)
def test_that_a_faulty_run_file_is_named_with_the_command_that_makes_it(
    tmp_path: Path, text: str, found: str
) -> None:
    with pytest.raises(RunFileError) as raised:
        read_run(write(tmp_path, text), "learning.train_gate", ("steps",))
    assert str(tmp_path / "run.json") in str(raised.value)
    assert found in str(raised.value)
    assert "python -m learning.train_gate" in str(raised.value)


def test_that_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be read"):
        read_run(tmp_path, "learning.train_gate", ())
