"""The policy: rules, caps and limits over the inventory's pools. One document in Consul, owned by operations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hybridface_operator.spec.types import DNS_LABEL
from hybridface_worker.contract.document import Document, Part

from .types import Currency, Money, PoolName, Priority, Sensitivity, Span

Places = Annotated[tuple[PoolName, ...], Field(min_length=1, max_length=32)]

Namespace = Annotated[str, Field(min_length=1, max_length=63, pattern=DNS_LABEL)]

DEFAULT_RULE = "default"
"""What the rule is called where none matched; no rule may take the name."""


class When(Part):
    """What has to hold, all of it; what is absent holds always."""

    sensitivity: Annotated[tuple[Sensitivity, ...], Field(min_length=1, max_length=3)] | None = None
    """One of these."""
    priority: Annotated[tuple[Priority, ...], Field(min_length=1, max_length=4)] | None = None
    """One of these."""
    namespaces: Annotated[tuple[Namespace, ...], Field(min_length=1, max_length=64)] | None = None
    """The job is in one of these."""
    labels: Annotated[dict[str, str], Field(min_length=1, max_length=16)] | None = None
    """The job carries all of these labels."""
    time_left_below: Span | None = None
    """Less than this is left of `completeWithin`. A job without a deadline is never short of time."""
    private_backlog_above: Span | None = None
    """The work that waits for private pools would take them longer than this."""


class Rule(Part):
    """Where jobs of a kind go."""

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=DNS_LABEL)]
    """As decisions, status and metrics call it."""
    when: When = When()
    """Which jobs it is for."""
    place: Places
    """Pools, the preferred one first."""


class Default(Part):
    """Where jobs go that no rule is for."""

    place: Places
    """Pools, the preferred one first."""


class PoolCaps(Part):
    """What tightens the inventory."""

    max_price_per_gpu_hour: Money | None = None
    """The pool is not used while its price is above it, or not known."""
    max_gpus: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """May be lower than the inventory's, never higher."""


class PolicyLimits(Part):
    """Times that temper decisions, and other bounds."""

    price_max_age: Span = "15m"
    """A quote that is older is unknown."""
    dwell: Span = "5m"
    """Running work moves only when its pool has failed a gate for so long."""
    unscheduled_timeout: Span = "3m"
    """A pool whose pods find no node for so long trips its breaker."""
    breaker_cooldown: Span = "10m"
    """A tripped pool is tried again after it; it doubles each time."""
    max_cpu_pods: Annotated[int, Field(ge=1, le=1000)] = 8
    """Pods of a job that Probe and Merge run at a time, at most."""


class Policy(Document):
    """Who goes where."""

    currency: Currency = "USD"
    """Of every price, cap and budget."""
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)] = ()
    """The first whose `when` holds entirely decides."""
    default: Default
    """For jobs that no rule is for."""
    pools: Annotated[dict[PoolName, PoolCaps], Field(max_length=32)] = {}
    """Caps by pool."""
    limits: PolicyLimits = PolicyLimits()
    """Times and bounds."""

    @property
    def named(self) -> frozenset[str]:
        """Pools that some rule or the default names."""
        return frozenset(self.default.place).union(*(rule.place for rule in self.rules))

    @property
    def offered(self) -> frozenset[str]:
        """Of these the ones that are not switched off."""
        return frozenset(pool for pool in self.named if pool not in self.pools or self.pools[pool].max_gpus != 0)
