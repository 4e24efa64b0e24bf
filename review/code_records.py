"""Codes to plain JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.model_card import Code


def code_to_json(code: Code) -> dict[str, str]:
    """Return a code as in the results of ``overread analyze``."""
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}


def code_from_json(record: Mapping[str, Any]) -> Code:
    """Return the code of `code_to_json`."""
    return Code(str(record["scheme"]), str(record["value"]), str(record["meaning"]))
