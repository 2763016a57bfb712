"""Older rule lists become policies that mean the same, or are refused."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.policy.load import parse_policy
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.spec.problems import SpecError
from support.policies import AWS, GCP, PRIVATE, inventory

POOLS = inventory(PRIVATE, AWS, GCP)
older_rules = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.sampled_from(["low", "medium", "normal", "high", "urgent"]),
        "data_sensitivity": st.sampled_from(["low", "medium", "high"]),
        "use_cloud": st.booleans(),
        "cloud_provider": st.sampled_from(["aws", "gcp", "azure"]),
        "instance_type": st.sampled_from(["g4dn.xlarge", "g2-standard-8"]),
        "region": st.sampled_from(["eu-central-1", "us-east-1"]),
    },
)


def names_a_pool(rule: dict[str, Any]) -> bool:
    return any(
        all(
            rule.get(older, getattr(pool, today) if older == "region" else None) == getattr(pool, today)
            for older, today in (
                ("cloud_provider", "provider"),
                ("instance_type", "instance_type"),
                ("region", "region"),
            )
        )
        for pool in POOLS.pools
        if pool.provider
    )


@given(st.lists(older_rules, max_size=5))
def test_a_list_is_read_where_every_cloud_rule_names_a_pool_and_is_for_work_that_may_go_there(rules):
    clouds = [rule for rule in rules if rule.get("use_cloud")]
    can_be = all(names_a_pool(rule) for rule in clouds)
    try:
        policy = parse_policy(json.dumps({"task_rules": rules}).encode(), "x", POOLS)
    except SpecError:
        assert not can_be or any(rule.get("data_sensitivity") == "high" for rule in clouds)
        return
    assert can_be
    assert len(policy.rules) == len(rules)
    for old, new in zip(rules, policy.rules, strict=True):
        assert (new.place == ("private",)) == (not old.get("use_cloud"))
        if new.place != ("private",):
            assert new.when.sensitivity is not None
            assert Sensitivity.RESTRICTED not in new.when.sensitivity or old.get("data_sensitivity") == "high"
