import importlib
import shutil
import sys
from pathlib import Path

import pytest

import cli.models
from inference.registry import Registry
from inference.trial import try_out

SUPPORT = Path(__file__).parent.parent / "inference" / "support"


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    sys.path.append(str(SUPPORT))
    tiny_models = importlib.import_module("tiny_models")
    return tiny_models.write_model(tmp_path_factory.mktemp("models") / "tiny-chest")


@pytest.fixture
def model(template, tmp_path):
    """A model's folder that is not installed."""
    return Path(shutil.copytree(template, tmp_path / "downloads" / "tiny-chest"))


@pytest.fixture
def user(tmp_path, monkeypatch):
    """The user's folder of models; nothing is bundled."""
    folder = tmp_path / "user"
    (tmp_path / "bundled").mkdir()
    registry = Registry(tmp_path / "bundled", folder)
    monkeypatch.setattr(cli.models, "default_registry", lambda: registry)
    # A trial run takes seconds; one test below makes it.
    monkeypatch.setattr(cli.models, "try_out", lambda _: None)
    return folder


def flip_last_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_that_an_empty_registry_says_so(user, capsys):
    assert cli.models.run_list() == 0
    assert "No model is installed." in capsys.readouterr().out


def test_that_an_added_model_is_listed_shown_verified_and_removed(user, model, capsys):
    assert cli.models.run_add(model) == 0
    assert "tiny-chest 0.0.1: added to" in capsys.readouterr().out
    assert cli.models.run_list() == 0
    assert "tiny-chest" in capsys.readouterr().out
    assert cli.models.run_show("tiny-chest") == 0
    shown = capsys.readouterr().out
    for fact in ("Pneumonia", "SCT 233604007", "never flagged", "16 years or older"):
        assert fact in shown
    assert "# Tiny chest findings" in shown
    assert cli.models.run_verify(None) == 0
    assert "tiny-chest 0.0.1: verified" in capsys.readouterr().out
    assert cli.models.run_remove("tiny-chest") == 0
    assert not (user / "tiny-chest").exists()


def test_that_a_model_whose_output_is_no_number_is_not_added(
    user, tmp_path, monkeypatch, capsys
):
    tiny_models = importlib.import_module("tiny_models")
    monkeypatch.setattr(cli.models, "try_out", try_out)
    folder = tiny_models.write_model(tmp_path / "spoilt", spoil=True)
    assert cli.models.run_add(folder) == 1
    assert "values that are no number" in capsys.readouterr().err
    assert not any(user.iterdir())


def test_that_a_card_cannot_steer_the_terminal(user, model, capsys):
    (model / "card.md").write_text("# \x1b]0;owned\x07 red\x1b[31m\n")
    cli.models.run_add(model)
    capsys.readouterr()
    cli.models.run_show("tiny-chest")
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_that_a_changed_model_fails_to_verify_and_the_others_are_done(
    user, model, capsys
):
    cli.models.run_add(model)
    flip_last_bit(user / "tiny-chest" / "weights.safetensors")
    assert cli.models.run_verify(None) == 1
    assert cli.models.run_verify("tiny-chest") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("weights.safetensors changed" in line for line in lines)


def test_that_a_broken_folder_is_told_in_the_list(user, model, capsys):
    cli.models.run_add(model)
    (user / "broken").mkdir()
    assert cli.models.run_list() == 1
    assert cli.models.run_verify(None) == 1
    assert "manifest.toml is missing" in capsys.readouterr().err


@pytest.mark.parametrize("run", [cli.models.run_show, cli.models.run_remove])
def test_that_an_unknown_model_is_wrong_usage_and_names_the_others(
    user, model, capsys, run
):
    cli.models.run_add(model)
    assert run("fracture") == 2
    assert "there is: tiny-chest" in capsys.readouterr().err
    assert cli.models.run_verify("fracture") == 2


def test_that_a_pickle_is_refused_in_one_line(user, tmp_path, capsys):
    path = tmp_path / "model.pth"
    path.write_bytes(b"\x80\x02.")
    assert cli.models.run_add(path) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "model.pth may be a pickled file" in line


def test_that_an_unwritable_folder_is_told_in_one_line(user, model, capsys):
    user.write_text("a file where the folder should be")
    assert cli.models.run_add(model) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_that_a_model_that_names_no_kind_of_image_is_refused_with_what_to_write(
    user, model, capsys
):
    manifest = model / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("any_image = true\n", ""))
    assert cli.models.run_add(model) == 1
    error = capsys.readouterr().err
    assert "does not say what kind of image it reads" in error
    assert "any_image = true" in error


def test_that_an_error_without_a_file_is_told_by_its_text(capsys):
    def fail():
        raise OSError("Invalid data stream")

    assert cli.models.exit_code(fail) == 1
    assert capsys.readouterr().err == "overread: Invalid data stream\n"
