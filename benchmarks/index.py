"""Search and sort in an index of 100,000 made-up studies, in milliseconds.

    python benchmarks/index.py [--studies N] [--json FILE]

Each query is what a list of studies asks for while somebody types or sorts: the
first 200 rows, and the number of all that match. Names, dates and descriptions
are drawn with a fixed seed. No peer does the same; the goal is 50 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from reading import machine, timed_ms

from studies.identity import StudyFacts
from studies.index import SortKey, StudyIndex
from studies.index_rows import Learned, learn
from studies.model import GrayscaleParameters, ImageHeader, Patient, Study
from studies.record import ImageRecord

_ROUNDS = 9
_FAMILIES = (
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Nguyen"
    " Tran García Fernández Rossi Russo Martin Bernard Dubois Smith Johnson Williams"
    " Brown Jones Miller Davis Wilson Anderson Novák Kowalski Demir Øster Çelik"
)
_GIVEN = (
    "Anna Ben Clara David Emma Felix Greta Hans Ida Jan Käthe Lars Mia Noah Olga Paul"
    " Rosa Sven Tara Uwe Vera Willi Xenia Yara Zoë José Renée Søren Łukasz Ayşe"
)
_EXAMS = (
    ("DX", "CHEST", "Thorax PA and lateral"),
    ("DX", "CHEST", "Chest bedside AP"),
    ("CT", "CHEST", "CT Thorax native"),
    ("CT", "ABDOMEN", "CT Abdomen portal venous"),
    ("CT", "HEAD", "CCT stroke protocol"),
    ("MR", "BRAIN", "MR brain with contrast"),
    ("MR", "KNEE", "MR knee right"),
    ("CR", "HAND", "Hand left, two views"),
    ("US", "ABDOMEN", "Sonography abdomen"),
    ("MG", "BREAST", "Mammography screening"),
)
_QUERIES = (
    "", "m", "mü", "muller", "muller anna", "dx", "ct", "ct chest", "ct thorax 2021",
    "stroke", "P00012", "P0001234", "A00099999", "2021-03", "20210304", "04.03.2021",
    "knee nguyen", "zzz", "a b c",
)  # fmt: skip


def main() -> None:
    """Make the index, measure, print the table and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=100_000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = StudyIndex(Path(folder) / "index.sqlite")
        fill(index, chosen.studies)
        print(f"{index.count()} studies; milliseconds, median and worst of {_ROUNDS}")
        rows = [*searches(index), *sorts(index), *priors(index)]
        index.close()
    for row in rows:
        print(f"{row['name']:44}{row['ours']:>8.1f}{row['worst']:>8.1f}")
    worst = max(float(str(row["worst"])) for row in rows)
    typical = statistics.median(float(str(row["ours"])) for row in rows)
    print(f"{'all: median of medians, worst of worst':44}{typical:>8.1f}{worst:>8.1f}")
    if chosen.json is not None:
        report = {"machine": machine(), "rows": rows}
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


def searches(index: StudyIndex) -> list[dict[str, object]]:
    """Time each text, by the last opened and by name, and its count."""
    rows = []
    for text in _QUERIES:
        found = index.count(text)
        for sort in (SortKey.OPENED, SortKey.NAME):
            rows.append(
                timed(
                    f"search {text!r} ({found}) by {sort.value}",
                    lambda text=text, sort=sort: index.search(text, sort=sort),
                )
            )
        rows.append(timed(f"count {text!r}", lambda text=text: index.count(text)))
    return rows


def sorts(index: StudyIndex) -> list[dict[str, object]]:
    """Time the first and the five hundredth page of each order."""
    return [
        timed(
            f"sort by {sort.value}, from row {offset}",
            lambda sort=sort, offset=offset: index.search(
                sort=sort, descending=False, offset=offset
            ),
        )
        for sort in SortKey
        for offset in (0, 50_000)
    ]


def priors(index: StudyIndex) -> list[dict[str, object]]:
    """Time what is asked when a study opens."""
    (first,) = index.search("a", limit=1)
    return [
        timed("studies of a patient", lambda: index.studies_of(first.patient)),
        timed("similar patients", lambda: index.similar_patients(first.patient)),
    ]


def timed(name: str, call: Callable[[], object]) -> dict[str, object]:
    """Return the median and the worst time of a call; nothing is left out."""
    times = [timed_ms(call) for _ in range(_ROUNDS)]
    return {
        "name": name,
        "ours": statistics.median(times),
        "worst": max(times),
        "unit": "ms",
    }


def fill(index: StudyIndex, count: int) -> None:
    """Write made-up studies, a file each; every hundredth was opened once."""
    draw = random.Random(3)
    began = time.perf_counter()
    people = [_patient(draw, number) for number in range(count // 3)]
    for start in range(0, count, 2000):
        numbers = range(start, min(start + 2000, count))
        learned = [_learned(draw, people, number) for number in numbers]
        index.run(lambda connection, some=learned: learn(connection, some), writes=True)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for found in index.search(sort=SortKey.DATE, limit=count // 100):
        study = Study(found.study_instance_uid, found.patient, "", None, "", ())
        at += timedelta(minutes=1)
        index.opened(study, at)
    print(f"made in {time.perf_counter() - began:.0f} s")


def _patient(draw: random.Random, number: int) -> Patient:
    name = f"{draw.choice(_FAMILIES.split())}, {draw.choice(_GIVEN.split())}"
    born = date(1920, 1, 1) + timedelta(days=draw.randrange(36_000))
    return Patient(f"P{number:07}", name, born, draw.choice("FM"))


def _learned(draw: random.Random, people: list[Patient], number: int) -> Learned:
    patient = draw.choice(people)
    modality, body_part, description = draw.choice(_EXAMS)
    at = datetime(2012, 1, 1) + timedelta(minutes=draw.randrange(7_300_000))  # noqa: DTZ001 - DICOM's times have no zone
    path = Path(f"/archive/{number // 1000:03}/{number:06}.dcm")
    uid = f"1.2.826.{number}"
    header = ImageHeader(
        path,
        0,
        f"{uid}.1.1",
        "1.2.840.10008.5.1.4.1.1.1.1",
        f"{uid}.1",
        uid,
        modality,
        2,
        2,
        GrayscaleParameters("MONOCHROME2", 16, 0),
        body_part,
    )
    facts = StudyFacts(uid, description, at, f"A{number:08}")
    record = ImageRecord(patient, facts, 1, (header,), None)
    return Learned(str(path), (1, 1, 1), ((path, record),), "[]")


if __name__ == "__main__":
    main()
