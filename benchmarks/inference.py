"""Running a model on the CPU against plain eager PyTorch: `inference_speed.py`.

    python benchmarks/inference.py [--json FILE] [--threads N] ...

Python puts the folder of a script first on its path, and there this file has
the name of the package `inference`. So it only starts the measurement, and
where a script beside it means the package, gives way to it.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_before = list(sys.path)
sys.path[:] = [one for one in sys.path if Path(one).resolve() != _HERE]

if __name__ == "__main__":
    runpy.run_path(str(_HERE / "inference_speed.py"), run_name="__main__")
else:
    # What is in sys.modules when a module's code ends is what its importer gets.
    del sys.modules[__name__]
    importlib.import_module(__name__)
    sys.path[:] = _before
