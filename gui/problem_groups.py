"""Problems of many files in an order to read: equal ones under one line. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.model import Problem

_FEWEST_OF_A_GROUP = 3


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """A file's problem, or one line for `count` files with the same.

    `depth` is 1 for the files of such a group, else 0.
    """

    problem: Problem
    count: int = 1
    depth: int = 0

    @property
    def refused(self) -> bool:
        """Whether the file was not opened."""
        return self.problem.severity.value == "refused"

    @property
    def file(self) -> str:
        """Return the file's name, or ``212 files``."""
        return self.problem.path.name if self.count == 1 else f"{self.count:,} files"

    def matches(self, text: str) -> bool:
        """Return whether the line holds a text, whatever its case."""
        if self.count > 1:
            return False
        found = (str(self.problem.path), self.problem.what, self.problem.next_step)
        return text.casefold() in "\n".join(found).casefold()

    def in_full(self) -> str:
        """Return all that is known: which file, what is wrong, what to do."""
        where = str(self.problem.path) if self.count == 1 else self.file
        return f"{where}\n{self.problem.what}\n{self.problem.next_step}"


def refused_count(problems: Sequence[Problem]) -> int:
    """Return how many files were refused; a file with two problems counts once."""
    return len({p.path for p in problems if p.severity.value == "refused"})


def problem_sentence(problems: Sequence[Problem], files: int) -> str:
    """Return ``3 of 32 files could not be opened``, or "" if all were."""
    refused = refused_count(problems)
    if not refused:
        return ""
    noun = "file" if files == 1 else "files"
    return f"{refused} of {files} {noun} could not be opened"


def notice_sentence(problems: Sequence[Problem]) -> str:
    """Return ``5 notices`` on files that were opened, or ""."""
    count = sum(problem.severity.value != "refused" for problem in problems)
    if not count:
        return ""
    return f"{count} notice{'' if count == 1 else 's'}"


def notice_words(problems: Sequence[Problem]) -> str:
    """Return the notice, or how many there are, or "".

    A text file beside the images, for one, is left out without a word.
    """
    from studies.search import LEFT_OUT

    opened = [p for p in problems if p.severity.value != "refused"]
    told = [problem for problem in opened if problem.what != LEFT_OUT]
    if len({problem.what for problem in told}) == 1:
        return told[0].what
    return f"{len(told)} notices on what was opened" if told else ""


def lines_of(problems: Sequence[Problem]) -> tuple[ProblemLine, ...]:
    """Return the lines: what was refused first, three or more equal ones grouped."""
    groups: dict[tuple[bool, str, str], list[Problem]] = {}
    for problem in problems:
        opened = problem.severity.value != "refused"
        groups.setdefault((opened, problem.what, problem.next_step), []).append(problem)
    lines: list[ProblemLine] = []
    for key in sorted(groups, key=lambda key: key[0]):
        members = groups[key]
        if len(members) < _FEWEST_OF_A_GROUP:
            lines += [ProblemLine(problem) for problem in members]
            continue
        lines.append(ProblemLine(members[0], len(members)))
        lines += [ProblemLine(problem, depth=1) for problem in members]
    return tuple(lines)


def as_text(problems: Sequence[Problem], files: int) -> str:
    """Return the whole list as text: a line a problem, its parts between tabs."""
    head = problem_sentence(problems, files) or notice_sentence(problems)
    lines = [
        f"{problem.severity.value}\t{problem.path}\t{problem.what}\t{problem.next_step}"
        for problem in problems
    ]
    return "\n".join([head, *lines])
