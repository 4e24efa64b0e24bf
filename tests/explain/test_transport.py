import pickle
from dataclasses import replace

import numpy as np
import pytest

from explain.analysis import Analysis, AnalysisRequest, AnalysisStatus, ModelIdentity
from explain.heatmap import Heatmap
from explain.transport import (
    pack_analysis,
    pack_request,
    unpack_analysis,
    unpack_request,
)
from inference.model_card import Code
from inference.preprocess import Placement
from inference.segments import Segment
from inference.severities import SeverityValue

PLACEMENT = Placement(300, 260, (0, 0, 300, 260), (2, 2))


def analysis():
    values = np.array([[0.0, 1.0], [2.0, 3.0]], np.float32)
    return Analysis(
        request_id="r",
        sop_instance_uid="1.2",
        frame=0,
        model=ModelIdentity("m", "1", "0", "M", "Overread"),
        status=AnalysisStatus.SUCCEEDED,
        heatmaps={"covid": Heatmap("covid", values, 4.0, 0.5, PLACEMENT, "grad-cam")},
        placement=PLACEMENT,
        notices=("note",),
    )


def test_that_a_request_comes_back_with_its_pixels_apart(make_film):
    request = AnalysisRequest("r", make_film(), "folder", "grad-cam", "cpu")
    packed, arrays = pack_request(request)
    assert len(pickle.dumps(packed)) < 3000
    back = unpack_request(pickle.loads(pickle.dumps(packed)), arrays)
    assert back.image.header == request.image.header
    np.testing.assert_array_equal(back.image.stored, request.image.stored)
    assert (back.request_id, back.model_folder, back.method, back.device) == (
        "r",
        "folder",
        "grad-cam",
        "cpu",
    )


def test_that_an_analysis_comes_back_with_its_maps_apart():
    packed, arrays = pack_analysis(analysis())
    assert packed.analysis.heatmaps == {}
    back = unpack_analysis(pickle.loads(pickle.dumps(packed)), arrays)
    heatmap = back.heatmaps["covid"]
    assert heatmap.values.tolist() == [[0, 1], [2, 3]]
    assert not heatmap.values.flags.writeable
    assert (heatmap.reference, heatmap.probability) == (4.0, 0.5)
    assert (heatmap.method, heatmap.placement) == ("grad-cam", PLACEMENT)
    assert back.notices == ("note",)


def test_that_an_analysis_without_maps_needs_no_placement():
    bare = replace(analysis(), heatmaps={}, placement=None)
    packed, arrays = pack_analysis(bare)
    assert arrays == {}
    assert unpack_analysis(packed, arrays) is packed.analysis


def test_that_segments_come_back_with_their_masks_apart():
    mask = np.array([[True, False], [False, True]])
    code = Code("SCT", "126952004", "Neoplasm of brain")
    segment = Segment("covid", "Tumour", code, mask, 2, 0.5, 0.4)
    severity = SeverityValue("e", "Extent", code, 2.0, (1.0, 3.0), 0.0, 8.0, 0.9)
    whole = replace(analysis(), segments=(segment,), severities=(severity,))
    packed, arrays = pack_analysis(whole)
    assert packed.analysis.segments == ()
    back = unpack_analysis(pickle.loads(pickle.dumps(packed)), arrays)
    (found,) = back.segments
    assert found.mask.tolist() == mask.tolist()
    assert not found.mask.flags.writeable
    assert (found.key, found.name, found.code) == ("covid", "Tumour", code)
    assert (found.pixels, found.area_mm2, found.threshold) == (2, 0.5, 0.4)
    # The heatmap of the same key is another array.
    assert back.heatmaps["covid"].values.tolist() == [[0, 1], [2, 3]]
    assert back.severities == (severity,)


def test_that_maps_without_a_placement_are_refused():
    packed, arrays = pack_analysis(replace(analysis(), placement=None))
    with pytest.raises(ValueError, match="no placement"):
        unpack_analysis(packed, arrays)
