"""``overread doctor``: what this machine has and lacks, and what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

from cli.check import Check, State
from cli.machine import look_at_machine

_STYLES = {State.OK: "green", State.NOTICE: "yellow", State.PROBLEM: "bold red"}


def run(as_json: bool) -> int:
    """Print the checks; return 1 if there is a problem, else 0.

    As JSON: ``{"checks": [{"name", "state", "found", "next_step"}]}`` with the
    state one of ok, notice, problem.
    """
    if as_json:
        checks = list(look_at_machine())
        json.dump({"checks": [asdict(check) for check in checks]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        checks = _show(look_at_machine())
    return int(any(check.state is State.PROBLEM for check in checks))


def _show(found: Iterable[Check]) -> list[Check]:
    """Print each check as soon as it is done: importing torch takes seconds."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    checks = []
    with console.status("Looking at this machine"):
        for check in found:
            checks.append(check)
            line = Text(f"{check.state:<8}", style=_STYLES[check.state])
            line.append(f"{check.name:<18}{check.found}", style="default")
            console.print(line, soft_wrap=True)
            if check.next_step:
                console.print(Text(f"{'':26}{check.next_step}"), soft_wrap=True)
    return checks
