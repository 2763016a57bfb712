"""What chunks are told to have taken: everything, and nothing twice."""

from __future__ import annotations

import itertools

from hybridface_worker.contract.manifest import Calls, Usage
from hybridface_worker.inference.busy import Busy
from hybridface_worker.inference.session import SessionOptions, open_session
from hybridface_worker.pipeline.meter import Meter, peak_memory_bytes, total_usage
from support.convolution import convolution, feeds


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_device_is_busy_while_at_least_one_inference_runs():
    clock = Clock()
    busy = Busy(clock)
    with busy:
        clock.seconds = 2
        with busy:  # as on another thread
            clock.seconds = 3
        clock.seconds = 5
        assert busy.seconds == 5
    clock.seconds = 9
    with busy:
        clock.seconds = 10
    assert busy.seconds == 6


def test_laps_follow_one_another_without_a_gap():
    clock = Clock()
    busy = Busy(clock)
    meter = Meter("cuda", busy, is_gpu=True)
    with busy:
        clock.seconds = 3
        meter.called("swap", 8)
        clock.seconds = 4
        first = meter.lap()
        clock.seconds = 5
    clock.seconds = 8
    second = meter.lap()
    assert (first.elapsed, first.device_busy, first.gpu_seconds) == (4000, 4000, 4)
    assert (second.elapsed, second.device_busy, second.gpu_seconds) == (4000, 1000, 4)
    assert (first.calls, second.calls) == ((Calls(stage="swap", size=8, count=1),), ())


def test_a_device_is_never_busy_for_longer_than_passes_however_long_reading_a_clock_takes():
    passing = itertools.count()
    busy = Busy(lambda: float(next(passing)))
    meter = Meter(busy=busy)
    with busy:
        laps = [meter.lap() for _ in range(3)]
    assert all(0 < lap.device_busy <= lap.elapsed for lap in laps)


def test_processors_cost_no_gpu_seconds():
    clock = Clock()
    meter = Meter(busy=Busy(clock))
    clock.seconds = 4
    assert meter.lap().gpu_seconds == 0


def test_a_sum_adds_what_can_be_added_and_takes_the_highest_peak():
    swaps = Calls(stage="swap", size=8, count=3)
    one = Usage(devices=("cuda",), elapsed=10, device_busy=5, gpu_seconds=1, calls=(swaps,), halvings=1, peak_memory=7)
    two = Usage(devices=("cpu",), elapsed=30, device_busy=5, calls=(swaps,), peak_memory=9)
    both = Usage(
        devices=("cpu", "cuda"),
        elapsed=40,
        device_busy=10,
        gpu_seconds=1,
        calls=(Calls(stage="swap", size=8, count=6),),
        halvings=1,
        peak_memory=9,
    )
    assert total_usage([one, two]) == both
    assert total_usage([]) == Usage()


def test_a_session_tells_of_its_inferences():
    busy = Busy()
    session = open_session(convolution(), options=SessionOptions(busy=busy))
    assert busy.seconds == 0
    session.run(feeds(2))
    once = busy.seconds
    session.run(feeds(2))
    assert 0 < once < busy.seconds


def test_the_peak_is_at_least_what_is_held_now():
    held = bytearray(64 * 2**20)
    held[::4096] = b"\1" * len(held[::4096])
    assert peak_memory_bytes() > len(held)
