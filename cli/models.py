"""``overread models``: the registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.local import show_local
from inference.errors import ModelUnavailableError, UnknownModelError
from inference.model_card import FindingSpec, Measured, ModelCard
from inference.registry import default_registry


def run_list() -> int:
    """List the models; folders without a sound one are failures."""
    registry = default_registry()
    table = Table("ID", "Version", "Findings", "From", "Summary")
    for card in registry.cards():
        table.add_row(
            card.model_id,
            card.version,
            ", ".join(spec.name for spec in card.findings),
            "Overread" if registry.is_bundled(card) else str(card.folder.parent),
            card.summary,
        )
    _stdout().print(table if table.row_count else "No model is installed.")
    problems = registry.problems()
    for problem in problems:
        _complain(str(problem))
    return 1 if problems else 0


def run_show(model_id: str) -> int:
    """Show what the manifest and the card of a model say."""

    def show() -> None:
        card = default_registry().card(model_id)
        console = _stdout()
        console.print(_facts(card))
        console.print(_findings(card))
        show_local(card, console)
        text = card.folder / "card.md"
        if text.is_file():
            console.print(text.read_text(encoding="utf-8"), markup=False)

    return _exit_code(show)


def run_verify(model_id: str | None) -> int:
    """Compare the files of one model, or of all, with their checksums."""
    registry = default_registry()
    if model_id is not None:
        ids = [model_id]
    else:
        ids = [card.model_id for card in registry.cards()]

    def verify(one: str) -> Callable[[], None]:
        def check() -> None:
            card = registry.verify(one)
            _stdout().print(f"{one} {card.version}: verified, {card.sha256}")

        return check

    codes = [_exit_code(verify(one)) for one in ids]
    if model_id is None:
        for problem in registry.problems():
            _complain(str(problem))
            codes.append(1)
    return max(codes, default=0)


def run_add(path: Path) -> int:
    """Add a model's folder to the user's models."""

    def add() -> None:
        card = default_registry().add(path)
        _stdout().print(f"{card.model_id} {card.version}: added to {card.folder}")

    return _exit_code(add)


def run_remove(model_id: str) -> int:
    """Remove one of the user's models."""

    def remove() -> None:
        default_registry().remove(model_id)
        _stdout().print(f"{model_id}: removed")

    return _exit_code(remove)


def _exit_code(action: Callable[[], None]) -> int:
    """Run an action; an error becomes one line and an exit code."""
    try:
        action()
    except UnknownModelError as error:
        _complain(str(error))
        return 2
    except ModelUnavailableError as error:
        _complain(str(error))
        return 1
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}")
        return 1
    return 0


def _facts(card: ModelCard) -> Table:
    table = Table(show_header=False, box=None)
    rules = card.inclusion
    age = rules.minimum_age_years
    for name, value in (
        ("Model", f"{card.name} ({card.model_id}) {card.version}"),
        ("Summary", card.summary),
        ("From", f"{card.manufacturer}, {card.licence}"),
        ("Network", f"{card.architecture}, {card.input.rows} x {card.input.columns}"),
        ("Explains by", ", ".join(card.explain.methods)),
        ("Reads", ", ".join((*rules.modalities, *rules.body_parts, *rules.views))),
        ("Age", "any" if age is None else f"{age:g} years or older"),
        ("Input gate", "none" if card.gate is None else card.gate.tensors),
        ("SHA-256", card.sha256),
        ("Folder", str(card.folder)),
    ):
        table.add_row(name, value)
    return table


def _findings(card: ModelCard) -> Table:
    table = Table("Finding", "Code", "Threshold", "AUROC unseen sources", "AUROC split")
    for spec in card.findings:
        table.add_row(
            spec.name,
            f"{spec.code.scheme} {spec.code.value}",
            f"{spec.threshold:.3f}" if spec.can_be_flagged else "never flagged",
            _measured(spec, spec.unseen_auroc),
            _measured(spec, spec.random_split_auroc),
        )
    return table


def _measured(spec: FindingSpec, measured: Measured | None) -> str:
    if measured is None:
        return spec.note or "not measured"
    return f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})"


def _stdout() -> Console:
    return Console(soft_wrap=True, highlight=False)


def _complain(line: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"overread: {' '.join(line.split())}", markup=False)
