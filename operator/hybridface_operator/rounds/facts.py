"""What a placement pass is told of pools and jobs, put together from what is known. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hybridface_operator.manifests.config import OperatorState
from hybridface_operator.policy.inventory import Inventory, Pool
from hybridface_operator.policy.policy import Policy
from hybridface_operator.policy.quotes import Quote
from hybridface_operator.policy.types import moment
from hybridface_operator.reconciling.observed import AttemptView, Observed
from hybridface_operator.reconciling.podless import makes_no_pods
from hybridface_operator.reconciling.records import EndCause
from hybridface_operator.reconciling.seen import JobState, PodState
from hybridface_operator.routing.allocate import Decision
from hybridface_operator.routing.breakers import is_open, trip
from hybridface_operator.routing.facts import Breaker, Facts, JobFacts, LiveAttempt, PoolFacts
from hybridface_operator.routing.request import Request
from hybridface_worker.contract.exit_codes import ExitCode
from hybridface_worker.contract.task import SwapTask

ASSUMED_RATE = 20.0
"""Frames per GPU-second where none has been measured: only for how long a backlog is thought to be."""
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Load:
    """What one job has in the pools, summed up where the job is known."""

    reserved: Mapping[str, int] = field(default_factory=dict)
    """GPUs that its live attempts may use, by pool."""
    frames: Mapping[str, int] = field(default_factory=dict)
    """Frames that they have still to do, by pool."""


def load_of(seen: Observed) -> Load:
    """What a job has in the pools."""
    reserved: defaultdict[str, int] = defaultdict(int)
    left: defaultdict[str, int] = defaultdict(int)
    for attempt in seen.live():
        if isinstance(attempt.work, SwapTask):
            reserved[attempt.pool] += _may_hold(attempt, seen)
            left[attempt.pool] += sum(chunk.length for chunk in attempt.chunks if chunk not in seen.committed)
    return Load(dict(reserved), dict(left))


def promised(decision: Decision) -> Load:
    """What a job was given in the pools, which it has once that is carried out."""
    request = decision.request
    if request.phase != "swap":
        return Load()
    frames = request.frames / max(1, request.shards)
    return Load(
        {share.pool: share.parallelism for share in decision.placement.shares},
        {share.pool: round(frames * share.shards) for share in decision.placement.shares},
    )


def reserved_gpus(loads: Iterable[Load]) -> dict[str, int]:
    """GPUs that live attempts of all jobs may use, by pool."""
    reserved: defaultdict[str, int] = defaultdict(int)
    for load in loads:
        for pool, gpus in load.reserved.items():
            reserved[pool] += gpus
    return dict(reserved)


def may_have_written(live: Iterable[int], jobs: Iterable[JobState], pods: Iterable[PodState]) -> bool:
    """Whether workers may have written to a job's storage: a pod of a live attempt began, or its Job ended or is gone.

    `live` are the numbers of attempts whose end is not written down. Until a pod has left Pending its worker has not
    begun, and nobody else writes what is read back.
    """
    attempts = frozenset(live)
    unended = {job.attempt for job in jobs if not (job.finished or job.deleting)}
    begun = any(pod.attempt in attempts and (pod.gone or pod.phase != "Pending") for pod in pods)
    return begun or not attempts <= unended


def load_of_jobs(jobs: Iterable[JobState]) -> Load:
    """What it has there as far as its Jobs tell, where nothing else of it is known yet."""
    reserved: defaultdict[str, int] = defaultdict(int)
    for job in jobs:
        if job.phase == "swap" and not job.finished:
            reserved[job.pool] += job.parallelism
    return Load(dict(reserved))


def job_facts(seen: Observed, state: OperatorState, policy: Policy) -> JobFacts:
    """What a decision is told of one job; the policy says for how long a pool is left alone."""
    pools = {attempt.number: attempt.pool for attempt in seen.attempts}
    unable = {
        pools[end.attempt] for end in seen.exits.values() if end.status == ExitCode.LACKS_PLAN and end.attempt in pools
    }
    return JobFacts(
        live=tuple(
            LiveAttempt(
                number=attempt.number,
                pool=attempt.pool,
                parallelism=attempt.job.parallelism if attempt.job else 0,
            )
            for attempt in seen.live()
            if attempt.running
        ),
        failing_since=state.failing_since.get(seen.ref.uid, {}),
        lacks_plan=tuple(sorted(unable)),
        podless=_podless(seen, policy),
        cost=seen.cost,
    )


def facts(
    now: datetime,
    inventory: Inventory,
    state: OperatorState,
    *,
    quotes: Mapping[str, Quote],
    free: Mapping[str, int],
    closed: Collection[str],
    loads: Iterable[Load],
    requests: Iterable[Request],
    jobs: Mapping[str, JobFacts],
) -> Facts:
    """All of it.

    `free` are GPUs that nobody asked for, our own reservations taken off, where that is known; `closed` are pools none
    of whose nodes takes pods.
    """
    reserved: defaultdict[str, int] = defaultdict(int)
    frames: defaultdict[str, int] = defaultdict(int)
    for load in loads:
        for pool, gpus in load.reserved.items():
            reserved[pool] += gpus
        for pool, left in load.frames.items():
            frames[pool] += left
    waiting = sum(request.frames for request in requests)
    return Facts(
        now=now.isoformat(),
        pools={
            pool.name: PoolFacts(
                free_gpus=max(0, free[pool.name]) if pool.name in free else None,
                reserved_gpus=reserved[pool.name],
                closed=pool.name in closed or None,
                quote=quotes.get(pool.name),
                breaker=state.breakers.get(pool.name),
                backlog_seconds=_backlog_seconds(pool, state, frames[pool.name], waiting),
                rates=state.rates.get(pool.name, {}),
            )
            for pool in inventory.pools
        },
        jobs=dict(jobs),
    )


def _may_hold(attempt: AttemptView, seen: Observed) -> int:
    """GPUs that pods of a Swap attempt may hold from now on: a shard that is done needs none again.

    A Job that has made no pod for long, although it might have more at a time, makes none for lack of quota: then what
    its pods hold is all.
    """
    shards = len(attempt.work.shards)
    done = {pod.index for pod in attempt.pods if pod.phase == "Succeeded"}
    most = min(attempt.job.parallelism if attempt.job else shards, shards - len(done))
    return min(most, len(attempt.left)) if attempt.pods and makes_no_pods(attempt, seen) else most


def _podless(seen: Observed, policy: Policy) -> dict[str, Breaker]:
    """Breakers of the job's own, by what is written down of its attempts: those that are open."""
    breakers: dict[str, Breaker] = {}
    for attempt in seen.attempts:
        if attempt.end is not None and attempt.end.cause is EndCause.NO_PODS:
            ended = moment(attempt.end.ended_at)
            tripped = trip(breakers.get(attempt.pool), ended, policy)
            breakers[attempt.pool] = tripped.model_copy(update={"said": attempt.end.said})
        elif attempt.end is not None or attempt.pods:
            breakers.pop(attempt.pool, None)
    return {pool: breaker for pool, breaker in breakers.items() if is_open(breaker, seen.now)}


def _backlog_seconds(pool: Pool, state: OperatorState, dealt: int, waiting: int) -> float:
    """How long the pool will be busy with what was dealt out to it; a private one with what waits as well."""
    rates = state.rates.get(pool.name, {})
    rate = sum(rates.values()) / len(rates) if rates else ASSUMED_RATE
    frames = dealt + (waiting if pool.kind == "private" else 0)
    return min(frames / (rate * max(1, pool.max_gpus)), 365.0 * _SECONDS_PER_DAY)
