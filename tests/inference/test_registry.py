import shutil

import pytest

from inference.errors import ModelUnavailableError, UnknownModelError
from inference.registry import Registry, default_registry


@pytest.fixture
def user(tmp_path):
    return tmp_path / "user"


@pytest.fixture
def registry(model_folder, user):
    """The tiny model bundled, and no user's model yet."""
    return Registry(model_folder.parent, user)


def renamed(folder, target, model_id):
    """Copy a model's folder under another id."""
    shutil.copytree(folder, target)
    manifest = target / "manifest.toml"
    text = manifest.read_text().replace('id = "tiny-chest"', f'id = "{model_id}"')
    manifest.write_text(text)
    return target


def flip_last_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_that_models_are_listed_without_reading_their_weights(registry, model_folder):
    (model_folder / "weights.safetensors").unlink()
    assert [card.model_id for card in registry.cards()] == ["tiny-chest"]
    assert registry.problems() == ()


def test_that_a_sound_model_is_verified(registry):
    assert registry.verify("tiny-chest").model_id == "tiny-chest"


@pytest.mark.parametrize("name", ["weights.safetensors", "gate.safetensors"])
def test_that_one_flipped_bit_locks_a_model(registry, model_folder, name):
    flip_last_bit(model_folder / name)
    with pytest.raises(ModelUnavailableError, match=f"{name} changed: its SHA-256"):
        registry.verify("tiny-chest")


@pytest.mark.parametrize("name", ["weights.safetensors", "gate.safetensors"])
def test_that_a_missing_file_is_named(registry, model_folder, name):
    (model_folder / name).unlink()
    with pytest.raises(ModelUnavailableError, match=f"{name} is missing"):
        registry.verify("tiny-chest")


def test_that_an_unknown_id_names_the_models_there_are(registry):
    with pytest.raises(UnknownModelError, match="there is: tiny-chest"):
        registry.card("fracture")


def test_that_a_wrong_manifest_is_a_problem_and_the_others_are_listed(
    registry, model_folder
):
    broken = renamed(model_folder, model_folder.parent / "broken", "broken")
    (broken / "manifest.toml").write_text("schema = 7")
    (model_folder.parent / "empty").mkdir()
    assert [card.model_id for card in registry.cards()] == ["tiny-chest"]
    assert [problem.model_id for problem in registry.problems()] == ["broken", "empty"]
    with pytest.raises(ModelUnavailableError, match="has schema 7"):
        registry.card("broken")


def test_that_adding_copies_the_models_own_files_only(registry, model_folder, user):
    path = renamed(model_folder, model_folder.parent.parent / "new", "new")
    (path / "notes.txt").write_text("not the model's")
    (path / "old.pt").write_bytes(b"\x80")
    card = registry.add(path)
    assert card.folder == user / "new"
    assert sorted(file.name for file in card.folder.iterdir()) == [
        "card.md",
        "gate.safetensors",
        "manifest.toml",
        "weights.safetensors",
    ]
    assert [one.model_id for one in registry.cards()] == ["tiny-chest", "new"]
    assert registry.is_bundled(registry.card("tiny-chest"))
    assert not registry.is_bundled(card)


def test_that_a_changed_model_is_not_added(registry, model_folder, user):
    path = renamed(model_folder, model_folder.parent.parent / "new", "new")
    flip_last_bit(path / "weights.safetensors")
    with pytest.raises(ModelUnavailableError, match="changed"):
        registry.add(path)
    assert not user.exists()


def test_that_a_copy_that_fails_leaves_nothing(registry, model_folder, user):
    path = renamed(model_folder, model_folder.parent.parent / "new", "new")
    user.mkdir()
    (user / "new").mkdir()
    with pytest.raises(ModelUnavailableError, match="folder new is there already"):
        registry.add(path)
    assert [folder.name for folder in user.iterdir()] == ["new"]


def test_that_an_id_is_given_once(registry, model_folder):
    with pytest.raises(ModelUnavailableError, match="a model of this id is there"):
        registry.add(model_folder)


def test_that_a_users_model_cannot_take_a_bundled_ones_place(
    registry, model_folder, user
):
    shutil.copytree(model_folder, user / "shadow")
    card = registry.card("tiny-chest")
    assert card.folder == model_folder
    assert "repeats its id" in str(registry.problems()[0])


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "m.pkl", "m.ZIP", "m.bin"])
def test_that_pickles_are_refused_by_name_before_they_are_opened(
    registry, tmp_path, name
):
    with pytest.raises(ModelUnavailableError, match=f"{name} may be a pickled file"):
        registry.add(tmp_path / name)


def test_that_a_file_or_a_missing_folder_is_refused(registry, tmp_path):
    with pytest.raises(ModelUnavailableError, match="not a folder, nor a zip"):
        registry.add(tmp_path / "nothing-here")


@pytest.mark.parametrize("model_id", ["../up", "a/b", "", ".hidden", "Größe", "a b"])
def test_that_an_id_that_is_no_plain_name_is_refused(registry, model_folder, model_id):
    path = renamed(model_folder, model_folder.parent.parent / "new", model_id)
    with pytest.raises(ModelUnavailableError, match="lower-case letters"):
        registry.add(path)


def test_that_a_model_that_names_no_kind_of_image_is_not_added(
    registry, model_folder, user
):
    path = renamed(model_folder, model_folder.parent.parent / "new", "new")
    manifest = path / "manifest.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace("any_image = true\n", ""))
    with pytest.raises(ModelUnavailableError, match="does not say what kind of image"):
        registry.add(path)
    assert not user.exists()
    manifest.write_text(text.replace("any_image = true", 'kind = "limb"'))
    assert registry.add(path).inclusion.kind == "limb"


def test_that_a_model_with_a_manifest_is_not_told_its_kind_from_outside(
    registry, model_folder
):
    path = renamed(model_folder, model_folder.parent.parent / "new", "new")
    with pytest.raises(ModelUnavailableError, match="it has a manifest"):
        registry.add(path, kind="limb")


def test_that_a_users_model_is_removed_and_a_bundled_one_is_not(
    registry, model_folder, user
):
    registry.add(renamed(model_folder, model_folder.parent.parent / "new", "new"))
    registry.remove("new")
    assert list(user.iterdir()) == []
    with pytest.raises(ModelUnavailableError, match="came with the program"):
        registry.remove("tiny-chest")
    assert model_folder.is_dir()
    with pytest.raises(UnknownModelError):
        registry.remove("new")


def test_that_a_draft_of_a_copy_is_no_model(registry, model_folder, user):
    user.mkdir()
    shutil.copytree(model_folder, user / ".adding-1")
    assert len(registry.cards()) == 1
    assert registry.problems() == ()


def test_that_without_a_users_folder_nothing_can_be_added(model_folder):
    registry = Registry(model_folder.parent / "none", None)
    assert registry.cards() == ()
    with pytest.raises(ModelUnavailableError, match="no folder to add it to"):
        registry.add(model_folder)


def test_that_the_users_models_lie_in_the_users_data(home, model_folder):
    card = default_registry().add(model_folder)
    assert home in card.folder.parents


def test_that_an_installation_without_its_models_is_told_and_survives(tmp_path, user):
    bare = Registry(tmp_path / "nowhere", user)
    assert bare.cards() == ()
    assert ["install Overread again" in str(p) for p in bare.problems()] == [True]
