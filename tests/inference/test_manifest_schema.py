"""The manifest's documents are up to date, and every shipped manifest keeps to them."""

import json
import re
from pathlib import Path

import pytest

import resources
from inference.errors import ModelUnavailableError
from inference.manifest_schema import as_text, schema
from inference.model_card import read_manifest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path):
    (found,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "manifest.toml").write_text(found, encoding="utf-8")
    return tmp_path


def test_that_the_schema_in_docs_is_the_programs():
    written = (ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8")
    assert written == as_text(), (
        "run: python -m inference.manifest_schema docs/manifest.schema.json"
    )


def test_that_the_schema_is_of_the_file_and_not_of_the_card():
    found = schema()
    assert {"schema", "id"} <= set(found["required"])
    assert not {"folder", "model_id"} & found["properties"].keys()
    assert found["additionalProperties"] is False
    json.dumps(found)


def test_that_the_documents_example_is_a_sound_manifest(example):
    card = read_manifest(example)
    assert card.model_id == "example-chest"
    assert (len(card.findings), len(card.severities), len(card.segments)) == (1, 1, 1)


def test_that_the_example_is_checked_at_all(example):
    manifest = example / "manifest.toml"
    manifest.write_text(manifest.read_text() + "\n[more]\n")
    with pytest.raises(ModelUnavailableError, match="'more' that is not known"):
        read_manifest(example)


def test_that_every_field_is_in_the_document():
    found = schema()
    names = set(found["properties"])
    for part in found["$defs"].values():
        names |= set(part["properties"])
    described = set(re.findall(r"`([a-z0-9_]+)`", DOCUMENT.split("## The model")[1]))
    # Of tables named in the prose: { value, low, high }.
    described |= {"value", "low", "high"}
    assert names - described == set()


@pytest.mark.parametrize(
    "folder", sorted(resources.path("models").iterdir()), ids=lambda one: one.name
)
def test_that_every_bundled_manifest_is_sound(folder):
    assert read_manifest(folder).model_id == folder.name
