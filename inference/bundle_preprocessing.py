"""A MONAI bundle's transforms -> the input of our manifest, from a list."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from inference.bundle_readers import gives_columns_first
from inference.errors import ModelUnavailableError

Table: TypeAlias = dict[str, Any]

_LOADING = {
    *("EnsureChannelFirstd", "EnsureTyped", "ToTensord"),
    *("EnsureChannelFirst", "EnsureType", "ToTensor"),
}


def input_table(model_id: str, image: Table, preprocessing: Any) -> Table:
    """Return the manifest's ``[input]``.

    ``transposed`` is set where the network gets films as MONAI's readers give
    them, (columns, rows), unless the bundle turns them back.

    Parameters
    ----------
    image
        The input's description in metadata.json.
    preprocessing
        inference.json's ``preprocessing``: a Compose of transforms.

    Raises
    ------
    ModelUnavailableError
        If the size is not fixed, or a transform is not on the list.
    """
    table: Table = {"channels": image.get("num_channels")}
    if table["channels"] not in (1, 3):
        raise ModelUnavailableError(model_id, "its input has neither 1 nor 3 channels")
    sides: Any = None
    scaled = transposed = False
    for step in _steps(model_id, preprocessing):
        name = step["_target_"].removeprefix("monai.transforms.").removesuffix("d")
        if name == "Resize":
            sides = step.get("spatial_size")
        elif name == "LoadImage":
            transposed = gives_columns_first(model_id, step)
        elif name == "Transpose":
            _check_transpose(model_id, step)
            transposed = not transposed
            sides = sides[::-1] if isinstance(sides, list) else sides
        elif f"{name}d" in _LOADING or name in _LOADING:
            continue
        elif name in _SCALINGS and not scaled:
            table |= _SCALINGS[name](step)
            scaled = True
        else:
            raise ModelUnavailableError(
                model_id,
                f"its preprocessing step {step['_target_'][:60]!r} is not ours",
            )
    if not scaled:
        raise ModelUnavailableError(model_id, "its preprocessing scales no grey values")
    # Without a Resize: what the network takes, behind every transform.
    given = image.get("spatial_shape") if sides is None else sides
    return {**table, **_sides(model_id, given, transposed)}


def _sides(model_id: str, sides: Any, transposed: bool) -> Table:
    """Return the sides of the upright film; the network's are (columns, rows)."""
    if (
        not isinstance(sides, list)
        or len(sides) != 2
        or not all(type(side) is int and 8 <= side <= 4096 for side in sides)
    ):
        raise ModelUnavailableError(
            model_id, f"its input size {str(sides)[:60]} is not two fixed sides"
        )
    if transposed:
        return {"rows": sides[1], "columns": sides[0], "transposed": True}
    return {"rows": sides[0], "columns": sides[1]}


def _check_transpose(model_id: str, step: Table) -> None:
    """Allow the swap of the film's two sides, behind its channels or alone."""
    if step.get("indices") not in ([0, 2, 1], [1, 0]):
        raise ModelUnavailableError(
            model_id, f"its Transpose to {str(step.get('indices'))[:40]} is not ours"
        )


def _steps(model_id: str, preprocessing: Any) -> list[Table]:
    steps = preprocessing.get("transforms") if isinstance(preprocessing, dict) else None
    if not isinstance(steps, list):
        raise ModelUnavailableError(
            model_id, "inference.json has no preprocessing with a list of transforms"
        )
    for step in steps:
        if not isinstance(step, dict) or not isinstance(step.get("_target_"), str):
            raise ModelUnavailableError(
                model_id, f"its preprocessing has {str(step)[:60]!r}, which is not run"
            )
        for key, value in step.items():
            if isinstance(value, str) and value[:1] in ("$", "@", "%"):
                raise ModelUnavailableError(
                    model_id,
                    f"{step['_target_'][:40]}.{key} is the expression {value[:60]!r},"
                    " which is not run",
                )
    return steps


def _span(low: Any, high: Any, percentiles: list[float]) -> Table:
    """Map the percentiles to low and high: unit = (x + low / span) * span."""
    low, high = float(low), float(high)
    if not high > low:
        raise ModelUnavailableError("bundle", "its preprocessing scales to nothing")
    span = high - low
    return {"percentiles": percentiles, "mean": -low / span, "std": 1.0 / span}


def _scale(step: Table) -> Table:
    return _span(step.get("minv", 0.0), step.get("maxv", 1.0), [0.0, 100.0])


def _scale_percentiles(step: Table) -> Table:
    percentiles = [float(step.get("lower", 0.0)), float(step.get("upper", 100.0))]
    return _span(step.get("b_min", 0.0), step.get("b_max", 1.0), percentiles)


_SCALINGS = {
    "ScaleIntensity": _scale,
    "ScaleIntensityRangePercentiles": _scale_percentiles,
}


def output_kind(model_id: str, postprocessing: Any) -> Literal["logit", "softmax"]:
    """Say whether the outputs are independent (sigmoid) or exclusive (softmax).

    Raises
    ------
    ModelUnavailableError
        If the bundle does not say.
    """
    for step in _steps(model_id, postprocessing):
        if step["_target_"].removeprefix("monai.transforms.").startswith("Activations"):
            if step.get("softmax") is True:
                return "softmax"
            if step.get("sigmoid") is True:
                return "logit"
    raise ModelUnavailableError(
        model_id, "its postprocessing says neither sigmoid nor softmax"
    )
