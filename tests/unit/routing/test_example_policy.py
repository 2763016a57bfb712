"""The routing table that `policies/` promises, at noon of an ordinary day."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridface_operator.explaining.scene import load_facts
from hybridface_operator.policy.load import load_inventory, load_policy
from hybridface_operator.routing.allocate import route
from hybridface_worker.contract.reasons import Reason
from support.routing import quote, request, taken, verdict

POLICIES = Path(__file__).parents[3] / "policies"
INVENTORY = load_inventory(POLICIES / "inventory.yaml")
POLICY = load_policy(POLICIES / "policy.yaml", INVENTORY)
FACTS = load_facts(POLICIES / "facts.yaml", INVENTORY)
CAMPAIGN = {"labels": {"hybridface.dev/campaign": "true"}}
URGENT = {"deadline": "2026-11-01T12:04:00Z"}


def with_facts(pool, **changes):
    """The example's facts, but for those of one pool."""
    changed = FACTS.pools[pool].model_validate(FACTS.pools[pool].model_dump() | changes)
    return FACTS.model_copy(update={"pools": FACTS.pools | {pool: changed}})


def placed(known=FACTS, **asked):
    return route(request(**asked), INVENTORY, POLICY, known)


@pytest.mark.parametrize(
    ("asked", "rule", "pools"),
    [
        ({}, "default", ["private"]),
        (CAMPAIGN, "campaign", ["aws-spot"]),
        ({"sensitivity": "restricted"}, "portraits-stay-home", ["private"]),
        ({"sensitivity": "restricted"} | CAMPAIGN | URGENT, "portraits-stay-home", ["private"]),
        (URGENT, "urgent", ["azure-low-latency"]),
    ],
)
def test_each_kind_of_job_goes_where_the_table_says(asked, rule, pools):
    placement = placed(**asked)
    assert (placement.rule, list(taken(placement))) == (rule, pools)


def test_a_campaign_comes_home_where_spot_is_above_its_cap():
    dear = quote("0.36", observedAt="2026-11-01T11:55:00Z")
    placement = placed(with_facts("aws-spot", quote=dear), **CAMPAIGN)
    assert list(taken(placement)) == ["private"]
    assert verdict(placement, "aws-spot").reason is Reason.PRICE_ABOVE_CAP


def test_what_a_full_private_pool_cannot_take_goes_to_the_next_cloud_pool():
    full = with_facts("private", free_gpus=0, backlog_seconds=601.0)
    placement = placed(full)
    assert (placement.rule, list(taken(placement))) == ("private-is-full", ["aws-spot"])


def test_portraits_wait_for_a_full_private_pool():
    full = with_facts("private", free_gpus=0, backlog_seconds=601.0)
    placement = placed(full, sensitivity="restricted")
    assert placement.shares == ()
    assert placement.waiting is not None
    assert placement.waiting.message == "private: none of its 16 GPUs is free"
