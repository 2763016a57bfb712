"""Swap in a cluster: remaining = plan - committed - held by live attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridface_operator.planning.standing import needed_chunks
from hybridface_operator.planning.tries import exhausted, too_many_tries
from hybridface_worker.contract.plan import ChunkRef, Plan
from hybridface_worker.contract.task import ProbeTask, SwapTask

from .actions import FailChunk
from .observed import AttemptView, Observed
from .records import EndCause


@dataclass(frozen=True)
class Swapping:
    """Where Swap stands."""

    needed: tuple[ChunkRef, ...]
    """Every chunk that an output is made of, in the plan's order."""
    left: tuple[ChunkRef, ...]
    """Those that are not committed."""
    waiting: tuple[ChunkRef, ...]
    """Those of them that nobody holds."""
    lost: tuple[FailChunk, ...]
    """Those that ended as many workers as they may."""

    @property
    def ranges(self) -> int:
        """Into so many shards what waits can be dealt: the chunks of one range stay together."""
        return len({(chunk.target, chunk.unit, chunk.start) for chunk in self.waiting})


def progress(seen: Observed, plan: Plan) -> Swapping:
    """Where Swap stands."""
    needed = seen.planned
    if seen.reports and len(seen.committed) < len(needed):
        wanted = [output for position, output in enumerate(plan.published()) if position not in seen.reports]
        needed = needed_chunks(plan, wanted, seen.planned)
    left = tuple(chunk for chunk in needed if chunk not in seen.committed)
    held = {chunk for attempt in seen.live() for chunk in attempt.chunks}
    tried = exhausted({chunk: seen.tries[chunk] for chunk in left if chunk in seen.tries}, plan.max_tries_per_chunk)
    lost = tuple(
        FailChunk(chunk, too_many_tries(ends), ends[-1].attempt, ends[-1].shard) for chunk, ends in tried.items()
    )
    return Swapping(needed, left, tuple(chunk for chunk in left if chunk not in held and chunk not in tried), lost)


def fruitless(seen: Observed, attempts: Sequence[AttemptView]) -> int:
    """How many attempts in a row, the last ones, finished without a chunk, a culprit, or anybody having ended them.

    Of a Probe attempt it is not known which results are its own; as there is no plan yet, it left some out.
    """
    count = 0
    for attempt in reversed(attempts):
        if attempt.live:
            continue
        ended_well = attempt.end is not None and attempt.end.cause is EndCause.FINISHED
        named = any(end.counts for end in seen.exits.values() if end.attempt == attempt.number)
        if not ended_well or named or _got_somewhere(seen, attempt):
            break
        count += 1
    return count


def _got_somewhere(seen: Observed, attempt: AttemptView) -> bool:
    if isinstance(attempt.work, SwapTask):
        return any(chunk in seen.committed for chunk in attempt.chunks)
    if isinstance(attempt.work, ProbeTask):
        return False
    return any(position in seen.reports for shard in attempt.work.shards for position in range(*shard.outputs))
