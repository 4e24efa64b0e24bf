"""scripts/setup.sh against a stand-in for Python, apt-get and the libraries."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the set-up script is for Linux and macOS"
)

# Writes each call to a log. "-m venv" makes an environment of itself.
PYTHON = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in
    -V) echo "Python 3.11.0" ;;
    "-m venv --clear "*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python" ;;
    *"$FAILING"*) exit 1 ;;
esac
exit 0
"""


class Machine:
    """A repository with the script, on a machine whose commands are stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "repository"
        self.commands = folder / "commands"
        self.log = folder / "calls"
        self.commands.mkdir()
        (self.repository / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/setup.sh", self.repository / "scripts")
        (self.repository / "pyproject.toml").write_text("[project]\n")
        self.command("python3", PYTHON)
        self.command("ldconfig", "#!/bin/sh\n")
        self.command("dpkg-query", "#!/bin/sh\nexit 1\n")
        self.command("uname", "#!/bin/sh\necho Linux\n")
        self.command("sudo", "#!/bin/sh\nexit 1\n")
        self.command("apt-get", '#!/bin/sh\necho "apt-get $@" >> "$CALLS"\n')
        self.user(1000)

    def command(self, name: str, text: str) -> None:
        path = self.commands / name
        path.write_text(text)
        path.chmod(0o755)

    def user(self, number: int) -> None:
        self.command("id", f"#!/bin/sh\necho {number}\n")

    def set_up(self, failing: str = "nothing fails") -> tuple[int, str, list[str]]:
        """Run the script; return its exit code, what it said, and the calls."""
        self.log.write_text("")
        ended = subprocess.run(
            ["bash", "scripts/setup.sh"],
            cwd=self.repository,
            env={
                "PATH": f"{self.commands}{os.pathsep}{os.environ['PATH']}",
                "CALLS": str(self.log),
                "FAILING": failing,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stderr, self.log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_that_the_environment_and_the_packages_are_made(machine: Machine) -> None:
    code, _, calls = machine.set_up()
    assert code == 0
    assert "-m venv --clear .venv" in calls
    torch = calls.index("-m pip install -q torch==2.14.1 torchvision==0.29.1")
    assert torch < calls.index("-m pip install -q -e .[dev]")


def test_that_a_finished_set_up_does_nothing_again(machine: Machine) -> None:
    machine.set_up()
    code, said, calls = machine.set_up()
    assert (code, said, calls) == (0, "", ["-V"])


@pytest.mark.parametrize("name", ["pyproject.toml", "scripts/setup.sh"])
def test_that_a_changed_file_brings_the_set_up_back(
    machine: Machine, name: str
) -> None:
    machine.set_up()
    with (machine.repository / name).open("a") as stream:
        stream.write("# changed\n")
    _, _, calls = machine.set_up()
    assert "-m pip install -q -e .[dev]" in calls
    assert "-m venv --clear .venv" not in calls


def test_that_a_moved_repository_is_set_up_again(machine: Machine) -> None:
    machine.set_up()
    moved = machine.repository.with_name("moved")
    machine.repository.rename(moved)
    machine.repository = moved
    assert "-m pip install -q -e .[dev]" in machine.set_up()[2]


def test_that_a_half_finished_set_up_is_taken_up_again(machine: Machine) -> None:
    code, said, _ = machine.set_up(failing="-e .[dev]")
    assert code == 1
    assert "Run the same command again" in said
    code, _, calls = machine.set_up()
    assert code == 0
    assert "-m venv --clear .venv" not in calls


def test_that_an_environment_without_pip_is_made_anew(machine: Machine) -> None:
    machine.set_up()
    python = machine.repository / ".venv/bin/python"
    python.write_text("#!/bin/sh\nexit 1\n")
    _, _, calls = machine.set_up()
    assert "-m venv --clear .venv" in calls


def test_that_another_torch_is_taken_where_the_pair_is_not_built(
    machine: Machine,
) -> None:
    code, _, calls = machine.set_up(failing="torch==2.14.1")
    assert code == 0
    assert "-m pip install -q torch torchvision" in calls


def test_that_root_gets_the_missing_libraries_by_apt(machine: Machine) -> None:
    machine.user(0)
    _, _, calls = machine.set_up()
    (install,) = [call for call in calls if call.startswith("apt-get install")]
    assert calls.index("apt-get update -qq") < calls.index(install)
    for package in ("libegl1", "libxcb-cursor0", "libxkbcommon-x11-0", "fonts-inter"):
        assert package in install.split()


def test_that_a_library_that_is_there_is_not_installed(machine: Machine) -> None:
    machine.user(0)
    machine.command(
        "ldconfig", "#!/bin/sh\necho '\tlibEGL.so.1 (libc6,x86-64) => /lib'\n"
    )
    _, _, calls = machine.set_up()
    (install,) = [call for call in calls if call.startswith("apt-get install")]
    assert "libegl1" not in install.split()
    assert "libgl1" in install.split()


def test_that_others_are_told_exactly_what_to_install(machine: Machine) -> None:
    code, said, calls = machine.set_up()
    assert code == 0
    assert not [call for call in calls if call.startswith("apt-get")]
    assert "sudo apt-get update && sudo apt-get install libegl1 libgl1 " in said


def test_that_a_qt_that_does_not_start_is_a_failure(machine: Machine) -> None:
    code, said, _ = machine.set_up(failing="QApplication")
    assert code == 1
    assert "Qt does not start" in said
    assert not (machine.repository / ".venv/.overread-ready").exists()


def test_that_an_old_python_is_refused_by_saying_which_is_needed(
    machine: Machine,
) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        machine.command(name, "#!/bin/sh\nexit 1\n")
    code, said, _ = machine.set_up()
    assert code == 1
    assert "Python 3.11 or newer is needed" in said
