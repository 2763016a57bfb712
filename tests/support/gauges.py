"""Gauges of a registry, for a world that a test makes up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hybridface_operator.kube.clock import ServerClock
from hybridface_operator.policy.policy import Default, Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.tenants import Tenants
from hybridface_operator.rounds.metrics import Metrics
from hybridface_operator.rounds.mirror import Mirror
from hybridface_operator.rounds.world import World
from hybridface_operator.serving.gauges import Gauges

from .attempts import INVENTORY

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUOTE = Quote(price=Decimal("0.31"), currency="USD", observed_at="2026-05-01T11:50:00Z", source="a test")
OFFERS_SPOT = Policy(default=Default(place=("private", "aws-spot")))


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """What a metric says; None where it says nothing of these labels."""
    return metrics.registry.get_sample_value(f"hybridface_{name}", labels)


def gauges(
    metrics: Metrics,
    world: World | None = None,
    mirror: Mirror | None = None,
    lag: float = 0.0,
    age: float = 0.0,
    *,
    leads: bool = True,
    clock: ServerClock | None = None,
) -> None:
    """Registers them."""
    metrics.registry.register(
        Gauges(
            world or World(INVENTORY, Tenants()),
            mirror or Mirror(),
            leads=lambda: leads,
            lag_seconds=lambda: lag,
            watch_age_seconds=lambda: age,
            clock=clock or ServerClock(lambda: NOW),
        )
    )
