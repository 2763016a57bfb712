"""When running work leaves its pool, and when it stays."""

from __future__ import annotations

import pytest

from hybridface_operator.routing.allocate import route
from support.routing import NOW, facts, inventory, policy, quote, request

LONG_AGO, LATELY = "2026-11-01T11:55:00Z", "2026-11-01T11:55:01Z"
DEAR, CHEAP = {"quote": quote("0.50")}, {"quote": quote("0.30")}
CAPPED = policy("spot", pools={"spot": {"maxPricePerGpuHour": "0.40"}})
OPEN = {"breaker": {"trippedAt": LONG_AGO, "trips": 1, "until": "2026-11-01T12:05:00Z"}}


def judged(limits, asked=None, pool="spot", since=None, lacks=(), **pools):
    """The decision on a job that has one attempt running in a pool, and nothing waiting."""
    own = {
        "live": [{"number": 7, "pool": pool, "parallelism": 2}],
        "failingSince": {pool: since} if since else {},
        "lacksPlan": lacks,
    }
    asked = asked or request(shards=0, frames=0)
    return route(asked, inventory(), limits, facts({"u1": own}, **pools))


def test_work_stays_where_its_pool_passes():
    placement = judged(CAPPED, spot=CHEAP)
    assert (placement.leave, placement.failing_since) == ((), {})


def test_a_price_above_its_cap_is_noted_and_moves_nothing_at_first():
    placement = judged(CAPPED, spot=DEAR)
    assert (placement.leave, placement.failing_since) == ((), {"spot": {"price": NOW}})


def test_since_when_it_fails_is_carried_on():
    placement = judged(CAPPED, since={"price": LATELY}, spot=DEAR)
    assert (placement.leave, placement.failing_since) == ((), {"spot": {"price": LATELY}})


def test_what_has_failed_since_the_future_by_a_wrong_clock_fails_since_now():
    placement = judged(CAPPED, since={"price": "2027-11-01T12:00:00Z"}, spot=DEAR)
    assert (placement.leave, placement.failing_since) == ((), {"spot": {"price": NOW}})


def test_a_price_that_passes_again_starts_from_nothing():
    assert judged(CAPPED, since={"price": LONG_AGO}, spot=CHEAP).failing_since == {}


@pytest.mark.parametrize("spot", [DEAR, {}, {"quote": quote(observedAt="2026-11-01T10:00:00Z")}])
def test_a_price_above_its_cap_or_unknown_for_long_moves_work_also_where_nothing_else_fits(spot):
    assert judged(CAPPED, since={"price": LONG_AGO}, spot=spot).leave == (7,)


def test_a_full_pool_moves_nothing():
    placement = judged(policy("spot", "fast"), spot=CHEAP | {"freeGpus": 0, "reservedGpus": 64})
    assert (placement.leave, placement.failing_since) == ((), {})


def test_a_tripped_pool_loses_its_work_only_to_one_that_fits():
    since = {"breaker": LONG_AGO}
    assert judged(policy("spot"), since=since, spot=CHEAP | OPEN).leave == ()
    assert judged(policy("spot", "fast"), since=since, spot=CHEAP | OPEN).leave == (7,)


def test_a_pool_that_is_too_slow_loses_its_work_only_to_one_that_is_in_time():
    asked = request(shards=0, frames=0, deadline="2026-11-01T12:10:00Z", modelSet="m")
    slow = CHEAP | {"rates": {"m": 1}, "backlogSeconds": 3600}
    since = {"deadline": LONG_AGO}
    assert judged(policy("spot", "fast"), asked, since=since, spot=slow).leave == (7,)
    assert judged(policy("spot", "fast"), asked, since=since, spot=slow, fast=slow).leave == ()


def test_a_gate_behind_a_full_pool_is_still_watched():
    asked = request(shards=0, frames=0, deadline="2026-11-01T12:10:00Z", modelSet="m")
    slow = CHEAP | {"rates": {"m": 1}, "backlogSeconds": 3600, "freeGpus": 0}
    assert judged(policy("spot"), asked, spot=slow).failing_since == {"spot": {"deadline": NOW}}


@pytest.mark.parametrize("asked", [{"sensitivity": "restricted"}, {"allowedPools": ["private"]}])
def test_work_that_must_not_be_there_leaves_at_once(asked):
    assert judged(policy("spot"), request(shards=0, **asked), spot=CHEAP).leave == (7,)


def test_work_leaves_a_pool_that_lacks_its_plan_at_once():
    assert judged(policy("spot"), lacks=["spot"], spot=CHEAP).leave == (7,)


def test_work_leaves_a_pool_that_the_inventory_no_longer_has():
    assert judged(policy("spot"), pool="gone", spot=CHEAP).leave == (7,)


def test_an_edited_rule_moves_no_running_work():
    assert judged(policy("private"), spot=CHEAP).leave == ()
