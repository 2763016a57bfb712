"""Requests, inventories, policies and facts for tests of routing, each with as little said as the test needs."""

from __future__ import annotations

from typing import Any

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.routing.facts import Facts
from hybridface_operator.routing.placement import Placement, Verdict
from hybridface_operator.routing.request import Request

NOW = "2026-11-01T12:00:00Z"
PRIVATE = {"name": "private", "kind": "private", "maxGpus": 8}
SPOT = {"name": "spot", "kind": "cloud", "capacity": "spot", "maxGpus": 64}
FAST = {"name": "fast", "kind": "cloud", "maxGpus": 4, "pricePerGpuHour": "3.67"}


def inventory(*pools: dict[str, Any]) -> Inventory:
    """Of the pools given; by default a private one, one priced by quotes, and one at a fixed price."""
    return Inventory.model_validate(
        {
            "privateNodes": {"key": "node-restriction.kubernetes.io/zone", "value": "private"},
            "pools": pools or (PRIVATE, SPOT, FAST),
        }
    )


def policy(*place: str, **fields: Any) -> Policy:
    """By default everything goes to the pools named, the private one where none is."""
    return Policy.model_validate({"default": {"place": place or ("private",)}} | fields)


def quote(price: str = "0.31", **fields: Any) -> dict[str, Any]:
    """A fresh quote."""
    return {"price": price, "currency": "USD", "observedAt": NOW, "source": "feed"} | fields


def facts(jobs: Any = None, **pools: Any) -> Facts:
    """Facts of pools by name; `jobs` by uid."""
    return Facts.model_validate({"now": NOW, "pools": pools, "jobs": jobs or {}})


def request(uid: str = "u1", **fields: Any) -> Request:
    """An internal job of 4 shards, an hour old."""
    return Request.model_validate(
        {
            "job": {"namespace": "studio", "name": uid, "uid": uid},
            "phase": "swap",
            "created": "2026-11-01T11:00:00Z",
            "sensitivity": "internal",
            "priority": "normal",
            "shards": 4,
            "frames": 1000,
        }
        | fields
    )


def taken(placement: Placement) -> dict[str, tuple[int, int]]:
    """Shards and parallelism by pool, the preferred one first."""
    return {share.pool: (share.shards, share.parallelism) for share in placement.shares}


def verdict(placement: Placement, pool: str) -> Verdict:
    """What was said of a pool."""
    return next(each for each in placement.verdicts if each.pool == pool)
