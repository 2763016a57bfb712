"""Policies against the inventory that they speak of."""

from __future__ import annotations

import pytest

from hybridface_operator.policy.validate import problems, warnings
from support.policies import AWS, PRIVATE, inventory, policy

INVENTORY = inventory()
STRANDED = (
    "restricted jobs can match this rule and it offers cloud pools only; "
    "add a private pool, or `sensitivity: [public, internal]` to its `when`"
)


def said(found) -> list[str]:
    return [str(problem) for problem in found]


def test_a_sound_policy_has_no_problems_and_no_warnings():
    sound = policy(
        {"when": {"sensitivity": ["restricted"]}},
        {"when": {"priority": ["urgent"]}, "place": ["aws-spot", "private"]},
        pools={"aws-spot": {"maxGpus": 64, "maxPricePerGpuHour": "0.35"}},
    )
    assert (problems(sound, INVENTORY), warnings(sound, INVENTORY)) == ([], [])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            policy({"place": ["aws-spt", "private"]}),
            'rules[0].place[0]: the inventory has no pool "aws-spt"; did you mean "aws-spot"?',
        ),
        (policy({"place": ["private", "private"]}), 'rules[0].place[1]: "private" stands there twice'),
        (
            policy({"name": "a", "when": {"priority": ["low"]}}, {"name": "a"}),
            'rules[1].name: "a" is also the name of rules[0]',
        ),
        (policy({"name": "default"}), 'rules[0].name: "default" is what a decision says where no rule matched'),
        (
            policy(default={"place": ["aws-spot"]}),
            "default.place: restricted jobs that no rule is for need a private pool; private pools: private",
        ),
        (
            policy(pools={"azure": {}}),
            'pools.azure: the inventory has no pool "azure"; known here: private, aws-spot, gcp-spot',
        ),
        (
            policy(pools={"aws-spot": {"maxGpus": 65}}),
            "pools.aws-spot.maxGpus: 65 is above the inventory's 64; a cap may only tighten it",
        ),
        (policy({"place": ["aws-spot", "gcp-spot"]}), f"rules[0].place: {STRANDED}"),
        (
            policy({"when": {"sensitivity": ["internal", "restricted"]}, "place": ["aws-spot"]}),
            f"rules[0].place: {STRANDED}",
        ),
    ],
)
def test_what_may_not_come_into_force(written, message):
    assert said(problems(written, INVENTORY)) == [message]


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("priceMaxAge", "0s", "must be at least 1s, found 0s: no quote would be fresh enough"),
        ("priceMaxAge", "169h", "must be at most 168h, found 169h: a spot price of last week proves nothing"),
        ("dwell", "25h", "must be at most 24h, found 25h: running work would stay for a day where it may not be"),
        (
            "unscheduledTimeout",
            "9s",
            "must be at least 10s, found 9s: a pod needs some seconds to find a node even where one is free",
        ),
        (
            "unscheduledTimeout",
            "24h1s",
            "must be at most 24h, found 24h1s: a pool without nodes would hold its work for a day",
        ),
        (
            "breakerCooldown",
            "0s",
            "must be at least 10s, found 0s: a pool without nodes would be tried without a pause",
        ),
        (
            "breakerCooldown",
            "48h",
            "must be at most 24h, found 48h: it doubles with each trip, so that one bad hour would cost weeks",
        ),
    ],
)
def test_absurd_limits_are_refused_with_the_reason(limit, value, message):
    assert said(problems(policy(limits={limit: value}), INVENTORY)) == [f"limits.{limit}: {message}"]


@pytest.mark.parametrize(("limit", "value"), [("dwell", "0s"), ("priceMaxAge", "168h"), ("unscheduledTimeout", "10s")])
def test_limits_at_the_edge_are_accepted(limit, value):
    assert problems(policy(limits={limit: value}), INVENTORY) == []


def test_a_pool_may_be_switched_off_and_a_cap_be_equal():
    assert problems(policy(pools={"aws-spot": {"maxGpus": 0}, "gcp-spot": {"maxGpus": 64}}), INVENTORY) == []


def test_cloud_only_is_fine_where_restricted_work_was_taken_before():
    taken = {"when": {"sensitivity": ["restricted"]}}
    assert problems(policy(taken, {"place": ["aws-spot"]}), INVENTORY) == []


def test_restricted_work_of_one_priority_is_not_taken_by_a_rule_for_another():
    other = {"when": {"sensitivity": ["restricted"], "priority": ["low"]}}
    assert said(problems(policy(other, {"place": ["aws-spot"]}), INVENTORY)) == [f"rules[1].place: {STRANDED}"]


def test_an_unknown_pool_is_not_also_taken_for_a_cloud():
    assert len(problems(policy({"place": ["privat"]}), INVENTORY)) == 1


def test_all_problems_are_told_at_once_in_the_order_of_the_fields():
    bad = policy({"place": ["x", "private"]}, pools={"y": {}}, limits={"priceMaxAge": "0s"})
    assert [problem.location for problem in problems(bad, INVENTORY)] == [
        ("rules", 0, "place", 0),
        ("pools", "y"),
        ("limits", "priceMaxAge"),
    ]


def test_a_rule_that_never_matches_is_a_warning():
    shadowed = policy({"name": "all"}, {"name": "late", "when": {"priority": ["low"]}})
    assert problems(shadowed, INVENTORY) == []
    assert said(warnings(shadowed, INVENTORY)) == [
        'rules[1]: "late" never matches: rules before it take every job that it is for'
    ]


def test_a_cap_below_a_fixed_price_is_a_warning():
    priced, offers = inventory(PRIVATE, AWS | {"pricePerGpuHour": "0.50"}), {"place": ["aws-spot", "private"]}
    assert said(warnings(policy(offers, pools={"aws-spot": {"maxPricePerGpuHour": "0.35"}}), priced)) == [
        (
            "pools.aws-spot.maxPricePerGpuHour: the pool is never used: "
            "the inventory prices it at 0.50, above this cap of 0.35"
        )
    ]
    assert warnings(policy(offers, pools={"aws-spot": {"maxPricePerGpuHour": "0.50"}}), priced) == []


def test_a_cap_of_a_pool_that_no_rule_offers_is_a_warning():
    idle = policy(pools={"aws-spot": {"maxGpus": 8}})
    assert problems(idle, INVENTORY) == []
    assert said(warnings(idle, INVENTORY)) == ["pools.aws-spot: no rule offers the pool: its cap says nothing"]


@pytest.mark.parametrize("labels", [{"team": "media team"}, {"a team": "media"}])
def test_a_label_that_no_job_can_carry_is_a_warning(labels):
    never = policy({"name": "media", "when": {"labels": labels}})
    assert problems(never, INVENTORY) == []
    (warning,) = said(warnings(never, INVENTORY))
    assert '"media" never matches' in warning
    assert " team" in warning
