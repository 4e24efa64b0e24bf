import importlib
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.errors import LocalCalibrationError
from inference.local_calibration import LocalCalibration, LocalFinding, localised
from inference.local_store import LocalStore, default_store, read_file
from inference.logit_digest import logit_digest
from inference.model_card import (
    Calibration,
    EnsembleSpec,
    GateSpec,
    ModelCard,
    read_manifest,
)
from inference.model_outputs import Conformal, CurvePoint
from inference.registry import default_registry

FINDING = LocalFinding(
    key="pneumonia",
    name="Pneumonia",
    column="pneumonia",
    films=200,
    with_finding=80,
    patients=190,
    prevalence=None,
    auroc=None,
    withheld="",
    calibration=Calibration(slope=0.5, intercept=-1.0, films=200, with_finding=80),
    method="platt",
    why="",
    threshold=0.3,
    operating_point=None,
    threshold_withheld="",
    conformal=Conformal(0.2, 0.6, 0.9, 200, 80),
    conformal_withheld="",
    reliability=(),
    shipped_reliability=(),
    ece=None,
    shipped_ece=None,
)


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    monkeypatch.syspath_prepend(Path(__file__).parent / "support")
    write = importlib.import_module("tiny_models").write_manifest
    return read_manifest(write(tmp_path / "tiny-chest"))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "site")


def _of(card: ModelCard, *findings: LocalFinding) -> LocalCalibration:
    return LocalCalibration(
        model_id=card.model_id,
        model_version=card.version,
        weights_sha256=card.sha256,
        logit_sha256=logit_digest(card),
        site="Sankt Josef, Köln",
        validated_on="2026-03-14",
        validated_by="Reader 3",
        data_fingerprint="ab" * 32,
        films=210,
        refused=10,
        findings=findings or (FINDING,),
    )


def test_that_what_was_written_is_read_back(card: ModelCard, store: LocalStore) -> None:
    written = store.write(_of(card))
    assert store.read(card) == written
    assert replace(written, signature=None) == _of(card)


def test_that_a_model_never_validated_has_no_calibration(
    card: ModelCard, store: LocalStore
) -> None:
    assert store.read(card) is None
    assert (store.state(card).calibration, store.state(card).refusal) == (None, "")


def test_that_the_key_is_readable_by_its_owner_alone(
    card: ModelCard, store: LocalStore, tmp_path: Path
) -> None:
    store.write(_of(card))
    mode = (tmp_path / "site" / "site-key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"threshold": 0.3', '"threshold": 0.2'),
        ('"films": 210', '"films": 2100'),
        ("2026-03-14", "2026-03-15"),
        ("Reader 3", "Reader 4"),
        ('"slope": 0.5', '"slope": 0.6'),
    ],
)
def test_that_a_changed_file_is_refused(
    card: ModelCard, store: LocalStore, old: str, new: str
) -> None:
    store.write(_of(card))
    path = store.path(card.model_id)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(LocalCalibrationError, match="changed after it was signed"):
        store.read(card)


def test_that_a_file_for_other_weights_is_refused(
    card: ModelCard, store: LocalStore
) -> None:
    store.write(_of(card))
    newer = replace(card, sha256="1" * 64, version="0.0.2")
    with pytest.raises(
        LocalCalibrationError, match=r"other weights \(version 0.0.1\); this is 0.0.2"
    ):
        store.read(newer)


@pytest.mark.parametrize(
    "change",
    [
        {"region": "lungs"},
        {"percentiles": (2.0, 98.0)},
        {"channel_mean": (0.5, 0.5, 0.5), "channel_std": (0.2, 0.2, 0.2)},
        {"transposed": True},
        {"rows": 256},
    ],
)
def test_that_a_calibration_ends_when_films_are_prepared_otherwise(
    card: ModelCard, store: LocalStore, change: dict[str, Any]
) -> None:
    store.write(_of(card))
    changed = replace(card, input=replace(card.input, **change))
    with pytest.raises(LocalCalibrationError, match="changed what its numbers mean"):
        store.read(changed)


@pytest.mark.parametrize(
    "change",
    [
        {"output": "softmax"},
        {"output": "operating-point", "operating_points": (0.1, 0.2, 0.3, 0.4)},
        {"logits_output": "other"},
        {"architecture": "resnet34"},
        {"options": {"drop_rate": 0.1}},
        {"gate": GateSpec("gate.safetensors", "1" * 64, 2.0)},
        {"ensemble": EnsembleSpec("ensemble.safetensors", "2" * 64)},
    ],
)
def test_that_a_calibration_ends_when_the_output_is_read_otherwise(
    card: ModelCard, store: LocalStore, change: dict[str, Any]
) -> None:
    store.write(_of(card))
    assert (
        "changed what its numbers mean" in store.state(replace(card, **change)).refusal
    )


def test_that_a_calibration_ends_when_the_findings_change_places(
    card: ModelCard, store: LocalStore
) -> None:
    store.write(_of(card))
    with pytest.raises(LocalCalibrationError, match="order of its findings"):
        store.read(replace(card, findings=card.findings[::-1]))


def test_that_a_calibration_outlives_a_change_of_texts_and_thresholds(
    card: ModelCard, store: LocalStore
) -> None:
    written = store.write(_of(card))
    first = replace(card.findings[0], threshold=0.7, name="Pattern of COVID-19")
    other = replace(card, summary="New", findings=(first, *card.findings[1:]))
    assert store.read(other) == written


def test_that_a_file_for_another_model_is_refused(
    card: ModelCard, store: LocalStore
) -> None:
    store.write(replace(_of(card), model_id="other"))
    store.path("other").rename(store.path(card.model_id))
    with pytest.raises(LocalCalibrationError, match="for the model other"):
        store.read(card)


def test_that_a_sound_file_of_another_site_is_refused(
    card: ModelCard, store: LocalStore, tmp_path: Path
) -> None:
    store.write(_of(card))
    elsewhere = LocalStore(tmp_path / "elsewhere")
    elsewhere.write(_of(card))
    elsewhere.path(card.model_id).replace(store.path(card.model_id))
    with pytest.raises(LocalCalibrationError, match="another site's key"):
        store.read(card)


def test_that_an_unsigned_file_is_refused(card: ModelCard, store: LocalStore) -> None:
    store.write(_of(card))
    path = store.path(card.model_id)
    table = json.loads(path.read_text(encoding="utf-8"))
    table["signature"] = None
    path.write_text(json.dumps(table), encoding="utf-8")
    assert store.state(card).refusal == "it is not signed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "not of schema"),
        ('{"schema": "overread.local-calibration/9"}', "not of schema"),
        # The first schema did not say how the logit is made.
        ('{"schema": "overread.local-calibration/1"}', "not of schema"),
        ('{"schema": "overread.local-calibration/2"}', "model_id"),
        ('{"schema": NaN}', "NaN is no number"),
    ],
)
def test_that_a_file_of_another_form_is_refused(
    card: ModelCard, store: LocalStore, text: str, reason: str
) -> None:
    store.write(_of(card))
    store.path(card.model_id).write_text(text, encoding="utf-8")
    with pytest.raises(LocalCalibrationError, match=reason):
        read_file(store.path(card.model_id))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"threshold": 1.7}, "threshold of pneumonia is 1.7"),
        ({"conformal": Conformal(0.2, 0.6, 9.0, 200, 80)}, "conformal coverage"),
        (
            {"calibration": Calibration(curve=(CurvePoint(0.0, 1.7, 0.0, 1.9),))},
            "leaves 0 <= low",
        ),
        ({"calibration": Calibration(var_slope=-1.0)}, "a variance below 0"),
    ],
)
def test_that_values_that_make_no_probability_are_refused_though_signed(
    card: ModelCard, store: LocalStore, change: dict[str, Any], reason: str
) -> None:
    store.write(_of(card, replace(FINDING, **change)))
    with pytest.raises(LocalCalibrationError, match=reason):
        store.read(card)


def test_that_a_spoilt_key_is_named(
    card: ModelCard, store: LocalStore, tmp_path: Path
) -> None:
    store.write(_of(card))
    (tmp_path / "site" / "site-key").write_text("no key")
    assert "the site's key cannot be read" in store.state(card).refusal


def test_that_a_removed_calibration_is_gone(card: ModelCard, store: LocalStore) -> None:
    store.write(_of(card))
    assert store.remove(card.model_id)
    assert not store.remove(card.model_id)
    assert store.read(card) is None


def test_that_a_calibration_in_force_replaces_the_manifests_values(
    card: ModelCard,
) -> None:
    here = localised(card, _of(card))
    spec = here.finding("pneumonia")
    assert spec.calibration.slope == 0.5
    assert spec.threshold == 0.3
    assert spec.conformal == FINDING.conformal
    assert here.finding("covid") == card.finding("covid")


def test_that_a_withheld_finding_keeps_the_manifests_values(card: ModelCard) -> None:
    withheld = replace(
        FINDING, withheld="19 films, needs 200", calibration=None, threshold=None
    )
    assert localised(card, _of(card, withheld)) == card
    assert not _of(card, withheld).usable


def test_that_the_registry_tells_of_a_models_calibration(card: ModelCard) -> None:
    written = default_store().write(_of(card))
    assert default_registry().local_calibration(card).calibration == written
