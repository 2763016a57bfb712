"""What Prometheus reads of how things stand."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from hybridface_operator.consul_kv.policy_state import PolicyState, Refusal
from hybridface_operator.kube.api import Kind
from hybridface_operator.kube.clock import ServerClock
from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.policy import PoolCaps
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.world import World
from hybridface_operator.routing.breakers import trip
from hybridface_operator.routing.fallback import private_only
from hybridface_worker.contract.reasons import Reason
from support.attempts import INVENTORY
from support.gauges import NOW, OFFERS_SPOT, QUOTE, gauges, value


@pytest.fixture
def metrics():
    return Metrics()


def test_every_phase_is_shown_and_a_phase_that_nobody_knows_is_pending(metrics):
    mirror = Mirror()
    for number, phase in enumerate(["Swapping", "Swapping", "Dreaming", None]):
        metadata = {"uid": str(number), "name": str(number), "namespace": "studio", "resourceVersion": "1"}
        mirror.see(Kind.FACE_SWAP_JOB, {"metadata": metadata, "status": {"phase": phase} if phase else None})
    gauges(metrics, mirror=mirror)
    assert value(metrics, "jobs", phase="Swapping") == 2
    assert value(metrics, "jobs", phase="Pending") == 2
    assert value(metrics, "jobs", phase="Failed") == 0


def test_the_policy_in_force_is_shown_by_its_digest_beside_the_refusal_of_another(metrics):
    policy = private_only(INVENTORY)
    refusal = Refusal(Reason.POLICY_REFUSED, "not JSON", NOW)
    state = PolicyState(policy, policy.digest(), 7, NOW - timedelta(minutes=5), refusal, last_contact=NOW)
    gauges(metrics, World(INVENTORY, Tenants(), policy_state=state))
    assert value(metrics, "policy_info", digest=policy.digest()) == 1
    assert value(metrics, "policy_age_seconds") == 300
    assert value(metrics, "policy_refused") == 1
    assert value(metrics, "consul_connected") == 1


def test_before_any_policy_there_is_neither_digest_nor_age(metrics):
    gauges(metrics)
    assert "hybridface_policy_info{" not in metrics.exposition().decode()
    assert value(metrics, "policy_age_seconds") is None


def test_quotes_that_are_not_believed_are_counted_whosever_they_are(metrics):
    gauges(metrics, World(INVENTORY, Tenants(), refused_quotes={"aws-spot": "NaN", "nowhere": "no such pool"}))
    assert value(metrics, "prices_refused") == 2


def test_prices_are_fixed_or_quoted_and_quotes_have_an_age(metrics):
    gauges(metrics, World(INVENTORY, Tenants(), quotes={"aws-spot": QUOTE}))
    assert value(metrics, "price_per_gpu_hour", pool="aws-spot") == 0.31
    assert value(metrics, "price_age_seconds", pool="aws-spot") == 600
    assert value(metrics, "price_per_gpu_hour", pool="private") == 0
    assert value(metrics, "price_age_seconds", pool="private") is None


@pytest.mark.parametrize(
    ("policy", "quotes", "quoted"),
    [
        (OFFERS_SPOT, {}, 0),
        (OFFERS_SPOT, {"aws-spot": QUOTE}, 1),
        (OFFERS_SPOT.model_copy(update={"pools": {"aws-spot": PoolCaps(max_gpus=0)}}), {}, None),
        (private_only(INVENTORY), {}, None),
    ],
    ids=["missing", "there", "switched-off", "not-offered"],
)
def test_that_a_price_was_never_quoted_is_told_of_pools_that_would_take_work(metrics, policy, quotes, quoted):
    state = PolicyState(policy, policy.digest(), 7, NOW)
    gauges(metrics, World(INVENTORY, Tenants(), policy_state=state, quotes=quotes))
    assert value(metrics, "price_quoted", pool="aws-spot") == quoted
    assert value(metrics, "price_quoted", pool="private") is None


def test_a_pool_is_left_alone_while_its_breaker_is_open(metrics):
    now, before = (trip(None, NOW - timedelta(days=days), private_only(INVENTORY)) for days in (0, 1))
    state = OperatorState(breakers={"aws-spot": now, "private": before})
    gauges(metrics, World(INVENTORY, Tenants(), state=state))
    assert value(metrics, "breaker_open", pool="aws-spot") == 1
    assert value(metrics, "breaker_open", pool="private") == 0


def test_one_that_waits_for_the_lease_says_that_it_does_not_lead(metrics):
    gauges(metrics, leads=False)
    assert value(metrics, "leading") == 0


def test_one_that_leads_says_so_and_how_old_its_view_is(metrics):
    gauges(metrics, lag=3, age=4)
    assert value(metrics, "leading") == 1
    assert (value(metrics, "reconcile_lag_seconds"), value(metrics, "watch_age_seconds")) == (3, 4)


def test_how_wrong_its_clock_is_is_shown_and_ages_are_by_the_right_one(metrics):
    clock = ServerClock(lambda: NOW + timedelta(minutes=10))
    clock.heard(NOW + timedelta(minutes=10), format_datetime(NOW, usegmt=True))
    gauges(metrics, World(INVENTORY, Tenants(), quotes={"aws-spot": QUOTE}), clock=clock)
    assert value(metrics, "clock_offset_seconds") == -600
    assert value(metrics, "price_age_seconds", pool="aws-spot") == 600
