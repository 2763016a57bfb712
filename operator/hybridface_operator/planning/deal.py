"""What is left of a plan, and how it is dealt out to shards. Knows nothing of pools, pods or processes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.task import SwapShard


def remaining(
    plan: Plan, committed: Collection[ChunkRef], held: Collection[ChunkRef] = frozenset()
) -> tuple[ChunkRef, ...]:
    """Plan - committed - held by live attempts, in the plan's order."""
    return tuple(chunk for chunk in plan.chunks() if chunk not in committed and chunk not in held)


def deal(
    chunks: Iterable[ChunkRef], shards: int, *, alone: Collection[ChunkRef] = frozenset()
) -> tuple[SwapShard, ...]:
    """At most `shards` runs of chunks, of about equally many frames, and one more for each chunk that stands `alone`.

    Runs are contiguous in the order given (the plan's), so that a shard's decoder goes on where it is, and the chunks
    of one range stand together, so that it is decoded and detected once for all sources. No run is longer than its
    even share and one range. A chunk that ended a worker before is dealt alone: it can take nothing down with it.
    """
    if shards < 1:
        raise ValueError(f"{shards} shards: at least one is needed")
    ordered = tuple(chunks)
    together = [chunk for chunk in ordered if chunk not in alone]
    ranges = [tuple(group) for _, group in groupby(together, key=lambda chunk: (chunk.target, chunk.unit, chunk.start))]
    total = sum(chunk.length for chunk in together)
    runs: list[list[ChunkRef]] = [[] for _ in range(shards)]
    before = 0
    for group in ranges:
        frames = sum(chunk.length for chunk in group)
        middle_doubled = 2 * before + frames
        runs[middle_doubled * shards // (2 * total)].extend(group)
        before += frames
    dealt = [SwapShard(chunks=tuple(run)) for run in runs if run]
    return (*dealt, *(SwapShard(chunks=(chunk,)) for chunk in ordered if chunk in alone))
