import pytest
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts

from review import report_codes, states, vocabulary
from review.decision import Verdict

STANDARD = {
    *(reason.code for reason in vocabulary.REJECTION_REASONS),
    *(item.code for item in vocabulary.MISSED_FINDINGS),
    *states.STATUS_CODES.values(),
    report_codes.PROBABILITY,
    report_codes.CERTAINTY,
    report_codes.ARTIFICIAL_INTELLIGENCE,
    report_codes.COMMENT,
    report_codes.SUMMARY,
    report_codes.PLAIN_RADIOGRAPHY,
    report_codes.DEVICE,
    report_codes.PERSON,
    report_codes.NOT_ATTEMPTED,
}


def meanings(scheme, value):
    found = [item[value][0] for item in concepts[scheme].values() if value in item]
    return [text.replace("​", "") for text in found]


@pytest.mark.parametrize(
    "code", sorted(STANDARD, key=lambda c: (c.scheme, c.value)), ids=lambda c: c.value
)
def test_that_a_code_is_in_pydicoms_dictionary_or_of_our_own_scheme(code):
    if code.scheme == vocabulary.SCHEME:
        return
    assert code.meaning in meanings(code.scheme, code.value)


def test_that_the_check_of_codes_can_fail():
    assert "Pneumothorax" not in meanings("SCT", "60046008")


def test_that_there_are_six_reasons_in_the_order_of_the_design():
    assert [reason.key for reason in vocabulary.REJECTION_REASONS] == [
        "overlap", "artefact", "device", "old_change", "wrong_place", "other",
    ]  # fmt: skip


def test_that_no_two_codes_of_our_scheme_share_a_value():
    own = [
        value
        for module in (vocabulary, report_codes)
        for value in vars(module).values()
        if getattr(value, "scheme", "") == vocabulary.SCHEME
    ]
    own += [item.code for item in vocabulary.MISSED_FINDINGS]
    own += [reason.code for reason in vocabulary.REJECTION_REASONS]
    own = [code for code in set(own) if code.scheme == vocabulary.SCHEME]
    assert len({code.value for code in own}) == len(own)


def test_that_an_unknown_reason_is_an_error_and_no_reason_is_none():
    assert vocabulary.rejection_reason("") is None
    with pytest.raises(KeyError):
        vocabulary.rejection_reason("mood")


def test_that_every_verdict_has_a_code():
    assert set(vocabulary.VERDICT_CODES) == set(Verdict)


def test_that_chest_findings_come_first_for_a_chest():
    assert vocabulary.missed_findings("CHEST")[0].region == "chest"
    assert vocabulary.missed_findings("EXTREMITY")[0].region == "bone"
    assert len(vocabulary.missed_findings("")) == len(vocabulary.MISSED_FINDINGS)


def test_that_the_cad_summary_codes_are_those_of_cid_6047():
    known = {
        value
        for keyword in cid_concepts[6047]["DCM"]
        for value in concepts["DCM"][keyword]
    }
    from explain.analysis import AnalysisStatus as Status

    cases = [
        ([Status.SUCCEEDED], True, "111242"),
        ([Status.SUCCEEDED], False, "111241"),
        ([Status.FAILED], False, "111245"),
        ([Status.SUCCEEDED, Status.INELIGIBLE], True, "111244"),
        ([Status.SUCCEEDED, Status.INELIGIBLE], False, "111243"),
    ]
    for statuses, flagged, value in cases:
        code = states.summary_code(statuses, any_flagged=flagged)
        assert code is not None
        assert code.value == value
        assert value in known
    assert states.summary_code([], any_flagged=False) is None
