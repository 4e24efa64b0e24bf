"""Models that can be got when asked for: where, how large, under which licence.

Nothing is fetched from this table alone, and it holds no SHA-256: none of these
files could be compared with a sum from its publisher. The user gives the one they
trust.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.errors import UnknownModelError
from inference.xray_models import XRAY_MODELS, XrayModel


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A published set of weights.

    Attributes
    ----------
    name
        What `overread models get` is called with.
    model_id
        The id it gets once it is added.
    megabytes
        About how large the download is.
    whole_module
        Whether it is a pickled module, read only with a SHA-256 given.
    """

    name: str
    model_id: str
    summary: str
    url: str
    licence: str
    megabytes: int
    whole_module: bool
    xray: XrayModel

    @property
    def limit_bytes(self) -> int:
        """How large the download may be: half as large again as expected."""
        return self.megabytes * 1_500_000


def _known(model: XrayModel) -> KnownModel:
    return KnownModel(
        name=model.name,
        model_id=f"txrv-{model.name}",
        summary=f"TorchXRayVision, {len(model.heads)} findings, {model.trained_on}",
        url=model.url,
        licence="Apache-2.0",
        megabytes=model.megabytes,
        whole_module=model.pickled_module,
        xray=model,
    )


KNOWN: dict[str, KnownModel] = {
    name: _known(model) for name, model in XRAY_MODELS.items()
}


def known(name: str) -> KnownModel:
    """Return one; UnknownModelError names the others."""
    if name not in KNOWN:
        raise UnknownModelError(name, tuple(KNOWN))
    return KNOWN[name]
