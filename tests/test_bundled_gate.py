"""The input gate that is shipped: its files, and a figure of its card afresh."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import resources
from inference.model_card import ModelCard, read_manifest


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return read_manifest(resources.path("models/input-gate"))


def test_that_all_files_are_those_the_manifest_names(card: ModelCard) -> None:
    assert card.task == "gate"
    for name, expected in card.files:
        data = (card.folder / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == expected
        assert len(data) < 15_000_000


def test_that_the_shipped_weights_refuse_as_many_good_films_as_the_card_says(
    card: ModelCard, development_data: Path
) -> None:
    """Chest films of nih's, and limb films of mura's, test split, afresh."""
    from safetensors.torch import load_file

    from inference.gate_network import GateNetwork
    from learning.gate_films import square
    from learning.gate_measures import judge_all, run_network
    from learning.labelled_folder import read_labelled_folder

    measured = json.loads((card.folder / "measured.json").read_text("utf-8"))
    network = GateNetwork(1).eval()
    weights = load_file(card.folder / "weights.safetensors")
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    for folder, source, wanted in (
        ("cxr", "nih", "frontal chest"),
        ("fracture", "mura_roboflow", "limb"),
    ):
        with read_labelled_folder(development_data / folder) as films:
            tests = [
                square(films.read_gray(item))
                for item in films.items
                if (item.source, item.split) == (source, "test")
            ]
        verdicts = judge_all(run_network(network, np.stack(tests)), wanted)
        refused = np.mean([bool(verdict.reasons) for verdict in verdicts])
        expected = measured["good"][wanted][source]
        assert len(verdicts) == expected["n"]
        assert refused == pytest.approx(expected["value"], abs=0.005)
