from __future__ import annotations

import pytest

from hybridface_worker.store.patience import Patience


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds):
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def patience(time):
    return Patience(60, clock=lambda: time.now, sleep=time.sleep, chance=lambda: 1.0)


def failing(times, error=OSError):
    left = iter([True] * times)

    def call():
        if next(left, False):
            raise error("away")
        return "worked"

    return call


def test_what_works_is_not_waited_for(patience, time):
    assert patience.insist(failing(0), lambda _: True) == "worked"
    assert time.pauses == []


def test_pauses_grow_up_to_a_bound(patience, time):
    assert patience.insist(failing(8), lambda _: True) == "worked"
    assert time.pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_patience_ends(patience, time):
    with pytest.raises(OSError, match="away"):
        patience.insist(failing(1000), lambda _: True)
    assert 50 <= time.now <= 60


def test_what_does_not_pass_is_not_tried_again(patience, time):
    with pytest.raises(OSError, match="away"):
        patience.insist(failing(1), lambda _: False)
    assert time.pauses == []


def test_chance_shortens_pauses(time):
    patience = Patience(60, clock=lambda: time.now, sleep=time.sleep, chance=lambda: 0.5)
    patience.insist(failing(2), lambda _: True)
    assert time.pauses == [0.1, 0.2]
