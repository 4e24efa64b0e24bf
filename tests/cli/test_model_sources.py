"""Models from elsewhere on the command line: known, get, convert."""

import hashlib
import io
import urllib.error
from types import SimpleNamespace

import pytest
import torch

import cli.model_sources
import cli.models
from inference.architectures.xray_names import XrayDenseNet
from inference.known_models import KNOWN
from inference.model_card import read_manifest
from inference.registry import Registry

NAME = "densenet121-res224-rsna"


@pytest.fixture
def user(tmp_path, monkeypatch):
    """The user's folder of models; no trial run, which takes seconds."""
    (tmp_path / "bundled").mkdir()
    registry = Registry(tmp_path / "bundled", tmp_path / "user")
    for module in (cli.models, cli.model_sources):
        monkeypatch.setattr(module, "default_registry", lambda: registry)
        monkeypatch.setattr(module, "try_out", lambda _: None)
    return tmp_path / "user"


@pytest.fixture(scope="module")
def published():
    """What the publisher's server would send: a table of tensors, and its sum."""
    torch.manual_seed(2)
    buffer = io.BytesIO()
    torch.save(XrayDenseNet(18).state_dict(), buffer)
    data = buffer.getvalue()
    return data, hashlib.sha256(data).hexdigest()


class Response(io.BytesIO):
    """An answer of the server."""

    status = 200

    def __init__(self, data):
        super().__init__(data)
        self.headers = {"Content-Length": str(len(data))}


def never(*_):
    raise AssertionError("nothing may be fetched or asked here")


def test_that_known_lists_size_licence_and_address_and_fetches_nothing(capsys):
    assert cli.model_sources.run_known() == 0
    shown = capsys.readouterr().out
    for fact in (NAME, "28 MB", "94 MB", "Apache-2.0", "--sha256", KNOWN[NAME].url):
        assert fact in shown
    assert "No SHA-256 of these files could be checked" in shown
    assert len(KNOWN) == 8


def test_that_a_download_is_shown_asked_for_hashed_converted_and_added(
    user, published, capsys
):
    data, sha256 = published
    asked = []

    def ask(question):
        asked.append((question, capsys.readouterr().out))
        return True

    code = cli.model_sources.run_get(
        NAME, None, sha256, False, ask, lambda _: Response(data)
    )
    assert code == 0
    ((question, shown),) = asked
    assert question == f"Get and convert {NAME}?"
    for fact in ("28 MB", "Apache-2.0", sha256, "https://github.com/mlmed"):
        assert fact in shown
    assert "no probabilities until it is calibrated" in capsys.readouterr().out
    card = read_manifest(user / f"txrv-{NAME}")
    assert [spec.key for spec in card.findings] == ["pneumonia", "lung-opacity"]


def test_that_nothing_is_fetched_without_a_sum(user, capsys):
    assert cli.model_sources.run_get(NAME, None, "", True, never, never) == 1
    said = capsys.readouterr().err
    assert f"no SHA-256 of {KNOWN[NAME].url} could be checked here" in said
    assert "Ask its publisher" in said
    assert "give it with --sha256" in said


def test_that_what_is_no_sum_is_refused(user, capsys):
    assert cli.model_sources.run_get(NAME, None, "abc", True, never, never) == 1
    assert "64 hexadecimal digits" in capsys.readouterr().err


def test_that_a_terminal_is_told_what_takes_long(
    user, published, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as at a terminal
    data, sha256 = published
    path = tmp_path / "net.pt"
    path.write_bytes(data)
    assert cli.model_sources.run_get(NAME, path, sha256, True, never, never) == 0
    said = capsys.readouterr().err
    assert "Converting the weights" in said
    assert said.index("Converting the weights") < said.index("Trying the model out")
    cli.models.run_remove(f"txrv-{NAME}")
    cli.models.run_add(tmp_path / "no-such-folder")
    assert "Verifying the model" in capsys.readouterr().err


def test_that_nothing_is_fetched_unless_somebody_says_yes(user, capsys):
    no = cli.model_sources.run_get(NAME, None, "0" * 64, False, lambda _: False, never)
    assert no == 1
    assert "nobody said yes" in capsys.readouterr().err


def test_that_a_file_without_a_sum_is_told_its_own(user, tmp_path, capsys):
    path = tmp_path / "net.pt"
    path.write_bytes(b"abc")
    assert cli.model_sources.run_get(NAME, path, "", True, never, never) == 1
    assert hashlib.sha256(b"abc").hexdigest() in capsys.readouterr().err


def test_that_a_file_is_taken_instead_of_a_download(user, published, tmp_path, capsys):
    data, sha256 = published
    path = tmp_path / "net.pt"
    path.write_bytes(data)
    assert cli.model_sources.run_get(NAME, path, sha256, True, never, never) == 0
    assert path.exists()
    again = cli.model_sources.run_get(NAME, path, sha256, True, never, never)
    assert again == 1
    assert "overread models remove" in capsys.readouterr().err


def test_that_a_file_of_another_sum_is_refused(user, published, capsys):
    data, _ = published
    wrong = cli.model_sources.run_get(
        NAME, None, "1" * 64, True, never, lambda _: Response(data)
    )
    assert wrong == 1
    assert "not the file that was meant" in capsys.readouterr().err
    assert not user.exists()


def test_that_no_network_is_told_in_one_line(user, capsys):
    def offline(_):
        raise urllib.error.URLError("no route to host")

    assert cli.model_sources.run_get(NAME, None, "1" * 64, True, never, offline) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no route to host" in line


def test_that_an_unknown_name_is_wrong_usage(user, capsys):
    assert cli.model_sources.run_get("gpt", None, "", True, never, never) == 2
    assert NAME in capsys.readouterr().err


def test_that_without_a_terminal_nobody_says_yes(user, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert cli.model_sources.run_get(NAME, None, "1" * 64, False, None, never) == 1
    assert "--yes says yes" in capsys.readouterr().err


def test_that_pickled_tensors_become_a_draft_that_is_not_added(user, tmp_path, capsys):
    import torchvision

    network = torchvision.models.get_model("squeezenet1_1", num_classes=2)
    torch.save(network.state_dict(), tmp_path / "net.pth")
    code = cli.model_sources.run_convert(
        tmp_path / "net.pth",
        tmp_path / "mine",
        "torchvision:squeezenet1_1",
        ["pneumonia", "effusion"],
        64,
        3,
    )
    assert code == 0
    assert "overread models add" in capsys.readouterr().out
    card = read_manifest(tmp_path / "mine")
    assert [spec.calibrated for spec in card.findings] == [False, False]
    assert not user.exists()
    assert cli.models.run_add(tmp_path / "mine") == 1
    assert "does not say what kind of image it reads" in capsys.readouterr().err
    manifest = tmp_path / "mine" / "manifest.toml"
    draft = manifest.read_text(encoding="utf-8")
    assert "[inclusion]\n" in draft
    filled = draft.replace("[inclusion]\n", '[inclusion]\nkind = "limb"\n')
    manifest.write_text(filled, encoding="utf-8")
    assert cli.models.run_add(tmp_path / "mine") == 0
