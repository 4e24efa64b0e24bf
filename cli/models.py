"""``overread models``: the registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from cli.local import show_local
from inference.errors import ModelUnavailableError, UnknownModelError
from inference.manifest import MAXIMUM_BYTES
from inference.model_card import FindingSpec, Measured, ModelCard
from inference.read_once import read_once
from inference.registry import default_registry
from inference.trial import try_out


def run_list() -> int:
    """List the models; folders without a sound one are failures."""
    registry = default_registry()
    table = Table("ID", "Version", "Findings", "From", "Summary")
    for card in registry.cards():
        table.add_row(
            card.model_id,
            Text(printable(card.version)),
            Text(printable(_outputs(card))),
            "Overread" if registry.is_bundled(card) else str(card.folder.parent),
            Text(printable(card.summary)),
        )
    stdout().print(table if table.row_count else "No model is installed.")
    problems = registry.problems()
    for problem in problems:
        complain(str(problem))
    return 1 if problems else 0


def _outputs(card: ModelCard) -> str:
    names = [spec.name for spec in card.findings]
    names += [spec.name for spec in card.severities]
    names += [spec.name for spec in card.segments]
    return ", ".join(names)


def run_show(model_id: str) -> int:
    """Show what the manifest and the card of a model say."""

    def show() -> None:
        card = default_registry().card(model_id)
        console = stdout()
        console.print(_facts(card))
        console.print(_findings(card))
        show_local(card, console)
        text = card.folder / "card.md"
        if text.is_file():
            data = read_once(model_id, text, MAXIMUM_BYTES)
            console.print(printable(data.decode("utf-8", "replace")), markup=False)

    return exit_code(show)


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
            stdout().print(f"{one} {card.version}: verified, {card.sha256}")

        return check

    codes = [exit_code(verify(one)) for one in ids]
    if model_id is None:
        for problem in registry.problems():
            complain(str(problem))
            codes.append(1)
    return max(codes, default=0)


def run_add(path: Path, kind: str = "") -> int:
    """Add a model: a folder, a MONAI bundle, or a zip of either.

    Parameters
    ----------
    kind
        What a MONAI bundle reads; see `inference.registry.Registry.add`.
    """

    def add() -> None:
        with working("Verifying the model and trying it out"):
            card = default_registry().add(path, try_out, kind)
        say_added(card)

    return exit_code(add)


def say_added(card: ModelCard) -> None:
    """Say where a model went, and what its numbers are not."""
    stdout().print(f"{card.model_id} {card.version}: added to {card.folder}")
    if not all(spec.calibrated for spec in card.findings):
        stdout().print(
            f"{card.model_id}: its numbers are no probabilities until it is calibrated"
            " on local films (overread evaluate)"
        )


def run_remove(model_id: str) -> int:
    """Remove one of the user's models."""

    def remove() -> None:
        default_registry().remove(model_id)
        stdout().print(f"{model_id}: removed")

    return exit_code(remove)


def exit_code(action: Callable[[], None]) -> int:
    """Run an action; an error becomes one line and an exit code."""
    try:
        action()
    except UnknownModelError as error:
        complain(str(error))
        return 2
    except ModelUnavailableError as error:
        complain(str(error))
        return 1
    except OSError as error:
        known = error.filename is not None
        complain(f"{error.filename}: {error.strerror}" if known else str(error))
        return 1
    return 0


def printable(text: str) -> str:
    """Leave out what could steer a terminal: a stranger wrote the text."""
    return "".join(c for c in text if c in "\n\t" or c.isprintable())


def _facts(card: ModelCard) -> Table:
    table = Table(show_header=False, box=None)
    rules = card.inclusion
    age = rules.minimum_age_years
    for name, value in (
        ("Model", f"{card.name} ({card.model_id}) {card.version}"),
        ("Summary", card.summary),
        ("From", f"{card.manufacturer}, {card.licence}"),
        ("Network", f"{card.architecture}, {card.input.rows} x {card.input.columns}"),
        ("Task", f"{card.task}, weights as {card.format}"),
        ("Numbers", _numbers(card)),
        ("Explains by", ", ".join(card.explain.methods) or "nothing"),
        ("Reads", ", ".join((*rules.modalities, *rules.body_parts, *rules.views))),
        ("Age", "any" if age is None else f"{age:g} years or older"),
        ("Input gate", "none" if card.gate is None else card.gate.tensors),
        ("SHA-256", card.sha256),
        ("Folder", str(card.folder)),
    ):
        table.add_row(name, Text(printable(value)))
    return table


def _numbers(card: ModelCard) -> str:
    if not all(spec.calibrated for spec in card.findings):
        return "not probabilities until calibrated on local films"
    return "calibrated probabilities" if card.findings else "no probabilities"


def _findings(card: ModelCard) -> Table:
    table = Table("Finding", "Code", "Threshold", "AUROC unseen sources", "AUROC split")
    for spec in card.findings:
        table.add_row(
            Text(printable(spec.name)),
            Text(printable(f"{spec.code.scheme} {spec.code.value}")),
            f"{spec.threshold:.3f}" if spec.can_be_flagged else "never flagged",
            Text(printable(_measured(spec, spec.unseen_auroc))),
            Text(printable(_measured(spec, spec.random_split_auroc))),
        )
    return table


def _measured(spec: FindingSpec, measured: Measured | None) -> str:
    if measured is None:
        return spec.note or "not measured"
    return f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})"


def stdout() -> Console:
    """Return the console for what was asked."""
    return Console(soft_wrap=True, highlight=False)


def working(words: str) -> Status:
    """Say at a terminal what takes long, until it is done."""
    return Console(stderr=True, highlight=False).status(words)


def complain(line: str) -> None:
    """Write a failure as one line."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(printable(f"overread: {' '.join(line.split())}"), markup=False)
