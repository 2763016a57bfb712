"""Batches where memory runs out: ONNX Runtime's own arena is given a limit, and meets it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hybridface_worker.contract.errors import ResourceError
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.manifest import Calls
from hybridface_worker.inference.memory import DeviceMemoryError
from hybridface_worker.inference.session import SessionOptions
from hybridface_worker.pipeline.bounded import (
    Bound,
    BoundedOccluder,
    BoundedRecogniser,
    BoundedRestorer,
    BoundedSwapper,
)
from hybridface_worker.pipeline.meter import Meter
from hybridface_worker.swappers.protocol import Source
from support.convolution import BYTES_A_CROP, SIDE, Convolving, crops

SOURCE = Source(np.zeros((SIDE, SIDE, 3), np.uint8))


def swapper(memory_bytes: int | None, batch: int, meter: Meter | None = None) -> tuple[BoundedSwapper, Bound]:
    bound = Bound("swap", batch, meter or Meter())
    return BoundedSwapper(Convolving(SessionOptions(memory_bytes=memory_bytes)), bound), bound


def test_the_batch_is_halved_until_it_fits_and_no_crop_is_lost_or_changed():
    meter = Meter()
    bounded, bound = swapper(9 * BYTES_A_CROP, 16, meter)
    given = crops(21)
    made = bounded.swap(given, [SOURCE] * 21)
    assert bound.size == 4
    expected = Convolving(SessionOptions()).swap(given, [SOURCE] * 21)
    assert np.array_equal(made, expected)
    usage = meter.lap()
    assert usage.halvings == 2
    assert usage.calls == (Calls(stage="swap", size=1, count=1), Calls(stage="swap", size=4, count=5))


def test_a_batch_that_was_halved_stays_so():
    meter = Meter()
    bounded, _ = swapper(9 * BYTES_A_CROP, 16, meter)
    bounded.swap(crops(16), [SOURCE] * 16)
    meter.lap()
    bounded.swap(crops(16), [SOURCE] * 16)
    assert meter.lap().halvings == 0


def test_where_one_crop_is_too_many_the_worker_ends_as_out_of_memory():
    bounded, bound = swapper(BYTES_A_CROP, 4)
    with pytest.raises(ResourceError, match=r"one picture at a time.*HYBRIDFACE_MODEL_MEMORY_MIB") as raised:
        bounded.swap(crops(4), [SOURCE] * 4)
    assert raised.value.exit_code is ExitCode.OUT_OF_MEMORY
    assert bound.size == 1


def test_a_limit_is_for_what_is_opened_after_it_though_there_was_another_meanwhile():
    for limit in (9 * BYTES_A_CROP, BYTES_A_CROP, 9 * BYTES_A_CROP):
        bounded, bound = swapper(limit, 16)
    bounded.swap(crops(16), [SOURCE] * 16)
    assert bound.size == 4


class HeldByTwo:
    """Has no memory for a crop while another call holds one; the first two calls are made to meet."""

    size = SIDE

    def __init__(self):
        self._meet, self._lock = threading.Barrier(2), threading.Lock()
        self._met: set[int] = set()
        self._running = 0

    def restore(self, crops):
        with self._lock:
            self._running += 1
        try:
            if threading.get_ident() not in self._met:
                self._met.add(threading.get_ident())
                self._meet.wait(30)
            if self._running > 1:
                self._meet.wait(30)
                raise DeviceMemoryError("no room")
            return 255 - crops
        finally:
            with self._lock:
                self._running -= 1


def test_calls_that_lack_what_another_holds_are_made_again_one_at_a_time():
    meter, given = Meter(), crops(2)
    bounded = BoundedRestorer(HeldByTwo(), Bound("restore", 1, meter))
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(bounded.restore, (given[:1], given[1:])))
    assert np.array_equal(np.concatenate(made), 255 - given)
    assert meter.lap().calls == (Calls(stage="restore", size=1, count=2),)


def test_without_a_limit_nothing_is_halved():
    meter = Meter()
    bounded, bound = swapper(None, 16, meter)
    bounded.swap(crops(32), [SOURCE] * 32)
    assert bound.size == 16
    assert meter.lap().calls == (Calls(stage="swap", size=16, count=2),)


def test_errors_of_another_kind_are_not_taken_for_a_lack_of_memory():
    bounded, bound = swapper(None, 8)
    with pytest.raises(AssertionError):
        bounded.swap(crops(4), [])
    assert bound.size == 8


def test_no_crops_are_no_call():
    meter = Meter()
    bounded, _ = swapper(None, 8, meter)
    assert bounded.swap(np.empty((0, SIDE, SIDE, 3), np.uint8), []).shape == (0, SIDE, SIDE, 3)
    assert meter.lap().calls == ()


class Scarce:
    """Has memory for three crops at a time; tells each crop by its first sample."""

    size = SIDE

    def __init__(self):
        self.calls = []

    def embed(self, crops):
        self.calls.append(len(crops))
        if len(crops) > 3:
            raise DeviceMemoryError("no room")
        return crops[:, 0, 0].astype(np.float32)

    features = embed

    def visible(self, crops):
        return self.embed(crops)[:, :1, None] * np.ones((SIDE, SIDE), np.float32)


def test_recogniser_and_occluder_are_halved_alike():
    given, meter = crops(10), Meter()
    tells, finds = Scarce(), Scarce()
    embedded = BoundedRecogniser(tells, Bound("recognise", 8, meter)).embed(given)
    seen = BoundedOccluder(finds, Bound("occlude", 8, meter)).visible(given)
    assert np.array_equal(embedded, given[:, 0, 0])
    assert np.array_equal(seen[:, 0, 0], given[:, 0, 0, 0])
    assert tells.calls == finds.calls == [8, 4, 2, 2, 2, 2, 2]
    usage = meter.lap()
    assert usage.halvings == 4
    assert usage.calls == (Calls(stage="occlude", size=2, count=5), Calls(stage="recognise", size=2, count=5))


def test_neither_is_bothered_with_no_crops():
    none, meter = np.empty((0, SIDE, SIDE, 3), np.uint8), Meter()
    assert BoundedRecogniser(Scarce(), Bound("recognise", 8, meter)).embed(none).shape == (0, 3)
    assert len(BoundedOccluder(Scarce(), Bound("occlude", 8, meter)).visible(none)) == 0
    assert meter.lap().calls == ()


def test_each_call_is_a_sign_of_life():
    """A picture of a crowd is one frame, and may take longer than a worker's patience."""
    alive: list[None] = []
    bound = Bound("restore", 4, Meter(), alive=lambda: alive.append(None))
    bound.parts(9, lambda part: part)
    assert len(alive) == 3
