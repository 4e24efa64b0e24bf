"""Child process: inspects mutated files one by one, and says before and after each.

python tests/studies/support/inspect_mutated.py FOLDER FIRST LAST
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from mutator import mutate, sources

from studies.inspection import inspect_paths


def main() -> None:
    folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    found = sources()
    for seed in range(first, last):
        path = folder / f"{seed}.dcm"
        path.write_bytes(mutate(found[seed % len(found)].read_bytes(), seed))
        print("begin", seed, flush=True)
        statuses = sorted({report.status for report in inspect_paths([path])})
        print("end", seed, ",".join(statuses), flush=True)
        path.unlink()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print("peak", peak_mb, flush=True)


if __name__ == "__main__":
    main()
