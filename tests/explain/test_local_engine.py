import math
from dataclasses import replace

import pytest

from explain.analysis import AnalysisRequest, CheckResult
from explain.engine import Engine
from inference.local_calibration import LocalCalibration, LocalFinding
from inference.local_store import LocalState
from inference.logit_digest import logit_digest
from inference.model_card import Calibration, read_manifest

FINDING = LocalFinding(
    key="pneumonia",
    name="Pneumonia",
    column="pneumonia",
    films=212,
    with_finding=60,
    patients=212,
    prevalence=None,
    auroc=None,
    withheld="",
    # Slope 0: every film gets sigmoid(ln 3) = 0.75.
    calibration=Calibration(slope=0.0, intercept=math.log(3)),
    method="platt",
    why="",
    threshold=0.8,
    operating_point=None,
    threshold_withheld="",
    conformal=None,
    conformal_withheld="",
    reliability=(),
    shipped_reliability=(),
    ece=None,
    shipped_ece=None,
)


@pytest.fixture
def analyse(make_film, model_folder):
    """Analyse a film with a state of the local calibration."""
    card = read_manifest(model_folder)
    local = LocalCalibration(
        card.model_id,
        card.version,
        card.sha256,
        logit_digest(card),
        site="Site A",
        validated_on="2026-03-14",
        validated_by="Reader 3",
        data_fingerprint="",
        films=212,
        refused=0,
        findings=(FINDING,),
    )

    def analyse(state=None):
        state = LocalState(local) if state is None else state
        request = AnalysisRequest("1", make_film(), str(model_folder), "", "cpu")
        return Engine(local=lambda _: state).analyse(request)

    return analyse


def test_that_a_local_calibration_makes_probability_threshold_and_flag(analyse):
    finding = analyse().findings[1]
    assert finding.probability == pytest.approx(0.75)
    assert finding.threshold == 0.8
    assert not finding.flagged


def test_that_the_other_findings_keep_the_manifests_values(analyse):
    here, shipped = analyse(), analyse(LocalState())
    for index in (0, 2, 3):
        assert here.findings[index] == shipped.findings[index]
    assert shipped.local is None


def test_that_the_analysis_says_which_calibration_was_used(analyse):
    analysis = analyse()
    assert analysis.local.findings == ("pneumonia",)
    check = analysis.trust[1]
    assert check.result is CheckResult.WARNING
    assert check.figure.startswith("212 films, Site A, 2026-03-14; not ")


def test_that_a_refused_calibration_changes_nothing_and_is_told(analyse):
    analysis = analyse(LocalState(None, "it is for other weights"))
    assert analysis.findings == analyse(LocalState()).findings
    assert analysis.trust[1].result is CheckResult.FAILED


def test_that_an_isotonic_calibration_is_used_too(analyse):
    from inference.model_outputs import CurvePoint

    curve = (CurvePoint(-50.0, 0.2, 0.1, 0.3), CurvePoint(50.0, 0.2, 0.1, 0.3))
    local = LocalState(
        LocalCalibration(
            "tiny-chest",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            0,
            0,
            (replace(FINDING, calibration=Calibration(curve=curve)),),
        )
    )
    finding = analyse(local).findings[1]
    assert finding.probability == pytest.approx(0.2)
    assert finding.interval == pytest.approx((0.1, 0.3))
