"""The command ``overread``: declares the subcommands; each runs in its own module.

Their modules are imported when called, so that ``overread --help`` is quick and
only ``open`` and ``demo`` ever import Qt.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from studies.errors import OverreadError

# Plain help: quicker than rich's, and the same in every terminal.
app = typer.Typer(
    name="overread",
    help="A workstation in which a radiologist over-reads what models claim.",
    epilog="Example: overread open study/   Research use only, not for diagnosis.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
models_app = typer.Typer(rich_markup_mode=None)
app.add_typer(models_app, name="models")

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Files, folders, zips, DICOMDIRs."),
]
ModelId = Annotated[str, typer.Argument(metavar="ID", help="A model's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.callback(invoke_without_command=True)
def _start(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        open_workstation([])


@app.command("open", epilog="Example: overread open /media/cdrom")
def open_workstation(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH...]", help="Studies to open."),
    ] = None,
) -> None:
    """Start the workstation, with these studies if given."""
    import cli.open

    raise typer.Exit(cli.open.run(paths or []))


@app.command(epilog="Example: overread demo --output demo-output")
def demo(
    output: Annotated[
        Path,
        typer.Option(metavar="DIR", help="For screenshots and exports, if no screen."),
    ] = Path("demo-output"),
) -> None:
    """Show the workstation on the sample studies.

    Without a display it runs the same windows offscreen, works one case through
    to the export, and writes screenshots and exports.
    """
    import cli.demo

    raise typer.Exit(cli.demo.run(output))


@app.command(epilog="Example: overread inspect disc.zip --json")
def inspect(paths: Paths, as_json: AsJson = False) -> None:
    """Say what the workstation would show of these files."""
    import cli.inspect

    raise typer.Exit(cli.inspect.run(paths, as_json))


@app.command(
    epilog="Example: overread analyze study/ --output results --model chest-findings"
)
def analyze(
    paths: Paths,
    output: Annotated[Path, typer.Option(metavar="DIR", help="For the results.")],
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Once for each model; all if not given."),
    ] = None,
    explain: Annotated[
        str,
        typer.Option(metavar="METHOD", help="Saliency; the model's first if not given"),
    ] = "",
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="auto, cpu or cuda:N.")
    ] = "auto",
    heatmaps: Annotated[
        bool, typer.Option("--heatmaps/--no-heatmaps", help="Write heatmaps.npz.")
    ] = True,
    backend: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="On the CPU: auto, torch or openvino (an extra)."
        ),
    ] = "",
) -> None:
    """Run models over studies without a screen."""
    import cli.analyze

    raise typer.Exit(
        cli.analyze.run(paths, output, model or [], explain, device, heatmaps, backend)
    )


@models_app.callback(
    invoke_without_command=True, epilog="Example: overread models verify chest-findings"
)
def _models(context: typer.Context) -> None:
    """List, show, verify, add, get, convert and remove models."""
    if context.invoked_subcommand is None:
        list_models()


@models_app.command("list", epilog="Example: overread models list")
def list_models() -> None:
    """List the models that this installation has."""
    import cli.models

    raise typer.Exit(cli.models.run_list())


@models_app.command("show", epilog="Example: overread models show chest-findings")
def show_model(model: ModelId) -> None:
    """Show a model's card."""
    import cli.models

    raise typer.Exit(cli.models.run_show(model))


@models_app.command("verify", epilog="Example: overread models verify")
def verify_models(
    model: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="All if not given.")
    ] = None,
) -> None:
    """Compare the files of a model with their checksums."""
    import cli.models

    raise typer.Exit(cli.models.run_verify(model))


@models_app.command("add", epilog="Example: overread models add downloads/my-model")
def add_model(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The model's folder or zip.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="What a MONAI bundle reads: 'frontal chest', 'limb', 'brain MR', any.",
        ),
    ] = "",
) -> None:
    """Add a model: a folder or zip with manifest.toml and weights, or a MONAI bundle.

    It is verified, run once in a child process with limits, and copied. Nothing
    in it is executed; pickled weights of a bundle are converted.
    """
    import cli.models

    raise typer.Exit(cli.models.run_add(path, kind))


@models_app.command("known", epilog="Example: overread models known")
def known_models() -> None:
    """List models that can be got, with size, licence, address; fetches nothing."""
    import cli.model_sources

    raise typer.Exit(cli.model_sources.run_known())


@models_app.command(
    "get",
    epilog="Example: overread models get densenet121-res224-all --sha256 4f0c...9a",
)
def get_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See: models known.")],
    file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A file, instead of a download."),
    ] = None,
    sha256: Annotated[
        str, typer.Option(metavar="HEX", help="The SHA-256 that you trust.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Download a known model and add it; size, licence and SHA-256 are shown first."""
    import cli.model_sources

    raise typer.Exit(cli.model_sources.run_get(name, file, sha256, yes))


@models_app.command(
    "convert",
    epilog="Example: overread models convert net.pth --output my-model"
    " --architecture torchvision:resnet50 --labels pneumonia,effusion",
)
def convert_model(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Pickled tensors.")],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="For the draft; its name is the id.")
    ],
    architecture: Annotated[
        str, typer.Option(metavar="NAME", help="As in a manifest.")
    ],
    labels: Annotated[
        str, typer.Option(metavar="A,B", help="Of the outputs, in their order.")
    ],
    side: Annotated[int, typer.Option(metavar="PX", help="Rows and columns.")] = 224,
    channels: Annotated[int, typer.Option(metavar="N", help="1 or 3.")] = 3,
) -> None:
    """Turn a pickled table of tensors into a draft of a model.

    Read in a child process by torch's weights-only unpickler, stored as
    safetensors. The draft is not added: complete its manifest first.
    """
    import cli.model_sources

    names = [label.strip() for label in labels.split(",") if label.strip()]
    raise typer.Exit(
        cli.model_sources.run_convert(file, output, architecture, names, side, channels)
    )


@models_app.command("remove", epilog="Example: overread models remove my-model")
def remove_model(model: ModelId) -> None:
    """Remove a model that was added."""
    import cli.models

    raise typer.Exit(cli.models.run_remove(model))


@models_app.command(
    "uncalibrate", epilog="Example: overread models uncalibrate chest-findings"
)
def uncalibrate_model(model: ModelId) -> None:
    """Remove a model's local calibration: the manifest's values return."""
    import cli.local

    raise typer.Exit(cli.local.run_uncalibrate(model))


@app.command(
    epilog="Example: overread evaluate --model chest-findings --data films --output out"
    "   With --calibrate site.json --site 'St Mary' --validated-by 'A. Reader' it"
    " calibrates the model for this site."
)
def evaluate(
    model: Annotated[str, typer.Option(metavar="ID", help="The model's id.")],
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="A folder with labels.csv.")
    ],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="For metrics.json and report.html.")
    ],
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the column split; all if not given."),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="auto, cpu or cuda:N.")
    ] = "auto",
    calibrate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Put a local calibration into force; write it here."
        ),
    ] = None,
    site: Annotated[
        str, typer.Option(metavar="NAME", help="Of the site, for --calibrate.")
    ] = "",
    validated_by: Annotated[
        str, typer.Option(metavar="NAME", help="Who validates, for --calibrate.")
    ] = "",
    sensitivity: Annotated[
        float,
        typer.Option(metavar="R", help="What a threshold is chosen for, 0 to 1."),
    ] = 0.80,
    local: Annotated[
        bool,
        typer.Option("--local", help="With the local calibration that is in force."),
    ] = False,
) -> None:
    """Measure a model on a labelled folder.

    The folder holds labels.csv (columns file, source, one per finding with 1, 0
    or nothing; optional archive, split, patient_id, mask_file), the zips or
    files beside it, and optional boxes.csv.
    """
    import cli.evaluate
    from cli.evaluate_options import Options

    options = Options(split, device, calibrate, site, validated_by, sensitivity, local)
    raise typer.Exit(cli.evaluate.run(model, data, output, options))


@app.command(epilog="Example: overread doctor")
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine has and lacks, and what to do about it."""
    import cli.doctor

    raise typer.Exit(cli.doctor.run(as_json))


def main() -> None:
    """Run the command line; a foreseen error becomes one line and exit code 1."""
    try:
        app(prog_name="overread")
    except OverreadError as error:
        _complain(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror or error}")


def _complain(line: str) -> None:
    sys.stderr.write(f"overread: {' '.join(line.split())}\n")
    sys.exit(1)


# Spawned processes import this module again: without the guard each would start
# the command anew.
if __name__ == "__main__":
    main()
