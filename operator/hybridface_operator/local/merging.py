"""The Merge phase on this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hybridface_operator.planning.merging import deal_merge
from hybridface_operator.storage.records import Records
from hybridface_worker.contract.plan import Plan, PlannedOutput
from hybridface_worker.contract.task import MergeTask

from .isolating import run_isolating
from .listener import Listener
from .runner import Runner


async def merge(
    records: Records,
    runner: Runner,
    listener: Listener,
    plan: Plan,
    wanted: Mapping[tuple[str, PlannedOutput], str],
    *,
    shards: int,
) -> None:
    """Has every wanted output merged and published, or reported as failed. `wanted` maps outputs to their URIs."""
    outputs = list(plan.published())
    listener.phase("merge", total=len(outputs), done=len(outputs) - len(wanted))
    left = {position for position, output in enumerate(outputs) if output in wanted}
    alone: Collection[int] = frozenset()
    while left:
        dealt = deal_merge(left, shards, alone=alone)
        attempt = records.new_attempt(MergeTask(shards=dealt))
        ranges = [range(*shard.outputs) for shard in dealt]
        outcome = await run_isolating(runner, attempt, range(len(dealt)), [len(positions) for positions in ranges])
        for shard, finding in outcome.given_up.items():
            for position in ranges[shard]:
                source, output = outputs[position]
                records.fail_output(plan, source, output, wanted[source, output], finding)
        left = {position for shard in outcome.suspects for position in ranges[shard]}
        alone = left
