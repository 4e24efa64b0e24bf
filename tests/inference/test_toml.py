"""Manifests as text: written so that they read back, and bombs told from prose."""

import time
import tomllib

import pytest

from inference.toml_guard import MAXIMUM_PARTS, has_long_key
from inference.toml_text import to_toml


def test_that_what_is_written_reads_back():
    table = {
        "text": 'a "quoted"\\ line\nand \u007f more',
        "flag": True,
        "whole": 3,
        "part": 0.1,
        "many": [1, 2],
        "nested": [[1], [2]],
        "inner": {"more": {"x": 1.5}},
        "rows": [{"key": "a", "code": {"value": "1"}}, {"key": "b"}],
    }
    assert tomllib.loads(to_toml(table)) == table


def test_that_a_value_without_a_form_is_refused():
    with pytest.raises(TypeError, match="no form for NoneType"):
        to_toml({"a": None})


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("a.b.c = 1", False),
        (".".join("a" * MAXIMUM_PARTS) + " = 1", False),
        (".".join("a" * (MAXIMUM_PARTS + 1)) + " = 1", True),
        ('[ "x" . ' + " . ".join("'y'" for _ in range(30)) + "]", True),
        ('note = "' + "a." * 100 + '"', False),
        ("# " + "a." * 100, False),
        ('note = """' + "a." * 100 + '\n"""', False),
        ("x = [0.1, 0.2, " + "0.3, " * 100 + "]", False),
    ],
)
def test_that_dots_count_in_keys_alone(text, long):
    assert has_long_key(text) is long


@pytest.mark.parametrize(
    "text", ["a" * 2**20, "a." * 2**19, '"' * 2**20, "'''a" * 2**18]
)
def test_that_a_megabyte_is_looked_through_in_seconds(text):
    began = time.perf_counter()
    has_long_key(text)
    assert time.perf_counter() - began < 10.0
