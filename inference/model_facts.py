"""What a manifest says a model is worth: measured figures, sources, controls.

Shown by the model facts card; nothing here changes what the model computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

# What pydantic reads when it checks a manifest; a plain table, so that the
# window's process need not import it.
STRICT: dict[str, str] = {"extra": "forbid"}


NOT_IN_MEAN = "not in the mean"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured figure with its 95 % interval."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SourceFigure:
    """AUROC within one source by a network that was trained without it.

    `auroc` is None where the source holds films of one class only. A `note` that
    ends in `NOT_IN_MEAN` tells of a source that the mean does not count.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    source: str
    with_finding: int
    without: int
    auroc: Measured | None = None
    sensitivity: Measured | None = None
    specificity: Measured | None = None
    note: str = ""

    @property
    def in_mean(self) -> bool:
        """Whether the mean within unseen sources counts it."""
        return self.auroc is not None and not self.note.endswith(NOT_IN_MEAN)


@dataclass(frozen=True, slots=True)
class SubgroupFigure:
    """AUROC in one group of films, e.g. women; None if it was not measured."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    finding: str
    group: str
    films: int
    auroc: Measured | None = None


@dataclass(frozen=True, slots=True)
class ControlFigure:
    """A shortcut check: what was tried, what came out, what should have.

    `key` is one of ``blackout`` (anatomy masked), ``source`` (source told from
    the features, balanced accuracy), ``markers`` (text and markers erased,
    change of AUROC), ``planted`` (a planted marker is found), or the model's own.
    `limit` is the value that the figure must not exceed.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    key: str
    title: str
    value: float
    limit: float
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the figure keeps to its limit."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """A collection of films that the model was trained on."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    name: str
    films: int
    licence: str
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """Something the model is known to get wrong: `share` of `cases`."""

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    title: str
    share: float
    cases: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The words and tables of a model facts card (Mitchell et al., Model cards, 2019).

    `commands` are those that made the figures, one a line.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = STRICT

    intended_use: str = ""
    do_not_use: str = ""
    label_origin: str = ""
    missing: str = ""
    training_sources: tuple[TrainingSource, ...] = ()
    subgroups: tuple[SubgroupFigure, ...] = ()
    controls: tuple[ControlFigure, ...] = ()
    known_failures: tuple[KnownFailure, ...] = ()
    commands: tuple[str, ...] = ()
