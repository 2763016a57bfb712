"""The gates, in their order: each says why a pool may not take work of a job now, or nothing where it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hybridface_operator.policy.inventory import Pool
from hybridface_operator.policy.types import Sensitivity, moment
from hybridface_operator.policy.words import amount, several, span
from hybridface_worker.contract.reasons import Reason

from .estimate import seconds_to_finish
from .facts import Breaker, Gate, JobFacts
from .request import Request
from .standing import Standing

MAY_LEAVE_HOME = (Sensitivity.PUBLIC, Sensitivity.INTERNAL)
"""Whatever is neither counts as restricted."""


@dataclass(frozen=True)
class Asked:
    """A request, with what is known of its job."""

    request: Request
    own: JobFacts
    seconds_left: float | None
    """Until the deadline, below 0 behind it; None without one."""

    @classmethod
    def at(cls, now: datetime, request: Request, own: JobFacts) -> Asked:
        """What is asked at a time."""
        left = None if request.deadline is None else (moment(request.deadline) - now).total_seconds()
        return cls(request, own, left)

    @property
    def needs_gpus(self) -> bool:
        """Probe and Merge ask for none."""
        return self.request.phase == "swap"

    def running(self, pool: str | None = None) -> int:
        """Pods that the job may have running: in one pool, or in all."""
        live = self.own.live
        return sum(attempt.parallelism for attempt in live if pool in (None, attempt.pool)) if live else 0


class Failed(NamedTuple):
    """A gate that a pool failed."""

    gate: Gate
    reason: Reason
    message: str


NOT_PRIVATE = Failed(
    Gate.TRUST, Reason.NOT_PRIVATE, "restricted work never leaves private nodes, and this is a cloud pool"
)


def trusted(asked: Asked, pool: Pool) -> bool:
    """Whether the job's data may be on the pool's nodes."""
    return pool.kind == "private" or asked.request.sensitivity in MAY_LEAVE_HOME


def trust(asked: Asked, standing: Standing) -> Failed | None:
    """Restricted work never leaves private nodes, in any phase."""
    return None if trusted(asked, standing.pool) else NOT_PRIVATE


def narrowing(asked: Asked, standing: Standing) -> Failed | None:
    """The job's own choice, and pools that were found unable to do its plan."""
    name, allowed = standing.pool.name, asked.request.allowed_pools
    if allowed is not None and name not in allowed:
        choice = ", ".join(allowed) or "no pool"
        return Failed(Gate.NARROWING, Reason.NOT_ALLOWED_BY_JOB, f"the job's placement.allowedPools names {choice}")
    if name in asked.own.lacks_plan:
        return Failed(Gate.NARROWING, Reason.LACKS_PLAN, "its workers cannot run this job's plan")
    return None


def price(asked: Asked, standing: Standing) -> Failed | None:
    """Known, fresh, and not above any cap. What is unknown is under none, so also where there is no cap."""
    known = standing.price.price
    if known is None:
        return Failed(Gate.PRICE, standing.price.reason, standing.price.message)
    caps = (("policy", standing.max_price), ("job", asked.request.max_price_per_gpu_hour))
    for whose, cap in caps:
        if cap is not None and known > cap:
            message = (
                f"{amount(known)} {standing.policy.currency} per GPU-hour is above the {whose}'s cap of {amount(cap)}"
            )
            return Failed(Gate.PRICE, Reason.PRICE_ABOVE_CAP, message)
    return None


def breaker(asked: Asked, standing: Standing) -> Failed | None:
    """A pool whose pods found no node is left alone until its cool-down is over; by one job, where it made no pods."""
    if tripped := standing.open_breaker:
        return Failed(Gate.BREAKER, Reason.BREAKER_OPEN, f"its pods found no node {_again(tripped)}")
    if tripped := asked.own.podless.get(standing.pool.name):
        why = f": {tripped.said}" if tripped.said else "; a quota or an admission policy may refuse them"
        said = f"the job's Jobs could not create pods there{why}"
        return Failed(Gate.BREAKER, Reason.NO_PODS, f"{said} {_again(tripped)}")
    return None


def capacity(asked: Asked, standing: Standing) -> Failed | None:
    """A free GPU; for Probe and Merge, a pool that is on, nodes that take pods, and room for another pod of the job."""
    if standing.max_gpus == 0:
        return Failed(Gate.CAPACITY, Reason.NO_FREE_GPUS, "it is switched off: maxGpus is 0")
    if asked.needs_gpus:
        if standing.free_gpus:
            return None
        return Failed(Gate.CAPACITY, Reason.NO_FREE_GPUS, f"none of its {several(standing.max_gpus, 'GPU')} is free")
    if standing.facts.closed:
        message = "none of its nodes takes pods: they are cordoned, tainted or not ready"
        return Failed(Gate.CAPACITY, Reason.NO_FREE_GPUS, message)
    if cpu_room(asked, standing):
        return None
    message = f"the job has {several(asked.running(), 'pod')} running, limits.maxCpuPods allows no more"
    return Failed(Gate.CAPACITY, Reason.NO_FREE_GPUS, message)


def deadline(asked: Asked, standing: Standing) -> Failed | None:
    """Done in time, by the rate measured there. Passes without a measured rate, and once it is too late anyway."""
    left, facts = asked.seconds_left, standing.facts
    rate = facts.rates.get(asked.request.model_set)
    if left is None or left <= 0 or rate is None or not asked.needs_gpus:
        return None
    frames = asked.request.frames
    gpus = max(min(standing.free_gpus, asked.request.shards) + asked.running(standing.pool.name), 1)
    needed = seconds_to_finish(frames=frames, backlog_seconds=facts.backlog_seconds, rate=rate, gpus=gpus)
    if needed <= left:
        return None
    message = (
        f"would take {span(needed)} ({span(facts.backlog_seconds)} of backlog, then {several(frames, 'frame')} on "
        f"{several(gpus, 'GPU')} at {rate:.3g} frames/s each), {span(left)} are left"
    )
    return Failed(Gate.DEADLINE, Reason.TOO_SLOW, message)


def cpu_room(asked: Asked, standing: Standing) -> int:
    """Pods of Probe and Merge that the job may have besides those that it has."""
    return max(standing.policy.limits.max_cpu_pods - asked.running(), 0)


def _again(tripped: Breaker) -> str:
    often = several(tripped.trips, "time")
    return f"({often} in a row, last at {tripped.tripped_at}); tried again {tripped.until}"


GATES: dict[Gate, Callable[[Asked, Standing], Failed | None]] = {
    Gate.TRUST: trust,
    Gate.NARROWING: narrowing,
    Gate.PRICE: price,
    Gate.BREAKER: breaker,
    Gate.CAPACITY: capacity,
    Gate.DEADLINE: deadline,
}
ORDER = list(GATES)


def judge(asked: Asked, standing: Standing) -> Failed | None:
    """The first gate that the pool fails for the job."""
    for gate in GATES.values():
        if failed := gate(asked, standing):
            return failed
    return None
