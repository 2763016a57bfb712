"""What each gate says of a pool, and that they come in their order."""

from __future__ import annotations

import pytest

from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.routing.allocate import route
from hybridface_operator.routing.facts import Gate
from hybridface_operator.routing.gates import GATES
from hybridface_worker.contract.reasons import Reason
from support.routing import NOW, PRIVATE, SPOT, facts, inventory, policy, quote, request, taken, verdict

QUOTED = {"quote": quote()}
OPEN = {"trippedAt": "2026-11-01T11:55:00Z", "trips": 2, "until": "2026-11-01T12:15:00Z"}
NEAR = "2026-11-01T12:10:00Z"


def judged(pool, asked=None, caps=None, own=None, **pool_facts):
    """The verdict on one pool that the policy names first."""
    limits = policy(pool, pools={pool: caps} if caps else {})
    known = facts({"u1": own} if own else None, **{pool: pool_facts})
    return verdict(route(asked or request(), inventory(), limits, known), pool)


def test_the_gates_stand_in_the_order_of_the_enumeration():
    assert list(GATES) == list(Gate)


@pytest.mark.parametrize("phase", ["probe", "swap", "merge"])
def test_restricted_work_stays_on_private_nodes_in_every_phase(phase):
    asked = request(phase=phase, sensitivity="restricted")
    placement = route(asked, inventory(), policy("spot", "fast", "private"), facts(spot=QUOTED))
    assert set(taken(placement)) == {"private"}
    said = verdict(placement, "spot")
    assert (said.fit, said.gate, said.reason) == (False, Gate.TRUST, Reason.NOT_PRIVATE)


def test_restricted_work_waits_where_a_rule_names_only_cloud_pools():
    placement = route(request(sensitivity="restricted"), inventory(), policy("spot"), facts(spot=QUOTED))
    assert placement.shares == ()
    assert placement.waiting is not None
    assert placement.waiting.reason is Reason.NOT_PRIVATE


@pytest.mark.parametrize("sensitivity", [Sensitivity.PUBLIC, Sensitivity.INTERNAL])
def test_other_work_may_leave_home(sensitivity):
    assert judged("spot", request(sensitivity=sensitivity), **QUOTED).fit


def test_trust_is_judged_of_pools_that_no_rule_names_too():
    placement = route(request(sensitivity="restricted"), inventory(), policy(), facts())
    assert verdict(placement, "fast").reason is Reason.NOT_PRIVATE
    assert not verdict(placement, "fast").candidate


def test_a_pool_that_the_rule_does_not_name_is_no_candidate():
    said = verdict(route(request(), inventory(), policy(), facts()), "fast")
    assert (said.candidate, said.fit, said.gate, said.reason) == (False, False, None, Reason.NOT_IN_RULE)


def test_the_job_narrows_what_the_rule_offers():
    said = judged("spot", request(allowedPools=["private", "fast"]), **QUOTED)
    assert (said.gate, said.reason) == (Gate.NARROWING, Reason.NOT_ALLOWED_BY_JOB)
    assert "names private, fast" in said.message


def test_the_job_never_widens_what_the_rule_offers():
    placement = route(request(allowedPools=["fast"]), inventory(), policy("private"), facts())
    assert placement.shares == ()


def test_a_pool_that_lacks_the_plan_is_left_out():
    said = judged("fast", own={"lacksPlan": ["fast"]})
    assert (said.gate, said.reason) == (Gate.NARROWING, Reason.LACKS_PLAN)


def test_a_cloud_pool_without_any_cap_still_needs_a_price():
    said = judged("spot")
    assert (said.gate, said.reason, said.price) == (Gate.PRICE, Reason.PRICE_UNKNOWN, None)


def test_an_old_price_is_none():
    assert judged("spot", quote=quote(observedAt="2026-11-01T11:44:59Z")).reason is Reason.PRICE_TOO_OLD


@pytest.mark.parametrize(
    ("caps", "asked", "whose"),
    [
        ({"maxPricePerGpuHour": "0.30"}, {"maxPricePerGpuHour": "9"}, "policy's cap of 0.30"),
        ({"maxPricePerGpuHour": "9"}, {"maxPricePerGpuHour": "0.30"}, "job's cap of 0.30"),
    ],
)
def test_a_price_must_be_under_every_cap(caps, asked, whose):
    said = judged("spot", request(**asked), caps=caps, **QUOTED)
    assert (said.gate, said.reason) == (Gate.PRICE, Reason.PRICE_ABOVE_CAP)
    assert whose in said.message
    assert said.message.startswith("0.31 USD per GPU-hour")


def test_a_price_at_the_cap_passes():
    said = judged("spot", request(maxPricePerGpuHour="0.31"), caps={"maxPricePerGpuHour": "0.310"}, **QUOTED)
    assert (said.fit, said.price, said.price_observed_at) == (True, "0.31", NOW)


def test_a_fixed_price_is_judged_as_a_quoted_one_and_has_no_date():
    assert judged("fast", request(maxPricePerGpuHour="3.66")).reason is Reason.PRICE_ABOVE_CAP
    assert judged("fast").price_observed_at is None


@pytest.mark.parametrize("written", ["0.3", "0.30", "0.300"])
def test_a_fixed_price_is_told_as_it_is_written_whatever_was_told_before(written):
    pools = inventory(PRIVATE, {"name": "fast", "kind": "cloud", "maxGpus": 1, "pricePerGpuHour": written})
    said = verdict(route(request(), pools, policy("fast"), facts()), "fast")
    assert (said.price, f"; {written} USD" in said.message) == (written, True)


def test_a_private_pool_costs_nothing():
    assert judged("private", request(maxPricePerGpuHour="0")).price == "0"


def test_a_tripped_pool_is_left_alone_until_its_cool_down_is_over():
    said = judged("fast", breaker=OPEN)
    assert (said.gate, said.reason) == (Gate.BREAKER, Reason.BREAKER_OPEN)
    assert "2 times in a row" in said.message
    assert judged("fast", breaker=OPEN | {"until": NOW}).fit


def test_a_pool_where_the_jobs_own_jobs_made_no_pods_is_left_alone_by_it_and_by_nobody_else():
    said = judged("fast", own={"podless": {"fast": OPEN}})
    assert (said.gate, said.reason) == (Gate.BREAKER, Reason.NO_PODS)
    assert "2 times in a row" in said.message
    assert "2026-11-01T12:15:00Z" in said.message
    assert judged("fast", request(uid="u2"), own={"podless": {"fast": OPEN}}).fit
    told = judged("fast", own={"podless": {"fast": OPEN | {"said": "exceeded quota"}}})
    assert told.message.startswith("the job's Jobs could not create pods there: exceeded quota (2 times in a row")


@pytest.mark.parametrize("known", [{"freeGpus": 0}, {"reservedGpus": 4}, {"reservedGpus": 9, "freeGpus": 3}])
def test_a_full_pool_takes_nothing(known):
    said = judged("fast", **known)
    assert (said.gate, said.reason) == (Gate.CAPACITY, Reason.NO_FREE_GPUS)


@pytest.mark.parametrize("phase", ["probe", "swap", "merge"])
def test_a_pool_that_is_switched_off_takes_nothing_in_any_phase(phase):
    assert judged("fast", request(phase=phase), caps={"maxGpus": 0}).message == "it is switched off: maxGpus is 0"


@pytest.mark.parametrize("phase", ["probe", "merge"])
def test_phases_without_gpus_fit_a_full_pool(phase):
    assert judged("fast", request(phase=phase), freeGpus=0).fit


def test_phases_without_gpus_have_no_more_pods_than_the_policy_allows():
    own = {"live": [{"number": 1, "pool": "fast", "parallelism": 8}]}
    assert judged("fast", request(phase="merge"), own=own).reason is Reason.NO_FREE_GPUS


def test_a_pool_that_is_too_slow_fails_where_another_is_quick_enough():
    asked = request(deadline=NEAR, modelSet="m", frames=6000)
    known = facts(private={"rates": {"m": 2}, "backlogSeconds": 30}, fast={"rates": {"m": 20}})
    placement = route(asked, inventory(), policy("private", "fast"), known)
    said = verdict(placement, "private")
    assert (said.gate, said.reason) == (Gate.DEADLINE, Reason.TOO_SLOW)
    assert said.message == (
        "would take 13m (30s of backlog, then 6000 frames on 4 GPUs at 2 frames/s each), 10m are left"
    )
    assert set(taken(placement)) == {"fast"}


def test_a_rate_that_was_never_measured_passes():
    assert judged("private", request(deadline=NEAR, modelSet="new", frames=10**9), rates={"m": 1}).fit


def test_a_deadline_that_has_passed_hinders_nobody():
    said = judged("private", request(deadline="2026-11-01T11:59:00Z", modelSet="m", frames=10**9), rates={"m": 1})
    assert said.fit
    assert said.message.endswith("its deadline has passed: late anyway")


def test_where_no_pool_would_be_in_time_the_work_does_not_wait_for_its_deadline_to_pass():
    asked = request(deadline=NEAR, modelSet="m", frames=10**9)
    known = facts(private={"rates": {"m": 1}}, fast={"rates": {"m": 1}})
    placement = route(asked, inventory(), policy("private", "fast"), known)
    assert taken(placement) == {"private": (4, 4)}
    assert verdict(placement, "private").message.endswith("late anyway, because no pool would finish in time")


def test_the_first_gate_that_fails_is_the_one_that_is_named():
    asked = request(allowedPools=["private"], sensitivity="restricted", deadline=NEAR, modelSet="m", frames=10**9)
    everything = {"freeGpus": 0, "breaker": OPEN, "rates": {"m": 1}}
    assert judged("spot", asked, **everything).gate is Gate.TRUST
    asked = asked.model_copy(update={"sensitivity": Sensitivity.PUBLIC})
    assert judged("spot", asked, **everything).gate is Gate.NARROWING
    asked = asked.model_copy(update={"allowed_pools": None})
    assert judged("spot", asked, **everything).gate is Gate.PRICE
    assert judged("spot", asked, **everything, **QUOTED).gate is Gate.BREAKER
    assert judged("spot", asked, **QUOTED | {"freeGpus": 0, "rates": {"m": 1}}).gate is Gate.CAPACITY


def test_caps_tighten_the_inventory_and_never_widen_it():
    wide = policy("private", pools={"private": {"maxGpus": 100}})
    assert taken(route(request(shards=90), inventory(PRIVATE, SPOT), wide, facts()))["private"] == (16, 8)
    tight = policy("private", pools={"private": {"maxGpus": 3}})
    assert taken(route(request(shards=90), inventory(PRIVATE, SPOT), tight, facts()))["private"] == (6, 3)
