"""Which side of a film comes first when a MONAI bundle has read it."""

from __future__ import annotations

from typing import Any

from inference.errors import ModelUnavailableError

_SWITCHES = {
    "PILReader": ("reverse_indexing", True),
    "ITKReader": ("reverse_indexing", False),
    "PydicomReader": ("swap_ij", True),
}
"""Of each reader: the argument that decides, and its default."""


def gives_columns_first(model_id: str, step: dict[str, Any]) -> bool:
    """Whether ``LoadImage`` gives films as (columns, rows).

    By default every reader does. The argument that changes it has one name and
    opposite meanings in two of them: PIL's ``reverse_indexing`` swaps the
    sides, ITK's keeps them. Without a reader's name both get it; False is
    ITK's default, so there it can only be meant for PIL.

    Raises
    ------
    ModelUnavailableError
        If the reader is not on the list, or what is asked of it is not plain.

    References
    ----------
    MONAI 1.6, monai/data/image_reader.py.
    """
    reader = step.get("reader")
    if reader is None:
        given = step.get("reverse_indexing", True)
        if "swap_ij" in step or ("reverse_indexing" in step and given is not False):
            raise _refusal(model_id, "does not say for which reader its axes are")
        return bool(given)
    name = str(reader).removeprefix("monai.data.")
    if name not in _SWITCHES:
        raise _refusal(model_id, f"asks for the reader {str(reader)[:40]!r}")
    argument, default = _SWITCHES[name]
    given = step.get(argument, default)
    if type(given) is not bool:
        raise _refusal(model_id, f"has no plain value of {argument}")
    return not given if name == "ITKReader" else given


def _refusal(model_id: str, what: str) -> ModelUnavailableError:
    return ModelUnavailableError(model_id, f"its LoadImage {what}, which is not ours")
