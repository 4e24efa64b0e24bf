"""``overread analyze``: models over studies without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cli.batch import Batch, tell
from cli.result_files import RESULTS, ResultFiles
from inference.backends.choice import UnknownBackendError
from inference.backends.choice import choose as choose_backend
from inference.errors import (
    DeviceUnavailableError,
    ModelUnavailableError,
    UnknownModelError,
)
from inference.model_card import ModelCard
from inference.registry import Registry, default_registry

_NO_METHOD = ""


class _UsageError(Exception):
    """Wrong usage: exit code 2."""


def run(
    paths: Sequence[Path],
    output: Path,
    models: Sequence[str],
    explain: str,
    device: str,
    heatmaps: bool,
    backend: str = "",
) -> int:
    """Analyse what the paths hold and write the results.

    Parameters
    ----------
    models
        Ids; empty for all models.
    explain
        Saliency method; "" for the first of each model.
    backend
        What runs the networks on the CPU (`inference.backends.choice`).

    Returns
    -------
    0 if all images were analysed or rightly left out, 1 if some failed, 2 on
    wrong usage.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    registry = default_registry()
    try:
        cards = _choose_models(registry, models)
        methods = [_choose_method(card, explain, heatmaps) for card in cards]
        _check_device(device)
        choose_backend(backend)
    except (
        _UsageError,
        UnknownModelError,
        DeviceUnavailableError,
        UnknownBackendError,
    ) as error:
        tell(console, str(error))
        return 2
    except ModelUnavailableError as error:
        tell(console, f"{error}; see: overread models verify")
        return 1
    with ResultFiles(output, heatmaps=heatmaps) as files:
        work = list(zip(cards, methods, strict=True))
        batch = Batch(console, files, work, device, backend)
        batch.run(paths)
    Console(soft_wrap=True, highlight=False).print(
        f"{batch.summary()}: {output / RESULTS}", markup=False
    )
    return 1 if batch.failures else 0


def _choose_models(registry: Registry, ids: Sequence[str]) -> list[ModelCard]:
    if ids:
        cards = [registry.card(model_id) for model_id in dict.fromkeys(ids)]
        for card in cards:
            if card.task == "gate":
                raise _UsageError(
                    f"--model {card.model_id}: it says which images the other models"
                    " may have; it runs before them and gives no result of its own"
                )
        return cards
    cards = [card for card in registry.cards() if card.task != "gate"]
    if not cards:
        for problem in registry.problems():
            raise problem
        raise ModelUnavailableError("chest-findings", "no model is installed")
    return cards


def _choose_method(card: ModelCard, explain: str, heatmaps: bool) -> str:
    allowed = card.explain.methods
    if explain and explain not in allowed:
        raise _UsageError(
            f"--explain {explain}: {card.model_id} allows {', '.join(allowed)}"
        )
    if not heatmaps:
        return _NO_METHOD
    return explain or (allowed[0] if allowed else _NO_METHOD)


def _check_device(device: str) -> None:
    from inference.device import choose

    choose(device)
