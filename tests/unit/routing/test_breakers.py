"""A pool whose pods find no node is left alone, longer each time, and tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hybridface_operator.policy.types import moment
from hybridface_operator.routing.breakers import MAX_COOLDOWNS, after_success, is_open, trip
from support.routing import policy

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
POLICY = policy(limits={"breakerCooldown": "10m"})


def tripped(times):
    """A breaker that tripped again whenever its cool-down was over."""
    breaker = trip(None, NOON, POLICY)
    for _ in range(times - 1):
        breaker = trip(breaker, moment(breaker.until), POLICY)
    return breaker


def cooldown(breaker):
    return moment(breaker.until) - moment(breaker.tripped_at)


def test_it_is_open_for_its_cool_down_and_no_longer():
    breaker = trip(None, NOON, POLICY)
    assert (breaker.tripped_at, breaker.until) == ("2026-11-01T12:00:00Z", "2026-11-01T12:10:00Z")
    assert is_open(breaker, NOON + timedelta(minutes=10, microseconds=-1))
    assert not is_open(breaker, NOON + timedelta(minutes=10))
    assert not is_open(None, NOON)


def test_one_that_a_wrong_clock_tripped_in_the_future_is_not_waited_for():
    breaker = trip(None, NOON, POLICY)
    assert is_open(breaker, NOON - timedelta(seconds=60))
    assert not is_open(breaker, NOON - timedelta(seconds=61))


def test_each_trip_doubles_the_cool_down_up_to_a_limit():
    assert [cooldown(tripped(times)) / timedelta(minutes=10) for times in (1, 2, 3, 7, 8, 100)] == [
        1,
        2,
        4,
        64,
        MAX_COOLDOWNS,
        MAX_COOLDOWNS,
    ]


def test_more_pods_without_a_node_are_no_news_while_it_is_open():
    breaker = trip(None, NOON, POLICY)
    assert trip(breaker, NOON + timedelta(minutes=9), POLICY) == breaker


def test_a_pod_that_got_a_node_after_the_trip_ends_it():
    breaker = tripped(3)
    assert after_success(breaker, moment(breaker.tripped_at)) == breaker
    assert after_success(breaker, moment(breaker.tripped_at) + timedelta(seconds=1)) is None
    assert after_success(None, NOON) is None
