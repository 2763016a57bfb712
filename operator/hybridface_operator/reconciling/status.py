"""The status that says it all: conditions, placement, progress, usage, outputs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hybridface_operator.policy.words import several
from hybridface_operator.routing.placement import Placement, Waiting
from hybridface_operator.spec.status import (
    AttemptsStatus,
    Condition,
    ConditionType,
    FaceSwapJobStatus,
    JobPhase,
    OutputsStatus,
    PlacedShare,
    PlacementStatus,
    PoolCost,
    PoolGpuSeconds,
    PoolVerdict,
    ProgressStatus,
    UsageStatus,
    WaitingWork,
)
from hybridface_worker.contract.probe import Finding
from hybridface_worker.contract.reasons import Reason
from hybridface_worker.contract.task import SwapTask

from .actions import JobStanding, Step
from .conditions import ConditionWriter
from .observed import AttemptView, Observed

_PERCENT_STEP = 5
"""Progress that is worth a write of the status."""
_FINER = re.compile(r"(?<=\.\d{6})\d+")
"""What a quote's time may say beyond microseconds: a status has no place for it."""


@dataclass(frozen=True)
class LastDecision:
    """The last decision on where a job goes."""

    number: int
    placement: Placement
    policy_sha256: str
    policy_revision: int


def status_of(
    seen: Observed,
    step: Step,
    decided: LastDecision | None,
    *,
    currency: str,
    index_uri: str | None,
    policy_refused: Finding | None = None,
) -> FaceSwapJobStatus:
    """The whole status. What the observation does not tell (a decision of an earlier life) is kept as it was.

    `policy_refused` says why the newest policy is not the one that is in force.
    """
    before = seen.status
    now = seen.now.isoformat(timespec="seconds")
    final = step.standing.final
    return FaceSwapJobStatus(
        observed_generation=seen.generation,
        conditions=(*_conditions(seen, step, decided), *_policy(seen, policy_refused)),
        phase=JobPhase.WAITING if _waits(seen, step, decided) else step.phase,
        placement=_placement(seen, decided) if decided else before.placement,
        progress=_progress(seen) or before.progress,
        usage=_usage(seen, currency) if seen.attempts else before.usage,
        outputs=_outputs(seen, index_uri) or before.outputs,
        attempts=_attempts(seen) if seen.attempts else before.attempts,
        start_time=before.start_time or now,
        completion_time=(before.completion_time or now) if final else None,
        scratch_removed=before.scratch_removed,
    )


def _conditions(seen: Observed, step: Step, decided: LastDecision | None) -> Iterator[Condition]:
    standing, waiting = step.standing, _waits(seen, step, decided)
    reason, message = (Reason.WAITING, waiting.message) if waiting else (str(step.reason), step.message)
    writer = _writer(seen)
    yield from writer.standing(standing, reason, message)
    known = {condition.type: condition for condition in seen.status.conditions}
    if seen.plan is not None:
        said = f"{several(len(seen.planned), 'chunk')} of {several(len(seen.plan.units), 'unit')} planned"
        yield writer.condition(ConditionType.PLANNED, "True", Reason.IN_PROGRESS, said)
    elif ConditionType.PLANNED in known:
        yield known[ConditionType.PLANNED]
    if decided is not None:
        yield _placed(seen, decided)
    elif ConditionType.PLACED in known:
        yield known[ConditionType.PLACED]


def _writer(seen: Observed) -> ConditionWriter:
    return ConditionWriter(seen.status, seen.generation, seen.now)


def _waits(seen: Observed, step: Step, decided: LastDecision | None) -> Waiting | None:
    """What the whole job waits for: something of it does, and nothing of it runs."""
    if step.request is None or decided is None or decided.placement.phase != step.request.phase:
        return None
    idle = step.standing is JobStanding.GOING and not seen.live()
    return decided.placement.waiting if idle else None


def _policy(seen: Observed, refused: Finding | None) -> Iterator[Condition]:
    """Said while it is so, and when it is over: a job that never met a refused policy does not speak of it."""
    if refused is not None:
        yield _writer(seen).condition(ConditionType.POLICY_CURRENT, "False", refused.reason, refused.message)
    elif any(condition.type is ConditionType.POLICY_CURRENT for condition in seen.status.conditions):
        said = "the newest policy is in force"
        yield _writer(seen).condition(ConditionType.POLICY_CURRENT, "True", Reason.POLICY_ACCEPTED, said)


def _placed(seen: Observed, decided: LastDecision) -> Condition:
    waiting = decided.placement.waiting
    running = sorted({attempt.pool for attempt in seen.live()} or {share.pool for share in decided.placement.shares})
    if waiting is None:
        said = (
            f"rule {decided.placement.rule} placed it on {', '.join(running)}"
            if running
            else "nothing waits for capacity"
        )
        return _writer(seen).condition(ConditionType.PLACED, "True", Reason.PLACED, said)
    said = f"{several(waiting.shards, 'shard')} waiting: {waiting.message}"
    if running:
        said = f"on {', '.join(running)}; {said}"
    return _writer(seen).condition(ConditionType.PLACED, "True" if running else "False", waiting.reason, said)


def _placement(seen: Observed, decided: LastDecision) -> PlacementStatus:
    placement = decided.placement
    live = seen.live()
    pools = sorted({attempt.pool for attempt in live}) or [share.pool for share in placement.shares]
    prices = {verdict.pool: verdict.price for verdict in placement.verdicts}
    shares = tuple(_share(pool, live) for pool in sorted({attempt.pool for attempt in live}))
    waiting = placement.waiting
    return PlacementStatus(
        decision=decided.number,
        rule=placement.rule,
        pools=",".join(pools)[:256],
        price=",".join(f"{prices[pool]}" for pool in pools if prices.get(pool))[:256],
        shares=shares[:32],
        waiting=WaitingWork(shards=waiting.shards, reason=waiting.reason, message=waiting.message) if waiting else None,
        verdicts=tuple(
            PoolVerdict(
                pool=verdict.pool,
                fit=verdict.fit,
                reason=verdict.reason,
                message=verdict.message,
                price=verdict.price,
                price_observed_at=verdict.price_observed_at and _FINER.sub("", verdict.price_observed_at),
            )
            for verdict in placement.verdicts
        ),
        policy_digest=decided.policy_sha256,
        policy_revision=decided.policy_revision,
    )


def _share(pool: str, live: Sequence[AttemptView]) -> PlacedShare:
    own = [attempt for attempt in live if attempt.pool == pool]
    return PlacedShare(
        pool=pool,
        shards=sum(len(attempt.work.shards) for attempt in own),
        parallelism=sum(attempt.job.parallelism for attempt in own if attempt.job),
    )


def _progress(seen: Observed) -> ProgressStatus | None:
    if seen.plan is None:
        return None
    chunks = seen.planned
    done = [chunk for chunk, outcome in seen.committed.items() if outcome == "done"]
    failed = [chunk for chunk, outcome in seen.committed.items() if outcome == "failed"]
    return ProgressStatus.counted(
        chunks=len(chunks),
        chunks_done=len(done),
        chunks_failed=len(failed),
        frames=sum(chunk.length for chunk in chunks),
        frames_done=sum(chunk.length for chunk in (*done, *failed)),
    )


def _usage(seen: Observed, currency: str) -> UsageStatus:
    seconds: defaultdict[str, float] = defaultdict(float)
    cost: defaultdict[str, Decimal] = defaultdict(Decimal)
    for attempt in seen.attempts:
        if isinstance(attempt.work, SwapTask):
            seconds[attempt.pool] += attempt.gpu_seconds(seen.now)
            cost[attempt.pool] += attempt.cost(seen.now)
    return UsageStatus(
        gpu_seconds=tuple(PoolGpuSeconds(pool=pool, seconds=round(each)) for pool, each in sorted(seconds.items())),
        video_seconds=_seconds(seen.video_seconds),
        cost=tuple(PoolCost(pool=pool, amount=_amount(each)) for pool, each in sorted(cost.items())),
        total_cost=_amount(sum(cost.values(), Decimal(0))),
        currency=currency,
        device_busy_percent=seen.busy.percent,
    )


def _seconds(exact: Fraction) -> str:
    """To the millisecond."""
    return format(Decimal(round(exact * 1000)) / 1000, ".3f")


def _amount(cost: Decimal) -> str:
    return format(cost.quantize(Decimal("0.0001")), "f")


def _outputs(seen: Observed, index_uri: str | None) -> OutputsStatus | None:
    if not seen.reports and not seen.indexed:
        return None
    published = sum(report.outcome == "published" for report in seen.reports.values())
    refused = len(seen.plan.refused) * len(seen.plan.sources) if seen.plan else 0
    return OutputsStatus(
        count=published,
        failed=len(seen.reports) - published + refused,
        index=index_uri if seen.indexed else None,
    )


def _attempts(seen: Observed) -> AttemptsStatus:
    ended = [attempt.end for attempt in seen.attempts if attempt.end is not None]
    return AttemptsStatus(started=len(seen.attempts), last_cause=ended[-1].cause if ended else None)


def worth_writing(before: FaceSwapJobStatus, after: FaceSwapJobStatus) -> bool:
    """Whether the difference is one that somebody acts on: writes must not grow with chunks, nor with seconds.

    Progress counts in steps; numbers within messages, prices' ages and usage do not count.
    """
    return _gist(before) != _gist(after)


def _gist(status: FaceSwapJobStatus) -> tuple[object, ...]:
    placement, progress = status.placement, status.progress
    return (
        status.observed_generation,
        status.phase,
        tuple((each.type, each.status, each.reason) for each in status.conditions),
        progress
        and (progress.chunks, progress.chunks_failed > 0, progress.percent // _PERCENT_STEP, progress.percent == 100),
        placement
        and (
            placement.rule,
            placement.pools,
            placement.policy_digest,
            placement.waiting and placement.waiting.reason,
            tuple((each.pool, each.fit, each.reason) for each in placement.verdicts),
        ),
        status.outputs and (status.outputs.index, status.outputs.failed > 0),
        status.attempts,
        status.completion_time,
    )
