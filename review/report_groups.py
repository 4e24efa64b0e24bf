"""The findings and their decisions, as measurement groups of the SR.

Never import this in the window's process: it imports highdicom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from highdicom.sr import (
    DateTimeContentItem,
    ImageRegion,
    MeasurementsAndQualitativeEvaluations,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    PnameContentItem,
    QualitativeEvaluation,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset

from review import vocabulary
from review.decision import Box, ReviewedFinding, Verdict
from review.dicom_common import person_name
from review.report_claims import claim_measurements, claim_remarks
from review.report_codes import (
    COMMENT,
    CONTAINS,
    DECIDED_AT,
    DECIDED_BY,
    FINDING_NAME,
    concept,
    text_item,
)
from review.report_runs import algorithm, header_of, source_image
from review.states import is_reported, state_code
from studies.model import ImageHeader

if TYPE_CHECKING:
    from review.export import ExportRequest

Group: TypeAlias = (
    PlanarROIMeasurementsAndQualitativeEvaluations
    | MeasurementsAndQualitativeEvaluations
)


def finding_groups(request: ExportRequest) -> list[Group]:
    """Return a group per reported finding, in the order of the findings panel."""
    return [
        _finding_group(row, number, request)
        for number, row in enumerate(filter(is_reported, request.findings), 1)
    ]


def _finding_group(row: ReviewedFinding, number: int, request: ExportRequest) -> Group:
    header = header_of(row.sop_instance_uid, row.frame, request)
    tracking = TrackingIdentifier(
        uid=row.tracking_uid, identifier=f"Finding {number}: {row.name}"
    )
    model = None
    if row.model is not None:
        model = algorithm(row.model, row.threshold, request)
    group: Group
    if row.regions:
        group = PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            referenced_region=_region(row.regions[0], header),
            finding_type=concept(row.code),
            algorithm_id=model,
            measurements=claim_measurements(row),
            qualitative_evaluations=_evaluations(row),
        )
    else:
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=tracking,
            finding_type=concept(row.code),
            algorithm_id=model,
            measurements=claim_measurements(row),
            qualitative_evaluations=_evaluations(row),
            source_images=[source_image(header)],
        )
    group[0].ContentSequence.extend(_told_by(row))
    return group


def _evaluations(row: ReviewedFinding) -> list[QualitativeEvaluation]:
    told = [
        QualitativeEvaluation(concept(vocabulary.DECISION), concept(state_code(row)))
    ]
    decision = row.decision
    if decision is not None and decision.verdict is Verdict.REJECTED:
        reason = vocabulary.rejection_reason(decision.reason)
        code = reason.code if reason else vocabulary.REASON_NOT_GIVEN
        told.append(
            QualitativeEvaluation(concept(vocabulary.REJECTION_REASON), concept(code))
        )
    return told


def _told_by(row: ReviewedFinding) -> list[Dataset]:
    """Who decided and when, the reader's own words, the remark."""
    items: list[Dataset] = []
    if row.decision is not None:
        items.append(
            PnameContentItem(
                name=concept(DECIDED_BY),
                value=person_name(row.decision.reader),
                relationship_type=CONTAINS,
            )
        )
        items.append(
            DateTimeContentItem(
                name=concept(DECIDED_AT),
                value=row.decision.at,
                relationship_type=CONTAINS,
            )
        )
    if row.name != row.code.meaning:
        items.append(text_item(FINDING_NAME, row.name))
    items += [text_item(COMMENT, line) for line in claim_remarks(row)]
    if row.comment:
        items.append(text_item(COMMENT, row.comment))
    return items


def _region(box: Box, header: ImageHeader) -> ImageRegion:
    """Return a closed polyline in (column, row), (0, 0) the image's outer corner.

    That is where `Box` counts from too, so nothing is shifted (PS3.3
    C.10.5.1.2).
    """
    left, top = box.column, box.row
    right, bottom = left + box.columns, top + box.rows
    corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
    return ImageRegion(
        graphic_type="POLYLINE",
        graphic_data=np.array(corners),
        source_image=SourceImageForRegion(
            header.sop_class_uid,
            header.sop_instance_uid,
            [header.frame + 1] if header.frames > 1 else None,
        ),
    )


def read_states(document: Dataset) -> dict[str, str]:
    """Return, from an SR's plain data set, the decision code by tracking UID.

    Groups without a decision (the models' runs) are left out.
    """
    told: dict[str, str] = {}
    for container in document.ContentSequence:
        for group in container.get("ContentSequence", []):
            values = {
                item.ConceptNameCodeSequence[0].CodeValue: item
                for item in group.get("ContentSequence", [])
                if "ConceptNameCodeSequence" in item
            }
            decision = values.get(vocabulary.DECISION.value)
            if decision is not None:
                uid = str(values["112040"].UID)
                told[uid] = str(decision.ConceptCodeSequence[0].CodeValue)
    return told
