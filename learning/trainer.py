"""Training any network: AdamW, running average, cosine, early stop, resuming.

The trainer knows neither films nor labels. It is given a network, a function
that makes the batch of a step, and a function that makes the loss of a batch;
so all bundled models are trained in one way.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from rich.progress import Progress
from torch import Tensor, nn

from studies.errors import OverreadError

Batch = TypeVar("Batch")


class OtherRecipeError(OverreadError):
    """A checkpoint was made by other settings than those asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} belongs to another recipe; choose another --output or delete it"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train, whatever the network.

    Attributes
    ----------
    steps
        Optimiser steps.
    rate, weight_decay
        Of AdamW, at the peak of the schedule.
    warm_up
        Share of the steps over which the rate rises.
    average
        Memory of the running average (EMA) of the weights.
    clip
        Greatest norm of the gradient.
    bfloat16
        Forward pass in bfloat16, where the processor is faster at it.
    validate_every, patience
        Steps between validations, and how many without a better one end the
        run; 0 validates never.
    save_every
        Steps between checkpoints.
    seed
        Of the weights and of each step's batch.
    """

    steps: int
    rate: float = 4e-4
    weight_decay: float = 0.02
    warm_up: float = 0.08
    average: float = 0.98
    clip: float = 2.0
    bfloat16: bool = True
    validate_every: int = 0
    patience: int = 3
    save_every: int = 50
    seed: int = 0


def rate_share(step: int, plan: Plan) -> float:
    """Return the share of the peak rate: linear warm-up, half a cosine to zero."""
    done = step / plan.steps
    if done < plan.warm_up:
        return (done + 1.0 / plan.steps) / plan.warm_up
    rest = (done - plan.warm_up) / (1.0 - plan.warm_up)
    return 0.5 * (1.0 + math.cos(math.pi * rest))


def step_generator(seed: int, step: int) -> np.random.Generator:
    """Return the step's own generator, so that a resumed run draws as an unbroken."""
    return np.random.default_rng([seed, step])


class Trainer(Generic[Batch]):
    """One run: the network, its running average, optimiser, and where it stands.

    Parameters
    ----------
    network
        Only its parameters with ``requires_grad`` are trained.
    plan
        How.
    output
        Folder of ``checkpoint.pt``.
    facts
        What else fixes the run (data, held-out source); kept in the checkpoint,
        which is refused if they differ.

    Attributes
    ----------
    step
        Optimiser steps done.
    best, best_step
        Greatest value of the validation, and the step it was seen at.
    stop_after
        Step at which to stop and save, or None for the plan's end.
    """

    def __init__(
        self,
        network: nn.Module,
        plan: Plan,
        output: Path,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.network = network
        self.plan = plan
        self.checkpoint = output / "checkpoint.pt"
        self.recipe = {**asdict(plan), "facts": dict(facts or {})}
        self.average = _floats(network)
        self.kept: dict[str, Tensor] | None = None
        self.optimiser = torch.optim.AdamW(
            [value for value in network.parameters() if value.requires_grad],
            lr=plan.rate,
            weight_decay=plan.weight_decay,
        )
        self.step = 0
        self.best = -math.inf
        self.best_step = 0
        self.stop_after: int | None = None

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one.

        Raises
        ------
        OtherRecipeError
            If it was made with another plan or other facts.
        """
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        if state["recipe"] != self.recipe:
            raise OtherRecipeError(self.checkpoint)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.kept = state["average"], state["kept"]
        self.step = state["step"]
        self.best, self.best_step = state["best"], state["best_step"]
        torch.set_rng_state(state["torch_rng"])

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(
            {
                "recipe": self.recipe,
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average,
                "kept": self.kept,
                "step": self.step,
                "best": self.best,
                "best_step": self.best_step,
                "torch_rng": torch.get_rng_state(),
            },
            partial,
        )
        partial.replace(self.checkpoint)

    def run(
        self,
        make: Callable[[int], Batch],
        loss: Callable[[nn.Module, Batch], Tensor],
        progress: Progress,
        validate: Callable[[nn.Module], float] | None = None,
    ) -> None:
        """Train to the end of the plan, or until validation stops improving.

        Parameters
        ----------
        make
            The batch of a step; called in another thread, one step ahead.
        loss
            Of the network on a batch; runs under bfloat16 if the plan says so,
            and should make its logits float32 first.
        validate
            Of the averaged network: greater is better. Its best weights are
            what `averaged` returns.
        """
        task = progress.add_task("training", total=self.plan.steps, completed=self.step)
        self.network.train()
        for batch in self._batches(make):
            value = self._one_step(batch, loss)
            progress.update(task, advance=1, description=f"loss {value:.3f}")
            if self.step % self.plan.save_every == 0:
                self.save()
            if self._is_validated_now() and validate is not None:
                self._validate(validate, progress)
                if self._has_stalled():
                    break
        self.save()

    def _batches(self, make: Callable[[int], Batch]) -> Iterator[Batch]:
        end = self.plan.steps if self.stop_after is None else self.stop_after
        if self.step >= end:
            return
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(make, self.step)
            for step in range(self.step, end):
                ready = ahead.result()
                if step + 1 < end:
                    ahead = pool.submit(make, step + 1)
                yield ready

    def _one_step(
        self, batch: Batch, loss: Callable[[nn.Module, Batch], Tensor]
    ) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * rate_share(self.step, self.plan)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.plan.bfloat16):
            value = loss(self.network, batch)
        self.optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        nn.utils.clip_grad_norm_(self.network.parameters(), self.plan.clip)
        self.optimiser.step()
        self._update_average()
        self.step += 1
        return float(value.detach())

    @torch.no_grad()
    def _update_average(self) -> None:
        # Early on a long memory would keep the first weights in the average.
        keep = min(self.plan.average, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value.float(), 1.0 - keep)

    def _is_validated_now(self) -> bool:
        every = self.plan.validate_every
        return every > 0 and self.step % every == 0

    def _validate(
        self, validate: Callable[[nn.Module], float], progress: Progress
    ) -> None:
        value = validate(self._with(self.average))
        progress.console.print(f"step {self.step}: validation {value:.4f}")
        if value > self.best:
            self.best, self.best_step = value, self.step
            self.kept = {name: v.clone() for name, v in self.average.items()}

    def _has_stalled(self) -> bool:
        waited = self.step - self.best_step
        return waited >= self.plan.patience * self.plan.validate_every

    def averaged(self) -> nn.Module:
        """Return the averaged network, at its best validation if there was one."""
        return self._with(self.average if self.kept is None else self.kept)

    def _with(self, weights: Mapping[str, Tensor]) -> nn.Module:
        network = copy.deepcopy(self.network)
        own = network.state_dict()
        network.load_state_dict({n: v.to(own[n].dtype) for n, v in weights.items()})
        return network.eval()


def _floats(network: nn.Module) -> dict[str, Tensor]:
    return {n: v.detach().clone().float() for n, v in network.state_dict().items()}
