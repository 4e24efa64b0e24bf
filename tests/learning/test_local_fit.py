from dataclasses import replace

import numpy as np
import pytest

from inference.findings import on_logit
from inference.model_card import Calibration, Code, FindingSpec
from learning.local_curves import fit_isotonic_local, out_of_fold
from learning.local_fit import (
    LabelledLogits,
    carry_over,
    fit_finding,
    local_bins,
    log_loss,
    too_few,
)

SPEC = FindingSpec(
    key="opacity",
    name="Opacity",
    column="opacity",
    code=Code("SCT", "1", "Opacity"),
    threshold=0.5,
    calibration=Calibration(),
    heatmap_reference=1.0,
)


def _films(
    present: int, absent: int, *, shift: float = 1.5, groups: list[str] | None = None
) -> LabelledLogits:
    generator = np.random.default_rng(1)
    labels = np.array([1] * present + [0] * absent)
    logits = generator.normal(shift * labels, 1.0)
    return LabelledLogits(logits, labels, groups or [""] * len(labels))


@pytest.mark.parametrize(
    ("present", "absent", "reason"),
    [
        (30, 69, "99 patients, needs 100"),
        (19, 181, "19 patients with the finding, needs 20"),
        (181, 19, "19 patients without the finding, needs 20"),
        (20, 80, ""),
    ],
)
def test_that_too_few_films_are_named_with_what_is_needed(
    present: int, absent: int, reason: str
) -> None:
    assert too_few(_films(present, absent)) == reason


def test_that_many_films_of_one_patient_are_one_patient() -> None:
    films = _films(60, 140, groups=["p1"] * 60 + [""] * 140)
    assert too_few(films) == "1 patients with the finding, needs 20"


def test_that_a_finding_with_too_few_films_is_withheld_but_measured() -> None:
    found = fit_finding(SPEC, _films(10, 20))
    assert found.withheld == "30 patients, needs 100"
    assert not found.usable
    assert (found.calibration, found.threshold, found.conformal) == (None, None, None)
    assert found.auroc is not None
    assert (found.films, found.with_finding) == (30, 10)


def test_that_enough_films_give_calibration_threshold_and_sets() -> None:
    found = fit_finding(SPEC, _films(60, 140), sensitivity=0.9)
    assert found.usable
    assert found.method == "platt"
    assert found.operating_point is not None
    assert found.operating_point.rule == "sensitivity at least 0.90"
    assert found.operating_point.sensitivity.value >= 0.9
    assert found.conformal is not None
    assert found.prevalence is not None
    assert found.prevalence.value == 0.3
    assert sum(item.films for item in found.reliability) == 200
    # The logits are no log odds here: the manifest's identity is far off.
    assert found.ece < found.shipped_ece


def test_that_between_20_and_30_films_of_a_class_the_threshold_is_carried_over() -> (
    None
):
    films = _films(25, 100)
    found = fit_finding(SPEC, films)
    assert found.usable
    assert found.operating_point is None
    assert found.conformal is None
    assert found.threshold_withheld == (
        "25 films with and 100 without the finding, needs 30 of each"
    )
    assert found.calibration is not None
    before = films.logits >= 0.0  # 0.5 by the manifest's identity
    after = [
        on_logit(float(logit), found.calibration)[0] >= found.threshold
        for logit in films.logits
    ]
    assert after == before.tolist()


def test_that_a_threshold_is_carried_over_through_the_manifests_logit() -> None:
    spec = replace(
        SPEC, threshold=0.75, calibration=Calibration(slope=2.0, intercept=0.0)
    )
    # sigmoid(2 l) = 0.75 at l = ln(3) / 2; sigmoid(4 l - ln 3) there is again 0.75.
    local = Calibration(slope=4.0, intercept=-float(np.log(3)))
    assert carry_over(spec, local) == pytest.approx(0.75)


def test_that_a_model_no_better_than_chance_is_told() -> None:
    found = fit_finding(SPEC, _films(60, 140, shift=0.0))
    assert found.warning.startswith("not shown to do better than chance here")
    assert fit_finding(SPEC, _films(60, 140)).warning == ""


def test_that_many_films_take_the_curve_that_fits_patients_left_out() -> None:
    generator = np.random.default_rng(2)
    logits = generator.uniform(-3.0, 3.0, 3000)
    # A step: no logistic curve has that form.
    labels = (generator.random(3000) < np.where(logits > 1.0, 0.9, 0.1)).astype(int)
    found = fit_finding(SPEC, LabelledLogits(logits, labels, [""] * 3000))
    assert found.method == "isotonic"
    assert "log loss on patients left out" in found.why
    assert found.calibration is not None
    for logit, truth in ((-2.0, 0.1), (0.0, 0.1), (2.0, 0.9)):
        probability, (low, high) = on_logit(logit, found.calibration)
        assert probability == pytest.approx(truth, abs=0.05)
        assert low <= truth <= high


def test_that_a_curve_of_one_class_keeps_off_certainty() -> None:
    logits = np.arange(40.0)
    labels = (logits >= 20).astype(np.int64)
    curve = fit_isotonic_local(logits, labels, [""] * 40).curve
    # One in n + 2 films; the interval is Wilson's of a step of 20 of 20.
    assert curve[-1].probability == pytest.approx(41 / 42)
    assert curve[-1].low == pytest.approx(20 / (20 + 1.96**2), abs=1e-3)
    assert [p.probability for p in curve] == sorted(p.probability for p in curve)


def test_that_out_of_fold_a_patient_is_judged_by_the_others_alone() -> None:
    # One patient has every film with the finding: without it nothing can be fitted.
    labels = np.array([1, 1, 0, 0, 0])
    logits = np.array([1.0, 2.0, -1.0, 0.0, 1.0])
    groups = ["p", "p", "a", "b", "c"]
    held = out_of_fold(logits, labels, groups, isotonic=False)
    assert np.isnan(held[:2]).all()
    assert np.isfinite(held[2:]).all()


def test_that_the_log_loss_is_the_mean_surprise() -> None:
    loss = log_loss(np.array([1, 0]), np.array([0.5, 0.25]))
    assert loss == pytest.approx(-(np.log(0.5) + np.log(0.75)) / 2)


def test_that_reliability_bins_have_wilsons_interval() -> None:
    (one,) = local_bins(np.array([1, 1, 0, 0]), np.array([0.41, 0.42, 0.43, 0.44]))
    assert (one.low, one.high, one.films, one.with_finding) == (0.4, 0.5, 4, 2)
    assert one.mean_probability == pytest.approx(0.425)
    # Wilson, 2 of 4: half width 1.96 / sqrt(4 + 1.96^2) / 2.
    assert one.rate.high - 0.5 == pytest.approx(1.96 / (4 + 1.96**2) ** 0.5 / 2, 1e-4)
