"""The review as pictures: Secondary Capture of film, overlay and legend."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from explain.analysis import AnalysisStatus
from explain.heatmap import FLOOR, Heatmap
from inference.model_card import Code
from review import claims
from review.capture_drawing import draw_capture, placement_fits
from review.capture_panel import PanelContent
from review.decision import ReviewedFinding, Verdict
from review.dicom_common import (
    MANUFACTURER,
    MODEL_NAME,
    NOTICE,
    NewUid,
    code_item,
    mark,
    person_name,
    random_uid,
    software_version,
    stamp,
    to_bytes,
)
from review.dicom_source import SourceImage, read_sources, take_over
from review.errors import ExportRefusedError
from review.image_lookup import image_of
from review.states import is_reported
from studies import grayscale
from studies.dicom_file import foreseen
from studies.model import ImageHeader, UInt8Array, Window
from studies.reader import read_image

if TYPE_CHECKING:
    from review.export import Draft, ExportRequest

WHAT = "Secondary capture"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SERIES_NUMBER = 9002
_FEW = 4
_MISPLACED = "Map hidden: failed its check"


def sc_drafts(request: ExportRequest, new_uid: NewUid = random_uid) -> list[Draft]:
    """Return a capture per image and heatmap; one without a map where none is.

    Of a series of slices, those that something is told of (`told_images`).

    Raises
    ------
    ExportRefusedError
        If the images have no patient and study.
    UnreadableFileError, UnsupportedImageError
        If a film cannot be read.
    """
    from review.export import Draft

    sources = read_sources(told_images(request), WHAT)
    series_uid = new_uid()
    drafts: list[Draft] = []
    for source in sources:
        display, content = _prepare(source, request)
        for panel in content:
            picture = draw_capture(display, panel)
            dataset = build_capture(source, request, picture, len(drafts) + 1)
            dataset.SeriesInstanceUID, dataset.SOPInstanceUID = series_uid, new_uid()
            drafts.append(
                Draft("sc", ".dcm", to_bytes(dataset), _Check(source, picture))
            )
    return drafts


def told_images(request: ExportRequest) -> tuple[ImageHeader, ...]:
    """Return the images to capture: all of a few films, else those told of.

    Told of are those with a reported finding, a result of a model, a measurement
    or a key mark; the first image stands for a study without any.
    """
    if sum(max(header.frames, 1) for header in request.headers) <= _FEW:
        return request.headers
    told = [
        *(
            (row.sop_instance_uid, row.frame)
            for row in filter(is_reported, request.findings)
        ),
        *(
            (one.sop_instance_uid, one.frame)
            for one in request.analyses
            if one.status is AnalysisStatus.SUCCEEDED
        ),
        *((one.sop_instance_uid, one.frame) for one in request.measurements),
        *((one.sop_instance_uid, one.frame) for one in request.key_images),
    ]
    found = [image_of(request.headers, *place) for place in dict.fromkeys(told)]
    return tuple(h for h in found if h is not None) or request.headers[:1]


class _Check:
    """Reads a capture back: same pixels, same patient, notice declared."""

    def __init__(self, source: SourceImage, picture: UInt8Array) -> None:
        self._source = source
        self._picture = picture

    def __call__(self, path: Path) -> str:
        return check_capture(path.read_bytes(), self._source, self._picture)


def check_capture(content: bytes, source: SourceImage, picture: UInt8Array) -> str:
    """Compare a capture with what was drawn; returns what was checked, in words.

    Raises
    ------
    ExportRefusedError
        If pixels, patient or study differ, or it does not declare its burned-in
        text.
    """
    try:
        dataset = dcmread(io.BytesIO(content))
        pixels = dataset.pixel_array
    except foreseen() as error:
        raise ExportRefusedError(WHAT, "it could not be read back") from error
    if not np.array_equal(pixels, picture):
        raise ExportRefusedError(WHAT, "re-reading gave other pixels than drawn")
    expected = Dataset()
    take_over(source, expected)
    if any(dataset.get(element.tag) != element for element in expected):
        raise ExportRefusedError(WHAT, "patient or study differ from the image's")
    if dataset.BurnedInAnnotation != "YES":
        raise ExportRefusedError(WHAT, "it does not declare its burned-in text")
    rows, columns = picture.shape[:2]
    return f"Read back: {columns} x {rows} px, notice burned in"


def build_capture(
    source: SourceImage, request: ExportRequest, picture: UInt8Array, number: int
) -> Dataset:
    """Return the Secondary Capture of a drawn picture, but for its two UIDs.

    References
    ----------
    DICOM PS3.3 A.8.1, C.7.6.1, C.8.6.
    """
    dataset = Dataset()
    take_over(source, dataset)
    dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.Modality = "OT"
    dataset.SeriesNumber, dataset.InstanceNumber = _SERIES_NUMBER, number
    dataset.SeriesDescription = "Overread film with overlay. Research use only"
    # Type 2C: the source's own would count for a film without panel and notice.
    dataset.Laterality = dataset.PatientOrientation = ""
    dataset.ConversionType = "WSD"
    dataset.SecondaryCaptureDeviceManufacturer = MANUFACTURER
    dataset.SecondaryCaptureDeviceManufacturerModelName = MODEL_NAME
    dataset.SecondaryCaptureDeviceSoftwareVersions = software_version()
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.BurnedInAnnotation = "YES"
    dataset.DerivationDescription = (
        f"Film with model overlay, outlines and legend. {NOTICE}"
    )
    dataset.OperatorsName = person_name(request.reader)
    dataset.SourceImageSequence = [_source_item(source.header)]
    _keep_lossy(source.dataset, dataset)
    mark(dataset, request.at)
    stamp(dataset, request.at)
    _set_pixels(dataset, picture)
    return dataset


def _set_pixels(dataset: Dataset, picture: UInt8Array) -> None:
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = picture.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    content = picture.tobytes()
    dataset.PixelData = content + b"\0" * (len(content) % 2)
    dataset["PixelData"].VR = "OB"


def _source_item(header: ImageHeader) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = header.sop_class_uid
    item.ReferencedSOPInstanceUID = header.sop_instance_uid
    if header.frames > 1:
        item.ReferencedFrameNumber = header.frame + 1
    item.PurposeOfReferenceCodeSequence = [
        code_item(Code("DCM", "121322", "Source image for image processing operation"))
    ]
    return item


def _keep_lossy(source: Dataset, target: Dataset) -> None:
    """Once lossy, always said to be (PS3.3 C.7.6.1.1.5)."""
    if source.get("LossyImageCompression") == "01":
        target.LossyImageCompression = "01"
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
            if keyword in source:
                setattr(target, keyword, source[keyword].value)


def _prepare(
    source: SourceImage, request: ExportRequest
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], list[PanelContent]]:
    """Read a film, and say what its captures show."""
    header = source.header
    image = read_image(header)
    voi = grayscale.default_voi(image)
    display = grayscale.to_display(image, voi)
    place = (header.sop_instance_uid, header.frame)
    rows = [r for r in request.findings if (r.sop_instance_uid, r.frame) == place]
    runs = [a for a in request.analyses if (a.sop_instance_uid, a.frame) == place]
    words = "Window from a lookup table of the header"
    if isinstance(voi, Window):
        words = f"W {voi.width:g} L {voi.center:g}"

    def panel(
        mapped: ReviewedFinding | None, heatmap: Heatmap | None, note: str
    ) -> PanelContent:
        return PanelContent(
            rows,
            runs,
            mapped,
            heatmap,
            note,
            words,
            header.patient_orientation,
            request.reader,
            f"{request.at:%Y-%m-%d %H:%M}",
        )

    maps = _maps(rows, request, header)
    return display, [panel(*item) for item in maps] or [
        panel(None, None, "No model gave one for these findings.")
    ]


def _maps(
    rows: Sequence[ReviewedFinding], request: ExportRequest, header: ImageHeader
) -> list[tuple[ReviewedFinding, Heatmap | None, str]]:
    """Return each finding with a map, its map, and a note on it.

    A rejected finding's map is not shown, nor one that fails its self-check.
    """
    found: list[tuple[ReviewedFinding, Heatmap | None, str]] = []
    for row in filter(is_reported, rows):
        if row.decision is not None and row.decision.verdict is Verdict.REJECTED:
            continue
        analysis = claims.analysis_of(row, request.analyses)
        if analysis is None:
            continue
        heatmap = analysis.heatmaps.get(claims.finding_key(row))
        if heatmap is None:
            continue
        if not placement_fits(heatmap, header):
            found.append((row, None, _MISPLACED))
            continue
        clear = float(heatmap.heat().max()) <= FLOOR
        note = f"Nothing above {FLOOR:.2f}: the map is clear." if clear else ""
        found.append((row, heatmap, note))
    return found
