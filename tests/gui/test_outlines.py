"""Which outline each finding wears."""

from datetime import UTC, datetime

import numpy as np
import pytest

from gui.outlines import Kind, kind_of, outlines_of
from inference.model_card import Code
from review.decision import Box, Decision, Origin, ReviewedFinding, Verdict

BOX = Box(10, 20, 30, 40)
CODE = Code("SCT", "1", "x")
REGION = {"m/a": [np.zeros((3, 2), np.float32)]}


def finding(
    uid: str,
    origin: Origin = Origin.MODEL,
    verdict: Verdict | None = None,
    box: Box | None = BOX,
) -> ReviewedFinding:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    decision = None if verdict is None else Decision(verdict, "K", at)
    return ReviewedFinding(
        uid, "1.2", "1.1", 0, origin, "Mass", CODE, box=box, decision=decision
    )


@pytest.mark.parametrize(
    ("origin", "verdict", "kind"),
    [
        (Origin.MODEL, None, Kind.UNDECIDED),
        (Origin.MODEL, Verdict.CONFIRMED, Kind.CONFIRMED),
        (Origin.MODEL, Verdict.UNSURE, Kind.UNSURE),
        (Origin.MODEL, Verdict.REJECTED, Kind.REJECTED),
        (Origin.READER, Verdict.CONFIRMED, Kind.ADDED),
    ],
)
def test_that_the_outline_tells_the_decision(
    origin: Origin, verdict: Verdict | None, kind: Kind
) -> None:
    assert kind_of(finding("m/a", origin, verdict)) is kind


def test_that_only_an_undecided_claim_of_the_model_is_dashed_long() -> None:
    # Dashed is AI, solid is a person; unsure is dotted.
    solid = {kind for kind in Kind if not kind.value.dashes}
    assert solid == {Kind.CONFIRMED, Kind.ADDED, Kind.REJECTED}


def test_that_tags_carry_number_and_mark() -> None:
    rows = (
        finding("m/a", verdict=Verdict.CONFIRMED),
        finding("m/b", verdict=Verdict.UNSURE),
        finding("m/c"),
        finding("reader/1", Origin.READER, Verdict.CONFIRMED),
    )
    numbers = {"m/a": 1, "m/b": 3, "m/c": 2, "reader/1": 6}
    drawn = outlines_of(rows, numbers, None, {})
    assert [outline.tag for outline in drawn] == ["1 ✓", "3 ?", "2", "6 +"]


def test_that_a_rejected_finding_is_drawn_only_while_selected() -> None:
    rows = (finding("m/a", verdict=Verdict.REJECTED),)
    assert outlines_of(rows, {}, None, {}) == ()
    assert len(outlines_of(rows, {}, "m/a", {})) == 1


def test_that_a_finding_without_a_box_takes_its_hot_region() -> None:
    rows = (finding("m/a", box=None), finding("m/b", box=None))
    drawn = outlines_of(rows, {}, "m/a", REGION)
    assert [outline.finding_uid for outline in drawn] == ["m/a"]
    assert len(drawn[0].polygons) == 1


def test_that_hiding_the_ai_leaves_only_the_readers_marks_and_no_number() -> None:
    rows = (finding("m/a"), finding("reader/1", Origin.READER, Verdict.CONFIRMED))
    drawn = outlines_of(rows, {"m/a": 1, "reader/1": 2}, None, {}, ai_hidden=True)
    assert [outline.finding_uid for outline in drawn] == ["reader/1"]
    assert drawn[0].tag == "+"


def test_that_only_the_selected_box_of_the_reader_can_be_changed() -> None:
    rows = (finding("m/a"), finding("reader/1", Origin.READER, Verdict.CONFIRMED))
    assert not any(o.editable for o in outlines_of(rows, {}, "m/a", {}))
    drawn = outlines_of(rows, {}, "reader/1", {})
    assert [o.finding_uid for o in drawn if o.editable] == ["reader/1"]


def test_that_the_selected_outline_lies_on_top() -> None:
    rows = (finding("m/a"), finding("m/b"), finding("m/c"))
    assert outlines_of(rows, {}, "m/a", {})[-1].finding_uid == "m/a"
