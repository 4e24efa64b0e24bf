"""Axial, coronal and sagittal planes of a volume, as images like any other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studies.auto_window import window_of_pixels
from studies.geometry import orientation_letters
from studies.identity import derived_uid
from studies.model import (
    Float32Array,
    GrayscaleParameters,
    Image,
    ImageHeader,
    IntArray,
    Vector,
)
from studies.oblique_sampler import ObliqueSampler
from studies.patient_planes import PlaneKind as PlaneKind
from studies.patient_planes import plane_grids
from studies.projection import Projection as Projection
from studies.projection import slab_offsets
from studies.straight_sampler import StraightSampler
from studies.volume import NoVolumeError, Volume
from studies.voxels import Voxels, straightened, voxels_of

# Every so many voxels along each axis tell the window of a volume.
_SAMPLED = 256


class Reslicer:
    """Cuts a volume along the patient's own axes, whatever way it was acquired.

    Planes show the patient as radiologists look at him: his right at the left,
    his head or front at the top; sagittal ones with the front at the left. They
    are numbered from the head to the feet, front to back, right to left. Pixels
    are square, as small as the smallest side of a voxel.

    Outside the volume planes hold a stored value that is marked as padding:
    shown black, and left out of all statistics.

    Calls from several threads are safe: nothing is kept between them.

    Raises
    ------
    NoVolumeError
        If the stored values need more than 16 bits.
    """

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        shape = volume.stored.shape
        straight = straightened(volume.affine, shape)
        affine = volume.affine if straight is None else straight
        self._grids = plane_grids(affine, shape)
        self._voxels = voxels_of(volume.stored, volume.header.grayscale.padding)
        self._straight = (
            None if straight is None else StraightSampler(self._voxels, straight)
        )
        self._sampler = self._straight or ObliqueSampler(self._voxels, affine)
        self._params = _grayscale(volume, self._voxels)
        self._dtype = _type_of(self._params)
        self._outside = self._params.padding[0] if self._params.padding else 0
        middle = affine[:3, :3] @ ((np.array(shape) - 1) / 2.0) + affine[:3, 3]
        self.center_mm: Vector = (float(middle[0]), float(middle[1]), float(middle[2]))

    @property
    def is_straight(self) -> bool:
        """Whether the patient's axes are the volume's: then planes are quick."""
        return self._straight is not None

    def count(self, kind: PlaneKind) -> int:
        """Return how many planes of a kind there are."""
        return self._grids[kind].count

    def image(
        self,
        kind: PlaneKind,
        index: int,
        *,
        slab_mm: float = 0.0,
        projection: Projection = Projection.MAXIMUM,
    ) -> Image:
        """Return a plane, or a slab of it flattened.

        Parameters
        ----------
        index
            0 to `count` - 1.
        slab_mm
            Thickness of the slab, centred on the plane; 0 for the plane alone.
        projection
            How the slab is flattened.

        Raises
        ------
        IndexError
            If there is no such plane.
        """
        grid = self._grids[kind]
        if not 0 <= index < grid.count:
            raise IndexError(f"{kind} plane {index}: there are {grid.count}")
        offsets = slab_offsets(slab_mm, grid.step_mm)
        thick_mm = slab_mm if len(offsets) > 1 else 0.0
        uid = self.uid(kind, index, slab_mm=slab_mm, projection=projection)
        header = self._header(kind, index, thick_mm, uid)
        if self._straight is not None and len(offsets) == 1:
            stored = self._straight.stored_plane(grid, index)
            if stored is not None:
                return Image(header, np.array(stored, self._dtype))
        planes = [index + offset for offset in offsets]
        values = self._sampler.plane(grid, planes, projection)
        return Image(header, self._stored(values))

    def index_at(self, kind: PlaneKind, point_mm: Vector) -> int:
        """Return the plane nearest to a point, the first or last for one outside."""
        grid = self._grids[kind]
        return min(max(round(grid.place(point_mm)[0]), 0), grid.count - 1)

    def to_image(self, kind: PlaneKind, point_mm: Vector) -> tuple[float, float]:
        """Return (row, column) of a point, from the outer corner of the image."""
        return self._grids[kind].place(point_mm)[1:]

    def to_patient(
        self, kind: PlaneKind, index: float, row: float, column: float
    ) -> Vector:
        """Return where in the patient a place of a plane lies, in mm."""
        return self._grids[kind].point(index, row, column)

    def _stored(self, values: Float32Array) -> IntArray:
        np.rint(values, out=values)
        outside = self._outside
        if outside == self._voxels.low:
            # No value is free: the lowest of 65536 gives way and becomes the next.
            np.maximum(values, outside + 1, out=values)
        values[np.isnan(values)] = outside
        return values.astype(self._dtype)

    def uid(
        self,
        kind: PlaneKind,
        index: int,
        *,
        slab_mm: float = 0.0,
        projection: Projection = Projection.MAXIMUM,
    ) -> str:
        """Return the UID of a plane: the same series, place and slab, the same UID.

        What is measured on a slab does not hold on the plane alone.
        """
        source = self.volume.header
        identity = (
            f"{self.volume.series_instance_uid}:{source.sop_instance_uid}"
            f":{source.frame}:{kind}:{index}"
        )
        if len(slab_offsets(slab_mm, self._grids[kind].step_mm)) > 1:
            identity += f":{slab_mm:g}:{projection}"
        return derived_uid(identity, "reformatted")

    def _header(
        self, kind: PlaneKind, index: int, slab_mm: float, uid: str
    ) -> ImageHeader:
        grid, volume = self._grids[kind], self.volume
        source, plane = volume.header, grid.plane(index)
        letters = (orientation_letters(plane.row), orientation_letters(plane.column))
        return replace(
            source,
            # No file holds these pixels; a reader that is asked for them refuses.
            path=source.path / f"{kind} {index + 1}",
            frame=0,
            frames=1,
            instance_number=index + 1,
            sop_instance_uid=uid,
            rows=grid.rows,
            columns=grid.columns,
            grayscale=self._params,
            view_position="",
            patient_orientation=letters,
            spacing_mm=(grid.pixel_mm, grid.pixel_mm),
            series_description=_words(kind, slab_mm),
            plane=plane,
            frame_time_ms=None,
            slice_thickness_mm=slab_mm or None,
            notices=volume.notices,
        )


def _words(kind: PlaneKind, slab_mm: float) -> str:
    words = f"{kind.capitalize()}, reformatted"
    return f"{words}, {slab_mm:g} mm slab" if slab_mm else words


def _type_of(params: GrayscaleParameters) -> type[np.int16] | type[np.uint16]:
    return np.int16 if params.pixel_representation else np.uint16


def _grayscale(volume: Volume, voxels: Voxels) -> GrayscaleParameters:
    """Return the grey scale of the planes: a padding value, one window for all.

    The padding value is the series' own, else the value below or above all that
    are there.
    """
    params = volume.header.grayscale
    ends = np.iinfo(_type_of(params))
    if not ends.min <= voxels.low <= voxels.high <= ends.max:
        raise NoVolumeError(("Stored values need more than 16 bits",))
    if params.padding is None or not ends.min <= params.padding[0] <= ends.max:
        below, above = voxels.low - 1, voxels.high + 1
        free = below if below >= ends.min else above if above <= ends.max else ends.min
        params = replace(params, bits_stored=16, padding=(free, free))
    if params.windows or params.voi_luts:
        return params
    stored = volume.stored
    steps = [max(size // _SAMPLED, 1) for size in stored.shape]
    sample = stored[:: steps[0], :: steps[1], :: steps[2]]
    window = window_of_pixels(Image(volume.header, sample))
    return replace(params, windows=(replace(window, explanation="from the volume"),))
