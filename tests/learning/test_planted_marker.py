"""A model that reads a planted marker is caught by the shortcut checks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.progress import Progress
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from learning.chest_controls import marker_control, painted_controls
from learning.chest_features import paint_over
from learning.trainer import Plan, Trainer, step_generator

SIDE = 32
LUNGS = (0.25, 0.25, 0.9, 0.9)
"""Box of the lungs; the marker lies above it."""


def films(rng: np.random.Generator, opacity: np.ndarray, marker: np.ndarray) -> Tensor:
    """Grainy films: a bright patch in the lungs, a white marker in the corner."""
    result = rng.normal(0.4, 0.05, (len(opacity), SIDE, SIDE)).astype(np.float32)
    for film, dense, marked in zip(result, opacity, marker, strict=True):
        if dense:
            row, column = rng.integers(10, 20, 2)
            film[row : row + 8, column : column + 8] += 0.3
        if marked:
            film[2:5, 2:5] = 1.0
    return torch.from_numpy(result)[:, None]


class Tiny(nn.Module):
    """Two convolutions and the brightest place of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU()
        )
        self.head = nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        result: Tensor = self.head(self.features(inputs).amax((2, 3)))[:, 0]
        return result


def train(tmp_path: Path, *, planted: bool) -> nn.Module:
    """Train on films of which those with the finding carry the marker, or none."""
    torch.manual_seed(0)

    def make(step: int) -> tuple[Tensor, Tensor]:
        rng = step_generator(0, step)
        truth = rng.integers(0, 2, 32)
        opacity = np.zeros(32, int) if planted else truth
        marker = truth if planted else rng.integers(0, 2, 32)
        return films(rng, opacity, marker), torch.from_numpy(truth).float()

    def loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        logits = network(batch[0])
        return nn.functional.binary_cross_entropy_with_logits(logits, batch[1])

    plan = Plan(steps=150, rate=2e-2, bfloat16=False, average=0.9, save_every=10**6)
    trainer: Trainer[tuple[Tensor, Tensor]] = Trainer(Tiny(), plan, tmp_path)
    with Progress(disable=True) as progress:
        trainer.run(make, loss, progress)
    return trainer.averaged()


@torch.inference_mode()
def aurocs(
    network: nn.Module, *, planted: bool
) -> tuple[dict[str, tuple[float, str]], ...]:
    """AUROC on test films as they are, painted over, and all with the marker."""
    rng = np.random.default_rng(99)
    truth = rng.integers(0, 2, 200)
    opacity = np.zeros(200, int) if planted else truth
    shown = films(rng, opacity, truth if planted else np.zeros(200, int))
    painted = torch.stack(
        [torch.from_numpy(paint_over(film[0].numpy(), LUNGS))[None] for film in shown]
    )
    marked = shown.clone()
    marked[:, :, 2:5, 2:5] = 1.0
    return tuple(
        {"pneumonia": (float(roc_auc_score(truth, network(inputs).numpy())), "made")}
        for inputs in (shown, painted, marked)
    )


def test_that_a_model_of_a_planted_marker_fails_both_checks(tmp_path: Path) -> None:
    network = train(tmp_path, planted=True)
    full, painted, marked = aurocs(network, planted=True)
    # A random split would praise it.
    assert full["pneumonia"][0] > 0.95
    blackout = painted_controls(full, painted)[0]
    assert blackout.value == pytest.approx(full["pneumonia"][0], abs=0.05)
    assert not blackout.passed
    assert not marker_control(full, marked).passed


def test_that_a_model_of_the_lungs_passes_both_checks(tmp_path: Path) -> None:
    network = train(tmp_path, planted=False)
    full, painted, marked = aurocs(network, planted=False)
    assert full["pneumonia"][0] > 0.95
    blackout = painted_controls(full, painted)[0]
    assert blackout.value < 0.65
    assert blackout.passed
    assert marker_control(full, marked).passed
