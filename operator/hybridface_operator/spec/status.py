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
    """Which aspect."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: ReasonCode
    """Why, as a code."""
    message: Message
    """Why, in words: what was found and what to do."""
    last_transition_time: Time
    """When `status` last changed."""
    observed_generation: Count | None = None
    """The `metadata.generation` that it was judged by."""


class PlacedShare(Part):
    """A pool's part of the work that is placed."""

    pool: Label
    """Which pool."""
    shards: Count
    """Into so many shards its part is dealt."""
    parallelism: Count
    """So many pods work at a time."""


class WaitingWork(Part):
    """What found no place."""

    shards: Count
    """How many shards."""
    reason: ReasonCode
    """Why, as a code: that of the pool which is nearest to fitting."""
    message: Message
    """For what they wait, in words."""


class PoolVerdict(Part):
    """What the last decision said of one pool."""

    pool: Label
    """Which pool."""
    fit: bool
    """Whether it may take work of the job."""
    reason: ReasonCode
    """`Fits`, or why not."""
    message: Message
    """The same in words, with the numbers that it rests on."""
    price: Decimal | None = None
    """The price that it was judged by, per GPU-hour."""
    price_observed_at: Time | None = None
    """When that price was observed; absent where it is a fixed one."""


class PlacementStatus(Part):
    """The last decision on where the job runs."""

    decision: Count
    """Its number; the whole of it is stored with the job as `decisions/<number>.json`."""
    rule: ShortText
    """The rule of the policy that matched, or `default`."""
    pools: ShortText = ""
    """The pools that have work, as the column shows them."""
    price: ShortText = ""
    """Their prices per GPU-hour, as the column shows them."""
    shares: Annotated[tuple[PlacedShare, ...], Field(max_length=MAX_POOLS)] = ()
    """What each pool has, the preferred one first."""
    waiting: WaitingWork | None = None
    """What is left, and for what it waits."""
    verdicts: Annotated[tuple[PoolVerdict, ...], Field(max_length=MAX_POOLS)] = ()
    """One for every pool of the inventory."""
    policy_digest: Annotated[str, Field(max_length=64, pattern=SHA256)] | None = None
    """The SHA-256 digest of the policy in force."""
    policy_revision: Count | None = None
    """Consul's index of that policy; 0 where it came from nowhere."""


class ProgressStatus(Part):
    """How far it is."""

    chunks: Count
    """Chunks of the plan."""
    chunks_done: Count
    """Committed as done."""
    chunks_failed: Count = 0
    """Committed as failed."""
    frames: Count
    """Frames and images of all chunks."""
    frames_done: Count
    """Those of committed chunks."""
    percent: Annotated[Integer, Field(ge=0, le=100)]
    """Of the frames, rounded down."""
    text: ShortText
    """`<chunks done>/<chunks>`, as the column shows it."""

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
    """Which pool."""
    seconds: Count
    """Seconds that GPUs were held there, times GPUs."""


class PoolCost(Part):
    """Cost in one pool."""

    pool: Label
    """Which pool."""
    amount: Decimal
    """Estimated from GPU time and the price at the time."""


class UsageStatus(Part):
    """What it took so far."""

    gpu_seconds: Annotated[tuple[PoolGpuSeconds, ...], Field(max_length=MAX_POOLS)] = ()
    """GPU time by pool."""
    video_seconds: Decimal | None = None
    """Seconds of video in chunks that are done, by the videos' own times; a video counts once for each source."""
    cost: Annotated[tuple[PoolCost, ...], Field(max_length=MAX_POOLS)] = ()
    """Estimated cost by pool."""
    total_cost: Decimal | None = None
    """The sum of it, which `budget.maxCost` bounds."""
    currency: Annotated[str, Field(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$")] | None = None
    """Of every amount: the policy's."""
    device_busy_percent: Annotated[Integer, Field(ge=0, le=100)] | None = None
    """Part of the time of workers in which a model ran on their device, over the chunks that are committed."""


class OutputsStatus(Part):
    """What was published."""

    count: Count
    """Outputs that are published."""
    failed: Count = 0
    """Outputs that will not be."""
    index: Annotated[str, Field(max_length=2048)] | None = None
    """Address of the index of all outputs and reports, once it is written."""


class AttemptsStatus(Part):
    """Indexed Jobs that were made for it."""

    started: Count = 0
    """How many, over the job's whole life and all phases."""
    last_cause: ReasonCode | None = None
    """Why the last of them that ended did."""


class FaceSwapJobStatus(Part):
    """What became of the job."""

    observed_generation: Annotated[Integer, Field(ge=-1, lt=2**63)] = -1
    """The `metadata.generation` that the status speaks of; -1 until the operator has seen the object, so that tools
    which read kstatus do not take it for ready."""
    conditions: Annotated[tuple[Condition, ...], Field(max_length=len(ConditionType))] = ()
    """The truth about the job: Ready, Reconciling and Stalled as kstatus reads them, and the job's own."""
    phase: JobPhase = JobPhase.PENDING
    """For people's eyes only: where it is, in one word."""
    placement: PlacementStatus | None = None
    """The last decision on where it runs."""
    progress: ProgressStatus | None = None
    """How far it is, once there is a plan."""
    usage: UsageStatus | None = None
    """What it took so far."""
    outputs: OutputsStatus | None = None
    """What was published."""
    attempts: AttemptsStatus | None = None
    """Indexed Jobs that were made for it."""
    start_time: Time | None = None
    """When the operator first took it up."""
    completion_time: Time | None = None
    """When it ended, completed or failed."""
    scratch_removed: bool | None = None
    """True once its Jobs and scratch objects are removed, `ttlSecondsAfterFinished` after it ended."""

    @classmethod
    def from_wire(cls, status: Mapping[str, Any] | None) -> Self:
        """The status of an object. One that is absent or that this version cannot read is empty, to be built anew."""
        try:
            return cls.model_validate(status or {}, by_alias=True, by_name=False)
        except ValidationError:
            return cls()

    def to_wire(self) -> dict[str, Any]:
        """As the API server takes it: plain values, camelCase, nothing that is null."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
