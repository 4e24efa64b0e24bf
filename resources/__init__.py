"""What the product ships beside its code: models, icons, code tables."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the path of a shipped file or folder.

    Parameters
    ----------
    name
        Relative to ``resources/``, for example ``"models/chest-findings"``.

    Raises
    ------
    FileNotFoundError
        If the installation lacks it.
    """
    found = _ROOT / name
    if not found.exists():
        raise FileNotFoundError(f"the installation lacks resources/{name}")
    return found
