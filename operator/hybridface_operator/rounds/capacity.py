"""What nodes can still take: GPUs that nobody asked for, and pools that take no pods. Pure.

A node takes a pod where it is ready, not cordoned, and has no taint that the pool's pods do not tolerate, as the
scheduler has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from kubernetes.utils.quantity import parse_quantity

from hybridface_operator.manifests.nodes import nodes_of
from hybridface_operator.policy.inventory import Inventory, Nodes, Pool, Toleration
from hybridface_operator.spec.labels import UID
from hybridface_operator.spec.objects import Body

Held = Mapping[tuple[str, str], int]
"""Devices that pods ask for, by node and resource."""

_KEEP_PODS_OFF = ("NoSchedule", "NoExecute")


def free_gpus(inventory: Inventory, nodes: Iterable[Body], held: Held, reserved: Mapping[str, int]) -> dict[str, int]:
    """GPUs by pool that nobody asked for, on nodes that take its pods; below 0 where more were promised.

    Args:
        inventory: the pools. Those that are autoscaled, or where Kueue admits, are left out: nodes say nothing there.
        nodes: every node.
        held: what pods of others ask for.
        reserved: GPUs that our own live attempts may use, by pool.
    """
    there = list(nodes)
    free = {}
    for pool in inventory.pools:
        if pool.autoscaled or pool.queue_name is not None:
            continue
        own = [node for node in there if _carries(node, pool) and _takes_pods(node, pool, pool.gpu_resource)]
        gpus = sum(
            max(0, _gpus(node, pool) - held.get((node["metadata"]["name"], pool.gpu_resource), 0)) for node in own
        )
        free[pool.name] = gpus - reserved.get(pool.name, 0)
    return free


def closed_pools(inventory: Inventory, nodes: Iterable[Body]) -> frozenset[str]:
    """Pools whose nodes for Probe and Merge are there, and all of them take no pods: they are gone or going."""
    there = list(nodes)
    closed = set()
    for pool in inventory.pools:
        wanted = nodes_of(pool, "probe")
        own = [node for node in there if _carries(node, wanted)]
        if own and not pool.autoscaled and not any(_takes_pods(node, wanted, pool.gpu_resource) for node in own):
            closed.add(pool.name)
    return frozenset(closed)


def held_gpus(pods: Iterable[Body], resources: Collection[str]) -> dict[tuple[str, str], int]:
    """What pods ask for of these resources that are of no attempt."""
    held: Counter[tuple[str, str]] = Counter()
    for pod in pods:
        node, phase = pod["spec"].get("nodeName"), (pod.get("status") or {}).get("phase")
        if not node or phase in ("Succeeded", "Failed") or UID in (pod["metadata"].get("labels") or {}):
            continue
        for resource in resources:
            held[node, resource] += _asked(pod["spec"], resource)
    return dict(+held)


def _asked(spec: Body, resource: str) -> int:
    """As the scheduler counts: containers and sidecars together, or the one init container that asks for more."""
    beside = sum(_requested(spec.get("containers") or (), resource))
    first = 0
    for container in spec.get("initContainers") or ():
        asked = sum(_requested((container,), resource))
        if container.get("restartPolicy") == "Always":
            beside += asked
        else:
            first = max(first, asked)
    return max(beside, first)


def _requested(containers: Iterable[Body], resource: str) -> Iterator[int]:
    for container in containers:
        yield _count(((container.get("resources") or {}).get("requests") or {}).get(resource))


def _takes_pods(node: Body, wanted: Nodes, gpu_resource: str) -> bool:
    spec, status = node.get("spec") or {}, node.get("status") or {}
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ())
    taints = (taint for taint in spec.get("taints") or () if taint.get("effect") in _KEEP_PODS_OFF)
    # A taint named by the resource may be tolerated by admission alone (ExtendedResourceToleration).
    kept_off = any(taint.get("key") != gpu_resource and not _tolerated(taint, wanted.tolerations) for taint in taints)
    return ready and not spec.get("unschedulable") and not kept_off


def _tolerated(taint: Body, tolerations: Iterable[Toleration]) -> bool:
    """Whether pods put up with it for good: one that is tolerated for some seconds drives them away after that."""
    return any(
        each.key in (None, taint.get("key"))
        and each.effect in (None, taint.get("effect"))
        and (each.operator == "Exists" or (each.value or "") == (taint.get("value") or ""))
        and each.toleration_seconds is None
        for each in tolerations
    )


def _carries(node: Body, wanted: Nodes) -> bool:
    labels = node["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in wanted.node_selector.items())


def _gpus(node: Body, pool: Pool) -> int:
    return _count(((node.get("status") or {}).get("allocatable") or {}).get(pool.gpu_resource))


def _count(amount: object) -> int:
    """Devices as an API server writes their number: `12`, `1k`, `1Ki`, `1e3`. 0 for what is no number."""
    try:
        return int(parse_quantity(amount))  # type: ignore[no-untyped-call]  # it ships no types
    except (ValueError, OverflowError):
        return 0
