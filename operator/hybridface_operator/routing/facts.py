"""What a decision is told besides requests, policy and inventory. Everything that changes by itself is here."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.types import Moment, Money, PoolName
from hybridface_worker.contract.document import Document, Part
from hybridface_worker.contract.fields import Count


class Gate(StrEnum):
    """What a pool has to pass for a job, in this order."""

    TRUST = "trust"
    NARROWING = "narrowing"
    PRICE = "price"
    BREAKER = "breaker"
    CAPACITY = "capacity"
    DEADLINE = "deadline"


class Breaker(Part):
    """A pool that was tripped because its pods found no node, or one job's Jobs made none."""

    tripped_at: Moment
    """When."""
    trips: Annotated[int, Field(ge=1)]
    """How often in a row: each doubles the cool-down."""
    until: Moment
    """From when on it is tried again."""
    said: str | None = None
    """Why pods could not be created, in the API server's words; absent where that is not known, or was not why."""


class PoolFacts(Part):
    """One pool, now."""

    free_gpus: Count | None = None
    """GPUs on ready, schedulable nodes that nobody asked for; None where nodes cannot be read, come when needed, or
    are Kueue's business: then `maxGpus` less `reservedGpus` counts."""
    reserved_gpus: Count = 0
    """GPUs that live attempts of any job may use: their parallelism, or the fewer shards that are not done."""
    closed: bool | None = None
    """True while it has nodes for Probe and Merge and none of them takes pods, as in a drain; absent otherwise."""
    quote: Quote | None = None
    """The last quote of its price that could be read."""
    breaker: Breaker | None = None
    """Set once it was tripped, until it has worked again."""
    backlog_seconds: Annotated[float, Field(ge=0)] = 0
    """How long the work dealt out to it will keep it busy."""
    rates: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Measured frames per GPU-second, by model set."""


class LiveAttempt(Part):
    """An attempt that is running or about to."""

    number: Annotated[int, Field(ge=1)]
    """Its number within the job."""
    pool: PoolName
    """Where."""
    parallelism: Count
    """Pods at a time."""


class JobFacts(Part):
    """One job, now."""

    live: tuple[LiveAttempt, ...] = ()
    """What it has running."""
    failing_since: dict[PoolName, dict[Gate, Moment]] = {}
    """Since when each pool has failed which gate for it, without a break."""
    lacks_plan: tuple[PoolName, ...] = ()
    """Pools whose workers said that they cannot do its plan."""
    podless: dict[PoolName, Breaker] = {}
    """Pools that are left alone for a while because its Jobs made no pods there."""
    cost: Money = Decimal(0)
    """What it has cost so far, as far as is known."""


class Facts(Document):
    """All of it, at one moment."""

    now: Moment
    """The time of the decision."""
    pools: dict[PoolName, PoolFacts] = {}
    """By pool; a pool without facts has none that is known."""
    jobs: dict[str, JobFacts] = {}
    """By the job's uid."""
