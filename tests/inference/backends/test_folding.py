import pytest
import torch
from torch import nn

from inference.backends.folding import folded


def _seen(network: nn.Module) -> nn.Module:
    """Give the norms statistics other than 0 and 1."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            nn.init.normal_(module.weight)
    return network.eval()


def test_that_a_norm_becomes_a_part_of_its_convolution():
    """w = 3, norm (2 (x - 1) / 2) + 5: 3 x + 4, so weight 3 and bias 4."""
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1, eps=0.0))
    with torch.no_grad():
        network[0].weight.fill_(3.0)
        network[1].weight.fill_(2.0)
        network[1].bias.fill_(5.0)
        network[1].running_mean.fill_(1.0)
        network[1].running_var.fill_(4.0)
    quick = folded(network)
    assert quick[0].weight.item() == pytest.approx(3.0)
    assert quick[0].bias.item() == pytest.approx(4.0)
    assert isinstance(quick[1], nn.Identity)


def test_that_the_network_itself_stays_as_it_was():
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1))
    folded(network)
    assert isinstance(network[1], nn.BatchNorm2d)


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "resnet18", "densenet121"])
def test_that_the_outputs_stay_the_same_and_layers_keep_their_names(name):
    import timm

    network = _seen(timm.create_model(name, num_classes=3))
    quick = folded(network)
    films = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = network(films)
        torch.testing.assert_close(
            quick(films), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max())
        )
    norms = sum(isinstance(one, nn.BatchNorm2d) for one in network.modules())
    left = sum(isinstance(one, nn.BatchNorm2d) for one in quick.modules())
    assert left < norms
    named = {key for key, _ in network.named_modules()}
    assert named <= {key for key, _ in quick.named_modules()}


class _Twice(nn.Module):
    """Wants the convolution's own output besides the norm's."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)
        self.norm = nn.BatchNorm2d(1)

    def forward(self, films):
        plain = self.conv(films)
        return plain + self.norm(plain)


class _ByValue(nn.Module):
    """Cannot be followed: its path depends on what it sees."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)
        self.norm = nn.BatchNorm2d(1)

    def forward(self, films):
        return self.norm(self.conv(films)) if films.sum() > 0 else films


@pytest.mark.parametrize("kind", [_Twice, _ByValue])
def test_that_a_norm_is_left_where_folding_could_change_the_outputs(kind):
    assert isinstance(folded(_seen(kind())).norm, nn.BatchNorm2d)
