"""MONAI bundles: their description read as data, never as a programme.

A bundle is a folder with ``configs/metadata.json``, ``configs/inference.json``
and ``models/model.pt``. MONAI's own reader instantiates any class that the
configuration names and evaluates its ``$`` expressions. Here a configuration is
data: a network from a list, literal arguments, and preprocessing from a list;
anything else is refused by name. What comes out is a draft, not calibrated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.bundle_preprocessing import input_table, output_kind
from inference.convert import convert
from inference.drafts import DRAFT_NOTE, Draft, finding, local_code
from inference.errors import ModelUnavailableError
from inference.read_once import read_once

_MAXIMUM_JSON = 1024 * 1024
_MODALITIES = {
    "MR": ["MR"],
    "MRI": ["MR"],
    "CT": ["CT"],
    "CR": ["CR", "DX"],
    "DX": ["CR", "DX"],
    "XR": ["CR", "DX"],
    "X-RAY": ["CR", "DX"],
    "XRAY": ["CR", "DX"],
}
_NOT_FLAGGED = {"background", "normal", "negative", "no finding", "none", "healthy"}


def is_bundle(folder: Path) -> bool:
    """Whether a folder is a MONAI bundle and no model of ours."""
    return (folder / "configs" / "metadata.json").is_file() and not (
        folder / "manifest.toml"
    ).exists()


def bundle_draft(folder: Path, kind: str = "") -> Draft:
    """Draft a manifest for a bundle and convert its weights in a child process.

    Parameters
    ----------
    kind
        What it reads, as in ``[inclusion]``, or ``"any"``: a bundle names the
        modality alone, which no film without a header has. "" for not said.

    Raises
    ------
    ModelUnavailableError
        If a file is missing, or the bundle asks for something that is not on
        the lists; says what.
    """
    bundle = _Bundle.read(folder)
    network, options = bundle.network()
    weights = _weights(bundle.model_id, folder)
    table = bundle.table(network, options)
    table["inclusion"] |= {"any_image": True} if kind == "any" else {"kind": kind}
    return Draft(table, weights, bundle.card())


def _weights(model_id: str, folder: Path) -> bytes:
    ready = folder / "models" / "model.safetensors"
    if ready.exists():
        return read_once(model_id, ready, 2 * 1024**3)
    return convert(model_id, folder / "models" / "model.pt").data


@dataclass(frozen=True, slots=True, eq=False)
class _Bundle:
    """The two files of a bundle's description."""

    model_id: str
    metadata: dict[str, Any]
    config: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> _Bundle:
        name = "".join(c if c.isalnum() else "-" for c in folder.resolve().name.lower())
        model_id = f"monai-{name.strip('-')}"
        configs = folder / "configs"
        metadata = _json(model_id, configs / "metadata.json")
        return cls(model_id, metadata, _json(model_id, configs / "inference.json"))

    def network(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and its literal arguments."""
        from inference.architectures.monai_names import ALLOWED, check_name

        entry = self.config.get("network_def")
        if not isinstance(entry, dict) or not isinstance(entry.get("_target_"), str):
            raise self.refusal("inference.json has no network_def with a _target_")
        target = entry["_target_"].removeprefix("monai.networks.nets.")
        check_name(self.model_id, target)
        options = {}
        for key, value in entry.items():
            if key == "_target_":
                continue
            if key not in ALLOWED[target]:
                raise self.refusal(f"argument {key[:40]!r} of {target} may not be set")
            options[key] = self.literal(f"network_def.{key}", value)
        return target, options

    def literal(self, place: str, value: Any) -> Any:
        """Return a value that is data; refuse expressions and objects by name."""
        if isinstance(value, str) and value[:1] in ("$", "@", "%"):
            raise self.refusal(
                f"{place} is the expression {value[:60]!r}, which is not run"
            )
        if isinstance(value, list):
            return [self.literal(place, one) for one in value]
        if isinstance(value, (str, bool, int, float)):
            return value
        raise self.refusal(f"{place} is no plain value")

    def table(self, network: str, options: dict[str, Any]) -> dict[str, Any]:
        """Return the draft's manifest."""
        from inference.architectures.monai_names import MASKS

        formats = self.metadata.get("network_data_format", {})
        image = _only(self, formats.get("inputs"), "inputs")
        given = _only(self, formats.get("outputs"), "outputs")
        kind = output_kind(self.model_id, self.config.get("postprocessing"))
        masks = network in MASKS
        return {
            "id": self.model_id,
            "version": str(self.metadata.get("version", "0")),
            "name": str(self.metadata.get("name", self.model_id)),
            "summary": f"{self.metadata.get('description', '')} {DRAFT_NOTE}".strip(),
            "manufacturer": str(self.metadata.get("authors", "")),
            "licence": str(self.metadata.get("license", "see the bundle")),
            "architecture": f"monai:{network}",
            "weights": "weights.safetensors",
            "task": "segmentation" if masks else "classification",
            "output": kind,
            "options": options,
            "input": input_table(
                self.model_id, image, self.config.get("preprocessing")
            ),
            "explain": _explanation(network),
            "inclusion": self.inclusion(image),
            **self.outputs(given, kind, masks),
        }

    def inclusion(self, image: dict[str, Any]) -> dict[str, Any]:
        """Return which images it may run on: at least the modality."""
        modality = str(image.get("modality", "")).upper()
        if modality not in _MODALITIES:
            raise self.refusal(f"modality {modality[:20]!r} is not one we know")
        return {"modalities": _MODALITIES[modality], "body_parts": [], "views": []}

    def outputs(self, given: dict[str, Any], kind: str, masks: bool) -> dict[str, Any]:
        """Return the findings or the segments by their channels."""
        channels = given.get("channel_def")
        if not isinstance(channels, dict) or not channels:
            raise self.refusal("metadata.json names no channels of the output")
        try:
            names = [str(channels[str(index)]) for index in range(len(channels))]
        except KeyError as error:
            raise self.refusal(f"channel {error} of the output has no name") from error
        if masks:
            if kind == "softmax" and names[0].lower() == "background":
                names = names[1:]
            return {"segments": [_segment(name) for name in names]}
        note = "Not a probability until calibrated on local films."
        return {
            "findings": [
                finding(
                    name, local_code(name), 0.5, note, name.lower() not in _NOT_FLAGGED
                )
                for name in names
            ]
        }

    def card(self) -> str:
        """Return the card's text."""
        return (
            f"# {self.metadata.get('name', self.model_id)}\n\n{DRAFT_NOTE}\n\n"
            f"MONAI bundle, version {self.metadata.get('version', 'not given')}.\n\n"
            f"{self.metadata.get('description', '')}\n\n"
            "Intended use, by its makers:"
            f" {self.metadata.get('intended_use', 'not given')}\n"
        )

    def refusal(self, reason: str) -> ModelUnavailableError:
        return ModelUnavailableError(self.model_id, reason)


def _explanation(network: str) -> dict[str, Any]:
    """Return the layers of the networks whose head pools their last maps."""
    if not network.startswith("DenseNet"):
        return {"layer": "", "head": "", "methods": []}
    methods = ["grad-cam", "hirescam", "layercam", "grad-cam++", "eigen-cam"]
    return {
        "layer": "class_layers.relu",
        "head": "class_layers.out",
        "methods": methods,
    }


def _segment(name: str) -> dict[str, Any]:
    table = finding(name, local_code(name), 0.5, DRAFT_NOTE)
    return {key: table[key] for key in ("key", "name", "code", "threshold", "note")}


def _only(bundle: _Bundle, table: Any, what: str) -> dict[str, Any]:
    """Return the description of the one input, or of the one output."""
    if not isinstance(table, dict) or len(table) != 1:
        raise bundle.refusal(f"metadata.json does not describe one of its {what}")
    (found,) = table.values()
    if not isinstance(found, dict):
        raise bundle.refusal(f"metadata.json does not describe its {what}")
    return found


def _json(model_id: str, path: Path) -> dict[str, Any]:
    data = read_once(model_id, path, _MAXIMUM_JSON)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelUnavailableError(model_id, f"{path.name} is no JSON") from error
    if not isinstance(found, dict):
        raise ModelUnavailableError(model_id, f"{path.name} is no table")
    return found
