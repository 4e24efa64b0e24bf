from pathlib import Path

import numpy as np
import torch

from learning.chest_features import run
from learning.heads import Heads
from learning.network import build_network
from learning.network_files import read_network, run_network, write_network


def test_that_the_file_gives_the_logits_of_the_heads_on_the_features(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    heads = Heads(rng.normal(size=(2, 1280)), np.array([0.5, -0.5]))
    films = rng.normal(size=(2, 64, 64)).astype(np.float32)
    path = tmp_path / "weights.safetensors"
    write_network(heads, path, half=False)
    logits, peaks = run_network(read_network(path, 2), films)
    trunk = build_network(1).to(memory_format=torch.channels_last).eval()
    expected = heads.logits(run(trunk, list(films)))
    assert np.allclose(logits, expected, atol=1e-3)
    # The mean of a grid's contributions is the logit without its bias; the
    # greatest of them is at least as much.
    assert (peaks >= logits - heads.bias - 1e-3).all()


def test_that_half_precision_halves_the_matrices_alone(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    path = tmp_path / "weights.safetensors"
    write_network(Heads(np.ones((1, 1280)), np.zeros(1)), path, half=True)
    state = load_file(path)
    assert state["classifier.weight"].dtype == torch.float16
    assert state["bn1.running_var"].dtype == torch.float32
