"""The manifest of a model: what it is, takes, gives, and may be used on.

One folder a model: ``manifest.toml`` (this module), ``weights.safetensors``
and ``card.md``. The manifest is the only source of labels, codes,
normalisation, thresholds and calibration; nothing of it is repeated in code.
`inference.manifest` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from inference.manifest import read_manifest
from inference.model_facts import STRICT, Measured, ModelFacts
from inference.model_outputs import (
    BoxSpec,
    Calibration,
    Code,
    FindingSpec,
    SegmentSpec,
    SeveritySpec,
)

SCHEMA = "overread.model/2"

Task: TypeAlias = Literal["classification", "severity", "segmentation", "gate"]
Format: TypeAlias = Literal["safetensors", "onnx", "torch.export"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the network takes.

    Attributes
    ----------
    percentiles
        Of the film, mapped to 0 and 1 before `mean` and `std` are applied (one
        value each: the grey film is repeated over the channels).
    scaling
        ``percentiles`` as above; ``range`` maps display values 0..1 to
        `value_range` and applies no mean or std.
    fit
        ``stretch`` gives the aspect ratio up; ``letterbox`` pads with the
        film's darkest value; ``centre-crop`` cuts the longer side.
    region
        ``whole`` film, or ``lungs``: the lung box of the input gate, widened on
        each side by `region_margin` of its size.
    channel_mean, channel_std
        Applied by channel, after `mean` and `std`; empty for none.
    transposed
        Whether the network was trained on films turned about their diagonal,
        with their columns as its rows. `rows` and `columns` are those of the
        upright film; `inference.classifier` turns it and its maps.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    rows: int
    columns: int
    channels: int
    percentiles: tuple[float, float] = (0.0, 100.0)
    mean: float = 0.0
    std: float = 1.0
    scaling: Literal["percentiles", "range"] = "percentiles"
    value_range: tuple[float, float] = (0.0, 1.0)
    fit: Literal["stretch", "letterbox", "centre-crop"] = "stretch"
    region: Literal["whole", "lungs"] = "whole"
    region_margin: float = 0.05
    channel_mean: tuple[float, ...] = ()
    channel_std: tuple[float, ...] = ()
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class ExplainSpec:
    """Which layer and methods suit the network.

    `layer` is the dotted module name whose output is the last feature map
    after its activation; `head` the linear layer behind the pooling. Both are
    empty, as is `methods`, for a network that cannot be explained so.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    layer: str
    head: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InclusionRules:
    """On which images the model may run; an empty tuple allows all.

    An image whose header does not say is not excluded by that rule. `kind` is
    what the input gate must take the image for; "" asks for nothing.
    A model without a kind reads DICOM images alone, unless `any_image` says that
    it may run on any picture: then nothing keeps a photograph from it.
    `sequences` are weightings of MR ("T1"); `contrast` asks for images with a
    contrast agent, so that one whose header says there was none is excluded.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    views: tuple[str, ...]
    minimum_age_years: float | None = None
    minimum_side_px: int = 0
    kind: Literal["", "frontal chest", "limb", "brain MR"] = ""
    sequences: tuple[str, ...] = ()
    contrast: bool = False
    any_image: bool = False


@dataclass(frozen=True, slots=True)
class GateSpec:
    """How far a film may lie from the training films, by the network's features.

    `tensors` is the safetensors file with ``mean`` (features,) and
    ``precision_root`` (components, features); the distance is
    ||precision_root (r(x) - mean)|| / scale with r the signed square root, and
    above 1.0 the result is withheld.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    tensors: str
    sha256: str
    scale: float


@dataclass(frozen=True, slots=True)
class EnsembleSpec:
    """Several linear heads on one network; the network's own head is their mean.

    `tensors` is the safetensors file with ``weight`` (members, labels,
    features) and ``bias`` (members, labels).
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    tensors: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model's manifest, and the folder it stands in.

    Attributes
    ----------
    architecture
        A timm name (``tf_efficientnet_lite0``), or with a prefix:
        ``torchvision:``, ``torchxrayvision:``, ``monai:`` or ``overread:``
        (networks of our own). For ``onnx`` and ``torch.export`` files the
        network is in the file, and this is a description.
    options
        Keyword arguments of the architecture's builder.
    output
        What the network's numbers are: ``logit``; ``probability``, from which
        logits are made; ``softmax``, exclusive classes before softmax, of which
        each becomes its log-odds against the others; ``operating-point``,
        TorchXRayVision's 0.5-at-the-operating-point outputs, undone with
        `operating_points`.
    logits_output, mask_output, map_output
        Names of the outputs of a network that gives several.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

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
    findings: tuple[FindingSpec, ...] = ()
    gate: GateSpec | None = None
    time_limit_s: float = 60.0
    task: Task = "classification"
    format: Format = "safetensors"
    options: dict[str, str | int | float | bool | list[int]] = field(
        default_factory=dict
    )
    output: Literal["logit", "probability", "softmax", "operating-point"] = "logit"
    operating_points: tuple[float, ...] = ()
    logits_output: str = "logits"
    mask_output: str = "mask"
    map_output: str = "map"
    severities: tuple[SeveritySpec, ...] = ()
    segments: tuple[SegmentSpec, ...] = ()
    boxes: tuple[BoxSpec, ...] = ()
    ensemble: EnsembleSpec | None = None
    facts: ModelFacts = field(default_factory=ModelFacts)

    @property
    def weights_path(self) -> Path:
        """Path of the weights, inside the model's folder."""
        return self.folder / self.weights

    @property
    def outputs(self) -> int:
        """How many numbers the head gives: findings, then severities."""
        return len(self.findings) + len(self.severities)

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Every file that the manifest names, with its SHA-256."""
        named = [(self.weights, self.sha256)]
        for spec in (self.gate, self.ensemble):
            if spec is not None:
                named.append((spec.tensors, spec.sha256))
        return tuple(named)

    def finding(self, key: str) -> FindingSpec:
        """Return the finding named `key`; KeyError if there is none."""
        for spec in self.findings:
            if spec.key == key:
                return spec
        raise KeyError(key)


__all__ = [
    "SCHEMA",
    "BoxSpec",
    "Calibration",
    "Code",
    "EnsembleSpec",
    "ExplainSpec",
    "FindingSpec",
    "GateSpec",
    "InclusionRules",
    "InputSpec",
    "Measured",
    "ModelCard",
    "SegmentSpec",
    "SeveritySpec",
    "read_manifest",
]
