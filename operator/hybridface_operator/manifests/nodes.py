"""Where a pod may be and by which runtime: affinity, tolerations. Restricted work is pinned to private nodes here."""

from __future__ import annotations

from typing import Any

from hybridface_operator.policy.inventory import Inventory, Nodes, Pool
from hybridface_operator.policy.types import Sensitivity
from hybridface_operator.spec.labels import Phase


def nodes_of(pool: Pool, phase: Phase) -> Nodes:
    """The pool's nodes for a phase: those without GPUs, where it has some, for all but Swap."""
    return pool.cpu if phase != "swap" and pool.cpu is not None else pool


def scheduling(pool: Pool, phase: Phase, sensitivity: Sensitivity, inventory: Inventory) -> dict[str, Any]:
    """`affinity`, `tolerations` and `runtimeClassName` of a pod.

    One term of required affinity: terms are alternatives, and a second one would be a way out. Work of a private pool
    and restricted work of any pool carries the private label, whatever the pool's own selector says: in a cloud pool
    the latter then finds no node at all.
    """
    nodes = nodes_of(pool, phase)
    wanted = sorted(nodes.node_selector.items())
    private = (inventory.private_nodes.key, inventory.private_nodes.value)
    if private not in wanted and (pool.kind == "private" or sensitivity is Sensitivity.RESTRICTED):
        wanted.append(private)
    fields: dict[str, Any] = {}
    if wanted:  # an empty term would match no node
        term = {"matchExpressions": [{"key": key, "operator": "In", "values": [value]} for key, value in wanted]}
        fields["affinity"] = {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
        }
    if nodes.tolerations:
        fields["tolerations"] = [
            toleration.model_dump(mode="json", by_alias=True, exclude_none=True) for toleration in nodes.tolerations
        ]
    if nodes.runtime_class_name is not None:
        fields["runtimeClassName"] = nodes.runtime_class_name
    return fields
