"""Inventories: trust zones, and what a cluster would refuse."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hybridface_operator.policy.validate_inventory import inventory_problems, inventory_warnings
from support.policies import AWS, GCP, LABEL, PRIVATE, inventory


def said(found) -> list[str]:
    return [str(problem) for problem in found]


def test_a_sound_inventory_has_no_problems_and_no_warnings():
    sound = inventory(PRIVATE | {"cpu": {"nodeSelector": {LABEL: "private"}}}, AWS | {"maxGpus": 0}, GCP)
    assert (inventory_problems(sound), inventory_warnings(sound)) == ([], [])


@pytest.mark.parametrize(
    ("pools", "message"),
    [
        ((PRIVATE, PRIVATE), 'pools[1].name: "private" is also the name of pools[0]'),
        (
            (PRIVATE | {"nodeSelector": {LABEL: "cloud"}},),
            f"pools[0].nodeSelector: a private pool selects private nodes alone: add `{LABEL}: private`",
        ),
        (
            (PRIVATE | {"cpu": {"nodeSelector": {"role": "cpu"}}},),
            f"pools[0].cpu.nodeSelector: a private pool selects private nodes alone: add `{LABEL}: private`",
        ),
        (
            (AWS | {"nodeSelector": {LABEL: "private"}},),
            f"pools[0].nodeSelector: a cloud pool may not select private nodes: take `{LABEL}: private` out",
        ),
        (
            (AWS | {"cpu": {"nodeSelector": {LABEL: "private", "role": "cpu"}}},),
            f"pools[0].cpu.nodeSelector: a cloud pool may not select private nodes: take `{LABEL}: private` out",
        ),
        (
            (AWS | {"nodeSelector": {}},),
            (
                "pools[0].nodeSelector: a cloud pool without labels would take any node, private ones too: "
                "name its labels"
            ),
        ),
        (
            (AWS | {"tolerations": [{"operator": "Equal", "value": "x"}]},),
            "pools[0].tolerations[0]: without a key `operator` has to be Exists",
        ),
        (
            (AWS | {"tolerations": [{"key": "a", "operator": "Exists", "value": "x"}]},),
            "pools[0].tolerations[0]: with `operator: Exists` there is no value to compare",
        ),
        (
            (AWS | {"tolerations": [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5}]},),
            "pools[0].tolerations[0]: `tolerationSeconds` goes with `effect: NoExecute` alone",
        ),
    ],
)
def test_what_the_operator_does_not_start_with(pools, message):
    assert said(inventory_problems(inventory(*pools))) == [message]


@pytest.mark.parametrize(
    ("pools", "message"),
    [
        (
            (AWS, AWS | {"name": "again"}),
            'pools[1].nodeSelector: the same nodes and GPUs as pool "aws-spot": they are counted twice',
        ),
        (
            (AWS | {"autoscaled": True, "queueName": "gpu"},),
            "pools[0].autoscaled: says nothing beside `queueName`: Kueue knows what is free",
        ),
        (
            (AWS | {"maxGpus": 2, "gpusPerNode": 8},),
            "pools[0].maxGpus: 2 is less than one node has (8): part of it stays idle",
        ),
    ],
)
def test_what_is_likely_a_mistake(pools, message):
    assert inventory_problems(inventory(*pools)) == []
    assert said(inventory_warnings(inventory(*pools))) == [message]


def test_slices_of_one_node_are_different_gpus():
    slices = AWS | {"name": "slices", "gpuResource": "nvidia.com/mig-1g.10gb"}
    assert inventory_warnings(inventory(AWS, slices)) == []


def test_a_private_pool_costs_nothing_and_a_cloud_pool_what_is_quoted():
    private, cloud = inventory(PRIVATE, AWS).pools
    assert (private.fixed_price, cloud.fixed_price) == (Decimal(0), None)
