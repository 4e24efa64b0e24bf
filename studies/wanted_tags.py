"""The elements that are read; all others are passed over unread.

Naming them keeps private elements, whatever they hold, out of memory.
"""

from __future__ import annotations

from functools import lru_cache

# Overlay Rows (60xx,0010) of the sixteen overlay planes.
OVERLAY_ROWS = tuple(0x60000010 + (group << 17) for group in range(16))
_KEYWORDS = """
SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID StudyDate SeriesDate
AcquisitionDate ContentDate AcquisitionDateTime StudyTime SeriesTime
AcquisitionTime ContentTime AccessionNumber Modality StudyDescription
SeriesDescription DirectoryRecordSequence
PatientName PatientID IssuerOfPatientID PatientBirthDate PatientSex PatientAge
BodyPartExamined ImagerPixelSpacing NominalScannedPixelSpacing
EstimatedRadiographicMagnificationFactor ViewPosition ViewCodeSequence
PatientPosition
StudyInstanceUID SeriesInstanceUID SeriesNumber InstanceNumber
PatientOrientation ImagePositionPatient ImageOrientationPatient Laterality
ImageLaterality
SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames
Rows Columns PixelSpacing PixelAspectRatio BitsAllocated BitsStored HighBit
PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit BurnedInAnnotation
WindowCenter WindowWidth RescaleIntercept RescaleSlope RescaleType
WindowCenterWidthExplanation VOILUTFunction
RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor
BluePaletteColorLookupTableDescriptor
RedPaletteColorLookupTableData GreenPaletteColorLookupTableData
BluePaletteColorLookupTableData
SegmentedRedPaletteColorLookupTableData
SegmentedGreenPaletteColorLookupTableData
SegmentedBluePaletteColorLookupTableData
FrameOfReferenceUID FrameTime SliceThickness SequenceName ProtocolName
ScanningSequence ContrastBolusAgent
LossyImageCompression LossyImageCompressionRatio ModalityLUTSequence
VOILUTSequence FrameDisplayShutterSequence ShutterShape
ShutterLeftVerticalEdge ShutterRightVerticalEdge ShutterUpperHorizontalEdge
ShutterLowerHorizontalEdge CenterOfCircularShutter RadiusOfCircularShutter
VerticesOfThePolygonalShutter SharedFunctionalGroupsSequence
PerFrameFunctionalGroupsSequence
"""


@lru_cache(maxsize=1024)
def tag_of(keyword: str) -> int:
    """Return the tag of a keyword of the data dictionary.

    Raises
    ------
    KeyError
        If there is no such keyword: a mistake of ours, not of a file.
    """
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return tag


@lru_cache(maxsize=1)
def wanted_tags() -> tuple[int, ...]:
    """Return the tags of all elements that are read."""
    return (*(tag_of(keyword) for keyword in _KEYWORDS.split()), *OVERLAY_ROWS)
