"""How an attempt ended, for good: `ended/<n>.json`. From here on it holds no chunk."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from hybridface_operator.policy.types import Money, PoolName
from hybridface_operator.spec.labels import Phase
from hybridface_worker.contract.document import Report
from hybridface_worker.contract.fields import Time

MAX_SAID = 512
"""So much is kept of what others say, in characters."""


class EndCause(StrEnum):
    """Why an attempt is no more."""

    FINISHED = "Finished"
    """Its Job completed or failed by itself."""
    MOVED = "Moved"
    """Its pool failed a gate for too long."""
    RECLAIMED = "Reclaimed"
    """Its nodes were taken away, and the pool has no other."""
    NODE_LOST = "NodeLost"
    """Its pods are on nodes that do not answer any more."""
    UNSCHEDULED = "Unscheduled"
    """Its pods found no node for too long."""
    NO_PODS = "NoPods"
    """Its Job made no pods for too long: its namespace or the cluster does not let it."""
    LINGERED = "Lingered"
    """Its workers had ended, and something else in their pods, such as a sidecar, had not."""
    SUSPENDED = "Suspended"
    """The job is held, by its user or by its budget."""
    REFUSED = "Refused"
    """The job may not go on: consent, grant or trust."""
    NOT_NEEDED = "NotNeeded"
    """Others have done its work."""
    VANISHED = "Vanished"
    """Its Job was deleted by somebody else, or was never made."""


class AttemptEnd(Report):
    """What there is to know of an attempt that has ended."""

    attempt: Annotated[int, Field(ge=1)]
    """Which."""
    pool: PoolName
    """Where it was."""
    phase: Phase
    """What it did."""
    cause: EndCause
    """Why it is no more."""
    gpu_seconds: Annotated[float, Field(ge=0)] = 0
    """For how long its pods held GPUs."""
    cost: Money
    """That time at the price it was placed at."""
    ended_at: Time
    """When it was found to have ended."""
    said: Annotated[str, Field(max_length=MAX_SAID)] | None = None
    """Why its Job made no pods, in the API server's words; absent where that is not known, or was not why."""
