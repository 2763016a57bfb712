"""How chunks are dealt out to shards. Knows nothing of pools, pods or processes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.task import SwapShard


def deal(
    chunks: Iterable[ChunkRef], shards: int, *, tried: Collection[ChunkRef] = frozenset()
) -> tuple[SwapShard, ...]:
    """At most `shards` runs of chunks, of about equally many frames; `tried` are those with a counted try.

    Runs are contiguous in the order given (the plan's), so that a shard's decoder goes on where it is, and the chunks
    of one range stand together, so that it is decoded and detected once for all sources. No run is longer than its
    even share and one range.
    """
    if shards < 1:
        raise ValueError(f"{shards} shards: at least one is needed")
    ordered = tuple(chunks)
    total = sum(chunk.length for chunk in ordered)
    runs: list[list[ChunkRef]] = [[] for _ in range(shards)]
    before = 0
    for _, group in groupby(ordered, key=lambda chunk: (chunk.target, chunk.unit, chunk.start)):
        together = tuple(group)
        frames = sum(chunk.length for chunk in together)
        middle_doubled = 2 * before + frames
        runs[middle_doubled * shards // (2 * total)].extend(together)
        before += frames
    return tuple(
        SwapShard(chunks=tuple(run), alone=tuple(chunk for chunk in run if chunk in tried)) for run in runs if run
    )
