import json
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inference.classifier import Classifier, load
from inference.model_card import ModelCard, read_manifest
from inference.preprocess import Placement, prepare
from inference.segments import to_segments
from inference.unet import UnetLite0
from learning import publish_brain
from learning.brain_slices import TYPES
from learning.train_brain import save_network


def encoded(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def write_slices(folder: Path) -> None:
    """48 slices of 6 blocks in two splits, 8 of a collection without tumours' types."""
    rng = np.random.default_rng(0)
    lines = ["file,source,patient_id,diagnosis,tumour,split,mask_file,mask_note"]
    boxes = ["file,x,y,w,h"]
    archives = {
        name: zipfile.ZipFile(folder / f"{name}.zip", "w")
        for name in ("cheng", "br35h")
    }
    for number in range(56):
        source = "cheng" if number < 48 else "br35h"
        file = f"{source}/{number}.png"
        image = rng.integers(0, 120, (64, 64)).astype(np.uint8)
        mask = np.zeros((64, 64), np.uint8)
        mask[20:36, 10:30] = 255
        has = source == "cheng" or number % 2 == 0
        image[mask > 0] += 100 if has else 0
        masked = source == "cheng" and number % 4 == 0
        archives[source].writestr(file, encoded(image))
        if masked:
            archives[source].writestr(f"{source}/{number}_m.png", encoded(mask))
        if has:
            boxes.append(f"{file},10,20,20,16")
        split = "train" if number < 24 else "val"
        block = f"block{number // 8}" if source == "cheng" else ""
        word = TYPES[number % 3] if source == "cheng" else "no tumour"
        lines.append(
            f"{file},{source},{block},{word},{int(has)},{split},"
            + (f"{source}/{number}_m.png,original resolution" if masked else ",")
        )
    for archive in archives.values():
        archive.close()
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    (folder / "boxes.csv").write_text("\n".join(boxes) + "\n")


def write_others(folder: Path) -> None:
    for number in range(3):
        image = np.full((40, 40), 60 * number + 20, np.uint8)
        (folder / f"{number}.png").write_bytes(encoded(image))
    (folder / "labels.csv").write_text(
        "file,source,kind\n0.png,a,photo\n1.png,a,photo\n2.png,a,mri\n"
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """A model published from random weights."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    root: Path = tmp_path_factory.mktemp("brain")
    for name in ("data", "others", "run"):
        (root / name).mkdir()
    write_slices(root / "data")
    write_others(root / "others")
    network = UnetLite0(3, 3)
    torch.nn.init.constant_(network.mask.bias, 1.0)
    save_network(network, root / "run" / "weights.safetensors")
    (root / "run" / "run.json").write_text(json.dumps({"plan": {"steps": 0}}))
    with pytest.MonkeyPatch.context() as patch:
        # 24 slices have 24 components; the shipped gate rests on 1744.
        patch.setattr("learning.brain_figures.COMPONENTS", (4, 20))
        patch.setattr("learning.brain_calibration.RESAMPLES", 3)
        code = publish_brain.main(
            [
                *("--data", str(root / "data"), "--run", str(root / "run")),
                *("--others", str(root / "others"), "--output", str(root / "model")),
            ]
        )
    assert code == 0
    return read_manifest(root / "model")


@pytest.fixture(scope="module")
def classifier(published: ModelCard) -> Classifier:
    return load(published, torch.device("cpu"))


def test_that_the_card_states_what_was_measured(published: ModelCard) -> None:
    text = (published.folder / "card.md").read_text()
    measured = json.loads((published.folder / "measured.json").read_text())
    assert "24 slices of\n3 blocks (6 with a mask, a box on all)" in text
    assert measured["slices"]["val"] == {"slices": 24, "masks": 6, "blocks": 3}
    assert measured["normals"]["normal"] == 4


def test_that_each_type_rests_on_the_slices_of_unseen_blocks(
    published: ModelCard,
) -> None:
    for spec in published.findings:
        assert spec.column == f"diagnosis={spec.key}"
        assert (spec.calibration.films, spec.calibration.with_finding) == (24, 8)


def test_that_too_few_blocks_of_a_type_leave_intervals_and_sets_out(
    published: ModelCard,
) -> None:
    assert all(spec.conformal is None for spec in published.findings)
    assert all(spec.operating_point is None for spec in published.findings)
    text = (published.folder / "card.md").read_text()
    assert "**withheld**: 3 blocks with it, 3 without" in text
    assert "Both need 9 blocks with a type and as many without it" in text


def test_that_a_run_without_its_facts_is_named(
    tmp_path: Path, published: ModelCard, capsys: pytest.CaptureFixture[str]
) -> None:
    root = published.folder.parent
    run = tmp_path / "run"
    run.mkdir()
    shutil.copyfile(root / "run" / "weights.safetensors", run / "weights.safetensors")
    code = publish_brain.main(
        [
            *("--data", str(root / "data"), "--run", str(run)),
            *("--others", str(root / "others"), "--output", str(tmp_path / "model")),
        ]
    )
    assert code == 1
    assert "python -m learning.train_brain" in " ".join(capsys.readouterr().err.split())


def test_that_other_images_are_measured_but_for_those_of_the_kind(
    published: ModelCard,
) -> None:
    measured = json.loads((published.folder / "measured.json").read_text())
    images = {k: v["images"] for k, v in measured["gate"]["others"].items()}
    assert images == {"photo": 2, "br35h": 8}


def test_that_the_published_weights_load_and_give_a_segment(
    classifier: Classifier, published: ModelCard
) -> None:
    display = np.linspace(0, 1, 96 * 64, dtype=np.float32).reshape(96, 64)
    film, crop = prepare(display, published.input)
    outputs = classifier.run(film[None])
    mask = outputs.dense["mask"][0]
    placement = Placement(96, 64, crop, (112, 112))
    (segment,) = to_segments(mask, published, placement, (0.5, 0.5))
    assert segment.mask.shape == (96, 64)
    assert segment.area_mm2 == segment.pixels / 4


def test_that_the_types_have_closed_form_saliency(classifier: Classifier) -> None:
    assert classifier.pooled_linear
