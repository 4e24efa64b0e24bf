import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

import cli
import cli.main
from cli.evaluate_options import Options
from cli.main import app
from inference.errors import ModelUnavailableError

COMMANDS = (
    [],
    ["open"],
    ["demo"],
    ["inspect"],
    ["analyze"],
    ["models"],
    ["models", "list"],
    ["models", "show"],
    ["models", "verify"],
    ["models", "add"],
    ["models", "remove"],
    ["evaluate"],
    ["doctor"],
)


class Recorder:
    """Stands for the modules of the subcommands; keeps what they are called with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answer: int | Exception = 0
        names = ("open", "demo", "inspect", "analyze", "models", "evaluate", "doctor")
        for name in names:
            fake = SimpleNamespace(run=self._called(name))
            for verb in ("list", "show", "verify", "add", "remove"):
                setattr(fake, f"run_{verb}", self._called(f"models {verb}"))
            monkeypatch.setitem(sys.modules, f"cli.{name}", fake)
            monkeypatch.setattr(cli, name, fake, raising=False)

    def _called(self, name: str) -> Any:
        def run(*arguments: Any) -> int:
            self.calls.append((name, *arguments))
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return run


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_that_every_help_has_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Example: overread " + " ".join(command) in result.output


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("", ("open", [])),
        ("open", ("open", [])),
        ("open a b", ("open", [Path("a"), Path("b")])),
        ("demo", ("demo", Path("demo-output"))),
        ("demo --output x", ("demo", Path("x"))),
        ("inspect a", ("inspect", [Path("a")], False)),
        ("inspect a --json", ("inspect", [Path("a")], True)),
        (
            "analyze a --output x",
            ("analyze", [Path("a")], Path("x"), [], "", "auto", True, ""),
        ),
        (
            "analyze a b --output x --model m --model n --explain hirescam"
            " --device cuda:1 --no-heatmaps",
            (
                "analyze",
                [Path("a"), Path("b")],
                Path("x"),
                ["m", "n"],
                "hirescam",
                "cuda:1",
                False,
                "",
            ),
        ),
        (
            "analyze a --output x --backend torch",
            ("analyze", [Path("a")], Path("x"), [], "", "auto", True, "torch"),
        ),
        ("models", ("models list",)),
        ("models list", ("models list",)),
        ("models show m", ("models show", "m")),
        ("models verify", ("models verify", None)),
        ("models verify m", ("models verify", "m")),
        ("models add p", ("models add", Path("p"), "")),
        ("models add p --kind limb", ("models add", Path("p"), "limb")),
        ("models remove m", ("models remove", "m")),
        (
            "evaluate --model m --data d --output x",
            ("evaluate", "m", Path("d"), Path("x"), Options()),
        ),
        (
            "evaluate --model m --data d --output x --split test",
            ("evaluate", "m", Path("d"), Path("x"), Options("test")),
        ),
        (
            "evaluate --model m --data d --output x --calibrate c --site A"
            " --validated-by B --sensitivity 0.9 --device cpu",
            (
                "evaluate",
                "m",
                Path("d"),
                Path("x"),
                Options(None, "cpu", Path("c"), "A", "B", 0.9),
            ),
        ),
        ("doctor", ("doctor", False)),
        ("doctor --json", ("doctor", True)),
    ],
)
def test_that_a_command_line_becomes_one_call(
    recorder: Recorder, line: str, call: tuple[Any, ...]
) -> None:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == 0
    assert recorder.calls == [call]


@pytest.mark.parametrize("code", [0, 1])
def test_that_the_exit_code_of_a_subcommand_is_passed_on(
    recorder: Recorder, code: int
) -> None:
    recorder.answer = code
    assert CliRunner().invoke(app, ["doctor"]).exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["inspect"],
        ["inspect", "--nonsense"],
        ["analyze", "a"],
        ["models", "show"],
        ["evaluate", "--model", "m"],
    ],
    ids=" ".join,
)
def test_that_wrong_usage_exits_2(recorder: Recorder, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2
    assert recorder.calls == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ModelUnavailableError("m", "weights\nchanged"),
            "overread: model m is not available: weights changed\n",
        ),
        (
            OSError(28, "No space left on device", "out/metrics.json"),
            "overread: out/metrics.json: No space left on device\n",
        ),
    ],
)
def test_that_a_foreseen_error_is_one_line_and_exit_1(
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    line: str,
) -> None:
    recorder.answer = error
    monkeypatch.setattr(sys, "argv", ["overread", "doctor"])
    with pytest.raises(SystemExit) as ended:
        cli.main.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == line


def test_that_the_module_runs_as_the_command_does() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "models", "show", "no-such-model"],
        cwd=Path(cli.__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "no-such-model" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
