"""What the workstation would show of each file, pixels decoded, and what not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.discovery import discover
from studies.errors import OverreadError
from studies.grayscale import to_display
from studies.model import Discovery, ImageHeader, Problem, Severity
from studies.reader import read_image

OK = "ok"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: ``"ok"``, ``"notice"`` or ``"refused"``, and why."""

    path: Path
    status: str
    messages: tuple[str, ...]
    header: ImageHeader | None = None
    study_uid: str | None = None
    other: str = ""


def inspect_paths(
    paths: Sequence[Path], *, progress: Callable[[int, int], None] | None = None
) -> Iterator[FileReport]:
    """Read everything below the paths as the workstation does.

    Yields
    ------
    FileReport
        One for each file, in the order of the studies, then objects without
        pixels, then files that could not be opened.
    """
    found = discover(paths)
    problems = _by_path(found.problems)
    files = _frames_by_path(found)
    for done, (path, frames) in enumerate(files.items()):
        if progress is not None:
            progress(done, len(files))
        yield _image_report(path, frames, problems.pop(path, []))
    for other in found.others:
        told = problems.pop(other.path, [])
        yield _other_report(other.path, other.what, told)
    for path, told in problems.items():
        yield FileReport(path, _worst(told), _sentences(told))


def _image_report(
    path: Path, frames: list[ImageHeader], problems: list[Problem]
) -> FileReport:
    """Read every frame; the first that fails is told, and ends the reading."""
    messages = dict.fromkeys((*frames[0].notices, *_sentences(problems)))
    status = _worst(problems) if problems else OK
    for header in frames:
        try:
            image = read_image(header)
            to_display(image)
        except OverreadError as error:
            status = Severity.REFUSED.value if header.frame == 0 else status
            where = f"frame {header.frame + 1}: " if header.frames > 1 else ""
            messages[f"{where}{error}"] = None
            break
        messages |= dict.fromkeys(image.header.notices)
    if messages and status == OK:
        status = Severity.NOTICE.value
    first = frames[0]
    return FileReport(path, status, tuple(messages), first, first.study_instance_uid)


def _other_report(path: Path, what: str, problems: list[Problem]) -> FileReport:
    status = _worst(problems) if problems else OK
    messages = (f"{what}: listed, no image", *_sentences(problems))
    return FileReport(path, status, messages, other=what)


def _frames_by_path(found: Discovery) -> dict[Path, list[ImageHeader]]:
    files: dict[Path, list[ImageHeader]] = defaultdict(list)
    for study in found.studies:
        for header in study.images:
            files[header.path].append(header)
    return files


def _by_path(problems: Sequence[Problem]) -> dict[Path, list[Problem]]:
    grouped: dict[Path, list[Problem]] = defaultdict(list)
    for problem in problems:
        grouped[problem.path].append(problem)
    return grouped


def _worst(problems: Sequence[Problem]) -> str:
    refused = any(problem.severity is Severity.REFUSED for problem in problems)
    return (Severity.REFUSED if refused else Severity.NOTICE).value


def _sentences(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(f"{problem.what}. {problem.next_step}" for problem in problems)
