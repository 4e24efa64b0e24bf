"""Child process: inspects mutated files one by one, and says before and after each.

python tests/studies/support/inspect_mutated.py FOLDER FIRST LAST
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    # This file is run, not imported: nothing has told Python where we are.
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    from mutator import mutate, sources

    from studies.inspection import inspect_paths

    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    found = sources()
    for seed in range(first, last):
        path = folder / f"{seed}.dcm"
        path.write_bytes(mutate(found[seed % len(found)].read_bytes(), seed))
        _say("begin", seed)
        statuses = sorted({report.status for report in inspect_paths([path])})
        _say("end", seed, ",".join(statuses))
        path.unlink()
    _say("peak", _peak_mb())


def _peak_mb() -> int:
    """Return the largest resident size; getrusage would tell that of the parent too."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) // 1024


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
