"""What comes of a decision: shares of pools, what waits and for what, and a verdict on every pool."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hybridface_operator.policy.inventory import Inventory
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.types import Moment, PoolName
from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract.document import Document, Part
from hybridface_worker.contract.fields import Count, Sha256
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.spec import JobRef

from .facts import Facts, Gate
from .request import Request


class Verdict(Part):
    """What is said of one pool for one job."""

    pool: PoolName
    """Which pool."""
    fit: bool
    """Whether it may take work of the job now."""
    gate: Gate | None = None
    """The first gate that it failed."""
    reason: Reason
    """The reason code: `Fits`, or why not."""
    message: str
    """The same in words, with the numbers it rests on."""
    candidate: bool = True
    """Whether the rule that matched names the pool."""
    price: str | None = None
    """The price that it was judged by, per GPU-hour."""
    price_observed_at: Moment | None = None
    """When that price was observed; absent where it is a fixed one."""


class Share(Part):
    """A pool's part of a placement."""

    pool: PoolName
    """Which pool."""
    shards: Annotated[int, Field(ge=1)]
    """Into so many shards its part is dealt."""
    parallelism: Annotated[int, Field(ge=1)]
    """So many pods work at a time; each takes one GPU in Swap and none in Probe and Merge."""


class Waiting(Part):
    """What found no place, and for what it waits."""

    shards: Annotated[int, Field(ge=1)]
    """How much of the request is left."""
    reason: Reason
    """Of the pool that is nearest to fitting."""
    message: str
    """For what it waits, in words."""


class Placement(Part):
    """Where one job's waiting work goes now."""

    job: JobRef
    """Whose work it is."""
    phase: Phase
    """Which phase."""
    rule: str
    """The rule that matched, or `default`."""
    shares: tuple[Share, ...] = ()
    """The pools that take some, the preferred one first."""
    waiting: Waiting | None = None
    """What is left."""
    leave: tuple[int, ...] = ()
    """Live attempts whose pool has failed a gate for long enough: what they have not done is dealt out anew."""
    failing_since: dict[PoolName, dict[Gate, Moment]] = {}
    """The facts of the next decision: since when each pool has failed which gate."""
    verdicts: tuple[Verdict, ...]
    """One for every pool of the inventory, the rule's candidates first, in their order."""


class DecisionRecord(Document):
    """`decisions/<n>.json`: a decision with all that it rests on, so that `route` replays it alone."""

    decision: Annotated[int, Field(ge=1)]
    """Counted over the job's whole life."""
    request: Request
    """What was asked."""
    inventory: Inventory
    """As it was."""
    policy: Policy
    """As it was in force."""
    policy_sha256: Sha256
    """Digest of the policy."""
    policy_revision: Count
    """Consul's index of the policy, 0 where it came from nowhere."""
    facts: Facts
    """At this job's turn, with what the pass had given away before taken off."""
    placement: Placement
    """What was decided."""
