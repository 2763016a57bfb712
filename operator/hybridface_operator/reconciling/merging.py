"""Merge in a cluster: which outputs are left, which are given up, and how the rest is dealt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hybridface_operator.planning.merging import deal_merge
from hybridface_operator.planning.tries import MAX_TRIES_ALONE, too_many_tries
from hybridface_worker.contract.manifest import WorkerExit
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.task import MergeShard, MergeTask

from .actions import FailOutput
from .observed import Observed


@dataclass(frozen=True)
class Merging:
    """Where Merge stands."""

    left: tuple[int, ...]
    """Positions of outputs without a report, in the plan's order."""
    waiting: tuple[int, ...]
    """Those of them that nobody holds."""
    lost: tuple[FailOutput, ...]
    """Those that ended as many workers as they may."""
    alone: frozenset[int]
    """Positions that are suspected of having ended a worker."""

    def task(self, shards: int) -> MergeTask:
        """What the next attempt is given."""
        return MergeTask(shards=deal_merge(self.waiting, shards, alone=self.alone))


def progress(seen: Observed, plan: Plan) -> Merging:
    """Where Merge stands."""
    left = tuple(position for position in range(plan.published_count) if position not in seen.reports)
    ends = _culprits(seen)
    lost = {position: own for position in left if len(own := ends.get(position, [])) >= MAX_TRIES_ALONE}
    held = {
        position
        for attempt in seen.live()
        if isinstance(attempt.work, MergeTask)
        for shard in attempt.work.shards
        for position in range(*shard.outputs)
    }
    return Merging(
        left,
        tuple(position for position in left if position not in held and position not in lost),
        tuple(FailOutput(position, too_many_tries(own)) for position, own in lost.items()),
        frozenset(position for shard, _ in _ended(seen) for position in range(*shard.outputs)),
    )


def _culprits(seen: Observed) -> dict[int, list[WorkerExit]]:
    """The ends of workers that had one output only."""
    ends: dict[int, list[WorkerExit]] = {}
    for shard, end in _ended(seen):
        first, behind = shard.outputs
        if behind - first == 1:
            ends.setdefault(first, []).append(end)
    return ends


def _ended(seen: Observed) -> Iterator[tuple[MergeShard, WorkerExit]]:
    """Counted ends of workers, each with its shard."""
    works = {attempt.number: attempt.work for attempt in seen.of(MergeTask)}
    for end in seen.exits.values():
        work = works.get(end.attempt)
        if end.counts and isinstance(work, MergeTask) and end.shard < len(work.shards):
            yield work.shards[end.shard], end
