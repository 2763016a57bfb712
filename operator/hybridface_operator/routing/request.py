"""What a job asks of a placement pass."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hybridface_operator.policy.types import Moment, Money, PoolName, Priority, Sensitivity
from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract.document import Part
from hybridface_worker.contract.fields import Count
from hybridface_worker.contract.spec import JobRef


class Request(Part):
    """One job in one phase, as it stands now."""

    job: JobRef
    """Whose work it is."""
    labels: dict[str, str] = {}
    """The job's labels, for rules that ask for them."""
    phase: Phase
    """What is to be done. Probe and Merge ask for no GPU."""
    created: Moment
    """When the job was created: of two equal jobs the older goes first."""
    sensitivity: Sensitivity
    """The job's own, or its tenant's least where that is stricter."""
    priority: Priority
    """Which of the waiting jobs is served first."""
    deadline: Moment | None = None
    """Creation plus `completeWithin`."""
    max_price_per_gpu_hour: Money | None = None
    """The job's own cap on a pool's price."""
    allowed_pools: Annotated[tuple[PoolName, ...], Field(max_length=32)] | None = None
    """The job's own choice among pools: it narrows, never widens."""
    model_set: str = ""
    """Names the models whose measured rates apply."""
    shards: Count
    """Into so many shards what waits can be dealt at most; 0 where nothing waits and only running work is judged."""
    frames: Count
    """Frames and images that wait, times sources."""


def model_set(*names: str) -> str:
    """What rates are measured by, from the names of detector and swapper: other models take other times."""
    return "+".join(names)
