"""The engine in its process: the path that the window takes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explain.analysis import AnalysisRequest, AnalysisStatus
from explain.engine import Engine
from explain.transport import HANDLER, pack_request, unpack_analysis
from inference.errors import HandlerFailedError
from inference.process import WorkerProcess
from studies.reader import read_film

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def process():
    process = WorkerProcess(HANDLER, name="inference")
    yield process
    process.close()


def test_that_the_process_says_what_the_engine_says_of_the_sample_film(
    process, rg1, model_folder
):
    request = AnalysisRequest("rg1", read_film(rg1), str(model_folder), "grad-cam")
    payload, arrays = pack_request(request)
    there = unpack_analysis(*process.call(payload, arrays, timeout_s=120))
    here = Engine().analyse(request)
    assert there.status is here.status is AnalysisStatus.SUCCEEDED
    for ours, theirs in zip(here.findings, there.findings, strict=True):
        assert ours.logit == pytest.approx(theirs.logit, abs=1e-3)
    assert there.heatmaps.keys() == here.heatmaps.keys()
    for key, heatmap in here.heatmaps.items():
        np.testing.assert_allclose(
            there.heatmaps[key].values, heatmap.values, atol=1e-3
        )
    assert there.placement == here.placement


def test_that_a_refused_model_is_told_by_name(process, make_film, tmp_path):
    request = AnalysisRequest("x", make_film(), str(tmp_path / "gone"), "")
    payload, arrays = pack_request(request)
    with pytest.raises(HandlerFailedError) as caught:
        process.call(payload, arrays, timeout_s=120)
    assert caught.value.kind == "ModelUnavailableError"


@pytest.mark.parametrize(
    "module", ["explain.transport", "explain.trust", "explain.rendering", "inference"]
)
def test_that_what_the_window_imports_is_free_of_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0
