"""Which models there are: bundled ones and the user's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import resources
from inference.drafts import write_draft
from inference.errors import ModelUnavailableError, UnknownModelError
from inference.local_store import LocalState, LocalStore, default_store
from inference.manifest import MAXIMUM_BYTES as MANIFEST_BYTES
from inference.model_archive import unpack
from inference.model_card import ModelCard, read_manifest
from inference.monai_bundle import bundle_draft, is_bundle
from inference.read_once import read_once
from inference.weights import MAXIMUM_BYTES, refuse_pickle, verify_file

Trial: TypeAlias = Callable[[ModelCard], None]
"""Runs a model once and raises ModelUnavailableError if it does not run."""


class Registry:
    """Models in two folders, one folder a model. Reads files only when asked.

    Parameters
    ----------
    bundled
        Shipped with the program; never written to.
    user
        The user's own models; None for none. Created by the first `add`.
    calibrations
        What the site measured of its models; None for none.
    """

    def __init__(
        self,
        bundled: Path,
        user: Path | None,
        calibrations: LocalStore | None = None,
    ) -> None:
        self._bundled = bundled
        self._user = user
        self._calibrations = calibrations

    def local_calibration(self, card: ModelCard) -> LocalState:
        """Return the site's calibration of a model, or why it is refused."""
        if self._calibrations is None:
            return LocalState()
        return self._calibrations.state(card)

    def cards(self) -> tuple[ModelCard, ...]:
        """Return the models whose manifests are sound, bundled ones first.

        Weights are not read: `verify` does that, and so does loading.
        """
        return self._scan()[0]

    def problems(self) -> tuple[ModelUnavailableError, ...]:
        """Return what is wrong with the folders that hold no sound model."""
        return self._scan()[1]

    def card(self, model_id: str) -> ModelCard:
        """Return one model.

        Raises
        ------
        UnknownModelError
            If there is none of this id; names the ones there are.
        ModelUnavailableError
            If its manifest is at fault.
        """
        cards, problems = self._scan()
        for card in cards:
            if card.model_id == model_id:
                return card
        for problem in problems:
            if problem.model_id == model_id:
                raise problem
        raise UnknownModelError(model_id, tuple(card.model_id for card in cards))

    def is_bundled(self, card: ModelCard) -> bool:
        """Whether a model came with the program."""
        return card.folder.parent == self._bundled

    def verify(self, model_id: str) -> ModelCard:
        """Compare the files of a model with the SHA-256 sums of its manifest.

        Raises
        ------
        ModelUnavailableError
            If a file is missing, changed, or not a sound file of its format.
        """
        return verify(self.card(model_id))

    def add(self, path: Path, trial: Trial | None = None, kind: str = "") -> ModelCard:
        """Copy a model into the user's models, once it is verified.

        Only the manifest, the files it names and the card are copied, into a
        temporary folder that is renamed when complete.

        Parameters
        ----------
        path
            A model's folder, a MONAI bundle's folder, or a zip of either.
        trial
            Runs the copy once before it is added, and raises if it does not
            run; None for no trial.
        kind
            What a MONAI bundle reads, which it does not say itself: a kind as in
            ``[inclusion]``, or ``"any"``.

        Raises
        ------
        ModelUnavailableError
            If the model is not sound, its id is taken, or nobody says what kind
            of image it reads.
        OSError
            If it cannot be written.
        """
        if path.suffix.lower() == ".zip" and path.is_file():
            with tempfile.TemporaryDirectory(prefix="overread-") as folder:
                return self.add(unpack(path, Path(folder)), trial, kind)
        refuse_pickle(path.name, path)
        if not path.is_dir():
            raise ModelUnavailableError(
                path.name,
                "not a folder, nor a zip of one, with manifest.toml and its weights",
            )
        if is_bundle(path):
            with tempfile.TemporaryDirectory(prefix="overread-") as folder:
                draft = bundle_draft(path, kind)
                return self.add_card(
                    write_draft(draft, Path(folder) / draft.model_id), trial
                )
        if kind:
            raise ModelUnavailableError(
                path.name, "it has a manifest: the kind of image is said there"
            )
        return self.add_card(read_manifest(path.resolve()), trial)

    def add_card(self, card: ModelCard, trial: Trial | None = None) -> ModelCard:
        """Copy the model of a card; see `add`."""
        if self._user is None:
            raise ModelUnavailableError(
                card.model_id, "there is no folder to add it to"
            )
        _check_inclusion(card)
        verify(card)
        if any(one.model_id == card.model_id for one in self.cards()):
            raise ModelUnavailableError(card.model_id, "a model of this id is there")
        return _copy(card, self._user, trial)

    def remove(self, model_id: str) -> None:
        """Delete one of the user's models.

        Raises
        ------
        ModelUnavailableError
            If it is bundled or not there.
        """
        card = self.card(model_id)
        if self.is_bundled(card):
            raise ModelUnavailableError(
                model_id, "it came with the program and cannot be removed"
            )
        shutil.rmtree(card.folder)

    def _scan(self) -> tuple[tuple[ModelCard, ...], tuple[ModelUnavailableError, ...]]:
        cards: dict[str, ModelCard] = {}
        problems = []
        if not self._bundled.is_dir():
            problems.append(
                ModelUnavailableError(
                    "bundled",
                    "the installation lacks resources/models; install Overread again",
                )
            )
        for folder in (*_folders(self._bundled), *_folders(self._user)):
            try:
                card = read_manifest(folder)
                check_id(card.model_id)
                if card.model_id in cards:
                    raise ModelUnavailableError(
                        card.model_id, f"folder {folder.name} repeats its id"
                    )
            except ModelUnavailableError as problem:
                problems.append(problem)
            else:
                cards[card.model_id] = card
        return tuple(cards.values()), tuple(problems)


def default_registry() -> Registry:
    """Return the registry of this installation and this user."""
    from platformdirs import user_data_path

    user = user_data_path("overread", appauthor=False) / "models"
    return Registry(resources.path("") / "models", user, default_store())


def verify(card: ModelCard) -> ModelCard:
    """Compare a model's files with its manifest; see `Registry.verify`."""
    check_id(card.model_id)
    for name, sha256 in card.files:
        verify_file(card.model_id, card.folder / name, sha256)
    return card


def _check_inclusion(card: ModelCard) -> None:
    """Refuse a model that would give numbers for a photograph.

    Raises
    ------
    ModelUnavailableError
        If the manifest neither names a kind of image nor says that any will do.
    """
    rules = card.inclusion
    if card.task != "gate" and not rules.kind and not rules.any_image:
        raise ModelUnavailableError(
            card.model_id,
            "its manifest does not say what kind of image it reads: no input gate"
            " would keep a photograph from it. Write into [inclusion] kind ="
            " 'frontal chest', 'limb' or 'brain MR', or any_image = true for a"
            " model that may run on any picture (of a MONAI bundle: --kind)",
        )


def check_id(model_id: str) -> None:
    """Refuse an id that cannot be a folder's name or a part of a finding's id."""
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_."
    if not model_id or model_id[0] in ".-" or set(model_id) - set(allowed):
        raise ModelUnavailableError(
            repr(model_id)[:60], "an id has lower-case letters, digits, '-', '_', '.'"
        )


def _folders(root: Path | None) -> list[Path]:
    """Return the folders of models; hidden ones are copies under way."""
    if root is None or not root.is_dir():
        return []
    return sorted(
        path for path in root.iterdir() if path.is_dir() and path.name[0] not in "._"
    )


def _copy(card: ModelCard, root: Path, trial: Trial | None) -> ModelCard:
    root.mkdir(parents=True, exist_ok=True)
    target = root / card.model_id
    if target.exists():
        raise ModelUnavailableError(
            card.model_id, f"folder {target.name} is there already"
        )
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=root) as temporary:
        draft = Path(temporary) / card.model_id
        for name, limit in _files(card):
            place = draft / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(read_once(card.model_id, card.folder / name, limit))
        # Once more on the copies: the originals may have changed meanwhile.
        copied = verify(read_manifest(draft))
        if copied.model_id != card.model_id:
            raise ModelUnavailableError(card.model_id, "its manifest changed meanwhile")
        if trial is not None:
            trial(copied)
        draft.replace(target)
    return read_manifest(target)


def _files(card: ModelCard) -> list[tuple[str, int]]:
    """Return a model's files, and how large each may be."""
    files = [("manifest.toml", MANIFEST_BYTES)]
    files += [(name, MAXIMUM_BYTES) for name, _ in card.files]
    if (card.folder / "card.md").is_file():
        files.append(("card.md", MANIFEST_BYTES))
    return files
