"""Guards of the house itself: what no single module can promise."""

import ast
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "studies",
    "inference",
    "explain",
    "review",
    "learning",
    "gui",
    "cli",
    "resources",
)
WITH_QT = {"open", "demo", "screen"}
PIN = "PySide6-Essentials>=6.10,<6.12"


def _files() -> list[Path]:
    """All files that are in the repository or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _texts() -> list[tuple[str, str]]:
    texts = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and weights
        texts.append((str(path.relative_to(ROOT)), text))
    return texts


def _configuration() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_that_the_packages_lie_side_by_side() -> None:
    specs = [importlib.util.find_spec(name) for name in PACKAGES]
    places = {Path(spec.origin).parent.parent for spec in specs if spec and spec.origin}
    assert len([spec for spec in specs if spec]) == len(PACKAGES)
    assert places == {ROOT}


def test_that_no_other_distribution_ships_our_package_names() -> None:
    shipped = importlib.metadata.packages_distributions()
    others = {
        name: set(shipped.get(name, [])) - {"overread"}
        for name in PACKAGES
        if set(shipped.get(name, [])) - {"overread"}
    }
    assert others == {}


def test_that_qt_is_pinned_below_the_release_that_aborts() -> None:
    project = _configuration()["project"]
    assert isinstance(project, dict)
    assert PIN in project["dependencies"]
    major, minor = importlib.metadata.version("PySide6-Essentials").split(".")[:2]
    assert (6, 10) <= (int(major), int(minor)) < (6, 12)


def test_that_qt_survives_twenty_thousand_emissions() -> None:
    # PySide6 6.12.0 on Python 3.11 loses a reference to True at each and aborts.
    code = """
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    sent = Signal(bool)
sender, seen = Sender(), []
sender.sent.connect(seen.append)
for _ in range(20_000):
    sender.sent.emit(True)
assert len(seen) == 20_000
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def _imports(path: Path) -> set[str]:
    """The modules a file imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize(
    "path", sorted((ROOT / "cli").glob("*.py")), ids=lambda path: str(path.stem)
)
def test_that_only_open_and_demo_import_the_screen(path: Path) -> None:
    if path.stem in WITH_QT:
        return
    imported = _imports(path)
    # import-linter sees to it that nothing below the screen imports Qt.
    assert {name.split(".")[0] for name in imported}.isdisjoint(
        {"gui", "PySide6", "pyqtgraph"}
    )
    if path.stem != "main":  # which imports each subcommand when it is called
        assert imported.isdisjoint({f"cli.{name}" for name in WITH_QT})


def test_that_help_loads_neither_qt_nor_torch_nor_numpy() -> None:
    code = """
import sys
import cli.main
heavy = {"PySide6", "torch", "numpy", "pydicom", "sqlalchemy"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_that_no_file_names_a_path_of_this_machine() -> None:
    # In pieces, so that this file does not name them either.
    homes = ("/" + "work/", "/" + "root/", "/" + "Users/", "C:" + "\\Users")
    # Not where the checkout lies in a folder as common as /tmp.
    here = f"{ROOT.parent}/" if len(ROOT.parent.parts) > 2 else homes[0]
    found = [
        (name, place)
        for name, text in _texts()
        for place in (*homes, here)
        if place in text
    ]
    assert found == []


def test_that_no_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + "js")))
    found = [name for name, text in _texts() if hosts.search(text)]
    assert found == []


def test_that_there_is_no_lock_file() -> None:
    locks = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json"}
    assert [path for path in _files() if path.name in locks] == []


def test_that_no_image_or_data_file_lies_outside_docs_and_resources() -> None:
    kinds = {".dcm", ".png", ".jpg", ".jpeg", ".tif", ".nii", ".npz", ".npy", ".zip"}
    allowed = {"docs", "resources"}
    found = [
        path
        for path in _files()
        if path.suffix.lower() in kinds
        and path.relative_to(ROOT).parts[0] not in allowed
    ]
    assert found == []


def test_that_types_and_layers_are_checked_in_every_package() -> None:
    tool = _configuration()["tool"]
    assert isinstance(tool, dict)
    assert set(tool["mypy"]["packages"]) == set(PACKAGES)
    assert set(tool["importlinter"]["root_packages"]) == set(PACKAGES)


def test_that_integration_runs_the_commands_that_people_run() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make lint$", script, re.MULTILINE)
    assert re.search(r"^make test ", script, re.MULTILINE)
