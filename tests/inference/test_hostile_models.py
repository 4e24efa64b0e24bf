"""Every tampered or malicious model is refused by name, and nothing of it runs."""

import importlib
import shutil
import sys
from pathlib import Path

import pytest

from inference.errors import ModelUnavailableError

SUPPORT = Path(__file__).parent / "support"
sys.path.append(str(SUPPORT))
attacks = importlib.import_module("attacks")
foreign = importlib.import_module("foreign_models")

ASKED_FOR = (
    "a flipped bit in the weights",
    "a header bomb",
    "a pickle under the name of safetensors",
    "onnx data at a path outside",
    "a wrong sha256 in the manifest",
    "weights outside by dots",
)
"""The refusals that were promised; the others were added."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A sound model of timm's smallest network."""
    import timm
    import torch
    from safetensors.torch import save

    torch.manual_seed(6)
    network = timm.create_model("test_resnet", num_classes=2, in_chans=1)
    folder = tmp_path_factory.mktemp("sound") / "tiny"
    return foreign.write_folder(
        folder,
        "weights.safetensors",
        save(network.state_dict()),
        "safetensors",
        "test_resnet",
    )


@pytest.fixture
def bench(sound, tmp_path, monkeypatch):
    # The children that misbehave are imported by name.
    monkeypatch.syspath_prepend(SUPPORT)
    folder = Path(shutil.copytree(sound, tmp_path / "models" / "tiny"))
    return attacks.Bench(folder, tmp_path, tmp_path / "the-code-ran")


def test_that_the_model_is_sound_before_it_is_spoilt(bench):
    bench.run()
    assert bench.add()().model_id == "tiny"


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_that_a_hostile_model_is_refused_and_nothing_runs(bench, name):
    action = attacks.ATTACKS[name](bench)
    with pytest.raises(ModelUnavailableError) as refusal:
        action()
    assert refusal.value.reason
    assert not bench.marker.exists()
    user = bench.tmp / "user"
    assert not user.exists() or not list(user.iterdir())


def test_that_what_was_promised_is_on_the_list():
    assert set(ASKED_FOR) <= attacks.ATTACKS.keys()
    assert len(attacks.ATTACKS) >= 100
