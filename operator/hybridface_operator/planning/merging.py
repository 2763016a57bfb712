"""How Merge's work is dealt out, and dealt out again where it ends its workers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hybridface_worker.contract.task import MergeShard


def deal_merge(
    positions: Iterable[int], shards: int, *, alone: Collection[int] = frozenset()
) -> tuple[MergeShard, ...]:
    """Ranges over the plan's published outputs that cover `positions` and nothing else; `alone` are one-output ranges.

    There are about `shards` of them: more where the positions have gaps.
    """
    ordered = sorted(set(positions))
    longest = max(1, -(-len(ordered) // shards))
    ranges: list[list[int]] = []
    for position in ordered:
        last = ranges[-1] if ranges else None
        fits = last is not None and last[1] == position and position - last[0] < longest
        if last is None or not fits or position in alone or last[0] in alone:
            ranges.append([position, position + 1])
        else:
            last[1] = position + 1
    return tuple(MergeShard(outputs=(start, end)) for start, end in ranges)
