import dataclasses

import pytest

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from explain.identity import identity
from inference.model_card import read_manifest


def test_that_the_status_words_are_those_of_the_contract():
    assert {status.value for status in AnalysisStatus} == {
        "succeeded",
        "ineligible",
        "out_of_distribution",
        "failed",
        "cancelled",
    }


def test_that_an_analysis_cannot_be_changed_and_starts_without_findings():
    model = ModelIdentity("m", "1", "0", "M", "Overread")
    analysis = Analysis("r", "1.2", 0, model, AnalysisStatus.FAILED)
    assert analysis.findings == ()
    assert analysis.heatmaps == {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        analysis.status = AnalysisStatus.SUCCEEDED


def test_that_a_result_names_model_version_and_weights(model_folder):
    card = read_manifest(model_folder)
    assert identity(card) == ModelIdentity(
        "tiny-chest", "0.0.1", card.sha256, "Tiny chest findings", "Overread"
    )
