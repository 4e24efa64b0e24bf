"""What a pane shows one image of at a time: a series, or planes cut from it. No Qt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from studies.hanging import is_film
from studies.stack import Stack, describe_stack

if TYPE_CHECKING:
    from studies.model import Image, ImageHeader, Series, Study
    from studies.reslice import PlaneKind, Projection, Reslicer
    from studies.series_pixels import SeriesPixels


_KEPT_PLANES = 16


class ImageStack(Protocol):
    """Images in viewing order, of one series of one study of one patient.

    `key` names the stack within the open studies: the Series Instance UID, with
    the plane behind it where planes are cut from the series.
    """

    @property
    def key(self) -> str:
        """Name of the stack."""

    @property
    def study(self) -> Study:
        """The study it belongs to."""

    @property
    def series(self) -> Series:
        """The series it shows or is cut from."""

    @property
    def count(self) -> int:
        """Number of images."""

    @property
    def gaps(self) -> tuple[int, ...]:
        """Places after which slices are missing."""

    @property
    def is_film(self) -> bool:
        """Whether each image has its own window and size, as radiographs do."""

    def image(self, index: int) -> Image | None:
        """Return an image, or None while it is not read."""

    def failure(self, index: int) -> str:
        """Return why an image cannot be shown, or ""."""

    def want(self, index: int) -> None:
        """Have this image read next."""

    def find(self, sop_instance_uid: str, frame: int) -> int | None:
        """Return the place of an image, or None."""


class SeriesStack:
    """The images of a series as they were acquired.

    `first` is the image to be read before the others.
    """

    def __init__(self, study: Study, series: Series, pixels: SeriesPixels) -> None:
        self.study = study
        self.series = series
        self.pixels = pixels
        self.key = stack_key(study, series)
        self.first = 0
        self._stack: Stack | None = None
        self._places: dict[tuple[str, int], int] | None = None

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.series.images)

    @property
    def geometry(self) -> Stack:
        """How the slices lie."""
        if self._stack is None:
            self._stack = describe_stack(self.series.images)
        return self._stack

    @property
    def gaps(self) -> tuple[int, ...]:
        """Places after which slices are missing."""
        return self.geometry.gaps

    @property
    def is_film(self) -> bool:
        """Whether the images are radiographs, each on its own."""
        return is_film(self.series.images[0])

    @property
    def is_loaded(self) -> bool:
        """Whether every image was read or has failed."""
        return self.pixels.loaded == self.pixels.count

    def image(self, index: int) -> Image | None:
        """Return an image, or None while it is not read."""
        return self.pixels.image(index)

    def failure(self, index: int) -> str:
        """Return why an image cannot be shown, with its file's name, or ""."""
        why, name = self.pixels.failure(index), self.header(index).path.name
        return why if not why or name in why else f"{name}: {why}"

    def want(self, index: int) -> None:
        """Have this image read next."""
        self.pixels.prioritise(index)

    def header(self, index: int) -> ImageHeader:
        """Return the header of an image."""
        return self.series.images[index]

    def find(self, sop_instance_uid: str, frame: int) -> int | None:
        """Return the place of an image, or None."""
        if self._places is None:
            self._places = {
                (header.sop_instance_uid, header.frame): place
                for place, header in reversed(tuple(enumerate(self.series.images)))
            }
        return self._places.get((sop_instance_uid, frame))


class PlaneStack:
    """Planes of one direction through the volume of a series.

    Slabs that lie askew in the volume take up to a third of a second: those are
    asked for by `ask` and come by `put`; all others are cut when they are shown.
    """

    is_film = False
    gaps: tuple[int, ...] = ()

    def __init__(
        self,
        source: SeriesStack,
        reslicer: Reslicer,
        kind: PlaneKind,
        *,
        slab_mm: float = 0.0,
        projection: Projection | None = None,
        name: str = "",
        ask: Callable[[PlaneStack, int], None] | None = None,
    ) -> None:
        self.study = source.study
        self.series = source.series
        self.reslicer = reslicer
        self.kind = kind
        self.slab_mm = slab_mm
        self.projection = projection
        self.name = name or kind.value
        self.key = f"{source.key}/{self.name}"
        self._ask = ask
        self._made: OrderedDict[int, Image] = OrderedDict()
        self._failures: dict[int, str] = {}
        self._uids: dict[str, int] | None = None

    @property
    def count(self) -> int:
        """Number of planes."""
        return self.reslicer.count(self.kind)

    @property
    def is_slow(self) -> bool:
        """Whether planes are made in the background."""
        slab = self.projection is not None and self.slab_mm > 0
        return slab and self._ask is not None and not self.reslicer.is_straight

    def image(self, index: int) -> Image | None:
        """Return a plane; None while a slow one is being made."""
        if index in self._made:
            self._made.move_to_end(index)
            return self._made[index]
        if self.is_slow:
            return None
        made = self.cut(index)
        self.put(index, made)
        return made

    def cut(self, index: int) -> Image:
        """Cut a plane now; any thread."""
        if self.projection is None or self.slab_mm <= 0:
            return self.reslicer.image(self.kind, index)
        return self.reslicer.image(
            self.kind, index, slab_mm=self.slab_mm, projection=self.projection
        )

    def put(self, index: int, image: Image) -> None:
        """Keep a plane; the longest unused of many goes."""
        self._made[index] = image
        while len(self._made) > _KEPT_PLANES:
            self._made.popitem(last=False)

    def fail(self, index: int, why: str) -> None:
        """Keep why a plane could not be made."""
        self._failures[index] = why

    def failure(self, index: int) -> str:
        """Return why a plane could not be made, "" if it could or was not tried."""
        return self._failures.get(index, "")

    def want(self, index: int) -> None:
        """Have a slow plane made next."""
        if self._ask is not None:
            self._ask(self, index)

    def find(self, sop_instance_uid: str, frame: int) -> int | None:
        """Return the place of a plane whose UID was derived from it, or None."""
        if not sop_instance_uid.startswith("2.25."):
            return None
        if self._uids is None:
            uid = partial(self.reslicer.uid, self.kind)
            if self.projection is not None:
                uid = partial(uid, slab_mm=self.slab_mm, projection=self.projection)
            self._uids = {uid(place): place for place in range(self.count)}
        return self._uids.get(sop_instance_uid)


def stack_key(study: Study, series: Series) -> str:
    """Return the name of a series' stack: one UID may be used by two studies."""
    return f"{study.study_instance_uid}/{series.series_instance_uid}"
