"""The manifest of a model: what it is, takes, gives, and may be used on.

One folder a model: ``manifest.toml`` (this module), ``weights.safetensors``
and ``card.md``. The manifest is the only source of labels, codes,
normalisation, thresholds and calibration; nothing of it is repeated in code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelUnavailableError

SCHEMA = "overread.model/1"


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: scheme designator, value, meaning (PS3.3 8.8)."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling and the covariance of its two parameters."""

    slope: float = 1.0
    intercept: float = 0.0
    var_slope: float = 0.0
    var_intercept: float = 0.0
    covariance: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """One output of the network.

    Attributes
    ----------
    column
        Its column in a labelled folder's ``labels.csv``.
    threshold
        Operating point on the calibrated probability.
    heatmap_reference
        Contribution to the logit that is drawn as 1.0; one number for all
        films, so that maps share one scale.
    unseen_auroc, random_split_auroc
        AUROC within sources held out of training, and on a random split of the
        training sources; None where it could not be measured.
    """

    key: str
    name: str
    column: str
    code: Code
    threshold: float
    calibration: Calibration
    heatmap_reference: float
    can_be_flagged: bool = True
    unseen_auroc: Measured | None = None
    random_split_auroc: Measured | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the network takes.

    `percentiles` are mapped to 0 and 1 before `mean` and `std` are applied
    (one value each: the grey film is repeated over the channels).
    """

    rows: int
    columns: int
    channels: int
    percentiles: tuple[float, float]
    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class ExplainSpec:
    """Which layer and methods suit the network.

    `layer` is the dotted module name whose output is the last feature map
    after its activation; `head` the linear layer behind the pooling.
    """

    layer: str
    head: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InclusionRules:
    """On which images the model may run; an empty tuple allows all.

    An image whose header does not say is not excluded by that rule.
    """

    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    views: tuple[str, ...]
    minimum_age_years: float | None
    minimum_side_px: int


@dataclass(frozen=True, slots=True)
class GateSpec:
    """The input gate: distance of the pooled features from the training films.

    `tensors` is the safetensors file with ``mean`` (features,) and
    ``precision_root`` (components, features); the distance is
    ||precision_root (r(x) - mean)|| / scale with r the signed square root, and
    above 1.0 the score is withheld.
    """

    tensors: str
    sha256: str
    scale: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's manifest, and the folder it stands in."""

    folder: Path
    model_id: str
    version: str
    name: str
    summary: str
    manufacturer: str
    licence: str
    architecture: str
    weights: str
    sha256: str
    input: InputSpec
    explain: ExplainSpec
    inclusion: InclusionRules
    findings: tuple[FindingSpec, ...]
    gate: GateSpec | None = None
    time_limit_s: float = 60.0

    @property
    def weights_path(self) -> Path:
        """Path of the weights, inside the model's folder."""
        return self.folder / self.weights

    def finding(self, key: str) -> FindingSpec:
        """Return the output named `key`; KeyError if there is none."""
        for spec in self.findings:
            if spec.key == key:
                return spec
        raise KeyError(key)


def read_manifest(folder: Path) -> ModelCard:
    """Read ``manifest.toml`` of a model's folder.

    Raises
    ------
    ModelUnavailableError
        If it is missing, not TOML, of another schema, lacks a field, holds a
        value of the wrong kind, or names a file outside its folder.
    """
    manifest = folder / "manifest.toml"
    try:
        table = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelUnavailableError(folder.name, "manifest.toml is missing") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelUnavailableError(
            folder.name, f"manifest.toml cannot be read ({error})"
        ) from error
    if table.get("schema") != SCHEMA:
        raise ModelUnavailableError(
            folder.name,
            f"manifest.toml has schema {table.get('schema')!r}, not {SCHEMA!r}",
        )
    try:
        card = _to_card(folder, table)
    except KeyError as error:
        raise ModelUnavailableError(
            folder.name, f"manifest.toml lacks {error.args[0]!r}"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailableError(
            folder.name, f"manifest.toml has a wrong value ({error})"
        ) from error
    _check(card)
    return card


def _to_card(folder: Path, table: dict[str, Any]) -> ModelCard:
    inclusion = table["inclusion"]
    gate = table.get("gate")
    return ModelCard(
        folder=folder,
        model_id=str(table["id"]),
        version=str(table["version"]),
        name=str(table["name"]),
        summary=str(table["summary"]),
        manufacturer=str(table["manufacturer"]),
        licence=str(table["licence"]),
        architecture=str(table["architecture"]),
        weights=str(table["weights"]),
        sha256=str(table["sha256"]).lower(),
        input=_to_input(table["input"]),
        explain=ExplainSpec(
            layer=str(table["explain"]["layer"]),
            head=str(table["explain"]["head"]),
            methods=tuple(table["explain"]["methods"]),
        ),
        inclusion=InclusionRules(
            modalities=tuple(inclusion["modalities"]),
            body_parts=tuple(inclusion["body_parts"]),
            views=tuple(inclusion["views"]),
            minimum_age_years=inclusion.get("minimum_age_years"),
            minimum_side_px=int(inclusion["minimum_side_px"]),
        ),
        findings=tuple(_to_finding(item) for item in table["findings"]),
        gate=None
        if gate is None
        else GateSpec(str(gate["tensors"]), str(gate["sha256"]), float(gate["scale"])),
        time_limit_s=float(table.get("time_limit_s", 60.0)),
    )


def _to_input(table: dict[str, Any]) -> InputSpec:
    low, high = table["percentiles"]
    return InputSpec(
        rows=int(table["rows"]),
        columns=int(table["columns"]),
        channels=int(table["channels"]),
        percentiles=(float(low), float(high)),
        mean=float(table["mean"]),
        std=float(table["std"]),
    )


def _to_finding(table: dict[str, Any]) -> FindingSpec:
    code = table["code"]
    return FindingSpec(
        key=str(table["key"]),
        name=str(table["name"]),
        column=str(table["column"]),
        code=Code(str(code["scheme"]), str(code["value"]), str(code["meaning"])),
        threshold=float(table["threshold"]),
        calibration=Calibration(
            **{name: float(value) for name, value in table["calibration"].items()}
        ),
        heatmap_reference=float(table["heatmap_reference"]),
        can_be_flagged=bool(table.get("can_be_flagged", True)),
        unseen_auroc=_to_measured(table.get("unseen_auroc")),
        random_split_auroc=_to_measured(table.get("random_split_auroc")),
        note=str(table.get("note", "")),
    )


def _to_measured(table: dict[str, Any] | None) -> Measured | None:
    if table is None:
        return None
    return Measured(float(table["value"]), float(table["low"]), float(table["high"]))


def _check(card: ModelCard) -> None:
    """Refuse a manifest whose values contradict one another."""
    if Path(card.weights).suffix != ".safetensors":
        raise ModelUnavailableError(
            card.model_id,
            f"weights are {card.weights!r}; only safetensors files are loaded,"
            " because a pickled file can run code",
        )
    files = [card.weights] + ([card.gate.tensors] if card.gate else [])
    for name in files:
        inside = (card.folder / name).resolve()
        if card.folder.resolve() not in inside.parents:
            raise ModelUnavailableError(
                card.model_id, f"{name!r} lies outside the model's folder"
            )
    if not card.findings:
        raise ModelUnavailableError(card.model_id, "manifest.toml lists no finding")
    keys = [spec.key for spec in card.findings]
    if len(set(keys)) != len(keys):
        raise ModelUnavailableError(card.model_id, "two findings share one key")
    for spec in card.findings:
        if not 0.0 < spec.threshold < 1.0:
            raise ModelUnavailableError(
                card.model_id,
                f"threshold of {spec.key} is {spec.threshold}; allowed: 0 to 1",
            )
        if spec.heatmap_reference <= 0.0:
            raise ModelUnavailableError(
                card.model_id, f"heatmap_reference of {spec.key} must be above 0"
            )
    if min(card.input.rows, card.input.columns) < 8 or card.input.channels not in (
        1,
        3,
    ):
        raise ModelUnavailableError(
            card.model_id, "input must be at least 8 x 8 px with 1 or 3 channels"
        )
