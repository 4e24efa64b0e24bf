"""The line of a severity over time, from the stored results alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from explain.analysis import AnalysisStatus
from inference.model_card import Code
from inference.severities import SeverityValue
from review.analysis_records import analysis_to_record
from review.severity_history import severity_points

EXTENT = Code("99OVERREAD", "S01", "Geographic extent")
MADE = datetime(2026, 3, 12, 10, 15, tzinfo=UTC)


@pytest.fixture
def body(header, build_analysis):
    """Make the stored text of a result with one severity, or of one without."""

    def make(value=3.0, status=AnalysisStatus.SUCCEEDED, **more):
        whole = build_analysis(header, status=status)
        if status is AnalysisStatus.SUCCEEDED:
            found = SeverityValue(
                "extent", "Extent", EXTENT, value, (1.5, 5.0), 0.0, 8.0, 0.9
            )
            whole = replace(whole, severities=(found,))
        whole = replace(whole, **{"acquired_at": MADE, **more})
        return analysis_to_record(whole)[0]

    return make


def values(*bodies):
    return [point.value for point in severity_points(bodies, "extent")]


def test_that_the_newest_result_of_an_image_counts(body):
    assert values(body(3.0), body(4.0)) == [4.0]


@pytest.mark.parametrize(
    "status", [AnalysisStatus.OUT_OF_DISTRIBUTION, AnalysisStatus.INELIGIBLE]
)
def test_that_a_film_refused_later_has_no_number_any_more(body, status):
    assert values(body(3.0), body(status=status)) == []
    assert values(body(3.0), body(status=status), body(4.0)) == [4.0]


@pytest.mark.parametrize("status", [AnalysisStatus.FAILED, AnalysisStatus.CANCELLED])
def test_that_a_run_that_did_not_end_takes_no_number_away(body, status):
    assert values(body(3.0), body(status=status)) == [3.0]


def test_that_a_newer_result_without_the_severity_takes_it_away(body):
    assert values(body(3.0), body(severities=())) == []


def test_that_other_films_keep_their_numbers(body):
    refused = body(
        status=AnalysisStatus.OUT_OF_DISTRIBUTION, sop_instance_uid="1.2.3.99"
    )
    assert values(body(3.0), refused) == [3.0]
