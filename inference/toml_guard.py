"""What would keep the TOML reader busy for hours, refused before it is read.

The standard library's reader takes time as the square of a key's parts: 50,000
dots in 100 kB took it 99 s. Manifests have keys of three parts.
"""

from __future__ import annotations

import re

MAXIMUM_PARTS = 16

_STRINGS = re.compile(
    r'"""(?:[^\\]|\\.)*?"""'
    r"|'''.*?'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*",
    re.DOTALL,
)
# Possessive, and only from the start of a word: each character is seen once.
_LONG_KEY = re.compile(rf"(?<![\w\-.])(?:[\w\-]++[ \t]*+\.[ \t]*+){{{MAXIMUM_PARTS},}}")


def has_long_key(text: str) -> bool:
    """Whether a key of TOML text has more than `MAXIMUM_PARTS` parts.

    Dots in strings and comments do not count; a quoted part does.
    """
    bare = _STRINGS.sub(lambda found: "s" if found[0][0] != "#" else "", text)
    return _LONG_KEY.search(bare) is not None
