"""An inventory, and policies and quotes as Consul holds them, for tests of what follows Consul."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy

KEY = "hybridface/policy"
PREFIX = "hybridface/prices/"
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)

_LABEL = "node-restriction.kubernetes.io/hybridface-private"

INVENTORY = Inventory.model_validate(
    {
        "privateNodes": {"key": _LABEL, "value": "true"},
        "pools": (
            {"name": "private", "kind": "private", "maxGpus": 8, "nodeSelector": {_LABEL: "true"}},
            {
                "name": "aws-spot",
                "kind": "cloud",
                "capacity": "spot",
                "maxGpus": 64,
                "nodeSelector": {"hybridface.dev/pool": "aws-spot"},
            },
        ),
    }
)
POOLS = frozenset(pool.name for pool in INVENTORY.pools)


def policy(cap: str = "0.35", **changes: Any) -> Policy:
    """A policy that validates; another cap makes another policy."""
    document = {"default": {"place": ["private", "aws-spot"]}, "pools": {"aws-spot": {"maxPricePerGpuHour": cap}}}
    return Policy.from_bytes(json.dumps(document | changes), "test")


def quote(price: Any = "0.31", observed: datetime = NOON, **changes: Any) -> bytes:
    """A quote as a publisher would write it, or with anything else in its fields."""
    fields = {"price": price, "currency": "USD", "observedAt": observed.isoformat(), "source": "feed"}
    return json.dumps(fields | changes).encode()
