"""Works the shards of a phase whose rows are independent, and finds the row that ends its workers.

A shard of several rows whose worker ended is dealt out again row by row; a row that ended too many workers alone is
given up, and stops no other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hybridface_operator.planning.tries import MAX_TRIES_ALONE, too_many_tries
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.task import Attempt

from .runner import Patience, Runner, ShardEnd


@dataclass
class Outcome:
    """What did not end well in an attempt. Shards that are in neither were done."""

    suspects: set[int] = field(default_factory=set)
    """Shards of several rows, one of which ended the worker."""
    given_up: dict[int, Finding] = field(default_factory=dict)
    """Shards of one row that is not tried again, and why."""


async def run_isolating(runner: Runner, attempt: Attempt, shards: Sequence[int], rows: Sequence[int]) -> Outcome:
    """Works the shards; `rows` says how many rows each shard of the attempt has.

    Raises:
        JobStopped: as the runner raises it.
        Interrupted: as the runner raises it.
    """
    outcome = Outcome()
    ends: defaultdict[int, list[ShardEnd]] = defaultdict(list)
    patience = Patience()

    def again(end: ShardEnd) -> bool:
        if not end.exit.counts:
            patience.fruitless(end)
            return True
        if rows[end.shard] > 1:
            outcome.suspects.add(end.shard)
            return False
        ends[end.shard].append(end)
        if len(ends[end.shard]) < MAX_TRIES_ALONE:
            return True
        outcome.given_up[end.shard] = too_many_tries([each.exit for each in ends[end.shard]], end.ending.words)
        return False

    await runner.run(attempt, shards, again)
    return outcome
