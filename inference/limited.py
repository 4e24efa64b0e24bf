"""Runs one function in a child process with limits: for files that may be hostile.

The child is a fresh interpreter (spawn). Before the function is imported it
gives up the network and new processes, and bounds its memory, its time and the
files it writes. This is a second wall, not the first: what runs inside must not
run code of the file either.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from inference.errors import ModelUnavailableError

_FORBIDDEN = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
    *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("os.forkpty", "pty.spawn", "ftplib.connect", "urllib.Request"),
)
_MAXIMUM_ANSWER = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    `memory_bytes` is address space, of which torch alone reserves some
    gigabytes; it is bounded on Linux only, as is the size of files.
    """

    time_s: float = 300.0
    memory_bytes: int = 12 * 1024**3
    file_bytes: int = 2 * 1024**3


def run_limited(
    model_id: str, function: str, arguments: Mapping[str, Any], limits: Limits
) -> Any:
    """Call ``module:function`` with keyword arguments in a child process.

    Returns
    -------
    What it returned, of None, bool, numbers, strings and lists: it comes as JSON.

    Raises
    ------
    ModelUnavailableError
        If it raised, took too long, or ended by itself; nothing of it is left.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(
        target=_serve, args=(theirs, function, dict(arguments), limits), daemon=True
    )
    child.start()
    theirs.close()
    try:
        if not ours.poll(limits.time_s):
            raise ModelUnavailableError(
                model_id, f"its check took longer than {limits.time_s:g} s"
            )
        # Not recv(), which unpickles: the child read a stranger's file.
        succeeded, answer = _parsed(ours.recv_bytes(_MAXIMUM_ANSWER))
    except ValueError:
        raise ModelUnavailableError(
            model_id, "the process that read it gave no sound answer"
        ) from None
    except (EOFError, OSError):
        child.join(10.0)
        raise ModelUnavailableError(
            model_id,
            "the process that read it ended by itself"
            f" (exit code {child.exitcode}); too much memory is the likely reason",
        ) from None
    finally:
        child.kill()
        child.join()
        ours.close()
    if not succeeded:
        raise ModelUnavailableError(model_id, answer)
    return answer


def _serve(
    pipe: Connection, function: str, arguments: dict[str, Any], limits: Limits
) -> None:
    try:
        _restrict(limits)
        module, _, name = function.partition(":")
        found = getattr(importlib.import_module(module), name)(**arguments)
        answer = _packed(True, found)
    except ModelUnavailableError as error:
        answer = _packed(False, error.reason)
    except MemoryError:
        answer = _packed(False, "reading it takes more memory than is allowed")
    # The child reads a stranger's file: whatever it raises is a refusal.
    except Exception as error:  # noqa: BLE001 - becomes the refusal's reason
        first = (str(error).splitlines() or [""])[0]
        answer = _packed(False, f"{type(error).__name__}: {first[:200]}")
    pipe.send_bytes(answer)


def _packed(succeeded: bool, answer: Any) -> bytes:
    return json.dumps([succeeded, answer]).encode("ascii")


def _parsed(data: bytes) -> tuple[bool, Any]:
    """Read what `_packed` made.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, list) or len(found) != 2 or type(found[0]) is not bool:
        raise ValueError("not an answer")
    succeeded, answer = found
    if not succeeded and not isinstance(answer, str):
        raise ValueError("a refusal without a reason")
    return succeeded, answer


def _restrict(limits: Limits) -> None:
    sys.addaudithook(_refuse_event)
    if sys.platform == "linux":
        import resource

        for kind, limit in (
            (resource.RLIMIT_AS, limits.memory_bytes),
            (resource.RLIMIT_CPU, int(limits.time_s * 4) + 1),
            (resource.RLIMIT_FSIZE, limits.file_bytes),
            (resource.RLIMIT_CORE, 0),
        ):
            _, hard = resource.getrlimit(kind)
            if hard != resource.RLIM_INFINITY:
                limit = min(limit, hard)
            resource.setrlimit(kind, (limit, limit))


def _refuse_event(event: str, _: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"{event} is not allowed here")
