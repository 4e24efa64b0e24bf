"""Pickled weights become safetensors in a child process."""

import hashlib
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load

from inference.convert import convert
from inference.drafts import write_draft, xray_draft
from inference.errors import ModelUnavailableError
from inference.trial import run_once
from inference.xray_models import XRAY_MODELS

sys.path.append(str(Path(__file__).parent / "support"))
foreign = importlib.import_module("foreign_models")


def saved(thing, path, *, old=False):
    torch.save(thing, path, _use_new_zipfile_serialization=not old)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("wrapped", [False, True])
def test_that_a_state_dict_is_converted(tmp_path, wrapped):
    state = foreign.small_network().state_dict()
    path = tmp_path / "net.pth"
    sha256 = saved({"epoch": 3, "state_dict": state} if wrapped else state, path)
    converted = convert("m", path)
    assert converted.source_sha256 == sha256
    tensors = load(converted.data)
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[key], state[key]) for key in state)


def test_that_tensors_that_share_memory_are_parted(tmp_path):
    one = torch.arange(4.0)
    saved({"a": one, "b": one[1:]}, tmp_path / "net.pth")
    tensors = load(convert("m", tmp_path / "net.pth").data)
    assert tensors["b"].tolist() == [1.0, 2.0, 3.0]


def test_that_a_whole_module_needs_its_sum(tmp_path):
    saved(foreign.small_network(), tmp_path / "net.pt")
    with pytest.raises(ModelUnavailableError, match="only with its SHA-256"):
        convert("m", tmp_path / "net.pt", whole_module=True)


@pytest.mark.parametrize("old", [False, True])
def test_that_a_module_with_other_parts_is_refused_by_their_name(tmp_path, old):
    sha256 = saved(torch.nn.GELU(), tmp_path / "net.pt", old=old)
    with pytest.raises(ModelUnavailableError, match=r"activation\.GELU"):
        convert("m", tmp_path / "net.pt", sha256=sha256, whole_module=True)


def test_that_labels_kept_beside_the_tensors_are_passed_over(tmp_path):
    network = foreign.small_network()
    network.labels = np.array(["a", "b"])
    network.points = np.array([0.1, 0.2])
    sha256 = saved(network, tmp_path / "net.pt", old=True)
    converted = convert("m", tmp_path / "net.pt", sha256=sha256, whole_module=True)
    assert load(converted.data).keys() == foreign.small_network().state_dict().keys()


@pytest.fixture(scope="module")
def published():
    """The library's own network with random weights, as it would publish it."""
    library = pytest.importorskip("torchxrayvision").models
    torch.manual_seed(8)
    return library.DenseNet().eval()


@pytest.mark.parametrize("old", [False, True])
def test_that_a_module_of_the_librarys_becomes_a_draft_of_its_logits(
    published, tmp_path, old
):
    model = XRAY_MODELS["densenet121-res224-chex"]
    sha256 = saved(published, tmp_path / "net.pt", old=old)
    converted = convert("m", tmp_path / "net.pt", sha256=sha256, whole_module=True)
    draft = xray_draft(model, converted.data, sha256)
    card = write_draft(draft, tmp_path / draft.model_id)
    assert [spec.key for spec in card.findings][:3] == [
        "atelectasis",
        "consolidation",
        "pneumothorax",
    ]
    assert len(card.findings) == len(model.heads) == 11
    assert not any(spec.calibrated for spec in card.findings)
    assert card.findings[0].threshold == pytest.approx(0.1988969)
    assert_same_logits(published, card, [index for index, _, _ in model.heads])


def assert_same_logits(published, card, kept):
    from inference.classifier import load as load_model

    classifier = load_model(card, torch.device("cpu"))
    assert classifier.pooled_linear
    film = torch.rand(1, 224, 224) * 2048 - 1024
    with torch.no_grad():
        theirs = published(film[None])[0, kept]
    ours = torch.from_numpy(classifier.run(film.numpy()).logits)[0]
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-4)


def test_that_the_librarys_resnet_becomes_a_draft(tmp_path):
    from inference.architectures.xray_names import xray_resnet

    torch.manual_seed(9)
    model = XRAY_MODELS["resnet50-res512-all"]
    saved(xray_resnet(18).state_dict(), tmp_path / "net.pt")
    converted = convert("m", tmp_path / "net.pt")
    draft = xray_draft(model, converted.data, converted.source_sha256)
    card = write_draft(draft, tmp_path / draft.model_id)
    assert (card.input.rows, len(card.findings)) == (512, 16)
    run_once(str(card.folder))


def test_that_another_network_is_not_taken_for_it(tmp_path):
    saved(foreign.small_network().state_dict(), tmp_path / "net.pt")
    data = convert("m", tmp_path / "net.pt").data
    with pytest.raises(ModelUnavailableError, match=r"no classifier\.weight"):
        xray_draft(XRAY_MODELS["densenet121-res224-all"], data, "")
