"""Validates an inventory beyond its schema: labels have to keep the trust zones apart. Never raises."""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_operator.spec.problems import Location, Problem

from .inventory import Inventory, Nodes, Pool, PrivateLabel, Toleration


def inventory_problems(inventory: Inventory) -> list[Problem]:
    """Why the operator may not start with it; empty where it may."""
    return [*_names(inventory), *_zones(inventory), *_tolerations(inventory)]


def inventory_warnings(inventory: Inventory) -> list[Problem]:
    """What is likely a mistake: GPUs that are counted twice, fields that say nothing."""
    return [*_same_nodes(inventory), *_idle_fields(inventory)]


def _names(inventory: Inventory) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, pool in enumerate(inventory.pools):
        if pool.name in first:
            yield Problem(f'"{pool.name}" is also the name of pools[{first[pool.name]}]', ("pools", index, "name"))
        first.setdefault(pool.name, index)


def _zones(inventory: Inventory) -> Iterator[Problem]:
    for pool, nodes, at in _all_nodes(inventory):
        label = inventory.private_nodes
        is_private = nodes.node_selector.get(label.key) == label.value
        where = (*at, "nodeSelector")
        if pool.kind == "private" and not is_private:
            yield Problem(f"a private pool selects private nodes alone: add {_written(label)}", where)
        elif pool.kind == "cloud" and is_private:
            yield Problem(f"a cloud pool may not select private nodes: take {_written(label)} out", where)
        elif pool.kind == "cloud" and not nodes.node_selector:
            yield Problem("a cloud pool without labels would take any node, private ones too: name its labels", where)


def _tolerations(inventory: Inventory) -> Iterator[Problem]:
    for _, nodes, at in _all_nodes(inventory):
        for index, toleration in enumerate(nodes.tolerations):
            if message := _incoherent(toleration):
                yield Problem(message, (*at, "tolerations", index))


def _incoherent(toleration: Toleration) -> str | None:
    """Why an API server would refuse every pod of the pool."""
    if toleration.operator == "Exists" and toleration.value:
        return "with `operator: Exists` there is no value to compare"
    if toleration.operator == "Equal" and toleration.key is None:
        return "without a key `operator` has to be Exists"
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        return "`tolerationSeconds` goes with `effect: NoExecute` alone"
    return None


def _same_nodes(inventory: Inventory) -> Iterator[Problem]:
    first: dict[tuple[object, str], str] = {}
    for index, pool in enumerate(inventory.pools):
        nodes = (frozenset(pool.node_selector.items()), pool.gpu_resource)
        if nodes in first:
            message = f'the same nodes and GPUs as pool "{first[nodes]}": they are counted twice'
            yield Problem(message, ("pools", index, "nodeSelector"))
        first.setdefault(nodes, pool.name)


def _idle_fields(inventory: Inventory) -> Iterator[Problem]:
    for index, pool in enumerate(inventory.pools):
        at = ("pools", index)
        if pool.autoscaled and pool.queue_name is not None:
            yield Problem("says nothing beside `queueName`: Kueue knows what is free", (*at, "autoscaled"))
        if 0 < pool.max_gpus < pool.gpus_per_node:
            message = f"{pool.max_gpus} is less than one node has ({pool.gpus_per_node}): part of it stays idle"
            yield Problem(message, (*at, "maxGpus"))


def _all_nodes(inventory: Inventory) -> Iterator[tuple[Pool, Nodes, Location]]:
    for index, pool in enumerate(inventory.pools):
        yield pool, pool, ("pools", index)
        if pool.cpu is not None:
            yield pool, pool.cpu, ("pools", index, "cpu")


def _written(label: PrivateLabel) -> str:
    return f"`{label.key}: {label.value}`"
