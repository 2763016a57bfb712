"""Breakers: a pool whose pods find no node is left alone for a while, and longer each time it happens again."""

from __future__ import annotations

from datetime import datetime, timedelta

from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import CLOCK_SKEW
from hybridface_operator.policy.types import moment, written
from hybridface_operator.spec.types import seconds

from .facts import Breaker

MAX_COOLDOWNS = 64
"""A stockout of days is looked at again now and then: the cool-down grows no further than this many first ones."""


def is_open(breaker: Breaker | None, now: datetime) -> bool:
    """Whether the pool is left alone. It is tried again from `until` on, and the breaker kept in case that fails.

    One that tripped in the future was written by a clock that was wrong: who believed it would wait for that time.
    """
    return breaker is not None and moment(breaker.tripped_at) - CLOCK_SKEW <= now < moment(breaker.until)


def trip(breaker: Breaker | None, now: datetime, policy: Policy) -> Breaker:
    """The breaker after pods of the pool found no node; while it is open, others that find none are no news."""
    if breaker is not None and is_open(breaker, now):
        return breaker
    trips = breaker.trips + 1 if breaker else 1
    cooldowns = min(2 ** min(trips - 1, MAX_COOLDOWNS), MAX_COOLDOWNS)
    until = now + timedelta(seconds=seconds(policy.limits.breaker_cooldown) * cooldowns)
    return Breaker(tripped_at=written(now), trips=trips, until=written(until))


def after_success(breaker: Breaker | None, scheduled_at: datetime) -> Breaker | None:
    """The breaker after a pod of the pool got its node: gone, unless that was before it tripped."""
    if breaker is not None and scheduled_at <= moment(breaker.tripped_at):
        return breaker
    return None
