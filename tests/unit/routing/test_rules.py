"""Which rule is for a job."""

from __future__ import annotations

from typing import Any

import pytest

from hybridface_operator.policy.policy import DEFAULT_RULE
from hybridface_operator.routing.allocate import route
from support.routing import FAST, PRIVATE, SPOT, facts, inventory, policy, request

BUSY = {"backlogSeconds": 601}
OPEN = {"trippedAt": "2026-11-01T11:55:00Z", "trips": 1, "until": "2026-11-01T12:05:00Z"}


def matches(when, asked=None, known=None, pools=(PRIVATE, SPOT)):
    rules = policy(rules=[{"name": "it", "when": when, "place": ["private"]}])
    return route(asked or request(), inventory(*pools), rules, known or facts()).rule == "it"


@pytest.mark.parametrize(
    ("when", "other"),
    [
        ({"sensitivity": ["internal", "public"]}, {"sensitivity": "restricted"}),
        ({"priority": ["normal"]}, {"priority": "urgent"}),
        ({"namespaces": ["studio"]}, {"job": {"namespace": "other", "name": "j", "uid": "u1"}}),
        ({"labels": {"a": "1"}}, {"labels": {"a": "2"}}),
        ({"timeLeftBelow": "5m"}, {"deadline": "2026-11-01T12:05:00Z"}),
    ],
)
def test_each_condition_tells_jobs_apart(when, other):
    mine: dict[str, Any] = {"labels": {"a": "1", "b": "2"}, "deadline": "2026-11-01T12:04:59Z"}
    assert matches(when, request(**mine))
    assert not matches(when, request(**mine | other))


def test_all_conditions_must_hold():
    when = {"priority": ["normal"], "namespaces": ["other"]}
    assert not matches(when)


def test_a_rule_without_conditions_is_for_every_job():
    assert matches({})


def test_a_job_without_a_deadline_is_never_short_of_time():
    assert not matches({"timeLeftBelow": "9999h"})


def test_a_deadline_that_has_passed_is_short_of_time():
    assert matches({"timeLeftBelow": "1s"}, request(deadline="2026-11-01T11:00:00Z"))


def test_the_private_backlog_is_that_of_the_least_busy_pool():
    when, second = {"privateBacklogAbove": "10m"}, PRIVATE | {"name": "second"}
    assert matches(when, known=facts(private=BUSY))
    assert not matches(when, known=facts(private={"backlogSeconds": 600}))
    assert not matches(when, known=facts(private=BUSY), pools=(PRIVATE, second))
    assert matches(when, known=facts(private=BUSY, second=BUSY), pools=(PRIVATE, second))


@pytest.mark.parametrize("second", [{"maxGpus": 0}, {}])
def test_a_private_pool_that_is_switched_off_or_tripped_is_no_relief(second):
    pools = (PRIVATE, PRIVATE | {"name": "second"} | second)
    known = facts(private=BUSY, second={} if second else {"breaker": OPEN})
    assert matches({"privateBacklogAbove": "10m"}, known=known, pools=pools)


def test_without_private_pools_the_backlog_is_endless():
    assert matches({"privateBacklogAbove": "10m"}, pools=(SPOT, FAST))


def test_the_first_rule_that_holds_decides():
    rules = [{"name": name, "place": [pool]} for name, pool in (("one", "fast"), ("two", "private"))]
    placement = route(request(), inventory(), policy(rules=rules), facts())
    assert (placement.rule, placement.shares[0].pool) == ("one", "fast")


def test_where_no_rule_holds_the_default_decides():
    rules = [{"name": "one", "when": {"priority": ["low"]}, "place": ["fast"]}]
    placement = route(request(), inventory(), policy(rules=rules), facts())
    assert (placement.rule, placement.shares[0].pool) == (DEFAULT_RULE, "private")


def test_pools_that_the_inventory_does_not_have_are_passed_over():
    placement = route(request(), inventory(), policy("gone", "fast", "fast"), facts())
    assert [verdict.pool for verdict in placement.verdicts] == ["fast", "private", "spot"]
    assert [share.pool for share in placement.shares] == ["fast"]
