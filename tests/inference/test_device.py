import pytest
import torch

from inference import device
from inference.errors import DeviceUnavailableError


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_that_auto_takes_the_first_gpu(two_gpus):
    assert device.choose("auto") == torch.device("cuda:0")


def test_that_auto_takes_the_cpu_where_there_is_no_gpu(no_gpu):
    assert device.choose("auto") == torch.device("cpu")


def test_that_a_device_is_taken_by_its_number(two_gpus):
    assert device.choose("cuda:1") == torch.device("cuda:1")
    assert device.choose("cuda") == torch.device("cuda:0")
    assert device.choose("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:2", "cuda:-1", "tpu", "", "cuda:0x"])
def test_that_another_device_is_refused_and_the_allowed_ones_are_named(two_gpus, name):
    with pytest.raises(
        DeviceUnavailableError, match="allowed: auto, cpu, cuda:0, cuda:1"
    ):
        device.choose(name)


def test_that_exhausted_gpu_memory_is_recognised():
    assert device.is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert device.is_out_of_memory(RuntimeError("CUDNN_STATUS_ALLOC_FAILED"))
    assert not device.is_out_of_memory(RuntimeError("shape mismatch"))
    assert not device.is_out_of_memory(ValueError("CUDA out of memory"))


def test_that_the_cpu_is_never_taken_for_a_gpu():
    assert not device.may_use_gpu("cpu")
    assert device.may_use_gpu("cuda:0")


def test_that_the_cpu_computes_in_single_precision():
    with device.autocast(torch.device("cpu")):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == torch.float32


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_that_a_gpu_computes_in_half_precision():
    ones = torch.ones(2, 2, device="cuda:0")
    with device.autocast(torch.device("cuda:0")):
        product = ones @ ones
    assert product.dtype in (torch.bfloat16, torch.float16)
