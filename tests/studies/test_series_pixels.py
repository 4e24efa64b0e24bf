"""A series is read outward from the wanted image, into one block of memory."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from studies import pixel_source, series_pixels
from studies import transfer_syntax as syntaxes
from studies.decoder import Decoder
from studies.discovery import discover
from studies.loading_order import LoadingOrder
from studies.model import ImageHeader
from studies.pixel_blocks import PixelBlocks
from studies.reader import read_header, read_image
from studies.series_pixels import SeriesPixels

SLICES = 9
MakeSeries = Callable[..., tuple[ImageHeader, ...]]


def slice_values(number: int) -> np.ndarray:
    """Return 6 x 4 values that tell which slice they are of."""
    return (np.arange(24) + 100 * number).astype(np.uint16).reshape(6, 4)


@pytest.fixture
def make_series(write_film) -> MakeSeries:
    """Write slices of 6 x 4 pixels, native or JPEG-LS; return their headers."""

    def make(
        count: int = SLICES,
        *,
        syntax: str = syntaxes.EXPLICIT,
        change: Callable[[int], dict[str, object]] = lambda _: {},
    ) -> tuple[ImageHeader, ...]:
        import imagecodecs
        from pydicom.encaps import encapsulate

        headers = []
        for number in range(count):
            pixels = slice_values(number).tobytes()
            if syntax == syntaxes.JPEG_LS:
                stream = bytes(imagecodecs.jpegls_encode(slice_values(number)))
                pixels = encapsulate([stream])
            elements: dict[str, object] = {
                "Rows": 6,
                "Columns": 4,
                "SOPInstanceUID": f"1.2.3.{number + 1}",
                "InstanceNumber": number + 1,
                "pixels": pixels,
            }
            path = write_film(
                f"{number}.dcm", syntax=syntax, **elements | change(number)
            )
            headers += read_header(path)
        return tuple(headers)

    return make


def loaded(headers: Sequence[ImageHeader]) -> SeriesPixels:
    pixels = SeriesPixels(headers)
    pixels.load()
    return pixels


@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT, syntaxes.JPEG_LS])
def test_that_every_image_is_what_read_image_gives(make_series, syntax: str) -> None:
    headers = make_series(syntax=syntax)
    pixels = loaded(headers)
    assert (pixels.count, pixels.loaded) == (SLICES, SLICES)
    for index, header in enumerate(headers):
        found, alone = pixels.image(index), read_image(header)
        assert found is not None
        assert found.header == alone.header
        assert found.stored.dtype == alone.stored.dtype
        assert np.array_equal(found.stored, alone.stored)
        assert np.array_equal(found.stored, slice_values(index))
        assert not found.stored.flags.writeable


@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT, syntaxes.JPEG_LS])
def test_that_alike_images_are_one_stack_without_a_copy(
    make_series, syntax: str
) -> None:
    pixels = loaded(make_series(syntax=syntax))
    stack = pixels.stack()
    assert stack is not None
    assert stack.shape == (SLICES, 6, 4)
    assert not stack.flags.writeable
    for index in range(SLICES):
        image = pixels.image(index)
        assert image is not None
        assert np.shares_memory(stack[index], image.stored)
        assert np.array_equal(stack[index], slice_values(index))


def test_that_nothing_is_there_before_loading(make_series) -> None:
    pixels = SeriesPixels(make_series(3))
    assert (pixels.loaded, pixels.image(0), pixels.failure(0)) == (0, None, "")
    assert pixels.stack() is None
    assert pixels.nbytes == 3 * 6 * 4 * 2


def test_that_images_come_outward_from_the_first_wanted(make_series) -> None:
    pixels, order = SeriesPixels(make_series(5)), []
    pixels.load(first=2, on_image=order.append)
    assert order[0] == 2
    assert sorted(order) == [0, 1, 2, 3, 4]


def test_that_the_order_goes_outward_and_follows_the_reader() -> None:
    order = LoadingOrder(8)
    order.prioritise(3)
    assert [order.take() for _ in range(3)] == [3, 4, 2]
    order.prioritise(7)
    assert [order.take() for _ in range(5)] == [7, 6, 5, 1, 0]
    assert order.take() is None
    order.give_back(4)
    assert order.take() == 4


def test_that_cancelling_stops_between_images_and_the_rest_can_follow(
    make_series,
) -> None:
    pixels, told = SeriesPixels(make_series()), []
    pixels.load(on_image=told.append, cancelled=lambda: bool(told))
    assert (pixels.loaded, told) == (1, [0])
    pixels.load(on_image=told.append)
    assert sorted(told) == list(range(SLICES))
    assert pixels.loaded == SLICES
    assert pixels.stack() is not None


def test_that_what_was_read_while_a_load_was_cancelled_is_told(make_series) -> None:
    # Other threads are reading then; whoever waits for one of those waits for ever.
    pixels, told = SeriesPixels(make_series(syntax=syntaxes.JPEG_LS)), []
    pixels.load(on_image=told.append, cancelled=lambda: bool(told))
    assert len(told) == pixels.loaded
    pixels.load(on_image=told.append)
    assert sorted(told) == list(range(SLICES))


def test_that_a_bad_image_is_told_and_costs_only_itself(make_series) -> None:
    headers = make_series()
    headers[4].path.write_bytes(b"no longer a film")
    pixels, told = SeriesPixels(headers), []
    pixels.load(on_image=told.append)
    assert sorted(told) == list(range(SLICES))
    assert pixels.image(4) is None
    assert "4.dcm cannot be read" in pixels.failure(4)
    assert [i for i in range(SLICES) if pixels.failure(i)] == [4]
    assert pixels.stack() is None


def test_that_a_file_that_was_replaced_is_a_failure(make_series) -> None:
    headers = make_series(3)
    headers[0].path.replace(headers[1].path)
    pixels = loaded(headers)
    assert "changed since it was listed" in pixels.failure(1)
    assert "no such file" in pixels.failure(0)
    assert pixels.image(2) is not None


def test_that_frames_of_one_file_are_read_from_it_opened_once(
    write_film, monkeypatch
) -> None:
    import imagecodecs
    from pydicom.encaps import encapsulate

    frames = [slice_values(number) for number in range(5)]
    streams = [bytes(imagecodecs.jpegls_encode(frame)) for frame in frames]
    path = write_film(
        syntax=syntaxes.JPEG_LS,
        pixels=encapsulate(streams, fragments_per_frame=2),
        Rows=6,
        Columns=4,
        NumberOfFrames=5,
    )
    walks = []

    def walked(*arguments: object) -> object:
        walks.append(arguments)
        return index_frames(*arguments)

    index_frames = pixel_source.index_frames
    monkeypatch.setattr(pixel_source, "index_frames", walked)
    pixels = loaded(read_header(path))
    assert len(walks) == 1
    stack = pixels.stack()
    assert stack is not None
    assert np.array_equal(stack, np.array(frames))


def test_that_a_deflated_file_is_inflated_once(write_film, monkeypatch) -> None:
    frames = np.array([slice_values(number) for number in range(4)])
    path = write_film(
        syntax="1.2.840.10008.1.2.1.99",
        pixels=frames.tobytes(),
        Rows=6,
        Columns=4,
        NumberOfFrames=4,
    )
    headers = read_header(path)
    inflated = []
    payload_stream = pixel_source.payload_stream
    monkeypatch.setattr(
        pixel_source,
        "payload_stream",
        lambda *arguments: inflated.append(1) or payload_stream(*arguments),
    )
    pixels = loaded(headers)
    assert inflated == [1]
    assert np.array_equal(pixels.stack(), frames)


def test_that_images_of_other_sizes_and_colours_have_arrays_of_their_own(
    make_series,
) -> None:
    colour = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "pixels": bytes(range(72)),
    }
    odd = {"Rows": 2, "Columns": 12}
    headers = make_series(4, change=lambda number: {1: colour, 2: odd}.get(number, {}))
    pixels = loaded(headers)
    shapes = [pixels.image(index).stored.shape for index in range(4)]
    assert shapes == [(6, 4), (6, 4, 3), (2, 12), (6, 4)]
    assert pixels.stack() is None
    assert pixels.nbytes == 48 + 72 + 48 + 48


def test_that_signed_and_unsigned_images_are_no_stack(make_series) -> None:
    headers = make_series(
        3, change=lambda number: {"PixelRepresentation": int(number == 1)}
    )
    pixels = loaded(headers)
    dtypes = [pixels.image(index).stored.dtype for index in range(3)]
    assert dtypes == [np.uint16, np.int16, np.uint16]
    assert pixels.stack() is None


def test_that_bits_above_those_stored_are_cut_in_the_block_too(make_series) -> None:
    marked = (slice_values(0) | 0xF000).tobytes()
    headers = make_series(
        1, change=lambda _: {"BitsStored": 12, "HighBit": 11, "pixels": marked}
    )
    pixels = loaded(headers)
    assert np.array_equal(pixels.image(0).stored, slice_values(0))
    assert np.array_equal(pixels.stack()[0], slice_values(0))


def test_that_rounded_values_lie_in_the_block(make_series) -> None:
    wide = (np.arange(24, dtype=np.uint32) << 26).tobytes()
    deep = {"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31, "pixels": wide}
    (header,) = make_series(1, change=lambda _: deep)
    pixels = loaded([header])
    alone = read_image(header)
    assert pixels.image(0).header == alone.header
    assert np.array_equal(pixels.image(0).stored, alone.stored)
    assert np.array_equal(pixels.stack()[0], alone.stored)


def test_that_closing_frees_the_block_once_no_image_is_held(make_series) -> None:
    pixels = loaded(make_series(3))
    image = pixels.image(1)
    block = weakref.ref(pixels.stack().base)
    pixels.close()
    pixels.close()
    assert pixels.image(0) is None
    assert np.array_equal(image.stored, slice_values(1))
    gc.collect()
    assert block() is not None
    del image
    gc.collect()
    assert block() is None


@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT, syntaxes.JPEG_LS])
def test_that_closing_while_it_loads_ends_the_load(make_series, syntax: str) -> None:
    pixels, told = SeriesPixels(make_series(syntax=syntax)), []

    def close(index: int) -> None:
        told.append(index)
        pixels.close()

    pixels.load(on_image=close)
    assert len(told) == 1
    assert pixels.loaded == 0


def test_that_an_error_of_our_own_is_raised_not_swallowed(
    make_series, monkeypatch
) -> None:
    def mistaken(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(pixel_source, "check_codestream", mistaken)
    pixels = SeriesPixels(make_series(3, syntax=syntaxes.JPEG_LS))
    with pytest.raises(ZeroDivisionError):
        pixels.load()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
@pytest.mark.parametrize(
    ("harm", "words"), [("SIGSTOP", "took over 1 s"), ("SIGKILL", "crashed on it")]
)
def test_that_a_decoder_that_hangs_or_dies_costs_one_image(
    make_series, monkeypatch, harm: str, words: str
) -> None:
    decoder = Decoder(processes=1, time_limit_s=1)
    for module in (pixel_source, series_pixels):
        monkeypatch.setattr(module, "shared_decoder", lambda: decoder)
    pixels, told = SeriesPixels(make_series(syntax=syntaxes.JPEG_LS)), []

    def do_harm(index: int) -> None:
        told.append(index)
        if len(told) == 1:
            os.kill(decoder.pids[0], getattr(signal, harm))

    pixels.load(on_image=do_harm)
    decoder.close()
    failed = [index for index in range(SLICES) if pixels.failure(index)]
    assert sorted(told) == list(range(SLICES))
    # One that died between two images is replaced before the next.
    assert len(failed) == 1 or (harm == "SIGKILL" and not failed)
    for index in range(SLICES):
        if index in failed:
            assert f"{index}.dcm cannot be read" in pixels.failure(index)
            assert words in pixels.failure(index)
        else:
            assert np.array_equal(pixels.image(index).stored, slice_values(index))


def test_that_a_chest_ct_is_the_volume_that_single_reading_gives(
    development_data,
) -> None:
    folder = development_data / "dicom" / "ct_chest_ricord_jpegll"
    headers = discover([folder]).studies[0].series[0].images[:12]
    pixels = SeriesPixels(headers)
    pixels.load(first=6)
    stack = pixels.stack()
    assert stack is not None
    assert (stack.shape, stack.dtype) == ((12, 512, 512), np.int16)
    for index in (0, 6, 11):
        assert np.array_equal(stack[index], read_image(headers[index]).stored)


def test_that_lying_code_streams_end_no_process(development_data) -> None:
    folder = development_data / "awkward" / "synthetic"
    for name in ("jls_sof_65535.dcm", "j2k_siz_60000.dcm"):
        headers = read_header(Path(folder / name))
        pixels = loaded(headers)
        assert "code stream" in pixels.failure(0)


def test_that_headers_that_claim_more_than_the_memory_cost_only_the_block(
    make_series, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    places = PixelBlocks(make_series())
    monkeypatch.setattr("studies.pixel_blocks.np", SimpleNamespace(empty=full))

    assert places.place(0, (6, 4), np.dtype("u2")) is None
    assert places.only() is None


def test_that_an_image_without_memory_for_it_is_a_failure_not_an_error(
    make_series, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pixel_source.PixelSource, "read", full)

    pixels = loaded(make_series())

    assert pixels.failure(0) == "There is no memory left for it"
    assert pixels.loaded == pixels.count
