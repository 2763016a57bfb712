"""All that is known of one job at one moment: what `advance` decides by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

from hybridface_operator.planning.settled import Settled
from hybridface_operator.policy.types import Sensitivity, moment
from hybridface_operator.spec.job import FaceSwapJob
from hybridface_operator.spec.status import FaceSwapJobStatus
from hybridface_operator.spec.types import seconds
from hybridface_worker.contract.inputs import Inputs
from hybridface_worker.contract.manifest import Usage, WorkerExit
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.probe import Finding, ProbeResult
from hybridface_worker.contract.spec import JobRef, Limits, Models
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask

from .records import AttemptEnd, EndCause
from .seen import JobState, PodState

Outcome = Literal["done", "failed"]
_SECONDS_PER_HOUR = 3600
_SMALLEST_COST = Decimal("0.000001")
"""Costs are told to a millionth."""


@dataclass(frozen=True)
class Settings:
    """What of the operator's settings decides. Cluster tests make them short."""

    cpu_shards: int = 8
    """Into so many shards Probe and Merge are dealt at most."""
    probe_bytes: int = 256 * 2**20
    """So many bytes to be probed are worth a pod of their own: in about the time that one takes to start they are."""
    probe_objects: int = 64
    """The same of objects, which are opened one after the other."""
    dead_pod_seconds: float = 60
    """A pod that should have ended so long ago is on a dead node: it is removed by force, and nobody waits for it."""
    fruitless_attempts: int = 5
    """After so many attempts in a row that got nowhere and named no culprit the job fails."""
    worker_image: str = ""
    """The worker's image, where no pod has said which digest it runs."""
    limits: Limits = field(default_factory=Limits)
    """What inputs may be at most."""
    unscheduled_seconds: float = 180
    """A pod that finds no node for so long is given up: the policy's `unscheduledTimeout`."""


@dataclass(frozen=True)
class AttemptView:
    """An attempt: what was written down, its Job, its pods, and how it ended."""

    document: Attempt
    job: JobState | None = None
    pods: tuple[PodState, ...] = ()
    end: AttemptEnd | None = None
    ending: EndCause | None = None
    """Why it is being ended, where this operator has said so."""
    said: str | None = None
    """Why its Job made no pods, where the API server told that."""

    @property
    def number(self) -> int:
        """Counted over the job's whole life."""
        return self.document.attempt

    @property
    def pool(self) -> str:
        """Where it runs."""
        return self.document.pool

    @property
    def work(self) -> ProbeTask | SwapTask | MergeTask:
        """Its shards."""
        return self.document.work

    @property
    def live(self) -> bool:
        """Whether it holds its shards: until it is written down that it ended."""
        return self.end is None

    @property
    def running(self) -> bool:
        """Whether it is live and nobody has ended it."""
        return self.live and self.job is not None and not self.job.deleting and not self.job.finished

    @property
    def left(self) -> tuple[PodState, ...]:
        """Its pods that have not ended."""
        return tuple(pod for pod in self.pods if not pod.ended)

    @property
    def chunks(self) -> set[ChunkRef]:
        """The chunks that it was given; none in Probe and Merge."""
        if not isinstance(self.work, SwapTask):
            return set()
        return {chunk for shard in self.work.shards for chunk in shard.chunks}

    def gpu_seconds(self, now: datetime) -> float:
        """For how long its pods have held GPUs; Probe and Merge hold none."""
        if self.end is not None:
            return self.end.gpu_seconds
        return sum(pod.held_seconds(now) for pod in self.pods) if isinstance(self.work, SwapTask) else 0.0

    def cost(self, now: datetime) -> Decimal:
        """What it has cost, at the price that it was placed at."""
        if self.end is not None:
            return self.end.cost
        return price_of(self.gpu_seconds(now), Decimal(self.document.price_per_gpu_hour or 0))


@dataclass(frozen=True)
class Busy:
    """How long workers took, and for how long of it a model ran on their device."""

    elapsed_ms: float = 0
    device_ms: float = 0

    def __add__(self, usage: Usage) -> Busy:
        return Busy(self.elapsed_ms + usage.elapsed, self.device_ms + usage.device_busy)

    @property
    def percent(self) -> int | None:
        """Of the time; None where nothing was done."""
        return min(100, round(100 * self.device_ms / self.elapsed_ms)) if self.elapsed_ms else None


@dataclass(frozen=True)
class Observed:
    """One job, now."""

    now: datetime
    job: FaceSwapJob
    ref: JobRef
    sensitivity: Sensitivity
    """The job's own, or its tenant's least where that is stricter."""
    models: Models | None
    """What the catalogue has under the names that the job gives; None where it was refused before."""
    settings: Settings = Settings()
    status: FaceSwapJobStatus = field(default_factory=FaceSwapJobStatus)
    """The status as it was last written."""
    refusal: Finding | None = None
    """Why the job may not run as it stands: its specification, its grant, its models, its inputs."""
    refusal_is_final: bool = False
    """Whether no edit of anything else can mend that."""
    inputs: Inputs | None = None
    """What it reads; needed no more once there is a plan."""
    probes: Mapping[int, ProbeResult] = field(default_factory=dict)
    """What Probe has found, by shard."""
    plan: Plan | None = None
    chunks: tuple[ChunkRef, ...] | None = None
    """The plan's, where somebody has counted them out before."""
    committed: Mapping[ChunkRef, Outcome] = field(default_factory=dict)
    busy: Busy = field(default_factory=Busy)
    """How busy workers kept their devices."""
    video_seconds: Fraction = Fraction(0)
    """Of video in chunks that are done."""
    attempts: tuple[AttemptView, ...] = ()
    """Every attempt, oldest first."""
    exits: Mapping[str, WorkerExit] = field(default_factory=dict)
    """How workers ended, by pod."""
    tries: Mapping[ChunkRef, tuple[WorkerExit, ...]] = field(default_factory=dict)
    """Counted tries of chunks that are not committed."""
    reports: Mapping[int, Settled] = field(default_factory=dict)
    """What came of outputs, by their positions among the plan's published ones."""
    indexed: bool = False
    """Whether the index is published."""
    free_gpus: Mapping[str, int] = field(default_factory=dict)
    """GPUs that nobody holds or was promised, by pool: below 0 where more were promised than there are. A pool is
    absent where that cannot be known."""
    closed: frozenset[str] = frozenset()
    """Pools of whose nodes none takes pods."""

    @property
    def generation(self) -> int:
        """The specification's, as the API server counts."""
        return self.job.metadata.generation or 0

    @cached_property
    def created(self) -> datetime:
        """When the job was created."""
        return moment(self.job.metadata.creation_timestamp or self.now.isoformat())

    @cached_property
    def planned(self) -> tuple[ChunkRef, ...]:
        """Every chunk, in the plan's order; none before there is a plan."""
        if self.chunks is not None:
            return self.chunks
        return tuple(self.plan.chunks()) if self.plan else ()

    @property
    def deadline(self) -> datetime | None:
        """When it should be done."""
        within = self.job.spec.complete_within
        return self.created + timedelta(seconds=seconds(within)) if within else None

    def live(self) -> tuple[AttemptView, ...]:
        """Attempts that hold their shards."""
        return tuple(attempt for attempt in self.attempts if attempt.live)

    def of(self, kind: type[ProbeTask | SwapTask | MergeTask]) -> tuple[AttemptView, ...]:
        """Attempts of one phase."""
        return tuple(attempt for attempt in self.attempts if isinstance(attempt.work, kind))

    @cached_property
    def cost(self) -> Decimal:
        """What the job has cost so far."""
        return sum((attempt.cost(self.now) for attempt in self.attempts), Decimal(0))

    @property
    def over_budget(self) -> bool:
        """Whether it has cost as much as it may. What may cost nothing goes on while it costs nothing."""
        budget = self.job.spec.budget
        if budget is None or budget.max_cost is None:
            return False
        return self.cost >= max(Decimal(budget.max_cost), _SMALLEST_COST)

    @property
    def held(self) -> bool:
        """Whether nothing of it may run for now."""
        return self.job.spec.suspend or self.over_budget


def price_of(gpu_seconds: float, price_per_gpu_hour: Decimal) -> Decimal:
    """What so much GPU time costs, to a millionth."""
    return (Decimal(gpu_seconds) * price_per_gpu_hour / _SECONDS_PER_HOUR).quantize(_SMALLEST_COST)
