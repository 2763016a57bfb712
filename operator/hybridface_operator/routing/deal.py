"""How much each pool takes, and for what the rest waits. Knows no gates but by what they said."""

from __future__ import annotations

from collections.abc import Sequence

from hybridface_worker.contract.reasons import Reason

from .gates import ORDER, Asked, Failed, cpu_room
from .placement import Share, Waiting
from .rules import rule_named
from .standing import Standing

SHARDS_PER_GPU = 2
"""So that the tail can be dealt out again, a pool is given no more than this many shards for each GPU."""


def shares(asked: Asked, takers: Sequence[Standing]) -> tuple[Share, ...]:
    """Parts of the pools that fit, the preferred one first, until nothing is left."""
    left = asked.request.shards
    if not asked.needs_gpus:
        return _all_to_the_first(asked, takers) if left else ()
    dealt = []
    for standing in takers:
        if not left:
            break
        parallelism = min(left, standing.free_gpus)
        part = min(left, SHARDS_PER_GPU * parallelism)
        dealt.append(Share(pool=standing.pool.name, shards=part, parallelism=parallelism))
        left -= part
    return tuple(dealt)


def _all_to_the_first(asked: Asked, takers: Sequence[Standing]) -> tuple[Share, ...]:
    """Pods without a GPU queue for nothing, so there is nothing that another pool could give sooner."""
    shards = asked.request.shards
    return tuple(
        Share(pool=standing.pool.name, shards=shards, parallelism=min(shards, cpu_room(asked, standing)))
        for standing in takers[:1]
    )


def waiting(
    asked: Asked, dealt: Sequence[Share], judged: Sequence[tuple[Standing, Failed | None]], rule: str
) -> Waiting | None:
    """What no pool took, and what the pool that is nearest to taking it lacks; of equals, the preferred one."""
    left = asked.request.shards - sum(share.shards for share in dealt)
    if not left:
        return None
    if dealt:
        full = ", ".join(share.pool for share in dealt)
        return Waiting(shards=left, reason=Reason.NO_FREE_GPUS, message=f"more free GPUs of {full}")
    failures = [(standing.pool.name, failed) for standing, failed in judged if failed]
    if not failures:
        message = f"{rule_named(rule)} names no pool of the inventory; correct the policy"
        return Waiting(shards=left, reason=Reason.NOT_IN_RULE, message=message)
    pool, nearest = max(failures, key=lambda failure: ORDER.index(failure[1].gate))
    return Waiting(shards=left, reason=nearest.reason, message=f"{pool}: {nearest.message}")
