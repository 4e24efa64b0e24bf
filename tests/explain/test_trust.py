from dataclasses import replace

import pytest

from explain.analysis import CheckResult, LocalUse, local_use
from explain.trust import (
    gate_check,
    gate_reason,
    refusal_checks,
    trust_checks,
    unseen_check,
)
from inference.film_gate import GateVerdict
from inference.local_calibration import LocalCalibration, LocalFinding
from inference.local_store import LocalState
from inference.logit_digest import logit_digest
from inference.model_card import Calibration, Measured, read_manifest


@pytest.fixture(scope="module")
def card(model_folder):
    return read_manifest(model_folder)


def test_that_the_panel_gets_gate_calibration_and_unseen_sources(card):
    checks = trust_checks(card, 0.31)
    assert [check.key for check in checks] == ["gate", "calibration", "unseen"]
    assert checks[0].title == "Looks like training films"
    assert checks[0].figure == "0.31, limit 1.00"
    assert checks[1].result is CheckResult.NOT_TESTED
    assert checks[1].figure == "Not calibrated here. Score order only."


def test_that_the_gate_closes_above_its_limit_only():
    assert gate_check(1.0).result is CheckResult.PASSED
    assert gate_check(1.01).result is CheckResult.FAILED
    assert gate_check(None).result is CheckResult.NOT_TESTED


def _verdict(distance):
    return GateVerdict("upper limb", 0.98, 0, False, False, None, (), distance)


def test_that_the_input_gates_distance_is_told_where_the_model_has_none(card):
    limb = replace(card, inclusion=replace(card.inclusion, kind="limb"))
    checks = trust_checks(limb, None, verdict=_verdict(0.42))
    assert [check.key for check in checks[:2]] == ["kind", "gate"]
    assert checks[1].result is CheckResult.PASSED
    assert checks[1].figure == "0.42, limit 1.00 (the input gate's films of this kind)"


def test_that_the_models_own_distance_goes_before_the_input_gates(card):
    check = trust_checks(card, 0.31, verdict=_verdict(0.42))[0]
    assert check.figure == "0.31, limit 1.00"


def test_that_no_distance_is_told_as_not_tested_though_the_gate_was_asked():
    check = gate_check(None, _verdict(None))
    assert check.result is CheckResult.NOT_TESTED
    assert check.figure == "this model has no distance of its own"


def test_that_a_film_too_far_away_is_told_as_of_the_right_kind():
    kind, gate = refusal_checks(replace(_verdict(2.4), reasons=("unlike",)))
    assert (kind.key, kind.result) == ("kind", CheckResult.PASSED)
    assert (gate.key, gate.result) == ("gate", CheckResult.FAILED)


def test_that_a_film_of_another_kind_has_no_distance_to_tell():
    (kind,) = refusal_checks(replace(_verdict(None), reasons=("lateral view",)))
    assert (kind.key, kind.result) == ("kind", CheckResult.FAILED)


def test_that_a_closed_gate_is_told_in_the_agreed_words():
    assert gate_reason(2.4) == (
        "unlike the training films. Distance 2.40, limit 1.00. Score withheld."
    )


def test_that_the_weakest_finding_on_unseen_sources_is_named(card):
    weak = replace(card.findings[1], unseen_auroc=Measured(0.59, 0.55, 0.63))
    # "No finding" is no claim about a disease: it does not count.
    normal = replace(card.findings[3], unseen_auroc=Measured(0.4, 0.3, 0.5))
    worse = replace(card, findings=(card.findings[0], weak, normal))
    check = unseen_check(worse)
    assert check.result is CheckResult.WARNING
    assert check.figure == "Pneumonia: AUROC 0.59, 0.55 to 0.63"


def test_that_good_figures_pass_and_missing_ones_are_not_tested(card):
    good = replace(card.findings[0], unseen_auroc=Measured(0.91, 0.88, 0.94))
    assert unseen_check(replace(card, findings=(good,))).result is CheckResult.PASSED
    none = replace(card.findings[0], unseen_auroc=None)
    check = unseen_check(replace(card, findings=(none,)))
    assert check.result is CheckResult.NOT_TESTED


def _local(card, *usable):
    findings = tuple(
        LocalFinding(
            **{
                "key": spec.key,
                "name": spec.name,
                "column": spec.column,
                "films": 212,
                "with_finding": 60,
                "patients": 212,
                "prevalence": None,
                "auroc": None,
                "withheld": "" if spec.key in usable else "12 patients, needs 100",
                "calibration": Calibration(),
                "method": "platt",
                "why": "",
                "threshold": 0.5,
                "operating_point": None,
                "threshold_withheld": "",
                "conformal": None,
                "conformal_withheld": "",
                "reliability": (),
                "shipped_reliability": (),
                "ece": None,
                "shipped_ece": None,
            }
        )
        for spec in card.findings
    )
    return LocalCalibration(
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
        findings=findings,
    )


def _check(card, state):
    return trust_checks(card, 0.3, state)[1]


def test_that_local_films_pass_the_check_with_their_number_and_date(card):
    local = _local(card, "covid", "pneumonia", "tuberculosis")
    check = _check(card, LocalState(local))
    assert check.result is CheckResult.PASSED
    assert check.figure == "212 films, Site A, 2026-03-14"


def test_that_findings_without_local_films_are_named(card):
    check = _check(card, LocalState(_local(card, "covid", "tuberculosis")))
    assert check.result is CheckResult.WARNING
    assert check.figure == "212 films, Site A, 2026-03-14; not Pneumonia"


def test_that_too_few_local_films_are_no_calibration(card):
    check = _check(card, LocalState(_local(card)))
    assert check.result is CheckResult.NOT_TESTED
    assert "too few to calibrate" in check.figure
    assert local_use(_local(card)) is None


def test_that_a_refused_local_calibration_fails_the_check_with_its_reason(card):
    check = _check(card, LocalState(None, "it was changed after it was signed"))
    assert check.result is CheckResult.FAILED
    assert check.figure.startswith("refused: it was changed after it was signed.")


def test_that_an_analysis_says_which_findings_a_local_calibration_made(card):
    assert local_use(_local(card, "covid")) == LocalUse(
        "Site A", "2026-03-14", 212, "", ("covid",)
    )
