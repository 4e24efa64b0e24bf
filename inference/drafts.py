"""Manifests for models that come without one: drafts, not calibrated.

A draft says what is known of the weights and no more: its findings carry
``calibrated = false``, so their numbers are shown as "not a probability" until
the model is calibrated on local films.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import ModelUnavailableError
from inference.model_card import SCHEMA, ModelCard, read_manifest
from inference.xray_models import CODES, XrayModel

DRAFT_NOTE = "Draft made by Overread: not measured, not calibrated."
_CODE_LENGTH = 16
"""Of a Code Value (0008,0100), value representation SH: PS3.5 6.2."""

FRONTAL_CHEST: dict[str, Any] = {
    "modalities": ["CR", "DX", "DR", "PX"],
    "body_parts": ["CHEST", "THORAX", "LUNG"],
    "views": ["PA", "AP"],
    "kind": "frontal chest",
}


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A model about to be written: its manifest's table and its weights."""

    table: dict[str, Any]
    weights: bytes
    card: str

    @property
    def model_id(self) -> str:
        """The id of the manifest."""
        return str(self.table["id"])


def write_draft(draft: Draft, folder: Path) -> ModelCard:
    """Write a model's folder and read it back.

    Raises
    ------
    ModelUnavailableError
        If what was written is not a sound model.
    OSError
        If it cannot be written.
    """
    # Only those who add such a model wait for it.
    import tomli_w

    folder.mkdir(parents=True)
    table = {"schema": SCHEMA, **draft.table}
    table["sha256"] = hashlib.sha256(draft.weights).hexdigest()
    (folder / str(table["weights"])).write_bytes(draft.weights)
    text = tomli_w.dumps(table, multiline_strings=False)
    text = f"# A draft made by Overread; complete it before use.\n{text}"
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    (folder / "card.md").write_text(draft.card, encoding="utf-8")
    return read_manifest(folder)


def finding(
    name: str, code: dict[str, str], threshold: float, note: str, flag: bool = True
) -> dict[str, Any]:
    """Return the table of one finding that nobody has calibrated."""
    key = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")
    return {
        "key": key,
        "name": name.replace("_", " ").capitalize(),
        "column": key.replace("-", "_"),
        "threshold": threshold,
        "heatmap_reference": 1.0,
        "can_be_flagged": flag,
        "calibrated": False,
        "note": note,
        "code": code,
        "calibration": {"slope": 1.0, "intercept": 0.0},
    }


def local_code(name: str) -> dict[str, str]:
    """Return a code of the site's own; the scheme says that it is no standard's."""
    value = "".join(c if c.isalnum() else "-" for c in name.upper())
    if len(value) > _CODE_LENGTH:
        # "Left ventricular ..." is how several findings begin: the rest is told
        # apart by a hash.
        rest = hashlib.sha256(name.upper().encode("utf-8")).hexdigest()[:4].upper()
        value = f"{value[:11]}-{rest}"
    return {"scheme": "99LOCAL", "value": value, "meaning": name[:64]}


def xray_draft(model: XrayModel, data: bytes, source_sha256: str) -> Draft:
    """Draft the manifest of a TorchXRayVision network; leave untrained heads out.

    Parameters
    ----------
    data
        The converted tensors, a safetensors file.

    Raises
    ------
    ModelUnavailableError
        If the tensors are not those of this network.
    """
    table: dict[str, Any] = {
        "id": f"txrv-{model.name}",
        "version": "1",
        "name": f"TorchXRayVision {model.name}",
        "summary": f"Trained on {model.trained_on}. {DRAFT_NOTE}",
        "manufacturer": "TorchXRayVision (mlmed)",
        "licence": "Apache-2.0",
        "architecture": f"torchxrayvision:{model.name}",
        "weights": "weights.safetensors",
        "input": {
            "rows": model.side_px,
            "columns": model.side_px,
            "channels": 1,
            "scaling": "range",
            "value_range": [-1024.0, 1024.0],
            "fit": "centre-crop",
        },
        "explain": _explanation(model),
        "inclusion": FRONTAL_CHEST,
        "findings": [
            finding(label, _code(label), point, _OPERATING_POINT)
            for _, label, point in model.heads
        ],
    }
    weights = _trained_heads(model, data)
    return Draft(table, weights, _xray_card(model, source_sha256))


def plain_draft(
    model_id: str,
    architecture: str,
    labels: Sequence[str],
    input_table: dict[str, Any],
    weights: bytes,
) -> Draft:
    """Draft the manifest of a classifier of which only the labels are known.

    What a radiologist must fill in before use says so: inclusion rules, codes,
    the layers to explain, thresholds.
    """
    note = "Not a probability until calibrated on local films."
    table: dict[str, Any] = {
        "id": model_id,
        "version": "0",
        "name": model_id,
        "summary": DRAFT_NOTE,
        "manufacturer": "not given",
        "licence": "not given",
        "architecture": architecture,
        "weights": "weights.safetensors",
        "input": input_table,
        "explain": {"layer": "", "head": "", "methods": []},
        "inclusion": {"modalities": [], "body_parts": [], "views": []},
        "findings": [finding(one, local_code(one), 0.5, note) for one in labels],
    }
    return Draft(table, weights, f"# {model_id}\n\n{DRAFT_NOTE}\n")


_OPERATING_POINT = (
    "The threshold is the publisher's operating point; the number is not a"
    " probability until calibrated on local films."
)


def _explanation(model: XrayModel) -> dict[str, Any]:
    layer, head = ("layer4", "fc") if _is_resnet(model) else ("last", "classifier")
    methods = ["grad-cam", "hirescam", "layercam", "grad-cam++", "eigen-cam"]
    return {"layer": layer, "head": head, "methods": methods}


def _is_resnet(model: XrayModel) -> bool:
    return model.name.startswith("resnet50")


def _code(label: str) -> dict[str, str]:
    code = CODES[label]
    return {"scheme": code.scheme, "value": code.value, "meaning": code.meaning}


def _trained_heads(model: XrayModel, data: bytes) -> bytes:
    """Keep the rows of the last layer that were trained."""
    from safetensors.torch import load, save

    tensors = load(data)
    tensors.pop("op_threshs", None)
    kept = [index for index, _, _ in model.heads]
    head = "fc" if _is_resnet(model) else "classifier"
    for part in ("weight", "bias"):
        name = f"{head}.{part}"
        if name not in tensors or tensors[name].shape[:1] != (model.outputs,):
            raise ModelUnavailableError(
                model.name, f"the file is not this network: no {name} of 18 outputs"
            )
        tensors[name] = tensors[name][kept].contiguous()
    return save(tensors)


def _xray_card(model: XrayModel, source_sha256: str) -> str:
    labels: Sequence[str] = [label for _, label, _ in model.heads]
    return (
        f"# TorchXRayVision {model.name}\n\n{DRAFT_NOTE}\n\n"
        f"- From: {model.url}\n- SHA-256 of that file: {source_sha256}\n"
        f"- Trained on: {model.trained_on}\n- Trained heads: {', '.join(labels)}\n\n"
        "The network gives logits here. The library shows numbers in which 0.5 is"
        " its operating point; neither is a probability on your films.\n\n"
        "Cohen et al., TorchXRayVision: a library of chest X-ray datasets and"
        " models, 2022. Apache-2.0.\n"
    )
