import pytest

from inference.backends import choice


def test_that_auto_is_what_nobody_chose(monkeypatch):
    monkeypatch.delenv(choice.VARIABLE, raising=False)
    assert choice.choose() == "auto"


def test_that_the_environment_chooses_where_the_call_does_not(monkeypatch):
    monkeypatch.setenv(choice.VARIABLE, "torch")
    assert choice.choose() == "torch"
    assert choice.choose("openvino") == "openvino"


def test_that_an_unknown_backend_is_refused_and_the_allowed_ones_are_named():
    with pytest.raises(
        choice.UnknownBackendError, match="'tensorrt' is not known; allowed: auto, "
    ):
        choice.choose("tensorrt")
