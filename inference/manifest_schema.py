"""Writes the JSON schema of manifests: ``python -m inference.manifest_schema FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from inference.manifest import adapter
from inference.model_card import SCHEMA


def schema() -> dict[str, Any]:
    """Return the JSON schema of a ``manifest.toml``, read as a table.

    The card's `folder` is not in the file, and its `model_id` is ``id`` there.
    """
    found = adapter().json_schema()
    properties = dict(found["properties"])
    del properties["folder"]
    properties = {
        "schema": {"const": SCHEMA, "title": "Schema"},
        "id": {**properties.pop("model_id"), "title": "Id"},
        **properties,
    }
    required = [
        name for name in found["required"] if name not in ("folder", "model_id")
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Manifest of an Overread model",
        **{key: found[key] for key in ("type", "additionalProperties")},
        "required": ["schema", "id", *required],
        "properties": properties,
        "$defs": found["$defs"],
    }


def as_text() -> str:
    """Return the schema as the file in ``docs/`` has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_text(), encoding="utf-8")
