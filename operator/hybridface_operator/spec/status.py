"""`.status` of a FaceSwapJob: what the operator reports. Decides nothing, and knows neither clock nor cluster.

Conditions are the truth, phase and the texts are for people. Nothing here grows with chunks or targets: every list is
bounded by the pools that an inventory may have, and a message that is too long is cut rather than refused, so that a
status can always be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError

from hybridface_worker.contract.document import Part
from hybridface_worker.contract.fields import Count

from .types import SHA256, Decimal, Integer, Label, Time

MAX_POOLS = 32
MAX_MESSAGE_LENGTH = 1024
REASON = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"


def _cut(text: Any) -> Any:
    if isinstance(text, str) and len(text) > MAX_MESSAGE_LENGTH:
        return text[: MAX_MESSAGE_LENGTH - 1] + "…"
    return text


Message = Annotated[str, BeforeValidator(_cut), Field(max_length=MAX_MESSAGE_LENGTH)]
ReasonCode = Annotated[str, Field(min_length=1, max_length=64, pattern=REASON)]
"""A `Reason`; as text, so that a status which another version wrote can be read."""
ShortText = Annotated[str, Field(max_length=256)]


class ConditionType(StrEnum):
    """The conditions of a job: kstatus' three, then its own."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    PLANNED = "Planned"
    PLACED = "Placed"
    COMPLETE = "Complete"
    FAILED = "Failed"
    SUSPENDED = "Suspended"
    POLICY_CURRENT = "PolicyCurrent"


FINAL_CONDITIONS = (ConditionType.COMPLETE, ConditionType.FAILED)
"""The conditions of which one is true once a job is over."""


class JobPhase(StrEnum):
    """Where a job is, in one word."""

    PENDING = "Pending"
    EXPANDING = "Expanding"
    PROBING = "Probing"
    PLANNING = "Planning"
    WAITING = "Waiting"
    SWAPPING = "Swapping"
    MERGING = "Merging"
    SUSPENDED = "Suspended"
    COMPLETED = "Completed"
    FAILED = "Failed"


class Condition(Part):
    """One aspect of the job's state, as `metav1.Condition`."""

    type: ConditionType
    """The aspect of the state."""
    status: Literal["True", "False", "Unknown"]
    """Whether the condition holds."""
    reason: ReasonCode
    """The reason, as a code."""
    message: Message
    """The reason in words, and what to do."""
    last_transition_time: Time
    """When `status` last changed."""
    observed_generation: Count | None = None
    """The `metadata.generation` that the condition is based on."""


class PlacedShare(Part):
    """A pool's share of the placed work."""

    pool: Label
    """Name of the pool."""
    shards: Count
    """Shards in this pool."""
    parallelism: Count
    """Pods that run at a time."""


class WaitingWork(Part):
    """Work that could not be placed."""

    shards: Count
    """Shards that wait."""
    reason: ReasonCode
    """The reason, as a code, from the pool that is closest to fitting."""
    message: Message
    """What they wait for, in words."""


class PoolVerdict(Part):
    """The verdict of the last decision on one pool."""

    pool: Label
    """Name of the pool."""
    fit: bool
    """Whether the pool may take work of the job."""
    reason: ReasonCode
    """`Fits`, or why not."""
    message: Message
    """The reason in words, with the numbers that it is based on."""
    price: Decimal | None = None
    """The price per GPU-hour that the verdict is based on."""
    price_observed_at: Time | None = None
    """When that price was observed; absent for a fixed price."""


class PlacementStatus(Part):
    """The last decision on where the job runs."""

    decision: Count
    """Number of the decision, which is stored with the job as `decisions/<number>.json`."""
    rule: ShortText
    """The rule of the policy that matched, or `default`."""
    pools: ShortText = ""
    """Pools with work, as shown in the column."""
    price: ShortText = ""
    """Their prices per GPU-hour, as shown in the column."""
    shares: Annotated[tuple[PlacedShare, ...], Field(max_length=MAX_POOLS)] = ()
    """Share of each pool, the preferred pool first."""
    waiting: WaitingWork | None = None
    """Work that waits, and for what."""
    verdicts: Annotated[tuple[PoolVerdict, ...], Field(max_length=MAX_POOLS)] = ()
    """Verdict on every pool of the inventory."""
    policy_digest: Annotated[str, Field(max_length=64, pattern=SHA256)] | None = None
    """The SHA-256 digest of the policy in force."""
    policy_revision: Count | None = None
    """Consul's index of that policy; 0 without a policy."""


class ProgressStatus(Part):
    """Progress of the job."""

    chunks: Count
    """Chunks in the plan."""
    chunks_done: Count
    """Chunks that are committed as done."""
    chunks_failed: Count = 0
    """Chunks that are committed as failed."""
    frames: Count
    """Frames and images in all chunks."""
    frames_done: Count
    """Frames and images in committed chunks."""
    percent: Annotated[Integer, Field(ge=0, le=100)]
    """Percentage of frames that are done, rounded down."""
    text: ShortText
    """`<chunks done>/<chunks>`, as shown in the column."""

    @classmethod
    def counted(cls, *, chunks: int, chunks_done: int, chunks_failed: int, frames: int, frames_done: int) -> Self:
        """Progress from its counts, `percent` and `text` with it. Only a plan without frames is done from the start."""
        return cls(
            chunks=chunks,
            chunks_done=chunks_done,
            chunks_failed=chunks_failed,
            frames=frames,
            frames_done=frames_done,
            percent=100 * frames_done // frames if frames else 100,
            text=f"{chunks_done}/{chunks}",
        )


class PoolGpuSeconds(Part):
    """GPU time in one pool."""

    pool: Label
    """Name of the pool."""
    seconds: Count
    """GPU-seconds held in this pool."""


class PoolCost(Part):
    """Cost in one pool."""

    pool: Label
    """Name of the pool."""
    amount: Decimal
    """Cost, estimated from the GPU time and the price at placement."""


class UsageStatus(Part):
    """Resources used so far."""

    gpu_seconds: Annotated[tuple[PoolGpuSeconds, ...], Field(max_length=MAX_POOLS)] = ()
    """GPU time for each pool."""
    video_seconds: Decimal | None = None
    """Seconds of video in finished chunks, from the videos' timestamps. A video counts once for each source."""
    cost: Annotated[tuple[PoolCost, ...], Field(max_length=MAX_POOLS)] = ()
    """Estimated cost for each pool."""
    total_cost: Decimal | None = None
    """Total cost, which `budget.maxCost` limits."""
    currency: Annotated[str, Field(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$")] | None = None
    """Currency of all amounts, which is the policy's."""
    device_busy_percent: Annotated[Integer, Field(ge=0, le=100)] | None = None
    """Percentage of the workers' time in which a model ran on their device, over all committed chunks."""


class OutputsStatus(Part):
    """Published outputs."""

    count: Count
    """Number of published outputs."""
    failed: Count = 0
    """Number of failed outputs."""
    index: Annotated[str, Field(max_length=2048)] | None = None
    """URI of the index of all outputs and reports, once it is written."""


class AttemptsStatus(Part):
    """Attempts, which are Indexed Jobs, of the job."""

    started: Count = 0
    """Number of attempts so far, in all phases."""
    last_cause: ReasonCode | None = None
    """Why the most recently ended attempt ended."""


_CONDITIONS, _PHASES = frozenset(ConditionType), frozenset(JobPhase)


def _known(status: Mapping[str, Any]) -> dict[str, Any]:
    """The status without conditions and a phase that this version does not know."""
    conditions = [each for each in status.get("conditions") or () if each.get("type") in _CONDITIONS]
    phase = {"phase": JobPhase.PENDING} if status.get("phase") not in _PHASES else {}
    return {**status, "conditions": conditions, **phase}


class FaceSwapJobStatus(Part):
    """The state of the job."""

    observed_generation: Annotated[Integer, Field(ge=-1, lt=2**63)] = -1
    """The `metadata.generation` that the status speaks of; -1 until the operator has seen the object, so that tools
    which read kstatus do not take it for ready."""
    conditions: Annotated[tuple[Condition, ...], Field(max_length=len(ConditionType))] = ()
    """The conditions of the job: Ready, Reconciling and Stalled as in kstatus, and its own."""
    phase: JobPhase = JobPhase.PENDING
    """Summary of the state in one word, for people only."""
    placement: PlacementStatus | None = None
    """The last decision on where the job runs."""
    progress: ProgressStatus | None = None
    """Progress of the job, once there is a plan."""
    usage: UsageStatus | None = None
    """Resources used so far."""
    outputs: OutputsStatus | None = None
    """Published outputs."""
    attempts: AttemptsStatus | None = None
    """Attempts, which are Indexed Jobs, of the job."""
    start_time: Time | None = None
    """When the operator first processed the job."""
    completion_time: Time | None = None
    """When the job ended, completed or failed."""
    scratch_removed: bool | None = None
    """True once the job's Jobs and scratch objects are removed, `ttlSecondsAfterFinished` after its end."""

    @classmethod
    def from_wire(cls, status: Mapping[str, Any] | None) -> Self:
        """The status of an object. One that is absent or that this version cannot read is empty, to be built anew.

        What a newer operator says besides is left out: that a job has ended is never forgotten for it.
        """
        try:
            return cls.model_validate(_known(status or {}), extra="ignore", by_alias=True, by_name=False)
        except ValidationError:
            return cls()

    def to_wire(self) -> dict[str, Any]:
        """As the API server takes it: plain values, camelCase, nothing that is null."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
