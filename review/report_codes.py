"""Codes of the SR that are not of the vocabulary, and highdicom's form of them.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from collections.abc import Iterable

from highdicom.sr import CodedConcept, RelationshipTypeValues, TextContentItem

from inference.model_card import Code
from review import vocabulary
from studies.model import ImageHeader

PLAIN_RADIOGRAPHY = Code("SCT", "168537006", "Plain radiography")
IMAGING = Code("SCT", "363679005", "Imaging procedure")
_PROCEDURES = {
    "CR": PLAIN_RADIOGRAPHY,
    "DX": PLAIN_RADIOGRAPHY,
    "CT": Code("SCT", "77477000", "Computed tomography"),
    "MG": Code("SCT", "71651007", "Mammography"),
    "US": Code("SCT", "16310003", "Diagnostic ultrasonography"),
}
DEVICE = Code("DCM", "121007", "Device")
PERSON = Code("DCM", "121006", "Person")
READER_IDENTITY = vocabulary.own_code("P01", "Reader, identified by name only")
PROBABILITY = Code("DCM", "122157", "Probability")
CERTAINTY = Code("DCM", "111012", "Certainty of Finding")
NO_UNITS = Code("UCUM", "1", "no units")
PERCENT = Code("UCUM", "%", "Percent")
ARTIFICIAL_INTELLIGENCE = Code("DCM", "123110", "Artificial Intelligence")
COMMENT = Code("DCM", "121106", "Comment")
SUMMARY = Code("DCM", "111017", "CAD Processing and Findings Summary")
QUALITATIVE_EVALUATIONS = Code("UMLS", "C0034375", "Qualitative Evaluations")
DECIDED_BY = vocabulary.own_code("D06", "Decision made by")
DECIDED_AT = vocabulary.own_code("D07", "Decision made at")
FINDING_NAME = vocabulary.own_code("D08", "Name of the finding as shown")
NOT_ATTEMPTED = Code("DCM", "111225", "Not Attempted")

CONTAINS = RelationshipTypeValues.CONTAINS


def concept(code: Code) -> CodedConcept:
    """Return a code as highdicom wants it; the meaning cut to 64 characters."""
    return CodedConcept(code.value, code.scheme, code.meaning[:64])


def procedure_of(headers: Iterable[ImageHeader]) -> Code:
    """Return the procedure by Modality (0008,0060); "imaging" if that is not clear."""
    modalities = {header.modality for header in headers}
    if len(modalities) != 1:
        return IMAGING
    return _PROCEDURES.get(modalities.pop(), IMAGING)


def text_item(name: Code, value: str) -> TextContentItem:
    """Return a TEXT content item of a group."""
    return TextContentItem(name=concept(name), value=value, relationship_type=CONTAINS)
