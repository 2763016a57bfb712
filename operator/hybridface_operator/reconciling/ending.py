"""Which attempts are to be ended, and which pods removed."""

from __future__ import annotations

from collections.abc import Iterator

from hybridface_operator.policy.words import several
from hybridface_worker.contract.plan import ChunkRef
from hybridface_worker.contract.task import SwapTask

from .actions import EndAttempt, RemovePod
from .observed import AttemptView, Observed
from .podless import makes_no_pods
from .records import EndCause
from .seen import PodState


def overdue(seen: Observed) -> Iterator[RemovePod]:
    """Pods that should be gone and are not: their nodes are dead, and they would block what replaces them."""
    for attempt in seen.attempts:
        for pod in attempt.left:
            if pod.overdue(seen.now, seen.settings.dead_pod_seconds):
                yield RemovePod(pod.name, pod.uid)


def superfluous(seen: Observed) -> Iterator[EndAttempt]:
    """Attempts that run although they have ended, or that hold a chunk which an older one holds."""
    taken: set[ChunkRef] = set()
    for attempt in seen.attempts:
        job = attempt.job
        if not attempt.live:
            if job and not job.finished and not job.deleting:
                yield end(attempt, EndCause.NOT_NEEDED, "it was already recorded as ended")
            continue
        own = attempt.chunks
        if attempt.running and not taken.isdisjoint(own):
            yield end(attempt, EndCause.NOT_NEEDED, "an older attempt holds one of its chunks")
        taken |= own


def lost(seen: Observed) -> Iterator[EndAttempt]:
    """Attempts that get no further in their pool: dead nodes, pods without a node, no pods, or none with a worker left.

    A Job does not replace a pod of a dead node before a kubelet says that it has failed, and there is none left to say
    so. Where quota or admission refuses pods, GPUs would be kept for nothing.
    """
    for attempt in seen.live():
        if not attempt.running:
            continue
        left = attempt.left
        if any(pod.overdue(seen.now, seen.settings.dead_pod_seconds) for pod in left):
            yield end(
                attempt, EndCause.NODE_LOST, f"pods in {attempt.pool} did not end when told to: their nodes are dead"
            )
            continue
        if attempt.job and not left and makes_no_pods(attempt, seen):
            name = f"{seen.ref.namespace} {attempt.job.name}"
            yield end(attempt, EndCause.NO_PODS, f"its Job cannot create pods; kubectl describe job -n {name} says why")
            continue
        if left and all(pod.lingers(seen.now, seen.settings.dead_pod_seconds) for pod in left):
            said = "its workers have ended, but other containers of their pods have not: disable sidecars in them"
            yield end(attempt, EndCause.LINGERED, said)
            continue
        waiting = [pod for pod in left if pod.unscheduled and not pod.unscheduled.own_fault]
        disrupted = {pod.index for pod in attempt.pods if pod.disrupted}
        if no_room(attempt, seen) and any(pod.index in disrupted for pod in waiting):
            yield end(attempt, EndCause.RECLAIMED, f"nodes of {attempt.pool} were reclaimed, and no other is free")
        elif stranded := [pod for pod in waiting if _too_long(pod, seen)]:
            said = stranded[0].unscheduled.message if stranded[0].unscheduled else ""
            pods = several(len(stranded), "pod")
            yield end(attempt, EndCause.UNSCHEDULED, f"{pods} found no node in {attempt.pool}: {said}")


def too_open(seen: Observed) -> Iterator[EndAttempt]:
    """Attempts that were made for less sensitive work than the job is now: their pods and Secrets are kept so."""
    for attempt in seen.live():
        made_for = attempt.job.sensitivity if attempt.job and attempt.running else None
        if made_for is not None and made_for.rank < seen.sensitivity.rank:
            yield end(
                attempt, EndCause.REFUSED, f"it was created for {made_for} work, and the job is now {seen.sensitivity}"
            )


def stop(seen: Observed, cause: EndCause, message: str) -> Iterator[EndAttempt]:
    """Ends all that runs."""
    for attempt in seen.live():
        if attempt.running:
            yield end(attempt, cause, message)


def suspended(seen: Observed) -> Iterator[EndAttempt]:
    """Attempts that a queue holds back although there is nothing left to do."""
    for attempt in seen.live():
        if attempt.running and attempt.job and attempt.job.suspended:
            yield end(attempt, EndCause.NOT_NEEDED, "others have done its work")


def end(attempt: AttemptView, cause: EndCause, message: str) -> EndAttempt:
    """Ends one attempt, whose Job is there."""
    if attempt.job is None:
        raise ValueError(f"attempt {attempt.number} has no Job")
    return EndAttempt(attempt.number, attempt.job.name, attempt.job.uid, cause, message)


def no_room(attempt: AttemptView, seen: Observed) -> bool:
    """Whether pods that were taken away find no place in their pool: a GPU, or where they need none, a node."""
    if isinstance(attempt.work, SwapTask):
        return seen.free_gpus.get(attempt.pool, 0) < 0
    return attempt.pool in seen.closed


def _too_long(pod: PodState, seen: Observed) -> bool:
    if pod.unscheduled is None:
        return False
    return (seen.now - pod.unscheduled.since).total_seconds() > seen.settings.unscheduled_seconds
