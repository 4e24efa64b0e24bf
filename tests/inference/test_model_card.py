import os

import pytest

from inference.errors import ModelUnavailableError
from inference.model_card import Measured, read_manifest


@pytest.fixture
def edit(model_folder):
    """Replace text of the manifest."""

    def replace(old, new):
        manifest = model_folder / "manifest.toml"
        text = manifest.read_text()
        assert old in text
        manifest.write_text(text.replace(old, new))
        return model_folder

    return replace


def test_that_a_manifest_says_all_about_a_model(model_folder):
    card = read_manifest(model_folder)
    assert (card.model_id, card.version) == ("tiny-chest", "0.0.1")
    assert card.weights_path == model_folder / "weights.safetensors"
    assert (card.input.rows, card.input.columns, card.input.channels) == (224, 224, 3)
    assert card.explain.layer == "bn2"
    assert card.inclusion.minimum_age_years == 16
    assert [spec.key for spec in card.findings][:2] == ["covid", "pneumonia"]
    assert card.finding("pneumonia").code.value == "233604007"
    assert card.finding("pneumonia").unseen_auroc == Measured(0.71, 0.64, 0.77)
    assert card.finding("normal").can_be_flagged is False
    assert card.gate is not None
    assert card.time_limit_s == 60.0
    with pytest.raises(KeyError):
        card.finding("fracture")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"overread.model/2"', '"overread.model/9"', "has schema 'overread.model/9'"),
        ('version = "0.0.1"', "", "lacks 'version'"),
        ("channels = 3", 'channels = "three"', "has a wrong value"),
        ("channels = 3", "channels = 2", "1 or 3 channels"),
        ("rows = 224", "rows = 4", "at least 8 x 8 px"),
        ('"weights.safetensors"', '"weights.pt"', "only safetensors files are loaded"),
        ('"weights.safetensors"', '"../w.safetensors"', "outside the model's folder"),
        ('"gate.safetensors"', '"/etc/passwd"', "outside the model's folder"),
        ("threshold = 0.5", "threshold = 1.5", "threshold of covid is 1.5"),
        ("heatmap_reference = 2.0", "heatmap_reference = 0", "must be above 0"),
        ('key = "pneumonia"', 'key = "covid"', "two findings share one key"),
        ("[[findings]]", "[[others]]", "a field 'others' that is not known"),
        ('sha256 = "', 'sha256 = "zz', "is not 64 hexadecimal digits"),
        ("time_limit_s = 60.0", "time_limit_s = 0", "time_limit_s is 0"),
        ('id = "', 'folder = "x"\nid = "', "a field 'folder' that is not known"),
        ("percentiles = [1.0, 99.0]", "percentiles = 1", "has a wrong value"),
        ("id =", "id", "cannot be read"),
    ],
)
def test_that_a_wrong_manifest_is_refused_with_its_fault(edit, old, new, reason):
    with pytest.raises(ModelUnavailableError, match=reason):
        read_manifest(edit(old, new))


def test_that_a_missing_manifest_is_told(tmp_path):
    with pytest.raises(ModelUnavailableError, match=r"manifest\.toml is missing"):
        read_manifest(tmp_path)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_that_weights_that_link_out_of_the_folder_are_refused(model_folder, tmp_path):
    weights = model_folder / "weights.safetensors"
    weights.rename(tmp_path / "elsewhere.safetensors")
    weights.symlink_to(tmp_path / "elsewhere.safetensors")
    with pytest.raises(ModelUnavailableError, match="outside the model's folder"):
        read_manifest(model_folder)
