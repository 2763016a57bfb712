"""What nodes can still take."""

from __future__ import annotations

from typing import Any

import pytest

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.rounds.capacity import closed_pools, free_gpus, held_gpus
from hybridface_operator.spec.labels import UID
from support.estate_documents import GPU, INVENTORY, node, node_status

POOLS = Inventory.model_validate(INVENTORY)


def a_node(name: str = "n", pool: str = "private", gpus: int = 2, **spec: Any) -> dict[str, Any]:
    return {"spec": spec, **node(name, pool), **node_status(gpus)}


def test_free_are_the_gpus_of_ready_nodes_that_nobody_asked_for():
    nodes = [a_node(), a_node("m", gpus=3), a_node("spot", "aws-spot", 4)]
    assert free_gpus(POOLS, nodes, {("m", GPU): 1}, {"private": 3}) == {"private": 1, "aws-spot": 4}


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"unschedulable": True}, id="cordoned"),
        pytest.param({"taints": [{"key": "x", "effect": "NoExecute"}]}, id="reclaimed"),
        pytest.param({"taints": [{"key": "x", "effect": "NoSchedule"}]}, id="about to be removed"),
    ],
)
def test_a_node_that_takes_no_pods_has_nothing_free(spec):
    assert free_gpus(POOLS, [a_node(**spec)], {}, {})["private"] == 0


def tolerant(*tolerations: dict[str, Any]) -> Inventory:
    """A private pool whose pods tolerate that."""
    return Inventory.model_validate({**INVENTORY, "pools": [INVENTORY["pools"][0] | {"tolerations": tolerations}]})


@pytest.mark.parametrize(
    ("toleration", "free"),
    [
        ({"key": "dedicated", "value": "gpu"}, 2),
        ({"key": "dedicated", "value": "gpu", "effect": "NoExecute"}, 2),
        ({"key": "dedicated", "operator": "Exists"}, 2),
        ({"operator": "Exists"}, 2),
        ({"key": "dedicated", "value": "cpu"}, 0),
        ({"key": "dedicated"}, 0),
        ({"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}, 0),
        ({"key": "other", "operator": "Exists"}, 0),
        ({"key": "dedicated", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}, 0),
    ],
)
def test_a_taint_that_the_pools_pods_tolerate_for_good_keeps_none_off(toleration, free):
    tainted = a_node(taints=[{"key": "dedicated", "value": "gpu", "effect": "NoExecute"}])
    assert free_gpus(tolerant(toleration), [tainted], {}, {}) == {"private": free}
    assert closed_pools(tolerant(toleration), [tainted]) == (set() if free else {"private"})


@pytest.mark.parametrize(
    "taint", [{"key": GPU, "value": "present", "effect": "NoSchedule"}, {"key": "x", "effect": "PreferNoSchedule"}]
)
def test_taints_that_admission_tolerates_or_that_are_a_wish_keep_nothing_off(taint):
    assert free_gpus(POOLS, [a_node(taints=[taint])], {}, {})["private"] == 2


def test_a_node_that_does_not_answer_has_nothing_free():
    silent = a_node()
    silent["status"]["conditions"][0]["status"] = "Unknown"
    assert free_gpus(POOLS, [silent], {}, {})["private"] == 0


def test_where_more_was_promised_than_there_is_it_says_by_how_much():
    assert free_gpus(POOLS, [a_node()], {}, {"private": 3})["private"] == -1


@pytest.mark.parametrize("change", [{"autoscaled": True}, {"queueName": "q"}])
def test_of_pools_whose_nodes_say_nothing_nothing_is_said(change):
    pools = [INVENTORY["pools"][0] | change]
    assert free_gpus(Inventory.model_validate({**INVENTORY, "pools": pools}), [a_node()], {}, {}) == {}


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({}, set()),
        ({"unschedulable": True}, {"private"}),
        ({"taints": [{"key": "x", "effect": "NoExecute"}]}, {"private"}),
    ],
    ids=["open", "cordoned", "reclaimed"],
)
def test_a_pool_is_closed_while_none_of_its_nodes_takes_pods(spec, closed):
    assert closed_pools(POOLS, [a_node(**spec)]) == closed
    assert closed_pools(POOLS, [a_node(**spec), a_node("m")]) == set()


def test_a_pool_whose_nodes_are_not_there_is_not_closed():
    assert closed_pools(POOLS, []) == set()


def test_a_pool_is_closed_by_its_nodes_without_gpus_where_it_has_some():
    pools = [INVENTORY["pools"][0] | {"cpu": {"nodeSelector": {"kind": "cpu"}}}]
    inventory = Inventory.model_validate({**INVENTORY, "pools": pools})
    small = a_node("small", unschedulable=True)
    small["metadata"]["labels"]["kind"] = "cpu"
    assert closed_pools(inventory, [a_node(), small]) == {"private"}
    assert closed_pools(inventory, [a_node(unschedulable=True)]) == set()


def foreign(node_name: str | None = "n", phase: str = "Running") -> dict[str, Any]:
    container = {"resources": {"requests": {GPU: "2", "cpu": "1"}}}
    spec = {"nodeName": node_name, "containers": [container, {}]}
    return {"metadata": {"labels": {}}, "spec": spec, "status": {"phase": phase}}


def test_others_hold_what_their_pods_on_a_node_ask_for():
    pods = [foreign(), foreign(), foreign("m", "Pending"), foreign(None), foreign(phase="Succeeded")]
    ours = foreign()
    ours["metadata"]["labels"][UID] = "x"
    assert held_gpus([*pods, ours], [GPU]) == {("n", GPU): 4, ("m", GPU): 2}


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("12", 12),
        ("1k", 1000),
        ("2M", 2_000_000),
        ("1Ki", 1024),
        ("1e3", 1000),
        ("half", None),
        ("NaN", None),
        (None, None),
    ],
)
def test_whatever_a_pod_asks_for_is_counted_as_an_api_server_writes_it(asked, held):
    pod = foreign()
    pod["spec"]["containers"][0]["resources"]["requests"][GPU] = asked
    assert held_gpus([pod], [GPU]) == ({("n", GPU): held} if held else {})


def test_slices_and_whole_gpus_of_one_node_are_counted_apart():
    pools = [INVENTORY["pools"][0], INVENTORY["pools"][0] | {"name": "slices", "gpuResource": "nvidia.com/mig-1g.10gb"}]
    mixed = a_node(gpus=2)
    mixed["status"]["allocatable"] = {GPU: "2", "nvidia.com/mig-1g.10gb": "7"}
    sliced = foreign()
    sliced["spec"]["containers"][0]["resources"]["requests"] = {"nvidia.com/mig-1g.10gb": "5"}
    inventory = Inventory.model_validate({**INVENTORY, "pools": pools})
    held = held_gpus([sliced], {pool.gpu_resource for pool in inventory.pools})
    assert free_gpus(inventory, [mixed], held, {}) == {"private": 2, "slices": 2}


@pytest.mark.parametrize(
    ("init", "held"),
    [
        pytest.param({"resources": {"requests": {GPU: "3"}}}, 3, id="one that asks for more"),
        pytest.param({"resources": {"requests": {GPU: "1"}}}, 2, id="one that asks for less"),
        pytest.param({"resources": {"requests": {GPU: "1"}}, "restartPolicy": "Always"}, 3, id="a sidecar"),
    ],
)
def test_init_containers_count_as_the_scheduler_counts_them(init, held):
    pod = foreign()
    pod["spec"]["initContainers"] = [init]
    assert held_gpus([pod], [GPU]) == {("n", GPU): held}
