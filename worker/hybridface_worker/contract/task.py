"""`attempts/<n>.json`: the task of an attempt's pods. A pod's shard is its JOB_COMPLETION_INDEX."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .document import Document, Part
from .fields import Range, Segment
from .plan import ChunkRef
from .spec import FaceSelection, JobRef, Limits, ModelRef


class ProbeShard(Part):
    """Half-open ranges over the rows of `inputs.json`."""

    sources: Range
    """Rows of `sources`."""
    targets: Range
    """Rows of `targets`."""


class SwapShard(Part):
    """A run of chunks; chunks of one range stand together, so that it is decoded and detected once."""

    chunks: tuple[ChunkRef, ...] = Field(min_length=1)
    """In the order of the work."""
    alone: tuple[ChunkRef, ...] = ()
    """Those of them with a counted try: each is worked with nothing else in flight, so that only the guilty fails."""


class MergeShard(Part):
    """A half-open range over the plan's published outputs."""

    outputs: Range
    """Which of them, counted source by source in the plan's order."""


class ProbeTask(Part):
    """What Probe needs to know before there is a plan."""

    phase: Literal["probe"] = "probe"
    """Tells the phases' tasks apart."""
    detector: ModelRef
    """Finds the faces of sources."""
    faces: FaceSelection
    """What counts as a face."""
    limits: Limits
    """What inputs may be at most."""
    shards: tuple[ProbeShard, ...]
    """A pod's share is the one of its index."""


class SwapTask(Part):
    """Swap reads everything else from the plan."""

    phase: Literal["swap"] = "swap"
    """Tells the phases' tasks apart."""
    shards: tuple[SwapShard, ...]
    """A pod's share is the one of its index."""


class MergeTask(Part):
    """Merge reads everything else from the plan."""

    phase: Literal["merge"] = "merge"
    """Tells the phases' tasks apart."""
    shards: tuple[MergeShard, ...]
    """A pod's share is the one of its index."""


class Attempt(Document):
    """A placement's part in one pool and phase: a frozen list of shards."""

    attempt: int = Field(ge=1)
    """Counted over the job's whole life, in all phases."""
    job: JobRef
    """Whose work it is."""
    pool: Segment
    """Where it runs; `local` on one machine."""
    work: Annotated[ProbeTask | SwapTask | MergeTask, Field(discriminator="phase")]
    """What to do, by phase."""
    decision: int | None = Field(None, ge=1)
    """Number of the decision that placed it; absent on one machine."""
    price_per_gpu_hour: str | None = Field(None, max_length=24)
    """The price that it was placed at, for estimates of its cost."""
