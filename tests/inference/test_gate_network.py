import pytest
import torch

from inference.film_gate import DISTANCES, KINDS, TURNS
from inference.gate_network import HIDDEN, SIDE, GateNetwork, build_gate


@pytest.fixture(scope="module")
def network() -> GateNetwork:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return GateNetwork().eval()


def test_that_every_output_has_its_size(network: GateNetwork) -> None:
    with torch.inference_mode():
        found = network(torch.zeros(2, 1, SIDE, SIDE))
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "kind": (2, len(KINDS)),
        "rotation": (2, len(TURNS)),
        "inverted": (2, 1),
        "cut_off": (2, 1),
        "lung_box": (2, 4),
        "features": (2, HIDDEN),
        "distance": (2, len(DISTANCES)),
    }


def test_that_the_distance_is_mahalanobis_over_the_scale() -> None:
    network = GateNetwork(components=2).eval()
    network.get_buffer("mean")[0] = 1.0
    # Two components: the first feature, and twice the second.
    network.get_buffer("precision_root")[0, 0, 0] = 1.0
    network.get_buffer("precision_root")[0, 1, 1] = 2.0
    network.get_buffer("scale")[0] = 5.0
    features = torch.ones(1, HIDDEN)
    features[0, 0], features[0, 1] = 4.0, 3.0
    # (4 - 1, 2 * (3 - 1)) = (3, 4), length 5, over 5.
    assert float(network._distance(features)[0, 0]) == pytest.approx(1.0)


def test_that_the_gate_has_no_findings_of_its_own() -> None:
    with pytest.raises(ValueError, match="no findings; 3 are named"):
        build_gate(3, 1)
