"""``overread models known``, ``get`` and ``convert``: models from elsewhere."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.progress import Progress
from rich.table import Table

from cli.models import complain, exit_code, say_added, stdout, working
from inference.convert import MAXIMUM_BYTES, convert
from inference.drafts import plain_draft, write_draft, xray_draft
from inference.errors import ModelUnavailableError
from inference.fetch import Opener, fetch
from inference.known_models import KNOWN, KnownModel, known
from inference.model_card import ModelCard
from inference.read_once import read_once
from inference.registry import Registry, check_id, default_registry
from inference.trial import try_out

Ask = Callable[[str], bool]

_CONVERTING = "Converting the weights in a child process"
_TRYING = "Trying the model out in a child process"


def run_known() -> int:
    """List the models that can be got, with size, licence and address."""
    table = Table()
    for title in ("Name", "About", "Licence"):
        table.add_column(title, no_wrap=True)
    table.add_column("What it is")
    for model in KNOWN.values():
        table.add_row(
            model.name,
            f"{model.megabytes} MB",
            model.licence,
            model.summary,
        )
    stdout().print(table)
    stdout().print(
        "No SHA-256 of these files could be checked: nothing is got without the one"
        " that you trust. Ask the publisher for it, then run:"
        " overread models get NAME --sha256 HEX"
    )
    for model in KNOWN.values():
        stdout().print(f"{model.name}: {model.url}")
    return 0


def run_get(
    name: str,
    file: Path | None,
    sha256: str,
    yes: bool,
    ask: Ask | None = None,
    opener: Opener | None = None,
) -> int:
    """Download a known model, or take it from a file, and add it.

    Parameters
    ----------
    file
        What was downloaded elsewhere; None to download now.
    sha256
        Of the file that the user trusts; without it nothing is got.
    ask
        Puts the question; None where nobody can be asked.
    opener
        Opens the download; None for HTTPS.
    """

    def get() -> None:
        model = known(name)
        registry = default_registry()
        _check_free(registry, model)
        trusted = _trusted(model, sha256, file)
        _show(model, file, trusted)
        if not yes and not (ask or _ask)(f"Get and convert {model.name}?"):
            raise ModelUnavailableError(name, "not got: nobody said yes (see --yes)")
        path = file or _download(model, opener)
        say_added(_add(registry, model, path, trusted))
        if file is None:
            path.unlink(missing_ok=True)

    return exit_code(get)


def _add(registry: Registry, model: KnownModel, path: Path, sha256: str) -> ModelCard:
    """Convert a published file, try the draft out and add it."""
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        with working(_CONVERTING):
            converted = convert(
                model.name, path, sha256=sha256, whole_module=model.whole_module
            )
        draft = xray_draft(model.xray, converted.data, converted.source_sha256)
        card = write_draft(draft, Path(folder) / draft.model_id)
        with working(_TRYING):
            return registry.add_card(card, try_out)


def run_convert(
    file: Path,
    output: Path,
    architecture: str,
    labels: Sequence[str],
    side: int,
    channels: int,
) -> int:
    """Convert a pickled table of tensors to a draft folder, which is not added."""

    def do() -> None:
        check_id(output.name)
        if output.exists():
            raise ModelUnavailableError(output.name, f"{output} is there already")
        with working(_CONVERTING):
            converted = convert(output.name, file)
        table = {"rows": side, "columns": side, "channels": channels}
        draft = plain_draft(output.name, architecture, labels, table, converted.data)
        card = write_draft(draft, output)
        with working(_TRYING):
            try_out(card)
        stdout().print(
            f"{output}: a draft; complete {output / 'manifest.toml'}, then run:"
            f" overread models add {output}"
        )

    return exit_code(do)


def _check_free(registry: Registry, model: KnownModel) -> None:
    """Refuse before the download what would be refused after it."""
    if any(card.model_id == model.model_id for card in registry.cards()):
        raise ModelUnavailableError(
            model.model_id,
            f"it is there already; run: overread models remove {model.model_id}",
        )


def _trusted(model: KnownModel, given: str, file: Path | None) -> str:
    """Return the SHA-256 that the file must have.

    Raises
    ------
    ModelUnavailableError
        If the user gives none, or what is none.
    """
    wanted = given.lower()
    if wanted and (len(wanted) != 64 or set(wanted) - set("0123456789abcdef")):
        raise ModelUnavailableError(model.name, "a SHA-256 is 64 hexadecimal digits")
    if wanted:
        return wanted
    found = ""
    if file is not None:
        data = read_once(model.name, file, MAXIMUM_BYTES)
        found = f"; that of {file.name} is {hashlib.sha256(data).hexdigest()}"
    raise ModelUnavailableError(
        model.name,
        f"no SHA-256 of {model.url} could be checked here. Ask its publisher for it,"
        " or take that of a file that you trust, and give it with --sha256 (and the"
        f" file with --from){found}",
    )


def _show(model: KnownModel, file: Path | None, sha256: str) -> None:
    table = Table(show_header=False, box=None)
    for key, value in (
        ("Model", f"{model.name}: {model.summary}"),
        ("From", str(file or model.url)),
        ("Size", f"about {model.megabytes} MB"),
        ("Licence", model.licence),
        ("SHA-256", sha256),
        ("Form", "pickled; read in a child process, stored as safetensors"),
    ):
        table.add_row(key, value)
    stdout().print(table)


def _ask(question: str) -> bool:
    """Ask at the terminal; without one nobody says yes."""
    if not sys.stdin.isatty():
        complain("no terminal to ask at; --yes says yes")
        return False
    import typer

    return typer.confirm(question)


def _download(model: KnownModel, opener: Opener | None) -> Path:
    from platformdirs import user_cache_path

    folder = user_cache_path("overread", appauthor=False) / "downloads"
    target = folder / model.url.rsplit("/", 1)[-1]
    with Progress(transient=True) as bar:
        task = bar.add_task(model.name, total=model.megabytes * 1e6)
        fetch(
            model.name,
            model.url,
            target,
            model.limit_bytes,
            opener=opener,
            progress=lambda there: bar.update(task, completed=there),
        )
    return target
