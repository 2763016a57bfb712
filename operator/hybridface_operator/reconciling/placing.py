"""From a placement to attempts: what goes is ended, what waits is dealt out to the pools that take it."""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_operator.planning.deal import deal
from hybridface_operator.routing.placement import Placement, Share
from hybridface_worker.contract.plan import Plan
from hybridface_worker.contract.task import Attempt, MergeTask, ProbeTask, SwapTask

from . import merging, probing, swapping
from .actions import EndAttempt, StartAttempt
from .ending import end
from .observed import Observed
from .records import EndCause


def place(seen: Observed, placement: Placement, decision: int) -> tuple[EndAttempt | StartAttempt, ...]:
    """What follows from a placement that was made for what `seen` asked for."""
    return (*_leave(seen, placement), *_start(seen, placement, decision))


def _leave(seen: Observed, placement: Placement) -> Iterator[EndAttempt]:
    why = {verdict.pool: verdict.message for verdict in placement.verdicts}
    for attempt in seen.live():
        if attempt.number in placement.leave and attempt.running:
            yield end(attempt, EndCause.MOVED, why.get(attempt.pool, "its pool is no longer in the inventory"))


def _start(seen: Observed, placement: Placement, decision: int) -> Iterator[StartAttempt]:
    number = max((attempt.number for attempt in seen.attempts), default=0) + 1
    for share, work in _dealt(seen, placement):
        price = next((verdict.price for verdict in placement.verdicts if verdict.pool == share.pool), None)
        attempt = Attempt(
            attempt=number,
            job=seen.ref,
            pool=share.pool,
            work=work,
            decision=decision,
            price_per_gpu_hour=price,
        )
        yield StartAttempt(attempt, min(share.parallelism, len(work.shards)))
        number += 1


def _dealt(seen: Observed, placement: Placement) -> Iterator[tuple[Share, ProbeTask | SwapTask | MergeTask]]:
    """What each pool is given. Probe and Merge go whole to the first: they ask for no device that could be short."""
    if not placement.shares:
        return
    if placement.phase == "swap" and seen.plan is not None:
        yield from _deal_swap(seen, placement, seen.plan)
    elif placement.phase == "probe" and seen.inputs is not None:
        yield placement.shares[0], probing.progress(seen, seen.inputs).task
    elif placement.phase == "merge" and seen.plan is not None:
        progress = merging.progress(seen, seen.plan)
        if progress.waiting:
            yield placement.shares[0], progress.task(max(1, min(seen.settings.cpu_shards, len(progress.waiting))))


def _deal_swap(seen: Observed, placement: Placement, plan: Plan) -> Iterator[tuple[Share, SwapTask]]:
    """Dealt evenly into shards that the pools take in their order; the rest waits.

    Where not all is placed, half of what waits is (factoring: Hummel, Schonberg and Flynn, 1992). So attempts are few,
    their number grows with the logarithm of the chunks, shards become smaller towards the end, and a pool that becomes
    free finds work.
    """
    progress = swapping.progress(seen, plan)
    if not progress.waiting:
        return
    placed = sum(share.shards for share in placement.shares)
    runs = min(progress.ranges, 2 * placed) if placement.waiting else placed
    shards = list(deal(progress.waiting, runs, tried=set(seen.tries)))
    for share in placement.shares:
        own, shards = shards[: share.shards], shards[share.shards :]
        if own:
            yield _cut(share, len(own)), SwapTask(shards=tuple(own))


def _cut(share: Share, shards: int) -> Share:
    return share.model_copy(update={"shards": shards, "parallelism": min(share.parallelism, shards)})
