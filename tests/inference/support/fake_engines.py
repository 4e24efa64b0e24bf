"""A stand-in for `explain.engine` that does what the request's method says."""

import os
import time

from explain.analysis import Analysis, AnalysisStatus, ModelIdentity
from explain.heatmap import Heatmap
from explain.transport import pack_analysis
from inference.errors import ModelUnavailableError
from inference.preprocess import Placement

MODEL = ModelIdentity("tiny-chest", "0.0.1", "0" * 64, "Tiny", "Overread")


def handler(packed, arrays, report):
    report(0.5, "Predicting")
    verb, _, where = packed.method.partition(" on ")
    if where != "gpu" or packed.device != "cpu":
        _misbehave(verb, report)
    return pack_analysis(_analysis(packed, arrays["stored"], verb))


def _misbehave(verb, report):
    if verb == "raise":
        raise ValueError("no such rib")
    if verb == "memory":
        raise MemoryError
    if verb == "locked":
        raise ModelUnavailableError(
            "tiny-chest", "weights.safetensors changed: its SHA-256 is 12…"
        )
    if verb == "die":
        os._exit(7)
    if verb == "hang":
        time.sleep(600)
    while verb == "poll":
        report(0.5, "Predicting")
        time.sleep(0.01)


def _analysis(packed, stored, verb):
    failed = verb == "failed"
    placement = Placement(
        stored.shape[0], stored.shape[1], (0, 0, *stored.shape), (2, 2)
    )
    values = stored[:2, :2].astype("float32")
    heatmap = Heatmap("pneumonia", values, 2.0, 0.8, placement, "grad-cam")
    return Analysis(
        request_id=packed.request_id,
        sop_instance_uid=packed.header.sop_instance_uid,
        frame=0,
        model=MODEL,
        status=AnalysisStatus.FAILED if failed else AnalysisStatus.SUCCEEDED,
        reasons=("the network's output holds values that are no number",) * failed,
        heatmaps={} if failed else {"pneumonia": heatmap},
        placement=placement,
        device=packed.device,
    )
