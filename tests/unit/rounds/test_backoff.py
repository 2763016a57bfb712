"""How long what failed waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hybridface_operator.rounds.backoff import after_failures, after_refusals


@pytest.mark.parametrize(("times", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (10_000, 300)])
def test_failures_wait_twice_as_long_each_time_and_five_minutes_at_most(times, seconds):
    assert after_failures(times) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("times", "minutes"), [(1, 1), (2, 2), (6, 32), (7, 60), (10_000, 60)])
def test_refusals_wait_from_a_minute_to_an_hour(times, minutes):
    assert after_refusals(times) == timedelta(minutes=minutes)
