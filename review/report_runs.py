"""What each model did, as measurement groups of the SR.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from highdicom.sr import (
    AlgorithmIdentification,
    CodeContentItem,
    ContainerContentItem,
    ContentSequence,
    MeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    TrackingIdentifier,
)

from explain.analysis import Analysis, ModelIdentity
from inference.model_card import Code
from review import vocabulary
from review.algorithm import parameters
from review.dicom_common import NewUid
from review.image_lookup import image_of
from review.report_codes import (
    ARTIFICIAL_INTELLIGENCE,
    COMMENT,
    CONTAINS,
    NOT_ATTEMPTED,
    QUALITATIVE_EVALUATIONS,
    SUMMARY,
    concept,
    text_item,
)
from review.states import STATUS_CODES, claim_figure, is_reported
from studies.model import ImageHeader

if TYPE_CHECKING:
    from review.export import ExportRequest


def run_groups(
    request: ExportRequest, new_uid: NewUid
) -> list[MeasurementsAndQualitativeEvaluations]:
    """Return a group per model's run on an image.

    Where no model was asked, one group says so: silence never means normal.
    """
    runs = [_run_group(item, request, new_uid) for item in request.analyses]
    return runs or [_no_run_group(request, new_uid)]


def algorithm(
    model: ModelIdentity, threshold: float | None, request: ExportRequest
) -> AlgorithmIdentification:
    """Return TID 4019: name, version, manufacturer, parameters, family."""
    told = [] if threshold is None else [f"threshold={threshold:.6g}"]
    return AlgorithmIdentification(
        name=model.name,
        version=model.version,
        parameters=[*told, *parameters(model, request.cards)],
        family=concept(ARTIFICIAL_INTELLIGENCE),
        manufacturer=model.manufacturer or None,
    )


def header_of(sop_uid: str, frame: int, request: ExportRequest) -> ImageHeader:
    """Return the exported image of that UID and frame.

    Raises
    ------
    LookupError
        If it is not among the exported images.
    """
    header = image_of(request.headers, sop_uid, frame)
    if header is None:
        raise LookupError("a finding lies on an image that is not exported")
    return header


def source_image(header: ImageHeader) -> SourceImageForMeasurementGroup:
    """Return a reference to the image that a whole group is about."""
    return SourceImageForMeasurementGroup(
        header.sop_class_uid,
        header.sop_instance_uid,
        [header.frame + 1] if header.frames > 1 else None,
    )


def summary(code: Code) -> ContainerContentItem:
    """Return the container with the CAD summary code (TID 1500, row 12)."""
    container = ContainerContentItem(
        name=concept(QUALITATIVE_EVALUATIONS), relationship_type=CONTAINS
    )
    item = CodeContentItem(
        name=concept(SUMMARY), value=concept(code), relationship_type=CONTAINS
    )
    container.ContentSequence = ContentSequence([item])
    return container


def _run_group(
    analysis: Analysis, request: ExportRequest, new_uid: NewUid
) -> MeasurementsAndQualitativeEvaluations:
    """Tell how a model's run on an image ended, and what it left below threshold."""
    header = header_of(analysis.sop_instance_uid, analysis.frame, request)
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=new_uid(), identifier=f"AI result: {analysis.model.name}"
        ),
        algorithm_id=algorithm(analysis.model, None, request),
        qualitative_evaluations=[
            QualitativeEvaluation(
                concept(vocabulary.AI_STATUS), concept(STATUS_CODES[analysis.status])
            )
        ],
        source_images=[source_image(header)],
    )
    lines = [*_run_lines(analysis), *_below_lines(analysis, request)]
    group[0].ContentSequence.extend(text_item(COMMENT, line) for line in lines)
    return group


def _no_run_group(
    request: ExportRequest, new_uid: NewUid
) -> MeasurementsAndQualitativeEvaluations:
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=new_uid(), identifier="AI result"),
        qualitative_evaluations=[
            QualitativeEvaluation(concept(vocabulary.AI_STATUS), concept(NOT_ATTEMPTED))
        ],
        source_images=[source_image(header) for header in request.headers],
    )
    group[0].ContentSequence.append(
        text_item(COMMENT, "No model was run on this study.")
    )
    return group


def _run_lines(analysis: Analysis) -> list[str]:
    lines = [f"AI status: {analysis.status.value.replace('_', ' ')}"]
    lines += [f"Reason: {reason}" for reason in analysis.reasons]
    lines += [f"Notice: {notice}" for notice in analysis.notices]
    lines += [
        f"Check: {check.title}: {check.result.value}. {check.figure}".strip()
        for check in analysis.trust
    ]
    return lines


def _below_lines(analysis: Analysis, request: ExportRequest) -> list[str]:
    return [
        f"Not flagged, not decided: {row.name}, {figure}"
        for row in request.findings
        if not is_reported(row)
        and row.model == analysis.model
        and row.sop_instance_uid == analysis.sop_instance_uid
        and row.frame == analysis.frame
        and (figure := claim_figure(row))
    ]
