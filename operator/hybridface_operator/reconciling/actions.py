"""What `advance` asks for. Every action is idempotent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from hybridface_operator.routing.request import Request
from hybridface_operator.spec.status import JobPhase
from hybridface_worker.contract.manifest import WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import Attempt

from .records import AttemptEnd, EndCause


@dataclass(frozen=True)
class Expand:
    """Find every input, and freeze the list."""


@dataclass(frozen=True)
class WritePlan:
    """Freeze the plan."""

    plan: Plan


@dataclass(frozen=True)
class RecordExit:
    """Write down how a worker ended."""

    exit: WorkerExit


@dataclass(frozen=True)
class RecordEnd:
    """Write down that an attempt has ended: what it held is free."""

    end: AttemptEnd


@dataclass(frozen=True)
class EndAttempt:
    """Delete an attempt's Job; its pods commit what they have in hand."""

    number: int
    job: str
    uid: str
    cause: EndCause
    message: str


@dataclass(frozen=True)
class RemovePod:
    """Remove a pod by force, whose node is gone."""

    pod: str
    uid: str


@dataclass(frozen=True)
class GiveUpProbe:
    """Write down, in a worker's place, that inputs cannot be looked at."""

    result: ProbeResult


@dataclass(frozen=True)
class FailChunk:
    """Commit that a chunk cannot be done."""

    chunk: ChunkRef
    finding: Finding
    attempt: int
    shard: int


@dataclass(frozen=True)
class FailOutput:
    """Report that an output will not be published."""

    position: int
    """Among the plan's published outputs."""
    finding: Finding


@dataclass(frozen=True)
class PublishIndex:
    """Publish the list of all outputs."""


@dataclass(frozen=True)
class StartAttempt:
    """Write an attempt down, give it credentials, and create its Job."""

    attempt: Attempt
    parallelism: int
    """Pods at a time, at most."""


Action = (
    Expand
    | WritePlan
    | RecordExit
    | RecordEnd
    | EndAttempt
    | RemovePod
    | GiveUpProbe
    | FailChunk
    | FailOutput
    | PublishIndex
)


class JobStanding(Enum):
    """How a job stands, as conditions tell it."""

    GOING = "going"
    """Something is being done, or waits for room."""
    HELD = "held"
    """Nothing runs, and nothing will until somebody says so."""
    STUCK = "stuck"
    """It may not run as things are; it goes on when they change."""
    COMPLETE = "complete"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self in (JobStanding.COMPLETE, JobStanding.FAILED)


@dataclass(frozen=True)
class Step:
    """What is to be done next, and how the job stands until then."""

    phase: JobPhase
    standing: JobStanding
    reason: Reason
    message: str
    actions: tuple[Action, ...] = ()
    request: Request | None = None
    """Work that waits for a place."""
    wake: datetime | None = None
    """When to look again although nothing happened."""
