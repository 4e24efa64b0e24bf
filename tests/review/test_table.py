import csv
import io
import json
from dataclasses import replace

import pytest

from review import table
from review.errors import ExportRefusedError


def rows_of(content):
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n@x", "-"],  # noqa: RUF001 - a full-width sign starts a formula too
)
def test_that_a_cell_that_would_run_as_a_formula_gets_an_apostrophe(text):
    assert table.safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["Mass", "a=b", "3-4", "", "ä 日本", "it's"])
def test_that_other_text_is_left_as_it_is(text):
    assert table.safe_cell(text) == text


def test_that_control_characters_become_blanks():
    assert table.safe_cell("a\nb\x00c") == "a b c"


def test_that_the_csv_has_a_byte_order_mark_and_one_row_per_finding(
    reviewed, request_of, study
):
    request = request_of(reviewed(study))
    content = table.to_csv(request)
    assert content[:3] == b"\xef\xbb\xbf"
    rows = rows_of(content)
    assert [row["decision"] for row in rows] == [
        "rejected", "unsure", "missed_by_ai", "missed_by_ai",
    ]  # fmt: skip
    assert rows[0]["reason"] == "Overlap"
    assert rows[0]["probability"] == "0.83"
    assert rows[0]["model_sha256"] == "ab" * 32
    assert rows[2]["box_rows"] == "39.5"  # 300, clipped at row 100
    assert "NOT FOR DIAGNOSIS" in rows[0]["notice"]


def test_that_a_finding_without_decision_is_never_told_as_confirmed(
    session, header, build_analysis, request_of
):
    session.adopt(build_analysis(header))
    request = request_of(session)
    assert {row["decision"] for row in rows_of(table.to_csv(request))} == {
        "not_decided"
    }
    tree = json.loads(table.to_json(request))
    assert {item["decision"]["state"] for item in tree["findings"]} == {"not_decided"}


def test_that_a_formula_in_a_comment_is_made_safe(session, header, request_of):
    session.add_finding("Mass", table_code(), header, None, '=HYPERLINK("http://x")')
    content = table.to_csv(request_of(session))
    assert rows_of(content)[0]["comment"] == '\'=HYPERLINK("http://x")'


def table_code():
    from inference.model_card import Code

    return Code("SCT", "4147007", "=Mass")


def test_that_the_json_tells_failed_runs_and_reasons_with_codes(
    reviewed, request_of, study
):
    tree = json.loads(table.to_json(request_of(reviewed(study))))
    assert tree["schema"] == "overread.review/3"
    assert [item["status"] for item in tree["analyses"]] == ["succeeded", "failed"]
    assert tree["analyses"][1]["reasons"] == ["no memory"]
    assert tree["findings"][0]["decision"]["reason"]["value"] == "R01"
    assert tree["findings"][2]["origin"] == "reader"


def test_that_neither_table_names_the_patient(reviewed, request_of, study):
    request = request_of(reviewed(study))
    assert b"CANARY" not in table.to_csv(request)
    assert b"CANARY" not in table.to_json(request)


def test_that_the_check_of_a_csv_can_fail(reviewed, request_of, study, tmp_path):
    request = request_of(reviewed(study))
    draft = table.csv_draft(request)
    path = tmp_path / "x.csv"
    path.write_bytes(draft.content)
    assert draft.check(path) == "Read back: 4 findings, no formulas"
    path.write_bytes(draft.content[:-20])
    with pytest.raises(ExportRefusedError):
        draft.check(path)


def test_that_the_check_of_a_json_can_fail(reviewed, request_of, study, tmp_path):
    request = request_of(reviewed(study))
    path = tmp_path / "x.json"
    path.write_bytes(table.to_json(replace(request, reader="Somebody else")))
    with pytest.raises(ExportRefusedError):
        table.json_draft(request).check(path)


def test_that_the_csv_has_a_row_per_figure_and_per_key_image(
    measured, request_of, study
):
    rows = rows_of(table.to_csv(request_of(measured(study))))
    assert {row["schema"] for row in rows} == {"overread.review/3"}
    assert [row["record"] for row in rows] == (
        ["finding"] * 4 + ["measurement"] * 17 + ["key_image"]
    )
    length = rows[4]
    assert (length["measurement"], length["figure"]) == ("length", "length")
    assert (length["value"], length["unit"]) == ("42.3", "mm")
    assert length["points_row_column"] == "(10, 20) (30, 60)"
    assert (length["reader"], length["origin"]) == ("K. Lind", "reader")
    assert (length["reformatted_plane"], rows[20]["reformatted_plane"]) == ("no", "yes")
    assert {row["model_id"] for row in rows[4:]} == {""}  # never AI's


def test_that_a_negative_figure_is_a_number_and_a_formula_in_a_name_is_none(
    measured, request_of, study, tmp_path
):
    request = request_of(measured(study))
    draft = table.csv_draft(request)
    rows = rows_of(draft.content)
    assert "-712.25" in {row["value"] for row in rows}
    assert rows[4]["comment"] == "'=the length"
    assert rows[-1]["comment"] == "'=see here"
    path = tmp_path / "x.csv"
    path.write_bytes(draft.content)
    assert draft.check(path) == (
        "Read back: 4 findings, 7 measurements, 1 key image, no formulas"
    )


@pytest.mark.parametrize("cell", ["=1", "-1+1", "-a", "+1"])
def test_that_what_would_run_is_found_beside_negative_numbers(
    cell, measured, request_of, study, tmp_path
):
    request = request_of(measured(study))
    content = table.to_csv(request).replace(b"-712.25", cell.encode())
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(ExportRefusedError):
        table.csv_draft(request).check(path)
    assert table._runs(cell)
    assert not table._runs("-712.25")


def test_that_the_json_has_measurements_and_key_images(measured, request_of, study):
    tree = json.loads(table.to_json(request_of(measured(study))))
    assert len(tree["measurements"]) == 7
    ellipse = tree["measurements"][3]
    assert (ellipse["kind"], ellipse["origin"]) == ("ellipse", "reader")
    assert ellipse["points_row_column"] == [[10.0, 20.0], [30.0, 60.0]]
    assert ellipse["values"][1] == {"name": "mean", "value": -712.25, "unit": "HU"}
    assert [item["reformatted"] for item in tree["measurements"]] == [False] * 6 + [
        True
    ]
    assert tree["key_images"][0]["comment"] == "=see here"
