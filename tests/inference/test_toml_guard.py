"""Keys that would keep the TOML reader busy are told from prose."""

import time

import pytest

from inference.toml_guard import MAXIMUM_PARTS, has_long_key


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
