"""`attempts/<n>.json`: the task of an attempt's pods. A pod's shard is its JOB_COMPLETION_INDEX."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .document import Document, Part
from .plan import ChunkRef
from .spec import FaceSelection, JobRef, Limits, ModelRef


class ProbeShard(Part):
    """Half-open ranges over the rows of `inputs.json`."""

    sources: tuple[int, int]
    targets: tuple[int, int]


class SwapShard(Part):
    """A run of chunks; chunks of one range stand together, so that it is decoded and detected once."""

    chunks: tuple[ChunkRef, ...] = Field(min_length=1)
    alone: tuple[ChunkRef, ...] = ()
    """Those of them with a counted try: each is worked with nothing else in flight, so that only the guilty fails."""


class MergeShard(Part):
    """A half-open range over the plan's published outputs."""

    outputs: tuple[int, int]


class ProbeTask(Part):
    """What Probe needs to know before there is a plan."""

    phase: Literal["probe"] = "probe"
    detector: ModelRef
    faces: FaceSelection
    limits: Limits
    shards: tuple[ProbeShard, ...]


class SwapTask(Part):
    """Swap reads everything else from the plan."""

    phase: Literal["swap"] = "swap"
    shards: tuple[SwapShard, ...]


class MergeTask(Part):
    """Merge reads everything else from the plan. With `index` the shard also writes the job's index."""

    phase: Literal["merge"] = "merge"
    shards: tuple[MergeShard, ...]


class Attempt(Document):
    """A placement's part in one pool and phase: a frozen list of shards."""

    attempt: int = Field(ge=1)
    job: JobRef
    pool: str
    work: Annotated[ProbeTask | SwapTask | MergeTask, Field(discriminator="phase")]
