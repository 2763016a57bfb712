"""The rule list of older deployments."""

from __future__ import annotations

import json

import pytest

from hybridface_operator.policy.load import parse_policy
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.spec.problems import SpecError
from support.policies import AWS, GCP, PRIVATE, inventory

PUBLIC, INTERNAL, RESTRICTED = Sensitivity
CLOUD = {"use_cloud": True, "cloud_provider": "aws", "instance_type": "g4dn.xlarge"}
AWS_NORTH = AWS | {"name": "aws-north", "region": "eu-north-1", "nodeSelector": {"pool": "aws-north"}}
POOLS = inventory(PRIVATE, AWS, AWS_NORTH, GCP)


def read(*rules, pools=POOLS):
    return parse_policy(json.dumps({"task_rules": rules}).encode(), "old", pools)


def said(*rules, pools=POOLS) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(*rules, pools=pools)
    return str(caught.value).splitlines()


def test_an_older_rule_is_a_rule():
    (rule,) = read({"priority": "high", "data_sensitivity": "low", **CLOUD, "region": "eu-central-1"}).rules
    assert (rule.name, rule.place) == ("task-rule-1", ("aws-spot",))
    assert (rule.when.sensitivity, rule.when.priority) == ((PUBLIC,), ("high",))


@pytest.mark.parametrize(("older", "today"), [("low", PUBLIC), ("medium", INTERNAL), ("high", RESTRICTED)])
def test_sensitivities_have_todays_names(older, today):
    assert read({"data_sensitivity": older}).rules[0].when.sensitivity == (today,)


@pytest.mark.parametrize(
    ("older", "today"),
    [("low", "low"), ("medium", "normal"), ("normal", "normal"), ("high", "high"), ("urgent", "urgent")],
)
def test_priorities_have_todays_names(older, today):
    assert read({"priority": older}).rules[0].when.priority == (today,)


def test_without_the_cloud_and_by_default_work_goes_to_private_pools():
    second = PRIVATE | {"name": "second", "nodeSelector": {**PRIVATE["nodeSelector"], "row": "2"}}
    policy = read({"use_cloud": False}, pools=inventory(PRIVATE, AWS, second))
    assert policy.rules[0].place == policy.default.place == ("private", "second")


def test_without_a_region_every_pool_of_that_type_is_meant():
    assert read(CLOUD).rules[0].place == ("aws-spot", "aws-north")


def test_provider_and_type_are_compared_without_case():
    shouted = CLOUD | {"cloud_provider": "AWS", "instance_type": "G4DN.xlarge"}
    assert read(shouted).rules[0].place == ("aws-spot", "aws-north")


def test_a_cloud_rule_without_sensitivity_is_not_for_restricted_work():
    assert read(CLOUD).rules[0].when.sensitivity == (PUBLIC, INTERNAL)


def test_a_cloud_rule_for_restricted_work_is_refused():
    assert said({"data_sensitivity": "high"} | CLOUD) == [
        (
            "old: task_rules[0]: restricted jobs can match this rule and it offers cloud pools only; "
            "add a private pool, or `sensitivity: [public, internal]` to its `when`"
        )
    ]


def test_an_unknown_pool_is_told_which_there_are():
    assert said({"use_cloud": False}, CLOUD | {"instance_type": "g5.xlarge"}) == [
        (
            "old: task_rules[1].instance_type: no pool of the inventory is aws g5.xlarge; it has "
            "aws g4dn.xlarge (aws-spot, eu-central-1), aws g4dn.xlarge (aws-north, eu-north-1), "
            "gcp g2-standard-8 (gcp-spot, eu-central-1)"
        )
    ]
    (message,) = said(CLOUD | {"region": "us-east-1"})
    assert "no pool of the inventory is aws g4dn.xlarge in us-east-1; it has" in message


def test_a_cloud_rule_names_a_pool():
    assert said({"use_cloud": True, "cloud_provider": "aws"}) == [
        "old: task_rules[0].instance_type: is required with use_cloud: true"
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"use_clud": True}, 'old: task_rules[0].use_clud: unknown field; did you mean "use_cloud"?'),
        ({"use_cloud": "yes"}, 'old: task_rules[0].use_cloud: must be true or false, found "yes"'),
        (
            {"priority": "asap"},
            ("old: task_rules[0].priority: must be 'low', 'medium', 'normal', 'high' or 'urgent', found \"asap\""),
        ),
    ],
)
def test_a_bad_rule_is_named(rule, message):
    assert said(rule) == [message]


def test_an_inventory_without_private_pools_has_no_place_for_the_rest():
    assert said(CLOUD, pools=inventory(AWS)) == [
        "old: task_rules: goes to private pools by default, and the inventory has none"
    ]
