"""Who comes first, how work spills over several pools, and what is left waiting."""

from __future__ import annotations

import pytest

from hybridface_operator.routing.allocate import allocate, route
from hybridface_operator.routing.fallback import private_only
from hybridface_worker.contract.reasons import Reason
from support.routing import FAST, PRIVATE, SPOT, facts, inventory, policy, quote, request, taken, verdict

EVERYWHERE = policy("private", "spot", "fast")
QUOTED = {"quote": quote()}


def order(*requests):
    return [decided.request.job.uid for decided in allocate(requests, inventory(), policy(), facts())]


def test_urgent_work_is_served_first():
    assert order(*(request(name, priority=name) for name in ("low", "urgent", "normal", "high"))) == [
        "urgent",
        "high",
        "normal",
        "low",
    ]


def test_of_one_priority_the_earliest_deadline_is_served_first_and_none_last():
    late, soon = request("late", deadline="2026-11-01T14:00:00Z"), request("soon", deadline="2026-11-01T14:00:00+01:00")
    assert order(request("never"), late, soon) == ["soon", "late", "never"]


def test_of_equal_jobs_the_older_is_served_first_and_then_uids_decide():
    old = request("z", created="2026-11-01T10:59:59Z")
    assert order(request("b"), request("a"), old) == ["z", "a", "b"]


def test_a_pool_takes_as_many_pods_as_it_has_gpus_and_twice_as_many_shards():
    placement = route(request(shards=100), inventory(), policy("fast"), facts())
    assert taken(placement) == {"fast": (8, 4)}


def test_few_shards_need_few_gpus():
    assert taken(route(request(shards=3), inventory(), policy("fast"), facts())) == {"fast": (3, 3)}
    assert taken(route(request(shards=5), inventory(), policy("fast"), facts())) == {"fast": (5, 4)}


def test_what_is_left_goes_to_the_next_pools_at_the_same_time():
    known = facts(private={"freeGpus": 2}, spot=QUOTED | {"reservedGpus": 61})
    placement = route(request(shards=40), inventory(), EVERYWHERE, known)
    assert taken(placement) == {"private": (4, 2), "spot": (6, 3), "fast": (8, 4)}
    assert placement.waiting is not None
    assert (placement.waiting.shards, placement.waiting.reason) == (22, Reason.NO_FREE_GPUS)
    assert placement.waiting.message == "more free GPUs of private, spot, fast"


def test_nothing_waits_where_everything_found_a_place():
    assert route(request(), inventory(), EVERYWHERE, facts()).waiting is None


def test_it_waits_for_the_pool_that_is_nearest_to_fitting():
    known = facts(private={"freeGpus": 0})
    waiting = route(request(), inventory(), policy("spot", "private"), known).waiting
    assert waiting is not None
    assert (waiting.reason, waiting.message) == (Reason.NO_FREE_GPUS, "private: none of its 8 GPUs is free")


def test_without_any_pool_it_waits_for_the_rule():
    waiting = route(request(), inventory(), policy("gone"), facts()).waiting
    assert waiting is not None
    assert waiting.reason is Reason.NOT_IN_RULE


def test_what_one_job_was_given_the_next_does_not_find():
    first, second, third = allocate(
        [request(name, shards=10) for name in ("a", "b", "c")],
        inventory(PRIVATE | {"maxGpus": 6}, FAST),
        policy("private", "fast"),
        facts(private={"freeGpus": 5}),
    )
    assert taken(first.placement) == {"private": (10, 5)}
    assert taken(second.placement) == {"fast": (8, 4)}
    assert taken(third.placement) == {}
    assert third.facts.pools["private"].free_gpus == 0
    assert third.facts.pools["private"].reserved_gpus == 5
    assert third.facts.pools["fast"].reserved_gpus == 4


def test_the_facts_of_a_turn_are_those_of_its_job_alone():
    jobs = {name: {"cost": "1.5"} for name in ("a", "b")}
    decided = allocate([request("a"), request("c")], inventory(), policy(), facts(jobs))
    assert [set(each.facts.jobs) for each in decided] == [{"a"}, set()]


def test_a_request_for_nothing_gets_verdicts_alone():
    placement = route(request(shards=0, frames=0), inventory(), EVERYWHERE, facts())
    assert (placement.shares, placement.waiting) == ((), None)
    assert len(placement.verdicts) == 3


@pytest.mark.parametrize("phase", ["probe", "merge"])
def test_phases_without_gpus_go_to_one_pool_and_take_no_gpu(phase):
    tight = policy("fast", "private", limits={"maxCpuPods": 5})
    first, second = allocate([request("a", phase=phase, shards=20), request("b")], inventory(), tight, facts())
    assert taken(first.placement) == {"fast": (20, 5)}
    assert verdict(second.placement, "fast").message.startswith("4 of 4 GPUs free")


def test_no_policy_means_private_pools_only():
    where = inventory(SPOT, PRIVATE, FAST)
    placement = route(request(shards=100), where, private_only(where), facts(spot=QUOTED))
    assert set(taken(placement)) == {"private"}


def test_no_policy_and_no_private_pool_mean_nowhere():
    where = inventory(SPOT, FAST)
    placement = route(request(), where, private_only(where), facts(spot=QUOTED))
    assert placement.shares == ()
    assert verdict(placement, "spot").message == "it is switched off: maxGpus is 0"
