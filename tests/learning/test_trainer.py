import math
from pathlib import Path

import pytest
import torch
from rich.progress import Progress
from torch import Tensor, nn

from learning.trainer import OtherRecipeError, Plan, Trainer, rate_share, step_generator


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(2, 1)


def make(step: int) -> Tensor:
    rows = step_generator(0, step).normal(size=(4, 2))
    return torch.from_numpy(rows).float()


def squared(model: nn.Module, batch: Tensor) -> Tensor:
    result: Tensor = (model(batch).float() - batch.sum(1, keepdim=True)).square().mean()
    return result


def test_that_the_rate_rises_and_then_falls_by_half_a_cosine() -> None:
    plan = Plan(steps=10, warm_up=0.2)
    # Two steps of warm-up: 1/2, 2/2; then a cosine, at step 6 half way down.
    assert rate_share(0, plan) == pytest.approx(0.5)
    assert rate_share(1, plan) == pytest.approx(1.0)
    assert rate_share(6, plan) == pytest.approx(0.5)


def test_that_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    plan = Plan(steps=6, bfloat16=False)
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    with Progress(disable=True) as progress:
        whole: Trainer[Tensor] = Trainer(network(), plan, tmp_path / "whole")
        whole.run(make, squared, progress)
        broken: Trainer[Tensor] = Trainer(network(), plan, tmp_path / "broken")
        broken.stop_after = 2
        broken.run(make, squared, progress)
        resumed: Trainer[Tensor] = Trainer(network(), plan, tmp_path / "broken")
        resumed.resume()
        assert resumed.step == 2
        resumed.run(make, squared, progress)
    for name, value in whole.average.items():
        assert torch.allclose(value, resumed.average[name]), name


def test_that_a_checkpoint_of_another_plan_or_source_is_refused(tmp_path: Path) -> None:
    plan = Plan(steps=2)
    Trainer(network(), plan, tmp_path, {"held_out": "a"}).save()
    with pytest.raises(OtherRecipeError, match="another recipe"):
        Trainer(network(), plan, tmp_path, {"held_out": "b"}).resume()
    with pytest.raises(OtherRecipeError, match="another recipe"):
        Trainer(network(), Plan(steps=3), tmp_path, {"held_out": "a"}).resume()


def test_that_training_stops_when_validation_no_longer_improves(tmp_path: Path) -> None:
    plan = Plan(steps=100, bfloat16=False, validate_every=2, patience=2)
    values = iter([0.5, 0.9, 0.8, 0.7, 1.0])
    with Progress(disable=True) as progress:
        trainer: Trainer[Tensor] = Trainer(network(), plan, tmp_path)
        trainer.run(make, squared, progress, lambda _: next(values))
    # Best at step 4; two validations later, at step 8, it ends.
    assert (trainer.best, trainer.best_step, trainer.step) == (0.9, 4, 8)


def test_that_the_averaged_network_is_the_one_validated_best(tmp_path: Path) -> None:
    plan = Plan(steps=4, bfloat16=False, validate_every=2, patience=9)
    seen: list[float] = []

    def validate(model: nn.Module) -> float:
        assert not model.training
        seen.append(float(next(model.parameters()).detach()[0, 0]))
        return -float(len(seen))

    with Progress(disable=True) as progress:
        trainer: Trainer[Tensor] = Trainer(network(), plan, tmp_path)
        trainer.run(make, squared, progress, validate)
    assert len(seen) == 2
    assert float(next(trainer.averaged().parameters()).detach()[0, 0]) == seen[0]


def test_that_frozen_parameters_stay(tmp_path: Path) -> None:
    model = network()
    assert isinstance(model, nn.Linear)
    model.bias.requires_grad_(False)
    before = model.bias.clone(), model.weight.clone()
    with Progress(disable=True) as progress:
        trainer: Trainer[Tensor] = Trainer(model, Plan(steps=3), tmp_path)
        trainer.run(make, squared, progress)
    assert torch.equal(model.bias, before[0])
    assert not torch.equal(model.weight, before[1])


def test_that_a_run_without_validation_has_no_best(tmp_path: Path) -> None:
    with Progress(disable=True) as progress:
        trainer: Trainer[Tensor] = Trainer(network(), Plan(steps=1), tmp_path)
        trainer.run(make, squared, progress)
    assert trainer.best == -math.inf
