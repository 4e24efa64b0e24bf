import importlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from explain.analysis import CheckResult
from gui import check_words, facts_report, facts_words, local_words, model_entry
from gui.evidence_rows import evidence, spoken
from gui.use_words import use_rows
from inference.local_store import LocalState
from inference.model_card import InclusionRules, Measured
from inference.model_facts import (
    ControlFigure,
    ModelFacts,
    SourceFigure,
    TrainingSource,
)
from review.recent_use import RecentUse

SUPPORT = Path(__file__).parent / "support"
AT = datetime(2026, 3, 12, 7, 42, tzinfo=UTC)


@pytest.fixture
def samples(monkeypatch):
    monkeypatch.syspath_prepend(SUPPORT)
    return importlib.import_module("facts_samples")


@pytest.fixture
def card(samples, tmp_path):
    return samples.sample_card(tmp_path)


@pytest.fixture
def entry(card):
    return model_entry.sound(card, LocalState())


@pytest.fixture
def calibrated(samples, card):
    return model_entry.sound(card, LocalState(samples.sample_calibration(card)))


def test_that_what_a_manifest_does_not_say_is_told_as_not_stated(card):
    rows = dict(facts_words.fact_rows(replace(card, facts=ModelFacts(), summary="")))
    for title in ("Intended use", "Do not use", "Trained on", "Missing from data"):
        assert rows[title] == "Not stated."
    assert rows["Heat map"].endswith("Overlap with expert outlines: not measured.")


def test_that_the_sources_are_told_with_films_and_licence(card):
    told = dict(facts_words.fact_rows(card))["Trained on"]
    assert told.splitlines() == [
        "2 sources, 3,414 films.",
        "Source A: 1,204, CC BY 4.0",
        "Source C: 2,210, CC0",
    ]


def test_that_the_inclusion_rules_and_the_gate_say_what_is_refused(card):
    assert facts_words.refusals(card) == (
        "Age under 18; views other than PA or AP; body parts other than chest;"
        " modalities other than CR or DX; a side shorter than 200 pixels; films unlike"
        " the training films."
    )


def test_that_a_threshold_is_told_with_wilson_intervals_and_its_films(card):
    # 1 - 0.981 = 0.019, its interval turned round: 1 - 0.991 to 1 - 0.961.
    assert facts_words.threshold(card.findings[0]) == (
        "0.50: finds 26 % (16 to 40), false alarm in 1.9 % (0.9 to 3.9). 412 films,"
        " 50 with the finding. Chosen by: sensitivity at least 0.25."
    )


def test_that_a_threshold_nobody_measured_says_so(card):
    assert facts_words.threshold(card.findings[1]) == (
        "0.42. What it finds and its false alarms: not measured."
    )


def test_that_an_output_that_is_no_probability_is_told_so(card):
    assert "no probability until it is calibrated" in facts_words.output(card)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (0.019, "1.9"), (0.02, "2"), (0.0996, "10"), (0.26, "26"), (1, "100")],
)
def test_that_small_shares_keep_a_decimal(share, text):
    assert facts_words.percent_text(share) == text


def test_that_the_summary_row_is_the_mean_within_unseen_sources(card):
    rows = evidence(card.findings[0]).rows
    assert [row.title for row in rows] == [
        "Source A, Spain",
        "Source B, mixed web",
        "Source C, USA",
        "Source D, Vietnam",
        "Mean within unseen sources",
        "Random split, same sources",
    ]
    assert not any("pooled" in row.title.lower() for row in rows)
    assert rows[4].figure == Measured(0.71, 0.64, 0.77)


def test_that_a_source_of_one_class_is_not_measured(card):
    found = evidence(card.findings[0])
    row = found.rows[3]
    assert row.share_text() == "0 %"
    assert spoken(row, found) == (
        "Source D, Vietnam, 940 films, 0 % with the finding, AUROC not measured, films"
        " of one class only."
    )


def test_that_this_site_stands_before_the_mean(calibrated):
    spec = calibrated.card.findings[0]
    rows = evidence(spec, calibrated.site_row("opacity")).rows
    assert [row.kind for row in rows[-3:]] == ["site", "mean", "random"]
    # 50 of 412 films: 12.1 %.
    assert rows[-3].share_text() == "12 %"


def test_that_the_axis_reaches_down_to_the_worst_interval(card):
    spec = replace(card.findings[0], unseen_auroc=Measured(0.57, 0.46, 0.68))
    assert evidence(card.findings[0]).low == 0.5
    assert evidence(spec).low == 0.4


def test_that_a_severity_stands_beside_always_saying_the_mean(card):
    found = evidence(card.severities[0])
    assert found.measure == "Mean error"
    assert [row.figure.value for row in found.rows] == [1.21, 2.02]
    assert found.advice == (
        "The band shown beside a value holds 90 % of 94 films. On a source it never"
        " saw: not measured."
    )


def test_that_a_check_that_was_not_made_is_not_tested(card):
    lines = {line.title: line for line in check_words.controls(card)}
    assert lines["Lungs blacked out"].result is CheckResult.PASSED
    assert lines["Guess the source"].result is CheckResult.WARNING
    assert lines["Guess the source"].detail == "From the features; at most 0.75 wanted"
    planted = lines["Planted marker found"]
    assert (planted.result, planted.figure) == (CheckResult.NOT_TESTED, "not measured")


def test_that_a_group_of_fewer_than_30_films_is_not_shown(card):
    lines = check_words.groups(card, "opacity", Measured(0.71, 0.64, 0.77))
    portable = lines[2]
    assert portable.detail == "Too few: 19 films, needs 30"
    assert portable.figure == "not shown"
    assert "0.9" not in portable.spoken()


def test_that_a_group_worse_than_chance_explains_is_a_warning(card):
    women, men, _ = check_words.groups(card, "opacity", Measured(0.71, 0.64, 0.77))
    assert women.result is CheckResult.PASSED
    # Its interval ends at 0.68, below the 0.71 of all films.
    assert men.result is CheckResult.WARNING


def test_that_features_that_tell_the_sources_apart_are_told(card):
    assert check_words.tell_apart(card).startswith("The inner features tell")
    assert check_words.tell_apart(replace(card, facts=ModelFacts())) == ""


def test_that_an_uncalibrated_model_says_score_order_only(entry):
    spec = entry.card.findings[0]
    assert local_words.calibration_text(entry, spec) == (
        "Not calibrated here. Score order only. Its makers calibrated it on 4,840"
        " films."
    )


def test_that_a_local_calibration_is_told_with_films_date_person_and_site(calibrated):
    told = local_words.calibration_text(calibrated, calibrated.card.findings[0])
    assert told.startswith(
        "Calibrated on local films. 412 local films, 2 Mar 2026, K. Lind, Sankt Josef."
    )
    threshold = local_words.threshold_text(calibrated, calibrated.card.findings[0])
    assert threshold.startswith("0.31 here: finds 26 % (16 to 40)")


def test_that_a_refused_calibration_says_why(card):
    entry = model_entry.sound(card, LocalState(None, "it was changed after signing"))
    told = local_words.calibration_text(entry, card.findings[0])
    assert told.startswith(
        "Not calibrated here. Score order only. The local calibration is refused: it"
        " was changed after signing."
    )


def test_that_a_withheld_finding_says_what_is_missing(samples, card):
    few = samples.sample_finding(
        withheld="40 patients, needs 100", calibration=None, threshold=None
    )
    entry = model_entry.sound(card, LocalState(samples.sample_calibration(card, few)))
    told = local_words.calibration_text(entry, card.findings[0])
    assert "Withheld: 40 patients, needs 100." in told
    assert local_words.threshold_text(entry, card.findings[0]).startswith("0.50: ")


def test_that_the_text_to_copy_holds_every_finding_and_the_hash(calibrated, card):
    text = facts_report.as_text(calibrated.verified(), AT)
    assert text.startswith("Opacity 1.2.0\nModel facts, written 2026-03-12 07:42\n")
    assert "RESEARCH USE ONLY. Not for diagnosis." in text
    for spec in (*card.findings, *card.severities):
        assert spec.name.upper() in text
    assert f"SHA-256 {card.sha256} (matches)" in text
    assert "This site: AUROC 0.79 (0.72 to 0.86), 412 films" in text
    assert "Portable: not tested: not shown. Too few: 19 films, needs 30" in text


def test_that_a_locked_model_is_locked_on_paper_too(entry):
    text = facts_report.as_text(entry.changed("weights.safetensors was changed"), AT)
    assert "AI failed: model file changed. The model is locked." in text


def test_that_what_a_manifest_says_cannot_become_markup(card):
    evil = replace(card, name="<b>Opacity</b>")
    page = facts_report.as_html(model_entry.sound(evil, LocalState()), AT)
    assert "&lt;b&gt;Opacity&lt;/b&gt;" in page
    assert "<b>Opacity" not in page


def test_that_an_alert_rate_has_wilson_s_interval_and_what_the_readers_said():
    use = RecentUse(films=40, flagged=12, confirmed=7, rejected=3, unsure=1)
    # Wilson for 12 of 40: 0.181 to 0.454.
    assert use_rows(use) == (
        ("Alert rate", "30 % (18 to 45): 12 of 40 films"),
        ("Readers", "7 confirmed, 3 rejected, 1 unsure, 1 not decided"),
    )


def test_that_an_alert_rate_on_fewer_than_30_films_is_not_shown():
    assert use_rows(RecentUse(films=19, flagged=2, confirmed=2)) == (
        ("Alert rate", "Too few: 19 films, needs 30"),
        ("Readers", "2 confirmed"),
    )
    assert use_rows(None) == (("Alert rate", "No film of the last 30 days."),)


def test_that_a_source_of_one_class_tells_what_the_threshold_does_there(card):
    spec = replace(
        card.findings[0],
        unseen_sources=(
            SourceFigure("All with it", 900, 0, None, Measured(0.69, 0.66, 0.72)),
            SourceFigure("None with it", 0, 60, None, None, Measured(0.98, 0.9, 1.0)),
        ),
    )
    assert [row.instead for row in evidence(spec).rows[:2]] == [
        "finds 69 % (66 to 72)",
        "false alarm 2 % (0 to 10)",
    ]


def test_that_a_source_with_too_few_of_a_class_is_not_said_to_hold_one(card):
    few = SourceFigure("Few without", 160, 3, None, Measured(0.42, 0.34, 0.49))
    spec = replace(
        card.findings[0], unseen_sources=(few, replace(few, sensitivity=None))
    )
    rows = evidence(spec).rows[:2]
    assert [row.instead for row in rows] == ["finds 42 % (34 to 49)", "too few"]
    assert rows[1].note == "too few films of one class"


def test_that_the_caption_says_whether_sources_were_held_out_or_never_trained_on(card):
    spec = card.findings[0]
    held = replace(spec, unseen_sources=(replace(spec.unseen_sources[0]),))
    trained = replace(
        card.facts, training_sources=(TrainingSource("Source A, Spain", 9, "CC0"),)
    )
    assert evidence(held, None, replace(card, facts=trained)).caption.startswith(
        "Each source held out in turn"
    )
    assert evidence(held, None, card).caption.startswith(
        "Sources of which no film was trained on."
    )


def test_that_sources_the_mean_does_not_count_are_told(card):
    spec = card.findings[0]
    left_out = replace(spec.unseen_sources[0], note="a part; not in the mean")
    two = replace(spec, unseen_sources=(left_out, *spec.unseen_sources[1:3]))
    one = replace(spec, unseen_sources=(left_out, spec.unseen_sources[1]))
    assert evidence(two).advice.endswith(
        "It is of 2 sources: Source B, mixed web, Source C, USA."
    )
    assert evidence(one).advice.endswith("It rests on one source, Source B, mixed web.")


@pytest.mark.parametrize(
    ("value", "text"), [(0.994, "0.99"), (0.998, ">0.99"), (1.0, "1.00")]
)
def test_that_an_auroc_is_never_rounded_up_to_a_perfect_one(value, text):
    assert facts_words.share_of_one(value) == text


def test_that_a_severity_says_how_wide_its_band_is_in_place_of_a_diagram(card):
    severity = replace(card.severities[0], below=2.7, above=3.2, films=86)
    heading, words = facts_words.instead(severity)
    assert heading == "How far may the value be off?"
    assert "not a probability, and not a prognosis" in words
    assert "from 2.7 below to 3.2 above" in words


def test_that_an_input_gate_is_not_said_to_refuse_nothing(card):
    gate = replace(
        card,
        task="gate",
        findings=(),
        severities=(),
        inclusion=InclusionRules((), (), ()),
    )
    assert facts_words.refusals(gate) == (
        "It is the gate: it refuses films for the models that ask it."
    )


def test_that_the_rules_of_sequence_and_contrast_are_told(card):
    rules = InclusionRules(("MR",), ("BRAIN",), (), sequences=("T1",), contrast=True)
    said = facts_words.refusals(replace(card, inclusion=rules, gate=None))
    assert "sequences other than T1; images without contrast agent" in said


def test_that_only_the_checks_of_the_finding_on_screen_are_listed(card):
    made = tuple(
        ControlFigure("blackout", f"{name}: lungs painted over", 0.5, 0.6, "on test.")
        for name in ("Mass-like opacity", "Pleural effusion")
    )
    facts = replace(card.facts, controls=(*made, *card.facts.controls[1:2]))
    lines = check_words.controls(replace(card, facts=facts), "Pleural effusion")
    assert [line.title for line in lines[:2]] == [
        "Pleural effusion: lungs painted over",
        "Guess the source",
    ]
    assert lines[0].detail == "On test; at most 0.60 wanted"
