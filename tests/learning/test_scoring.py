from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from explain.analysis import (
    Analysis,
    AnalysisRequest,
    AnalysisStatus,
    ModelIdentity,
)
from inference.findings import Finding
from inference.model_card import (
    Calibration,
    Code,
    ExplainSpec,
    FindingSpec,
    InclusionRules,
    InputSpec,
    ModelCard,
)
from learning.finding_scores import collect, within_sources
from learning.labelled_folder import (
    LabelledFilm,
    LabelledFolder,
    LabelsError,
    read_labelled_folder,
)
from learning.metrics import to_metrics
from learning.read_ahead import ReadFilm, read_labelled
from learning.scoring import ScoredFilm, count_refusals, score_folder
from learning.targets import Targets, targets_of

CODE = Code("SCT", "125112009", "Abnormally opaque structure")


def _spec(key: str, column: str) -> FindingSpec:
    return FindingSpec(key, key.title(), column, CODE, 0.5, Calibration(), 1.0)


def _card(*specs: FindingSpec) -> ModelCard:
    return ModelCard(
        folder=Path("model"),
        model_id="made-up",
        version="1",
        name="Made up",
        summary="",
        manufacturer="",
        licence="",
        architecture="",
        weights="w.safetensors",
        sha256="0" * 64,
        input=InputSpec(8, 8, 1, (0.0, 100.0), 0.0, 1.0),
        explain=ExplainSpec("", "", ()),
        inclusion=InclusionRules((), (), (), None, 1),
        findings=specs,
    )


OPACITY = _spec("opacity-pattern", "opacity")
TUBERCULOSIS = _spec("tb", "tuberculosis")
CARD = _card(OPACITY, TUBERCULOSIS, _spec("nodule", "nodule"))


class FakeModel:
    """Answers each request with the next of the given answers."""

    def __init__(self, answers: Sequence[float | AnalysisStatus]) -> None:
        self.answers = list(answers)

    def __call__(self, request: AnalysisRequest) -> Analysis:
        answer = self.answers.pop(0)
        scored = isinstance(answer, float)
        return Analysis(
            request_id=request.request_id,
            sop_instance_uid=request.image.header.sop_instance_uid,
            frame=0,
            model=ModelIdentity("made-up", "1", "0" * 64, "Made up", ""),
            status=AnalysisStatus.SUCCEEDED if scored else answer,
            reasons=() if scored else ("lateral view. Distance 2.40.",),
            findings=tuple(
                Finding(spec.key, spec.name, CODE, 0.0, answer, None, 0.5, answer > 0.5)
                for spec in CARD.findings
            )
            if scored
            else (),
        )


def _score(
    folder: Path, answers: Sequence[float | AnalysisStatus], card: ModelCard = CARD
) -> tuple[list[ScoredFilm], Targets]:
    model = FakeModel(answers)
    with read_labelled_folder(folder) as films:
        targets = targets_of(card, films)
        return list(score_folder(films, card, targets, partial(map, model))), targets


@pytest.fixture
def scored(labelled_folder: Path) -> tuple[list[ScoredFilm], Targets]:
    """Films 0 and 1 of source a and 3 and 5 of b scored; 2 and 4 refused."""
    return _score(
        labelled_folder,
        [
            0.9,
            0.6,
            AnalysisStatus.OUT_OF_DISTRIBUTION,
            0.2,
            AnalysisStatus.INELIGIBLE,
            0.3,
        ],
    )


def test_that_findings_without_a_column_are_left_out(labelled_folder: Path) -> None:
    folder = read_labelled_folder(labelled_folder)
    assert targets_of(CARD, folder).findings == (OPACITY, TUBERCULOSIS)


def test_that_a_folder_without_any_of_the_findings_is_refused(
    labelled_folder: Path,
) -> None:
    folder = read_labelled_folder(labelled_folder)
    with pytest.raises(LabelsError, match="fracture"):
        targets_of(_card(_spec("fracture", "fracture")), folder)


def test_that_a_cell_that_is_no_label_is_told_and_unknown(
    labelled_folder: Path,
) -> None:
    card = _card(OPACITY, _spec("view", "view"))
    targets = targets_of(card, read_labelled_folder(labelled_folder))
    assert targets.labels["view"] == {}
    assert str(targets.problems[0]) == (
        "labels.csv, line 2, column view: found 'PA'; allowed: 1, 0, nothing"
    )
    assert len(targets.problems) == 5


def test_that_a_column_of_words_gives_a_label_for_each_word(tmp_path: Path) -> None:
    rows = (
        "1.png,s,glioma\n2.png,s,Pituitary\n3.png,s,tumour (type unknown)\n4.png,s,\n"
    )
    (tmp_path / "labels.csv").write_text(f"file,source,diagnosis\n{rows}")
    card = _card(_spec("glioma", "diagnosis=glioma"), _spec("p", "diagnosis=pituitary"))
    targets = targets_of(card, read_labelled_folder(tmp_path))
    # A type that is unknown is neither.
    assert targets.labels["glioma"] == {2: 1, 3: 0}
    assert targets.labels["p"] == {2: 0, 3: 1}
    assert targets.problems == ()


def test_that_refused_films_have_no_probabilities(
    scored: tuple[list[ScoredFilm], Targets],
) -> None:
    assert [bool(item.probabilities) for item in scored[0]] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
    assert scored[0][0].probabilities["opacity-pattern"] == 0.9


def test_that_refusals_are_counted_without_their_distances(
    scored: tuple[list[ScoredFilm], Targets],
) -> None:
    assert count_refusals(scored[0]) == {
        "lateral view": 1,
        "lateral view. Distance 2.40.": 1,
    }
    assert [item.failure for item in scored[0]] == [""] * 6


def test_that_an_unreadable_film_is_a_failure_and_the_rest_goes_on(
    labelled_folder: Path,
) -> None:
    (labelled_folder / "b/0.png").write_bytes(b"no picture")
    films, _ = _score(labelled_folder, [0.9, 0.6, 0.5, 0.2, 0.3])
    assert [bool(item.failure) for item in films] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]
    assert films[3].refusal == "could not be read"


def test_that_a_failed_run_is_a_failure_with_its_reason(labelled_folder: Path) -> None:
    films, _ = _score(labelled_folder, [AnalysisStatus.FAILED, *[0.5] * 5])
    assert films[0].failure == "lateral view. Distance 2.40."
    assert films[0].refusal == "failed"


def test_that_films_of_unknown_label_count_for_no_figure(
    scored: tuple[list[ScoredFilm], Targets],
) -> None:
    opacity, tuberculosis = collect(*scored)
    assert opacity.labels.tolist() == [1, 0, 0]
    assert opacity.probabilities.tolist() == [0.9, 0.6, 0.2]
    assert opacity.sources.tolist() == ["a", "a", "b"]
    assert opacity.groups.tolist() == ["p1", "p1", "p2"]
    assert tuberculosis.labels.tolist() == [0, 0, 0]


def test_that_metrics_have_the_shape_of_the_contract(
    scored: tuple[list[ScoredFilm], Targets],
) -> None:
    metrics = to_metrics(
        scored[0],
        collect(*scored),
        scored[1],
        model="made-up",
        data="films",
        split=None,
    )
    assert {name: metrics[name] for name in ("model", "data", "split")} == {
        "model": "made-up",
        "data": "films",
        "split": None,
    }
    assert (metrics["n"], metrics["n_refused"]) == (6, 2)
    assert list(metrics["findings"]) == ["opacity", "tuberculosis"]
    opacity = metrics["findings"]["opacity"]
    # 0.9 beats 0.6 and 0.2; at 0.5 the 0.6 of the negative film is flagged too.
    assert opacity["overall"]["auroc"]["value"] == 1.0
    assert opacity["overall"]["specificity"]["value"] == 0.5
    assert list(opacity["by_source"]) == ["a", "b"]
    assert opacity["by_source"]["a"]["n_pos"] == 1
    assert opacity["by_source"]["b"]["auroc"] is None
    assert metrics["findings"]["tuberculosis"]["overall"]["sensitivity"] is None


def test_that_a_finding_without_any_scored_film_has_no_figures(
    scored: tuple[list[ScoredFilm], Targets],
) -> None:
    refused = [scored[0][2]]
    scores = collect(refused, scored[1])
    metrics = to_metrics(refused, scores, scored[1], model="m", data="d", split="test")
    assert metrics["findings"]["opacity"]["overall"]["auroc"] is None
    assert metrics["findings"]["opacity"]["by_source"] == {}


def test_that_the_mean_within_sources_leaves_out_sources_of_one_class() -> None:
    def measured(value: float, low: float, high: float) -> dict[str, object]:
        return {"auroc": {"value": value, "low": low, "high": high}}

    mean = within_sources(
        {
            "a": measured(0.8, 0.7, 0.9),
            "b": measured(0.6, 0.5, 0.7),
            "c": {"auroc": None},
        }
    )
    # Half widths 0.1 and 0.1: sqrt(0.02) / 2 = 0.0707.
    assert mean["sources"] == 2
    assert mean["auroc"]["value"] == pytest.approx(0.7)
    assert mean["auroc"]["low"] == pytest.approx(0.7 - 0.02**0.5 / 2)
    assert within_sources({"c": {"auroc": None}}) == {"auroc": None, "sources": 0}


def test_that_films_too_small_share_one_reason_whatever_their_size(
    labelled_folder: Path,
) -> None:
    def small(request: AnalysisRequest) -> Analysis:
        words = f"image is 1{request.image.header.rows} x 99 px; the model needs 200"
        return replace(
            FakeModel([AnalysisStatus.INELIGIBLE])(request), reasons=(words,)
        )

    with read_labelled_folder(labelled_folder) as films:
        targets = targets_of(CARD, films)
        scored = list(score_folder(films, CARD, targets, partial(map, small)))
    assert count_refusals(scored) == {"image is too small; the model needs 200": 6}


def test_that_films_keep_their_places_where_the_model_takes_several_ahead(
    labelled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeModel([0.1, 0.2, 0.3, 0.4])

    def all_at_once(requests: Iterable[AnalysisRequest]) -> Iterator[Analysis]:
        return map(model, list(requests))

    with read_labelled_folder(labelled_folder) as films:
        names = [film.file for film in films.items]
        bad = (names[1], names[5])

        def read(
            folder: LabelledFolder, film: LabelledFilm, *, masks: bool
        ) -> ReadFilm:
            if film.file in bad:
                return ReadFilm(film, None, failure="it is cut short")
            return read_labelled(folder, film, masks=masks)

        monkeypatch.setattr("learning.scoring.read_labelled", read)
        targets = targets_of(CARD, films)
        scored = list(score_folder(films, CARD, targets, all_at_once))
    assert [one.film.file for one in scored] == names
    unread = [one.film.file for one in scored if one.refusal == "could not be read"]
    assert unread == list(bad)
    found = [one.probabilities["tb"] for one in scored if one.analysed]
    assert found == [0.1, 0.2, 0.3, 0.4]
